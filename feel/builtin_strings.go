package feel

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

func stringFunctions(e *Engine) []builtin {
	str := func(name string, f func(r *run, s string) Value) builtin {
		return builtin{name: name, params: names("string"), call: takes1(tString, func(r *run, s Value) Value { return f(r, s.s) })}
	}
	match := func(name string, f func(r *run, s, m string) Value) builtin {
		return builtin{name: name, params: names("string", "match"), call: takes2(tString, tString, func(r *run, s, m Value) Value {
			r.work(1 + len(s.s)/64)
			return f(r, s.s, m.s)
		})}
	}
	return []builtin{
		{name: "substring", params: names("string", "start position"), call: takes2(tString, tNumber, substringFrom)},
		{name: "substring", params: names("string", "start position", "length"), call: takes3(tString, tNumber, tNumber, substring)},
		str("string length", func(_ *run, s string) Value { return Int(int64(units(s))) }),
		str("upper case", func(r *run, s string) Value { r.text(len(s)); return String(upper(s)) }),
		str("lower case", func(r *run, s string) Value { r.text(len(s)); return String(lower(s)) }),
		str("trim", func(_ *run, s string) Value {
			return String(strings.TrimFunc(s, func(c rune) bool { return c <= ' ' }))
		}),
		str("is blank", func(_ *run, s string) Value { return Bool(strings.TrimFunc(s, javaWhitespace) == "") }),
		match("substring before", func(_ *run, s, m string) Value {
			if hasHalf(m) {
				return String(slice16(s, 0, max(0, index16(s, m))))
			}
			if i := strings.Index(s, m); i > 0 {
				return String(s[:i])
			}
			return String("")
		}),
		match("substring after", func(_ *run, s, m string) Value {
			if hasHalf(m) {
				return String(after16(s, m))
			}
			if i := strings.Index(s, m); i >= 0 {
				return String(s[i+len(m):])
			}
			return String("")
		}),
		match("contains", func(_ *run, s, m string) Value {
			return Bool(strings.Contains(s, m) || hasHalf(m) && index16(s, m) >= 0)
		}),
		match("starts with", func(_ *run, s, m string) Value {
			return Bool(strings.HasPrefix(s, m) || hasHalf(m) && startsWith16(s, m))
		}),
		match("ends with", func(_ *run, s, m string) Value {
			return Bool(strings.HasSuffix(s, m) || hasHalf(m) && endsWith16(s, m))
		}),
		{name: "to base64", params: names("value"), call: takes1(tString, func(r *run, s Value) Value {
			r.text(base64.StdEncoding.EncodedLen(len(s.s)))
			return String(base64.StdEncoding.EncodeToString([]byte(validText(s.s))))
		})},
		{name: "from base64", params: names("value"), call: takes1(tString, fromBase64)},
		{name: "uuid", call: func(*run, []Value) Value { return String(e.uuid()) }},
	}
}

// javaWhitespace is Character.isWhitespace: no non-breaking spaces, but the separators.
func javaWhitespace(c rune) bool {
	switch c {
	case 0xA0, 0x2007, 0x202F:
		return false
	case 0x1680, 0x2028, 0x2029, 0x205F, 0x3000:
		return true
	}
	return c >= '\t' && c <= '\r' || c >= 0x1C && c <= ' ' || c >= 0x2000 && c <= 0x200A
}

// validText replaces halves of surrogate pairs, which no encoding can hold.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := decode(s[i:])
		if r >= 0xD800 && r < 0xE000 {
			r = '?'
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

func fromBase64(r *run, s Value) Value {
	enc := base64.StdEncoding
	if !strings.HasSuffix(s.s, "=") && len(s.s)%4 != 0 {
		enc = base64.RawStdEncoding
	}
	if strings.ContainsAny(s.s, "\r\n") {
		return errorValue("Invalid Base64 value '" + s.brief() + "'")
	}
	b, err := enc.DecodeString(s.s)
	if err != nil {
		return errorValue("Invalid Base64 value '" + s.brief() + "'")
	}
	return r.string(strings.ToValidUTF8(string(b), "\uFFFD"))
}

// stringIndex turns a position from 1, or from the end, into an index of units.
func stringIndex(length int, index int32) int { return listIndex(length, index) }

// substringFrom throws where the position lies outside, as the reference engine does.
func substringFrom(r *run, s, start Value) Value {
	n := units(s.s)
	from := stringIndex(n, start.intValue())
	if from < 0 || from > n {
		throw("the start position %s is outside the string of length %d", start.brief(), n)
	}
	return r.string(slice16(s.s, from, n))
}

func substring(r *run, s, start, length Value) Value {
	n := units(s.s)
	from := stringIndex(n, start.intValue())
	to := min(int(int32(from)+length.intValue()), n)
	if from < 0 || from > to {
		throw("the start position %s is outside the string of length %d, or the length %s is negative", start.brief(), n, length.brief())
	}
	return r.string(slice16(s.s, from, to))
}
