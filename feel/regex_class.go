package feel

import "unicode"

// class parses a character class behind its [: unions, and intersections with &&.
func (p *rxParser) class() runeSet {
	if p.depth++; p.depth > maxPatternDepth {
		p.fail("The pattern is nested too deeply")
	}
	defer func() { p.depth-- }()
	negative := p.pos < len(p.src) && p.src[p.pos] == '^'
	if negative {
		p.pos++
	}
	var all, part intersection
	for first := true; ; first = false {
		c := p.peek()
		switch {
		case c < 0:
			p.fail("Unclosed character class")
		case c == ']' && !first:
			p.pos++
			all.and(part)
			if negative {
				return all.set.negate()
			}
			return all.set
		case c == '&' && p.pos+1 < len(p.src) && p.src[p.pos+1] == '&':
			p.pos += 2
			all.and(part)
			part = intersection{}
		case c == '[':
			p.pos++
			part.or(p.class())
		default:
			part.or(p.classRange())
		}
	}
}

// intersection is a set that may not have been given yet.
type intersection struct {
	set   runeSet
	known bool
}

func (i *intersection) or(s runeSet) { i.set, i.known = i.set.union(s), true }

func (i *intersection) and(o intersection) {
	switch {
	case !o.known:
	case !i.known:
		*i = o
	default:
		i.set = i.set.intersect(o.set)
	}
}

// classRange parses a set, a character or a range of characters.
func (p *rxParser) classRange() runeSet {
	if p.src[p.pos] == '\\' {
		p.pos++
		if p.pos >= len(p.src) {
			p.fail("Unclosed character class")
		}
		if s, ok := p.escapedSet(); ok {
			return s
		}
		return p.rangeFrom(p.escapedChar())
	}
	c := p.src[p.pos]
	p.pos++
	return p.rangeFrom(c)
}

func (p *rxParser) rangeFrom(lo rune) runeSet {
	if p.peek() != '-' || p.pos+1 >= len(p.src) || p.src[p.pos+1] == ']' || p.src[p.pos+1] == '[' {
		return p.folded(setOf(lo, lo))
	}
	p.pos++
	hi := p.peek()
	if hi < 0 {
		p.fail("Illegal character range")
	}
	p.pos++
	if hi == '\\' {
		if p.pos >= len(p.src) {
			p.fail("Illegal character range")
		}
		if _, ok := p.escapedSet(); ok {
			p.fail("Illegal character range")
		}
		hi = p.escapedChar()
	}
	if hi < lo {
		p.fail("Illegal character range")
	}
	return p.folded(setOf(lo, hi))
}

// escapedChar parses a character behind its backslash.
func (p *rxParser) escapedChar() rune {
	c := p.src[p.pos]
	p.pos++
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'f':
		return '\f'
	case 'a':
		return 7
	case 'e':
		return 27
	case '0':
		return p.octal()
	case 'x':
		return p.hexChar()
	case 'u':
		return p.unicodeChar()
	case 'c':
		if p.pos >= len(p.src) {
			p.fail("Illegal control escape sequence")
		}
		p.pos++
		return p.src[p.pos-1] ^ 64
	}
	if c < 128 && (isLetter(byte(c)) || isDigit(byte(c))) {
		p.fail("Illegal/unsupported escape sequence")
	}
	return c
}

func (p *rxParser) octal() rune {
	n, digits := rune(0), 0
	for digits < 3 && p.pos < len(p.src) && p.src[p.pos] >= '0' && p.src[p.pos] <= '7' {
		next := n*8 + p.src[p.pos] - '0'
		if next > 0o377 {
			break
		}
		n, digits, p.pos = next, digits+1, p.pos+1
	}
	if digits == 0 {
		p.fail("Illegal octal escape sequence")
	}
	return n
}

func (p *rxParser) hexDigits(n int) rune {
	v := rune(0)
	for range n {
		d := rune(-1)
		if p.pos < len(p.src) {
			d = hexValue(p.src[p.pos])
		}
		if d < 0 {
			p.fail("Illegal hexadecimal escape sequence")
		}
		v, p.pos = v*16+d, p.pos+1
	}
	return v
}

func hexValue(c rune) rune {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}

func (p *rxParser) hexChar() rune {
	if p.pos >= len(p.src) || p.src[p.pos] != '{' {
		return p.hexDigits(2)
	}
	v, start := rune(0), p.pos+1
	for p.pos++; p.pos < len(p.src) && hexValue(p.src[p.pos]) >= 0 && v <= unicode.MaxRune; p.pos++ {
		v = v*16 + hexValue(p.src[p.pos])
	}
	if p.pos == start || p.pos >= len(p.src) || p.src[p.pos] != '}' || v > unicode.MaxRune {
		p.fail("Unclosed hexadecimal escape sequence")
	}
	p.pos++
	return v
}

// unicodeChar parses the digits of \uXXXX; two surrogates make one character.
func (p *rxParser) unicodeChar() rune {
	hi := p.hexDigits(4)
	if hi >= 0xD800 && hi < 0xDC00 && p.pos+1 < len(p.src) && p.src[p.pos] == '\\' && p.src[p.pos+1] == 'u' {
		save := p.pos
		p.pos += 2
		if lo := p.hexDigits(4); lo >= 0xDC00 && lo < 0xE000 {
			return 0x10000 + (hi-0xD800)<<10 + lo - 0xDC00
		}
		p.pos = save
	}
	return hi
}
