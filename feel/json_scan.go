package feel

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions here walk JSON text that is known to be valid.

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index behind the string that starts at i.
func skipString(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(s)
}

// skipValue returns the index behind the value that starts at i.
func skipValue(s string, i int) int {
	if i >= len(s) {
		return i
	}
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		return skipNested(s, i)
	}
	for i < len(s) && s[i] != ',' && s[i] != '}' && s[i] != ']' && s[i] > ' ' {
		i++
	}
	return i
}

func skipNested(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			i = skipString(s, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}

// unquote returns the text of a JSON string with its quotes; it does not copy where
// there is no escape.
func unquote(s string) string {
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	buf := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			buf = append(buf, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			buf = append(buf, '\b')
		case 'f':
			buf = append(buf, '\f')
		case 'n':
			buf = append(buf, '\n')
		case 'r':
			buf = append(buf, '\r')
		case 't':
			buf = append(buf, '\t')
		case 'u':
			var n int
			buf, n = appendUnicode(buf, s[i-1:])
			i += n - 2
		default:
			buf = append(buf, s[i])
		}
	}
	return string(buf)
}

// appendUnicode decodes \uXXXX, or a pair of them, and returns how much it read.
func appendUnicode(buf []byte, s string) ([]byte, int) {
	r := hex4(s)
	if utf16.IsSurrogate(r) && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(s[6:])); pair != utf8.RuneError {
			return utf8.AppendRune(buf, pair), 12
		}
	}
	return appendUnit(buf, r), 6
}

func hex4(s string) rune {
	if len(s) < 6 {
		return utf8.RuneError
	}
	n, err := strconv.ParseUint(s[2:6], 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// scanNumber reads a JSON number: whole ones are integers, others doubles.
func scanNumber(s string) Value {
	if v, ok := quickDouble(s); ok {
		return v
	}
	if !strings.ContainsAny(s, ".eE") {
		if v, ok := parseNumber(s); ok {
			return v
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Null // infinite: the reference engine has null, too
	}
	return doubleValue(f)
}

// quickDouble handles up to 15 digits without an exponent between 10^-3 and 10^7,
// where the text of the double is the text itself without trailing zeros.
func quickDouble(s string) (Value, bool) {
	i, neg := 0, false
	if s[0] == '-' {
		neg, i = true, 1
	}
	var n int64
	point, start := -1, i
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return Null, false
		}
	}
	if len(s)-start > 16 {
		return Null, false
	}
	scale := int32(0)
	if point >= 0 {
		scale = int32(len(s) - point - 1)
		if n >= 10_000_000*pow10[scale] || n*1000 < pow10[scale] {
			return Null, false
		}
		for scale > 1 && n%10 == 0 {
			n, scale = n/10, scale-1
		}
	}
	if neg {
		n = -n
	}
	if point < 0 {
		return Int(n), true
	}
	return small(n, scale), true
}
