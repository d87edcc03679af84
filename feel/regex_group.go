package feel

import "strings"

func (p *rxParser) group() *rx {
	p.pos++ // (
	flags := p.flags
	if p.pos >= len(p.src) || p.src[p.pos] != '?' {
		p.groups++
		return p.closeGroup(&rx{kind: rxGroup, index: p.groups}, flags)
	}
	p.pos++
	if p.pos >= len(p.src) {
		p.fail("Unknown group type")
	}
	c := p.src[p.pos]
	p.pos++
	switch c {
	case ':':
		return p.closeGroup(&rx{kind: rxGroup}, flags)
	case '=', '!':
		return p.closeGroup(&rx{kind: rxLook, negative: c == '!'}, flags)
	case '>':
		return p.closeGroup(&rx{kind: rxAtomic}, flags)
	case '<':
		return p.angleGroup(flags)
	}
	p.pos--
	return p.flagGroup(flags)
}

// angleGroup parses a lookbehind or a named group behind (?<.
func (p *rxParser) angleGroup(flags int) *rx {
	if p.accept('=') {
		return p.checkBehind(p.closeGroup(&rx{kind: rxLook, behind: true}, flags))
	}
	if p.accept('!') {
		return p.checkBehind(p.closeGroup(&rx{kind: rxLook, behind: true, negative: true}, flags))
	}
	name := p.groupName()
	if _, known := p.names[name]; known {
		p.fail("Named capturing group <" + name + "> is already defined")
	}
	p.groups++
	p.names[name] = p.groups
	return p.closeGroup(&rx{kind: rxGroup, index: p.groups}, flags)
}

func (p *rxParser) groupName() string {
	start := p.pos
	for p.pos < len(p.src) && p.src[p.pos] < 128 && (isLetter(byte(p.src[p.pos])) || p.pos > start && isDigit(byte(p.src[p.pos]))) {
		p.pos++
	}
	name := string(p.src[start:p.pos])
	if name == "" {
		p.fail("capturing group name does not start with a Latin letter")
	}
	if p.pos >= len(p.src) || p.src[p.pos] != '>' {
		p.fail("named capturing group is missing trailing '>'")
	}
	p.pos++
	return name
}

func (p *rxParser) closeGroup(n *rx, flags int) *rx {
	n.kids = []*rx{p.alternatives()}
	if !p.accept(')') {
		p.fail("Unclosed group")
	}
	p.flags = flags
	return n
}

// maxBehind bounds a lookbehind, as an unbounded one would have to be tried everywhere.
const maxBehind = 1 << 20

func (p *rxParser) checkBehind(n *rx) *rx {
	if n.min, n.max = n.kids[0].width(); n.max < 0 || n.max > maxBehind {
		p.fail("Look-behind group does not have an obvious maximum length")
	}
	return n
}

// flagGroup parses (?i-s) and (?i-s:..).
func (p *rxParser) flagGroup(before int) *rx {
	on := true
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		p.pos++
		switch {
		case c == ')':
			return nil // the flags hold to the end of the group around
		case c == ':':
			return p.closeGroup(&rx{kind: rxGroup}, before)
		case c == '-' && on:
			on = false
		case c < 128 && flagLetters[byte(c)] != 0:
			if on {
				p.flags |= flagLetters[byte(c)]
			} else {
				p.flags &^= flagLetters[byte(c)]
			}
		default:
			p.fail("Unknown inline modifier")
		}
	}
	p.fail("Unknown inline modifier")
	return nil
}

// width returns the least and the greatest number of code points of a match; the
// greatest is -1 where there is no bound.
func (n *rx) width() (lo, hi int) {
	switch n.kind {
	case rxSet:
		return 1, 1
	case rxSeq:
		for _, k := range n.kids {
			l, h := k.width()
			lo, hi = lo+l, addWidth(hi, h)
		}
		return lo, hi
	case rxAlt:
		lo, hi = n.kids[0].width()
		for _, k := range n.kids[1:] {
			l, h := k.width()
			lo = min(lo, l)
			if hi >= 0 && (h < 0 || h > hi) {
				hi = h
			}
		}
		return lo, hi
	case rxGroup, rxAtomic:
		return n.kids[0].width()
	case rxRepeat:
		l, h := n.kids[0].width()
		return l * n.min, mulWidth(h, n.max)
	case rxBackref:
		return 0, -1
	}
	return 0, 0
}

func addWidth(a, b int) int {
	if a < 0 || b < 0 || a+b > maxBehind {
		return -1
	}
	return a + b
}

func mulWidth(width, times int) int {
	switch {
	case width == 0 || times == 0:
		return 0
	case width < 0 || times < 0 || width > maxBehind/times:
		return -1
	}
	return width * times
}

