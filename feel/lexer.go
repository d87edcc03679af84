package feel

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The language has no separate tokens: a keyword needs no boundary behind it and a
// key of a context may hold almost anything. So the parser scans the text itself,
// with the functions of this file.

func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) hasPrefix(s string) bool { return strings.HasPrefix(p.src[p.pos:], s) }

// space skips white space and comments.
func (p *parser) space() {
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			p.pos++
		case c == '/':
			if !p.comment() {
				return
			}
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(p.src[p.pos:])
			if !isSpaceRune(r) {
				return
			}
			p.pos += n
		default:
			return
		}
	}
}

func isSpaceRune(r rune) bool {
	switch r {
	case 0x85, 0xA0, 0x1680, 0x180E, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
		return true
	}
	return r >= 0x2000 && r <= 0x200B
}

// comment skips a comment, and fails the whole text if it is never closed.
func (p *parser) comment() bool {
	rest := p.src[p.pos:]
	switch {
	case strings.HasPrefix(rest, "//"):
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			p.pos += i + 1
		} else {
			p.pos = len(p.src)
		}
		return true
	case strings.HasPrefix(rest, "/*"):
		i := strings.Index(rest[2:], "*/")
		if i >= 0 {
			p.pos += i + 4
			return true
		}
		p.fatal = p.failAt(len(p.src), "the end */ of the comment")
	}
	return false
}

// accept takes the text if it comes next.
func (p *parser) accept(s string) bool {
	if p.hasPrefix(s) {
		p.pos += len(s)
		return true
	}
	return false
}

// closing takes the byte behind white space.
func (p *parser) closing(c byte, expected string) bool {
	p.space()
	if p.peek() == c && p.pos < len(p.src) {
		p.pos++
		return true
	}
	p.expect(expected)
	return false
}

func isReserved(s string) bool {
	switch s {
	case "null", "true", "false", "function", "in", "return", "then", "else", "satisfies", "and", "or":
		return true
	}
	return false
}

func nameStartRune(r rune) bool {
	return r <= 0xFFFF && (unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Sc, unicode.Pc))
}

func namePartRune(r rune) bool {
	if r > 0xFFFF || isSpaceRune(r) {
		return false
	}
	return nameStartRune(r) || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Cf) || r < 0xA0 && unicode.IsControl(r)
}

// asciiName: 1 marks the start of a name, 2 a later character.
var asciiName = func() (t [128]uint8) {
	for c := range rune(128) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
		control := c <= 8 || c >= 0x0E && c <= 0x1B || c == 0x7F
		if letter {
			t[c] = 3
		} else if c >= '0' && c <= '9' || control {
			t[c] = 2
		}
	}
	return t
}()

// identifierEnd returns the end of the identifier at i, or i if there is none.
func (p *parser) identifierEnd(i int) int {
	start := i
	want := uint8(1)
	for i < len(p.src) {
		c := p.src[i]
		if c < utf8.RuneSelf {
			if asciiName[c]&want == 0 {
				break
			}
			i++
		} else {
			r, n := utf8.DecodeRuneInString(p.src[i:])
			if want == 1 && !nameStartRune(r) || want == 2 && !namePartRune(r) || r == utf8.RuneError && n < 2 {
				break
			}
			i += n
		}
		want = 2
	}
	if isReserved(p.src[start:i]) {
		return start
	}
	return i
}

// name takes an identifier or a name in backticks; ok is false where there is none.
func (p *parser) scanName() (name string, ok bool) {
	if p.peek() == '`' {
		end := strings.IndexByte(p.src[p.pos+1:], '`')
		if end < 1 {
			p.expect("a name in backticks")
			return "", false
		}
		name = p.src[p.pos+1 : p.pos+1+end]
		p.pos += end + 2
		return name, true
	}
	end := p.identifierEnd(p.pos)
	if end == p.pos {
		p.expect("a name")
		return "", false
	}
	name = p.src[p.pos:end]
	p.pos = end
	return name, true
}

// scanProperty takes a name or the one property with a blank.
func (p *parser) scanProperty() (string, bool) {
	if p.accept("time offset") {
		return "time offset", true
	}
	return p.scanName()
}

// wordsEnd returns the end of at least two identifiers with blanks between them,
// or 0. first is the end of the first identifier, which is there.
func (p *parser) wordsEnd(first int) int {
	end := 0
	for i := first; i < len(p.src) && p.src[i] == ' '; {
		for i < len(p.src) && p.src[i] == ' ' {
			i++
		}
		e := p.identifierEnd(i)
		if e == i {
			break
		}
		end, i = e, e
	}
	return end
}

// scanParameter takes a name that may have blanks in it.
func (p *parser) scanParameter() (string, bool) {
	if first := p.identifierEnd(p.pos); first > p.pos {
		end := max(first, p.wordsEnd(first))
		name := p.src[p.pos:end]
		p.pos = end
		return name, true
	}
	return p.scanName()
}

// scanString takes a string literal and returns its text as written.
func (p *parser) scanString() (string, bool) {
	if p.peek() != '"' || p.pos >= len(p.src) {
		p.expect(`a string in "`)
		return "", false
	}
	i := p.pos + 1
	for i < len(p.src) && p.src[i] != '"' {
		if p.src[i] == '\\' {
			i++
		}
		i++
	}
	if i >= len(p.src) {
		p.failAt(len(p.src), `the closing " of the string`)
		return "", false
	}
	text := p.src[p.pos+1 : i]
	p.pos = i + 1
	return text, true
}

// scanKey takes the key of a context entry: anything up to a reserved character.
func (p *parser) scanKey() (string, bool) {
	start, end := p.pos, p.pos
	for {
		p.space()
		if p.fatal || p.pos >= len(p.src) || strings.IndexByte("\"{}:,[]`", p.src[p.pos]) >= 0 {
			break
		}
		_, n := utf8.DecodeRuneInString(p.src[p.pos:])
		p.pos += n
		end = p.pos
	}
	p.pos = end
	if end > start {
		return p.src[start:end], true
	}
	if p.peek() == '"' {
		return p.scanString()
	}
	return p.scanName()
}
