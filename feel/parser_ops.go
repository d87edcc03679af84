package feel

// comparisonOf parses arithmetic with at most one comparison, a comparison with the
// input of a unary test (< 3), or a range. left has been read already, or is nil.
func (p *parser) comparisonOf(left *node) *node {
	if left == nil {
		switch p.peek() {
		case '<', '>':
			return p.inputCompare()
		case ']', '[', '(':
			n, ranged := p.bracket()
			if n == nil {
				return nil
			}
			if ranged {
				return p.inputRange(n)
			}
			left = n
		}
	}
	var n *node
	if left != nil {
		if left = p.chain(left); left == nil {
			return nil
		}
	}
	if n = p.arithmetic(left, 1); n == nil {
		return nil
	}
	save := p.pos
	p.space()
	p.pure = true
	if p.fatal {
		return nil
	}
	if c := p.comparison(n); c != nil {
		p.pure = false
		return c
	}
	if p.fatal {
		return nil
	}
	p.pos = save
	p.pure = true
	return n
}

func (p *parser) inputRange(r *node) *node {
	n := p.node(nInputRange, int(r.pos))
	n.a = r
	p.pure = false
	return p.under(n, r)
}

// comparison parses what may follow a left operand; nil leaves the position undefined.
func (p *parser) comparison(left *node) *node {
	at := p.pos
	switch p.peek() {
	case '<', '>', '=', '!':
		return p.binaryComparison(left, at)
	case 'b':
		if p.accept("between") {
			return p.between(left, at)
		}
	case 'i':
		if p.accept("instance") {
			if n := p.instanceOf(left, at); n != nil || p.fatal {
				return n
			}
			p.pos = at
		}
		if p.accept("in") {
			return p.in(left, at)
		}
	}
	return nil
}

func (p *parser) compareOp() (byte, bool) {
	switch {
	case p.accept("<="):
		return opLE, true
	case p.accept(">="):
		return opGE, true
	case p.accept("<"):
		return opLT, true
	case p.accept(">"):
		return opGT, true
	}
	return 0, false
}

func (p *parser) binaryComparison(left *node, at int) *node {
	kind := nCompare
	op, ok := p.compareOp()
	if !ok {
		op = opEQ
		if p.accept("!=") {
			kind = nNotEqual
		} else if !p.accept("=") {
			return nil
		}
	}
	p.space()
	right := p.arithmetic(nil, 1)
	if right == nil {
		return nil
	}
	n := p.node(kind, at)
	n.op, n.a, n.b = op, left, right
	return p.under(n, left, right)
}

func (p *parser) inputCompare() *node {
	at := p.pos
	op, _ := p.compareOp()
	p.space()
	right := p.arithmetic(nil, 1)
	if right == nil {
		return nil
	}
	p.pure = false
	n := p.node(nInputCompare, at)
	n.op, n.a = op, right
	return p.under(n, right)
}

func (p *parser) between(x *node, at int) *node {
	p.space()
	lo := p.arithmetic(nil, 1)
	if lo == nil || !p.keyword("and") {
		return nil
	}
	hi := p.arithmetic(nil, 1)
	if hi == nil {
		return nil
	}
	n := p.node(nBetween, at)
	n.a, n.b, n.c = x, lo, hi
	return p.under(n, x, lo, hi)
}

var specialTypes = []string{"years and months duration", "days and time duration", "date and time", "function"}

func (p *parser) instanceOf(x *node, at int) *node {
	if !p.keyword("of") {
		return nil
	}
	n := p.node(nInstance, at)
	n.a = x
	for _, t := range specialTypes {
		if p.accept(t) {
			n.name = t
			return p.under(n, x)
		}
	}
	names, ok := p.qualifiedName()
	if !ok {
		return nil
	}
	n.name = names.joined()
	return p.under(n, x)
}

func (p *parser) in(x *node, at int) *node {
	p.space()
	start := p.pos
	n := p.node(nIn, at)
	n.a = x
	if p.accept("(") {
		p.space()
		tests := p.unaryTests()
		if tests != nil && p.closing(')', ")") {
			n.b = tests
			return p.under(n, x, tests)
		}
		if p.fatal {
			return nil
		}
		p.pos = start
	}
	if n.b = p.unaryTest(); n.b == nil {
		return nil
	}
	return p.under(n, x, n.b)
}

// ---- arithmetic

func arithmeticOp(p *parser) (op byte, prec, width int) {
	switch p.peek() {
	case '+':
		return opAdd, 1, 1
	case '-':
		return opSub, 1, 1
	case '*':
		if p.hasPrefix("**") {
			return opPow, 3, 2
		}
		return opMul, 2, 1
	case '/':
		return opDiv, 2, 1
	}
	return 0, 0, 0
}

// arithmetic parses operators of at least the given precedence; all of them bind to
// the left. left has been read already, or is nil.
func (p *parser) arithmetic(left *node, least int) *node {
	n := left
	if n == nil {
		n = p.negation()
	}
	for n != nil {
		save := p.pos
		p.space()
		at := p.pos
		op, prec, width := arithmeticOp(p)
		if p.fatal || prec < least || prec == 0 {
			p.pos = save
			break
		}
		p.pos += width
		p.space()
		right := p.arithmetic(nil, prec+1)
		if right == nil {
			p.pos = save
			break
		}
		m := p.node(nArith, at)
		m.op, m.a, m.b = op, n, right
		n = p.under(m, n, right)
	}
	return n
}

func (p *parser) negation() *node {
	if p.peek() != '-' || p.pos >= len(p.src) {
		return p.value()
	}
	at := p.pos
	p.pos++
	p.space()
	v := p.value()
	if v == nil {
		return nil
	}
	n := p.node(nNegate, at)
	n.a = v
	return p.under(n, v)
}