func seqOf(kids ...*rx) *rx { return &rx{kind: rxSeq, kids: kids} }

func (p *rxParser) escape() *rx {
	p.pos++
	if p.pos >= len(p.src) {
		p.fail("Unexpected internal error: a backslash at the end")
	}
	c := p.src[p.pos]
	switch c {
	case 'A', 'z', 'Z', 'b', 'B', 'G':
		p.pos++
		return p.anchor(c)
	case 'R':
		p.pos++
		pair := seqOf(p.setNode(setOf('\r', '\r')), p.setNode(setOf('\n', '\n')))
		return &rx{kind: rxGroup, kids: []*rx{{kind: rxAlt, kids: []*rx{pair, p.setNode(vertical)}}}}
	case 'X':
		p.pos++
		marks, _ := propertySet("M")
		more := &rx{kind: rxRepeat, max: -1, kids: []*rx{p.setNode(marks)}, hungry: true}
		return &rx{kind: rxGroup, kids: []*rx{seqOf(p.setNode(anySet), more)}}
	case 'k':
		p.pos++
		return p.namedBackref()
	}
	if c >= '1' && c <= '9' {
		return p.backref()
	}
	if s, ok := p.escapedSet(); ok {
		return p.setNode(s)
	}
	return p.char(p.escapedChar())
}

func (p *rxParser) anchor(c rune) *rx {
	switch c {
	case 'A':
		return &rx{kind: rxBegin}
	case 'z':
		return &rx{kind: rxEnd}
	case 'Z':
		return p.line(rxLastLine)
	case 'b':
		return &rx{kind: rxWordEdge}
	case 'B':
		return &rx{kind: rxNotEdge}
	}
	return &rx{kind: rxLastMatch}
}

func (p *rxParser) backref() *rx {
	n := int(p.src[p.pos] - '0')
	for p.pos++; p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '9'; p.pos++ {
		more := n*10 + int(p.src[p.pos]-'0')
		if more > p.groups {
			break
		}
		n = more
	}
	return &rx{kind: rxBackref, index: n, fold: p.flags&flagFold != 0}
}

func (p *rxParser) namedBackref() *rx {
	if p.pos >= len(p.src) || p.src[p.pos] != '<' {
		p.fail(`\k is not followed by '<' for named capturing group`)
	}
	p.pos++
	name := p.groupName()
	i, ok := p.names[name]
	if !ok {
		p.fail("named capturing group <" + name + "> does not exist")
	}
	return &rx{kind: rxBackref, index: i, fold: p.flags&flagFold != 0}
}

// escapedSet parses \d, \p{..} and the like behind the backslash.
func (p *rxParser) escapedSet() (runeSet, bool) {
	c := p.src[p.pos]
	var s runeSet
	switch c | 0x20 {
	case 'd':
		s = digitSet
	case 'w':
		s = wordSet
	case 's':
		s = spaceSet
	case 'h':
		s = horizontal
	case 'v':
		s = vertical
	case 'p':
		p.pos++
		return p.property(c == 'P'), true
	default:
		return nil, false
	}
	p.pos++
	if p.flags&flagUnicodeClass != 0 {
		s = unicodeClass(c|0x20, s)
	}
	if c < 'a' {
		s = s.negate()
	}
	return s, true
}

func unicodeClass(c rune, s runeSet) runeSet {
	name := map[rune]string{'d': "IsDigit", 's': "IsWhite_Space"}[c]
	if c == 'w' {
		for _, n := range []string{"IsAlphabetic", "Mn", "Mc", "Me", "Nd", "Pc"} {
			t, _ := propertySet(n)
			s = s.union(t)
		}
		return s
	}
	if t, ok := propertySet(name); ok {
		return t
	}
	return s
}

func (p *rxParser) property(negative bool) runeSet {
	if p.pos >= len(p.src) {
		p.fail("Unknown character property name")
	}
	name := string(p.src[p.pos])
	p.pos++
	if name == "{" {
		end := p.pos
		for end < len(p.src) && p.src[end] != '}' {
			end++
		}
		if end >= len(p.src) {
			p.fail("Unclosed character family")
		}
		name = string(p.src[p.pos:end])
		p.pos = end + 1
	}
	if strings.HasPrefix(name, "^") {
		p.fail("Unknown character property name {" + name + "}")
	}
	s, ok := propertySet(name)
	if !ok {
		p.fail("Unknown character property name {" + name + "}")
	}
	if p.flags&flagFold != 0 {
		s = anyCase(name, s)
	}
	if negative {
		s = s.negate()
	}
	return s
}
