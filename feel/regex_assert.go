package feel

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type stBackref struct {
	group int
	fold  bool
	next  rxStep
}

func (s *stBackref) match(m *rxRun, i int) bool {
	m.count()
	if 2*s.group+1 >= len(m.groups) || m.groups[2*s.group] < 0 {
		return false
	}
	text := m.in[m.groups[2*s.group]:m.groups[2*s.group+1]]
	m.work += len(text) / 8
	rest := m.in[i:]
	if len(rest) < len(text) {
		return false
	}
	if rest[:len(text)] == text || s.fold && strings.EqualFold(rest[:len(text)], text) {
		return s.next.match(m, i+len(text))
	}
	return false
}

type stAssert struct {
	kind     rxKind
	unixLine bool
	next     rxStep
}

func (s *stAssert) match(m *rxRun, i int) bool {
	m.count()
	return s.holds(m, i) && s.next.match(m, i)
}

func (s *stAssert) holds(m *rxRun, i int) bool {
	switch s.kind {
	case rxBegin:
		return i == 0
	case rxEnd:
		return i == len(m.in)
	case rxLastLine:
		return i == len(m.in) || i == lastLineEnd(m.in, s.unixLine)
	case rxLineBegin:
		return i == 0 || i < len(m.in) && s.lineEndsAt(m.in, i)
	case rxLineEnd:
		return i == len(m.in) || s.lineStartsEnd(m.in, i)
	case rxLastMatch:
		return i == m.prevEnd
	}
	return wordEdge(m.in, i) == (s.kind == rxWordEdge)
}

// lastLineEnd returns where the final line terminator starts, or the length.
func lastLineEnd(s string, unix bool) int {
	if strings.HasSuffix(s, "\r\n") && !unix {
		return len(s) - 2
	}
	for _, e := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
		if strings.HasSuffix(s, e) {
			return len(s) - len(e)
		}
		if unix {
			break
		}
	}
	return len(s)
}

// lineEndsAt reports whether a line terminator ends at i.
func (s *stAssert) lineEndsAt(in string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(in[:i])
	if s.unixLine {
		return r == '\n'
	}
	return lineEnds.has(r) && !(r == '\r' && in[i] == '\n')
}

func (s *stAssert) lineStartsEnd(in string, i int) bool {
	r, _ := decode(in[i:])
	if s.unixLine {
		return r == '\n'
	}
	return lineEnds.has(r) && !(r == '\n' && i > 0 && in[i-1] == '\r')
}

func wordEdge(s string, i int) bool {
	left, right := false, false
	if i > 0 {
		r, _ := utf8.DecodeLastRuneInString(s[:i])
		left = isWord(r)
		if unicode.Is(unicode.Mn, r) {
			left = true
		}
	}
	if i < len(s) {
		r, _ := decode(s[i:])
		right = isWord(r) || left && unicode.Is(unicode.Mn, r)
	}
	return left != right
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) }
