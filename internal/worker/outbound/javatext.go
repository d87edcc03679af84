package outbound

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// javaText prints a JSON value as failure texts of the connector runtime show
// values: {name=value, list=[1, 2]}.
func javaText(text json.RawMessage) string {
	if len(text) == 0 {
		return "null"
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var b strings.Builder
	if printJava(d, &b) != nil {
		return string(text)
	}
	return b.String()
}

func printJava(d *json.Decoder, b *strings.Builder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case json.Delim:
		return printJavaParts(d, b, t)
	case string:
		b.WriteString(t)
	case json.Number:
		b.WriteString(t.String())
	case bool:
		b.WriteString(map[bool]string{true: "true", false: "false"}[t])
	case nil:
		b.WriteString("null")
	}
	return nil
}

func printJavaParts(d *json.Decoder, b *strings.Builder, open json.Delim) error {
	b.WriteString(open.String())
	for n := 0; d.More(); n++ {
		if n > 0 {
			b.WriteString(", ")
		}
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			text, _ := name.(string)
			b.WriteString(text + "=")
		}
		if err := printJava(d, b); err != nil {
			return err
		}
	}
	closing, err := d.Token()
	if err != nil {
		return err
	}
	end, _ := closing.(json.Delim)
	b.WriteString(end.String())
	return nil
}

// cutText gives at most so many characters, counted in UTF-16 units as the
// engine's other clients do; a character outside the basic plane is not torn.
func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		size := max(1, utf16.RuneLen(r))
		if n+size > most {
			return s[:i]
		}
		n += size
	}
	return s
}

// validText replaces what is no UTF-8, which the wire does not carry.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
