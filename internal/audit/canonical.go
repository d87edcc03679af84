package audit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Canonical encodes a value as canonical JSON (see CanonicalJSON).
func Canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("audit: encode: %w", err)
	}
	return CanonicalJSON(raw)
}

// CanonicalJSON rewrites JSON in the manner of RFC 8785: members sorted by UTF-16 code units, no insignificant space,
// shortest string escapes, numbers in ECMAScript form. It differs in one point: integers of 64 bits stay exact instead
// of being rounded to a double. Empty input becomes null. A duplicate member name is an error, since two readers could
// disagree about its meaning.
func CanonicalJSON(raw []byte) ([]byte, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return []byte("null"), nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	out, err := appendValue(nil, dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("audit: more than one JSON value")
	}
	return out, nil
}

func appendValue(out []byte, dec *json.Decoder) ([]byte, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("audit: bad JSON: %w", err)
	}
	switch t := tok.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, t), nil
	case string:
		return appendString(out, t), nil
	case json.Number:
		return appendNumber(out, t)
	case json.Delim:
		if t == '[' {
			return appendArray(out, dec)
		}
		return appendObject(out, dec)
	}
	return nil, fmt.Errorf("audit: unexpected token %v", tok)
}

func appendArray(out []byte, dec *json.Decoder) ([]byte, error) {
	out = append(out, '[')
	var err error
	for n := 0; dec.More(); n++ {
		if n > 0 {
			out = append(out, ',')
		}
		if out, err = appendValue(out, dec); err != nil {
			return nil, err
		}
	}
	_, err = dec.Token()
	return append(out, ']'), err
}

type member struct {
	name  string
	units []uint16
	value []byte
}

func appendObject(out []byte, dec *json.Decoder) ([]byte, error) {
	members, err := readMembers(dec)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(members, func(a, b member) int { return slices.Compare(a.units, b.units) })
	out = append(out, '{')
	for n, m := range members {
		if n > 0 {
			if cmp.Compare(m.name, members[n-1].name) == 0 {
				return nil, fmt.Errorf("audit: duplicate member %q", m.name)
			}
			out = append(out, ',')
		}
		out = append(appendString(out, m.name), ':')
		out = append(out, m.value...)
	}
	return append(out, '}'), nil
}

func readMembers(dec *json.Decoder) ([]member, error) {
	var members []member
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("audit: bad JSON: %w", err)
		}
		name, ok := tok.(string)
		if !ok {
			return nil, fmt.Errorf("audit: member name %v is not text", tok)
		}
		value, err := appendValue(nil, dec)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, utf16.Encode([]rune(name)), value})
	}
	_, err := dec.Token()
	return members, err
}

// appendNumber keeps integers exact; encoding/json already writes other numbers as ECMAScript does.
func appendNumber(out []byte, n json.Number) ([]byte, error) {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return strconv.AppendInt(out, i, 10), nil
	}
	if u, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
		return strconv.AppendUint(out, u, 10), nil
	}
	f, err := n.Float64()
	if err != nil {
		return nil, fmt.Errorf("audit: number %s: %w", n, err)
	}
	if f == 0 { // also -0
		return append(out, '0'), nil
	}
	text, err := json.Marshal(f)
	return append(out, text...), err
}

// appendString uses only the escapes RFC 8785 asks for; json.Marshal would also escape <, >, &, U+2028 and U+2029.
func appendString(out []byte, s string) []byte {
	const digits = "0123456789abcdef"
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\b':
			out = append(out, `\b`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\f':
			out = append(out, `\f`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r < 0x20:
			out = append(out, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}
