package outbound

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// rewriter passes the strings of a valid JSON text, names of members included,
// through a function. Everything else is kept byte for byte.
type rewriter struct {
	src []byte
	dst []byte
	pos int
	// touch tells from a string's escaped text whether it can concern change.
	touch  func(escaped []byte) bool
	change func(s string) string
	// skip is a member of the outermost object that is left alone.
	skip string
}

// run gives the source itself when nothing was changed.
func (r *rewriter) run() []byte {
	last, depth := 0, 0
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			last = r.text(last, depth)
			continue
		}
		r.pos++
	}
	if r.dst == nil {
		return r.src
	}
	return append(r.dst, r.src[last:]...)
}

// text handles the string that begins here and gives how much of the source
// is written.
func (r *rewriter) text(last, depth int) int {
	start := r.pos
	r.pos = stringEnd(r.src, start)
	inner := r.src[start+1 : r.pos-1]
	if depth == 1 && r.skip != "" && string(inner) == r.skip && r.isName() {
		r.skipValue()
		return last
	}
	if !r.touch(inner) {
		return last
	}
	var s string
	if json.Unmarshal(r.src[start:r.pos], &s) != nil {
		return last
	}
	changed := r.change(s)
	if changed == s {
		return last
	}
	if r.dst == nil {
		r.dst = make([]byte, 0, len(r.src)+len(changed)+64)
	}
	r.dst = appendText(append(r.dst, r.src[last:start]...), changed)
	return r.pos
}

func (r *rewriter) isName() bool {
	for i := r.pos; i < len(r.src); i++ {
		switch r.src[i] {
		case ' ', '\t', '\r', '\n':
		default:
			return r.src[i] == ':'
		}
	}
	return false
}

// skipValue goes behind the value of the member whose name was just read.
func (r *rewriter) skipValue() {
	depth := 0
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
		case ',':
			if depth == 0 {
				return
			}
		case '"':
			r.pos = stringEnd(r.src, r.pos)
			continue
		}
		r.pos++
	}
}

// stringEnd gives the position behind the string that starts at i.
func stringEnd(src []byte, i int) int {
	for i++; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string. Unlike encoding/json it leaves <, >
// and & alone, so that sizes are those of other encoders.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		if b >= ' ' && b != '"' && b != '\\' {
			i++
			continue
		}
		dst = appendEscape(append(dst, s[start:i]...), b)
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
}

// compacted gives the JSON text without blanks between its parts, and the text
// itself where there are none.
func compacted(text json.RawMessage) json.RawMessage {
	if !hasBlanks(text) {
		return text
	}
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return text
	}
	return b.Bytes()
}

func hasBlanks(text []byte) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i) - 1
		case ' ', '\t', '\r', '\n':
			return true
		}
	}
	return false
}
