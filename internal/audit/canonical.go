package audit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
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
	if !json.Valid(raw) {
		return nil, fmt.Errorf("audit: bad JSON: %w", json.Unmarshal(raw, new(any)))
	}
	r := reader{raw: raw}
	return r.value(make([]byte, 0, len(raw)))
}

// reader walks over JSON that is known to be valid. Two entries are sealed for every run, so that a general decoder
// would be a tenth of what a run costs.
type reader struct {
	raw []byte
	at  int
}

// next gives the first byte of what comes next, after white space.
func (r *reader) next() byte {
	for {
		switch c := r.raw[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
}

// more tells whether a list or an object goes on, and steps over its comma or its end.
func (r *reader) more(end byte) bool {
	switch r.next() {
	case end:
		r.at++
		return false
	case ',':
		r.at++
	}
	return true
}

func (r *reader) value(out []byte) ([]byte, error) {
	switch r.next() {
	case '{':
		return r.object(out)
	case '[':
		return r.array(out)
	case '"':
		text, plain := r.text()
		if plain {
			return append(out, text...), nil
		}
		var s string
		err := json.Unmarshal(text, &s)
		return appendString(out, s), err
	case 't', 'n':
		r.at += len("true")
		return append(out, r.raw[r.at-len("true"):r.at]...), nil
	case 'f':
		r.at += len("false")
		return append(out, "false"...), nil
	}
	return r.number(out)
}

// text gives a string with its quotes, and whether it is canonical as it stands.
func (r *reader) text() (text []byte, plain bool) {
	from := r.at
	plain = true
	for r.at++; r.raw[r.at] != '"'; r.at++ {
		if r.raw[r.at] == '\\' {
			r.at++ // whatever is escaped, be it a quote
			plain = false
		}
	}
	r.at++
	text = r.raw[from:r.at]
	return text, plain && utf8.Valid(text)
}

func (r *reader) number(out []byte) ([]byte, error) {
	from := r.at
	for r.at < len(r.raw) && bytes.IndexByte([]byte("+-.eE0123456789"), r.raw[r.at]) >= 0 {
		r.at++
	}
	return appendNumber(out, json.Number(r.raw[from:r.at]))
}

func (r *reader) array(out []byte) ([]byte, error) {
	out = append(out, '[')
	var err error
	r.at++
	for n := 0; r.more(']'); n++ {
		if n > 0 {
			out = append(out, ',')
		}
		if out, err = r.value(out); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// member is one of an object; its value is a stretch of what was written of all.
type member struct {
	name     string
	from, to int
}

func (r *reader) object(out []byte) ([]byte, error) {
	members, values, err := r.members()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(members, func(a, b member) int { return compareUnits(a.name, b.name) })
	out = append(out, '{')
	for n, m := range members {
		if n > 0 {
			if m.name == members[n-1].name {
				return nil, fmt.Errorf("audit: duplicate member %q", m.name)
			}
			out = append(out, ',')
		}
		out = append(appendString(out, m.name), ':')
		out = append(out, values[m.from:m.to]...)
	}
	return append(out, '}'), nil
}

func (r *reader) members() (members []member, values []byte, err error) {
	r.at++
	for r.more('}') {
		r.next()
		text, plain := r.text()
		m := member{from: len(values)}
		if plain {
			m.name = string(text[1 : len(text)-1])
		} else if err := json.Unmarshal(text, &m.name); err != nil {
			return nil, nil, err
		}
		r.next()
		r.at++ // the colon
		if values, err = r.value(values); err != nil {
			return nil, nil, err
		}
		m.to = len(values)
		members = append(members, m)
	}
	return members, values, nil
}

// compareUnits orders by UTF-16 code units. That is the order of the bytes, except that what takes two units comes
// before the upper end of what takes one.
func compareUnits(a, b string) int {
	if ascii(a) && ascii(b) {
		return cmp.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
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
