package feel

import (
	"slices"
	"strings"
)

// value parses a terminal with the paths and filters that follow it.
func (p *parser) value() *node {
	n := p.terminal()
	if n == nil {
		return nil
	}
	return p.chain(n)
}

func (p *parser) chain(n *node) *node {
	for n != nil && !p.fatal {
		save := p.pos
		p.space()
		at := p.pos
		var next *node
		switch p.peek() {
		case '.':
			if !p.hasPrefix("..") { // the rest of a range
				next = p.path(n, at)
			}
		case '[':
			next = p.filter(n, at)
		}
		if next == nil {
			p.pos = save
			break
		}
		n = next
	}
	if p.fatal {
		return nil
	}
	return n
}

func (p *parser) path(base *node, at int) *node {
	p.pos++
	p.space()
	key, ok := p.scanProperty()
	if !ok {
		return nil
	}
	n := p.node(nPath, at)
	n.a, n.name = base, key
	return p.under(n, base)
}

func (p *parser) filter(base *node, at int) *node {
	p.pos++
	p.space()
	cond := p.expression()
	if cond == nil || !p.closing(']', "]") {
		return nil
	}
	n := p.node(nFilter, at)
	n.a, n.b = base, cond
	return p.under(n, base, cond)
}

func (p *parser) terminal() *node {
	if p.steps++; p.steps > spareSteps+stepsPerByte*len(p.src) {
		return p.over("the expression is too complicated to parse")
	}
	at := p.pos
	c := p.peek()
	switch {
	case c < 128 && asciiName[c]&1 != 0 || c >= 128 || c == '`':
		return p.named()
	case c >= '0' && c <= '9' || c == '.' || c == '-':
		return p.number()
	}
	switch c {
	case '"':
		s, ok := p.scanString()
		if !ok {
			return nil
		}
		return p.constant(at, String(unescape(s)))
	case '@':
		return p.temporal(at, "@", 1)
	case '(', '[':
		n, ranged := p.bracket()
		if ranged {
			p.pos = at
			return p.expect("a value; a range stands alone")
		}
		return n
	case '{':
		return p.contextLiteral()
	case '?':
		if p.pos < len(p.src) {
			p.pos++
			return p.node(nInput, at)
		}
	}
	return p.expect("a value")
}

func (p *parser) constant(at int, v Value) *node {
	n := p.node(nConst, at)
	n.val = v
	return n
}

func (p *parser) number() *node {
	i := p.pos
	if p.src[i] == '-' {
		i++
	}
	digits := i
	for i < len(p.src) && isDigit(p.src[i]) {
		i++
	}
	if i+1 < len(p.src) && p.src[i] == '.' && isDigit(p.src[i+1]) {
		for i++; i < len(p.src) && isDigit(p.src[i]); i++ {
		}
	}
	if i == digits {
		return p.expect("a value")
	}
	if i-p.pos > maxDigits {
		return p.over("a number has too many digits")
	}
	n := p.constant(p.pos, literalNumber(p.src[p.pos:i]))
	p.pos = i
	return n
}

// bracket parses a list, a group or a range; ranged tells the last one.
func (p *parser) bracket() (n *node, ranged bool) {
	start, open := p.pos, p.src[p.pos]
	p.pos++
	p.space()
	if open == '[' && p.accept("]") {
		return p.node(nList, start), false
	}
	var first *node
	if open == ']' {
		first = p.arithmetic(nil, 1)
		p.pure = true
	} else {
		first = p.expression()
	}
	if first == nil {
		return nil, false
	}
	p.space()
	if p.pure && p.hasPrefix("..") {
		return p.rangeRest(start, open, first), true
	}
	switch open {
	case '(':
		if !p.closing(')', ")") {
			return nil, false
		}
		return first, false
	case '[':
		return p.listRest(start, first), false
	}
	p.expect("..")
	return nil, false
}

func (p *parser) rangeRest(start int, open byte, from *node) *node {
	p.pos += 2
	p.space()
	to := p.arithmetic(nil, 1)
	if to == nil {
		return nil
	}
	p.space()
	n := p.node(nRange, start)
	n.a, n.b, n.startClosed = from, to, open == '['
	switch p.peek() {
	case ']':
		n.endClosed = true
	case ')', '[':
	default:
		return p.expect("the end of the range")
	}
	p.pos++
	return p.under(n, from, to)
}

func (p *parser) listRest(start int, first *node) *node {
	n := p.node(nList, start)
	var few [8]*node
	kids := append(few[:0], first)
	for {
		save := p.pos
		p.space()
		if !p.accept(",") {
			p.pos = save
			break
		}
		p.space()
		item := p.expression()
		if item == nil {
			p.pos = save
			break
		}
		kids = append(kids, item)
	}
	if p.fatal || !p.closing(']', ", or ]") {
		return nil
	}
	n.kids = p.keep(kids)
	return p.under(n, n.kids...)
}

func (p *parser) contextLiteral() *node {
	n := p.node(nContext, p.pos)
	p.pos++
	var few [8]*node
	kids := few[:0]
	var keys [8]string
	names := keys[:0]
	for {
		save := p.pos
		p.space()
		if len(kids) > 0 {
			if !p.accept(",") {
				p.pos = save
				break
			}
			p.space()
		}
		key, val := p.contextEntry()
		if val == nil {
			p.pos = save
			break
		}
		names, kids = append(names, key), append(kids, val)
	}
	if p.fatal || !p.closing('}', ", or }") {
		return nil
	}
	n.names, n.kids = slices.Clone(names), p.keep(kids)
	return p.under(n, n.kids...)
}

func (p *parser) contextEntry() (string, *node) {
	key, ok := p.scanKey()
	if !ok || p.fatal || !p.closing(':', ":") {
		return "", nil
	}
	p.space()
	return key, p.expression()
}

// unescape replaces the escapes in the order of the reference engine: a backslash
// takes part only where no other backslash stands before it, pairs come last.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	buf := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) || i > 0 && s[i-1] == '\\' {
			buf = append(buf, s[i])
			continue
		}
		if c := escaped(s[i+1]); c != 0 {
			buf = append(buf, c)
			i++
		} else {
			buf = append(buf, s[i])
		}
	}
	return strings.ReplaceAll(string(buf), `\\`, `\`)
}

func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case '\'', '"':
		return c
	}
	return 0
}
