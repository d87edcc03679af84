package feel

// disjunction parses a or b; left is an operand that has been read already, or nil.
func (p *parser) disjunction(left *node) *node {
	n := p.conjunction(left)
	for n != nil {
		save := p.pos
		p.space()
		at := p.pos
		if p.fatal || !p.accept("or") {
			p.pos = save
			break
		}
		p.space()
		right := p.conjunction(nil)
		if right == nil {
			p.pos = save
			break
		}
		n = p.joined(nOr, n, right, at)
	}
	return n
}

func (p *parser) conjunction(left *node) *node {
	n := p.comparisonOf(left)
	for n != nil {
		save := p.pos
		p.space()
		at := p.pos
		if p.fatal || !p.accept("and") {
			p.pos = save
			break
		}
		p.space()
		right := p.comparisonOf(nil)
		if right == nil {
			p.pos = save
			break
		}
		n = p.joined(nAnd, n, right, at)
	}
	return n
}

// joined makes the node of a logical operator.
func (p *parser) joined(kind nodeKind, left, right *node, at int) *node {
	p.pure = false
	n := p.node(kind, at)
	n.a, n.b = left, right
	return p.under(n, left, right)
}
