package feel

// input returns the value that unary tests are about.
func input(r *run, s *scope, pos int32) Value {
	v, ok := s.lookup(r, inputName(r, s))
	if !ok {
		r.warn(NoVariable, pos, "No input value found.")
	}
	return v
}

func inputEqual(n *node) evalFn {
	want, pos := n.val, n.pos
	return func(r *run, s *scope) Value {
		v := input(r, s, pos)
		if v.failed() {
			return v
		}
		return equality(r, pos, v, want)
	}
}

func (c *compiler) inputCompare(n *node) evalFn {
	x, op, pos := c.compile(n.a), n.op, n.pos
	return func(r *run, s *scope) Value {
		v := input(r, s, pos)
		if v.failed() {
			return v
		}
		return order(r, pos, op, v, x(r, s))
	}
}

func (c *compiler) inputRange(n *node) evalFn {
	from, to, pos := c.compile(n.a.a), c.compile(n.a.b), n.pos
	low, high := byte(opGT), byte(opLT)
	if n.a.startClosed {
		low = opGE
	}
	if n.a.endClosed {
		high = opLE
	}
	return func(r *run, s *scope) Value {
		x := from(r, s)
		y := to(r, s)
		v := input(r, s, pos)
		if v.failed() {
			return v
		}
		if v.t != x.t || v.t != y.t || !v.comparable() || !x.comparable() || !y.comparable() {
			input(r, s, pos) // the reference engine looks once more for its message
			r.notComparable(pos, v, x)
			return Null
		}
		return Bool(holds(low, compareValues(v, x)) && holds(high, compareValues(v, y)))
	}
}

func (c *compiler) anyOf(n *node) evalFn {
	tests, pos := c.all(n.kids), n.pos
	return func(r *run, s *scope) Value {
		d := newVerdict(true)
		for _, f := range tests {
			if d.add(r, pos, f(r, s)); d.done {
				break
			}
		}
		return d.val
	}
}

// unaryTest compiles an expression as a test: true, equal to the input, or a list
// with the input.
func (c *compiler) unaryTest(n *node) evalFn {
	x, pos := c.compile(n.a), n.pos
	return func(r *run, s *scope) Value {
		in := input(r, s, pos)
		if in.failed() {
			return in
		}
		v := x(r, s)
		switch {
		case v.t == tFatal: // it asks for the input itself: try again with ? defined
			if v = x(r, s.with("?", in)); v.t == tBool {
				return v
			}
			return Null
		case v.isTrue():
			return v
		case v.t == tList && containsSame(r, v.items(), in):
			return Bool(true)
		}
		return testEquality(r, pos, in, v)
	}
}

func testEquality(r *run, pos int32, in, v Value) Value {
	eq := equality(r, pos, in, v)
	switch {
	case eq.isTrue():
		return eq
	case v.isFalse(), v.t == tList:
		return Bool(false)
	case eq.t == tNull:
		return Null
	}
	return Bool(false)
}
