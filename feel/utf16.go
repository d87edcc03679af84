package feel

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The language counts UTF-16 units. Strings are UTF-8; half a surrogate pair, which a
// substring may leave, is kept as the three bytes of its code point.

// units returns the length in UTF-16 units.
func units(s string) int {
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0xF0:
			n += 2
		case c < 0x80 || c >= 0xC0:
			n++
		}
	}
	return n
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendUnit appends a code point that may be a surrogate.
func appendUnit(b []byte, r rune) []byte {
	if r >= 0xD800 && r < 0xE000 {
		return append(b, 0xED, 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(b, r)
}

// decode returns the code point at the start of s, surrogates included, and its bytes.
func decode(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 && len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0 && s[1] < 0xC0 {
		return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	return r, n
}

// slice16 cuts the string at UTF-16 positions; from <= to, both within the string.
func slice16(s string, from, to int) string {
	if from == to {
		return ""
	}
	if isASCII(s) {
		return s[from:to]
	}
	var b []byte
	start, end, at := -1, len(s), 0
	for i := 0; i < len(s); {
		if at == from && start < 0 {
			start = i
		}
		if at == to {
			end = i
			break
		}
		r, n := decode(s[i:])
		if r > 0xFFFF {
			if at+1 == from { // only the second half
				b, start = appendUnit(b, 0xDC00|(r-0x10000)&0x3FF), i+n
			}
			if at+1 == to {
				head := ""
				if start >= 0 {
					head = s[start:i]
				}
				return string(appendUnit(append(b, head...), 0xD800|(r-0x10000)>>10))
			}
			at++
		}
		at, i = at+1, i+n
	}
	if start < 0 || start > end {
		return string(b)
	}
	if b == nil {
		return s[start:end]
	}
	return string(b) + s[start:end]
}

// joinText appends b to a; two halves of a pair become one character again.
func joinText(a, b string) string {
	if len(a) >= 3 && len(b) >= 3 && b[0] == 0xED && a[len(a)-3] == 0xED {
		hi, _ := decode(a[len(a)-3:])
		lo, _ := decode(b)
		if hi >= 0xD800 && hi < 0xDC00 && lo >= 0xDC00 && lo < 0xE000 {
			r := 0x10000 + (hi-0xD800)<<10 + lo - 0xDC00
			return a[:len(a)-3] + string(r) + b[3:]
		}
	}
	return a + b
}

// codePoints returns the code points, halves of surrogate pairs included.
func codePoints(s string) []rune {
	out := make([]rune, 0, len(s))
	for i := 0; i < len(s); {
		r, n := decode(s[i:])
		out, i = append(out, r), i+n
	}
	return out
}

// hasHalf tells whether s holds half a surrogate pair: it may stand inside a
// character of another string, where a search by bytes does not find it.
func hasHalf(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == 0xED && s[i+1] >= 0xA0 {
			return true
		}
	}
	return false
}

func units16(s string) []uint16 {
	out := make([]uint16, 0, len(s))
	for _, r := range codePoints(s) {
		if r > 0xFFFF {
			out = append(out, uint16(0xD800|(r-0x10000)>>10), uint16(0xDC00|(r-0x10000)&0x3FF)) //nolint:gosec // a unit
			continue
		}
		out = append(out, uint16(r)) //nolint:gosec // a unit
	}
	return out
}

// index16 is the position of the first match, in units; -1 when there is none.
func index16(s, m string) int {
	in, what := units16(s), units16(m)
	for i := 0; i+len(what) <= len(in); i++ {
		if slices.Equal(in[i:i+len(what)], what) {
			return i
		}
	}
	return -1
}

func after16(s, m string) string {
	i := index16(s, m)
	if i < 0 {
		return ""
	}
	return slice16(s, i+units(m), units(s))
}

func startsWith16(s, m string) bool { return index16(s, m) == 0 }

func endsWith16(s, m string) bool {
	n := units(s) - units(m)
	return n >= 0 && index16(slice16(s, n, units(s)), m) == 0
}

// upper and lower map case as Java does in the root locale.
func upper(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	b := make([]byte, 0, len(s)+8)
	for _, r := range codePoints(s) {
		if m, ok := specialUpper[r]; ok {
			b = append(b, m...)
		} else {
			b = appendUnit(b, unicode.ToUpper(r))
		}
	}
	return string(b)
}

func lower(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	b := make([]byte, 0, len(s)+8)
	runes := codePoints(s)
	for i, r := range runes {
		switch {
		case r == 'İ':
			b = append(b, "i̇"...)
		case r == 'Σ' && finalSigma(runes, i):
			b = append(b, "ς"...)
		default:
			b = appendUnit(b, unicode.ToLower(r))
		}
	}
	return string(b)
}
