package feel

// ---- unary tests

// unaryTestsText parses the text of unary tests: not(..), tests or a dash.
func (p *parser) unaryTestsText() *node {
	start := p.pos
	if p.accept("not") {
		p.space()
		if p.accept("(") {
			p.space()
			if tests := p.unaryTests(); tests != nil && p.closing(')', ")") {
				n := p.node(nNot, start)
				n.a = tests
				return p.under(n, tests)
			}
		}
		if p.fatal {
			return nil
		}
		p.pos = start
	}
	if n := p.unaryTests(); n != nil || p.fatal {
		return n
	}
	p.pos = start
	if p.accept("-") {
		n := p.node(nConst, start)
		n.val = Bool(true)
		return n
	}
	return p.expect("a unary test")
}

func (p *parser) unaryTests() *node {
	first := p.unaryTest()
	if first == nil {
		return nil
	}
	tests := []*node{first}
	for {
		save := p.pos
		p.space()
		if !p.accept(",") {
			p.pos = save
			break
		}
		p.space()
		t := p.unaryTest()
		if t == nil {
			p.pos = save
			break
		}
		tests = append(tests, t)
	}
	if len(tests) == 1 {
		return first
	}
	n := p.node(nAnyOf, int(first.pos))
	n.kids = tests
	return p.under(n, tests...)
}

func (p *parser) unaryTest() *node {
	start := p.pos
	if b, ok := p.lastBoolean(); ok {
		n := p.node(nInputEqual, start)
		n.val = Bool(b)
		return n
	}
	var x *node
	switch p.peek() {
	case '<', '>':
		return p.inputCompare()
	case '(', '[', ']':
		n, ranged := p.bracket()
		if n == nil {
			return nil
		}
		if ranged {
			return p.inputRange(n)
		}
		x = p.disjunction(n)
	default:
		x = p.expression()
	}
	if x == nil {
		return nil
	}
	n := p.node(nUnaryTest, start)
	n.a = x
	return p.under(n, x)
}

// lastBoolean takes true or false at the very end of the text.
func (p *parser) lastBoolean() (value, ok bool) {
	start := p.pos
	if value = p.accept("true"); value || p.accept("false") {
		p.space()
		if p.pos >= len(p.src) && !p.fatal {
			return value, true
		}
		p.pos = start
	}
	return false, false
}
