package feel

import (
	"errors"
	"strconv"
	"strings"
)

// rxKind is the type of a node of a pattern.
type rxKind uint8

const (
	rxEmpty rxKind = iota
	rxSet          // one code point
	rxSeq
	rxAlt
	rxGroup // captures if index > 0
	rxRepeat
	rxAtomic
	rxLook // ahead or behind
	rxBackref
	rxBegin     // \A, and ^ without m
	rxLineBegin // ^ with m
	rxEnd       // \z
	rxLastLine  // \Z, and $ without m
	rxLineEnd   // $ with m
	rxWordEdge
	rxNotEdge
	rxLastMatch // \G
)

// rx is a node of a pattern.
type rx struct {
	kind     rxKind
	set      runeSet
	kids     []*rx
	index    int // of a group or of the group that a backref means
	min, max int // of a repeat; max < 0 is without end
	lazy     bool
	hungry   bool // possessive
	behind   bool
	negative bool
	fold     bool // a backref without case
	unixLine bool // only \n ends lines
}

// Flags of patterns.
const (
	flagFold = 1 << iota
	flagUnicode
	flagDotAll
	flagMultiline
	flagComments
	flagUnixLines
	flagUnicodeClass
)

var flagLetters = map[byte]int{
	'i': flagFold, 'u': flagUnicode, 's': flagDotAll, 'm': flagMultiline,
	'x': flagComments, 'd': flagUnixLines, 'U': flagUnicodeClass | flagUnicode,
}

type rxParser struct {
	src    []rune
	pos    int
	flags  int
	groups int
	names  map[string]int
	depth  int
}

type rxError struct{ msg string }

func (p *rxParser) fail(msg string) { panic(rxError{msg + " near index " + strconv.Itoa(p.pos)}) }

const maxPatternDepth = 250

// parsePattern parses a pattern of java.util.regex.
func parsePattern(s string, flags int) (n *rx, groups int, names map[string]int, err error) {
	defer func() {
		if e, ok := recover().(rxError); ok {
			err = errors.New(e.msg)
		}
	}()
	p := &rxParser{src: []rune(unquotePattern(s)), flags: flags, names: map[string]int{}}
	n = p.alternatives()
	if p.pos < len(p.src) {
		p.fail("Unmatched closing ')'")
	}
	return n, p.groups, p.names, nil
}

// unquotePattern turns \Q..\E into escaped characters.
func unquotePattern(s string) string {
	i := strings.Index(s, `\Q`)
	if i < 0 {
		return s
	}
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case !quoted && strings.HasPrefix(s[i:], `\Q`):
			quoted, i = true, i+1
		case !quoted && s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i++
		case quoted && strings.HasPrefix(s[i:], `\E`):
			quoted, i = false, i+1
		case quoted && s[i] < 128 && asciiName[s[i]] == 0:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		case quoted && s[i] < 128 && isLetter(s[i]): // keeps its meaning in a (?x) pattern
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func (p *rxParser) more() bool {
	if p.flags&flagComments != 0 {
		p.skipComments()
	}
	return p.pos < len(p.src)
}

func (p *rxParser) skipComments() {
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		if c == '#' {
			for p.pos < len(p.src) && !lineEnds.has(p.src[p.pos]) {
				p.pos++
			}
		} else if c > ' ' || c < '\t' || c > '\r' && c < ' ' {
			return
		} else {
			p.pos++
		}
	}
}

func (p *rxParser) peek() rune {
	if p.more() {
		return p.src[p.pos]
	}
	return -1
}

func (p *rxParser) accept(c rune) bool {
	if p.peek() == c {
		p.pos++
		return true
	}
	return false
}

func (p *rxParser) alternatives() *rx {
	if p.depth++; p.depth > maxPatternDepth {
		p.fail("The pattern is nested too deeply")
	}
	defer func() { p.depth-- }()
	alts := []*rx{p.sequence()}
	for p.accept('|') {
		alts = append(alts, p.sequence())
	}
	if len(alts) == 1 {
		return alts[0]
	}
	return &rx{kind: rxAlt, kids: alts}
}

func (p *rxParser) sequence() *rx {
	seq := &rx{kind: rxSeq}
	for p.more() {
		c := p.src[p.pos]
		if c == '|' || c == ')' {
			break
		}
		if n := p.atom(c); n != nil {
			seq.kids = append(seq.kids, p.quantified(n))
		}
	}
	return seq
}

// atom parses one element; nil is a change of flags.
func (p *rxParser) atom(c rune) *rx {
	switch c {
	case '(':
		return p.group()
	case '[':
		p.pos++
		return p.setNode(p.class())
	case '\\':
		return p.escape()
	case '^':
		p.pos++
		if p.flags&flagMultiline != 0 {
			return p.line(rxLineBegin)
		}
		return &rx{kind: rxBegin}
	case '$':
		p.pos++
		if p.flags&flagMultiline != 0 {
			return p.line(rxLineEnd)
		}
		return p.line(rxLastLine)
	case '.':
		p.pos++
		return p.dot()
	case '*', '+', '?':
		p.pos++
		p.fail("Dangling meta character '" + string(c) + "'")
	case '{': // repeats nothing
		return &rx{kind: rxEmpty}
	}
	p.pos++
	return p.char(c)
}

func (p *rxParser) line(k rxKind) *rx { return &rx{kind: k, unixLine: p.flags&flagUnixLines != 0} }

func (p *rxParser) dot() *rx {
	switch {
	case p.flags&flagDotAll != 0:
		return &rx{kind: rxSet, set: anySet}
	case p.flags&flagUnixLines != 0:
		return &rx{kind: rxSet, set: setOf('\n', '\n').negate()}
	}
	return &rx{kind: rxSet, set: lineEnds.negate()}
}

func (p *rxParser) char(c rune) *rx { return p.setNode(p.folded(setOf(c, c))) }

func (p *rxParser) setNode(s runeSet) *rx { return &rx{kind: rxSet, set: s} }

// folded adds the other case where the flags say so.
func (p *rxParser) folded(s runeSet) runeSet {
	switch {
	case p.flags&flagFold == 0:
		return s
	case p.flags&flagUnicode != 0:
		return s.foldUnicode()
	}
	return s.foldASCII()
}

func (p *rxParser) quantified(n *rx) *rx {
	var lo, hi int
	switch p.peek() {
	case '?':
		lo, hi = 0, 1
		p.pos++
	case '*':
		lo, hi = 0, -1
		p.pos++
	case '+':
		lo, hi = 1, -1
		p.pos++
	case '{':
		lo, hi = p.counts()
	default:
		return n
	}
	r := &rx{kind: rxRepeat, kids: []*rx{n}, min: lo, max: hi}
	if p.accept('?') {
		r.lazy = true
	} else if p.accept('+') {
		r.hungry = true
	}
	return r
}

// counts parses {n}, {n,} and {n,m}.
func (p *rxParser) counts() (lo, hi int) {
	p.pos++
	if c := p.peek(); c < '0' || c > '9' {
		p.fail("Illegal repetition")
	}
	lo = p.number()
	hi = lo
	if p.accept(',') {
		if hi = -1; p.peek() != '}' {
			hi = p.number()
		}
	}
	if !p.accept('}') {
		p.fail("Unclosed counted closure")
	}
	if hi >= 0 && hi < lo {
		p.fail("Illegal repetition range")
	}
	return lo, hi
}

func (p *rxParser) number() int {
	n := 0
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		if n = n*10 + int(c-'0'); n > 1<<31-1 {
			p.fail("Illegal repetition range")
		}
		p.pos++
	}
	return n
}
