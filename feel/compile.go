package feel

// evalFn is a compiled node.
type evalFn func(r *run, s *scope) Value

// compiler turns the tree into closures.
type compiler struct{ engine *Engine }

func (c *compiler) compile(n *node) evalFn {
	switch n.kind {
	case nConst:
		v := n.val
		return func(*run, *scope) Value { return v }
	case nRef:
		return compileRef(n)
	case nInput:
		return evalInput
	case nPath:
		return c.path(n)
	case nFilter:
		return c.filter(n)
	case nList:
		return c.list(n)
	case nContext:
		return c.context(n)
	case nRange:
		return c.rangeArgument(n)
	case nNegate:
		return c.negate(n)
	case nArith:
		return c.arithmetic(n)
	case nCompare:
		return c.compare(n)
	case nNotEqual:
		return c.notEqual(n)
	}
	return c.control(n)
}

func (c *compiler) control(n *node) evalFn {
	switch n.kind {
	case nAnd:
		return c.logical(n, true)
	case nOr:
		return c.logical(n, false)
	case nBetween:
		return c.between(n)
	case nIf:
		return c.ifThenElse(n)
	case nFor:
		return c.loop(n)
	case nSome:
		return c.quantified(n, false)
	case nEvery:
		return c.quantified(n, true)
	case nIteration:
		return c.iteration(n)
	case nIn:
		return c.in(n)
	case nInstance:
		return c.instance(n)
	case nCall:
		return c.call(n)
	case nMethod:
		return c.method(n)
	case nFunction:
		return c.function(n)
	}
	return c.test(n)
}

func (c *compiler) test(n *node) evalFn {
	switch n.kind {
	case nInputCompare:
		return c.inputCompare(n)
	case nInputEqual:
		return inputEqual(n)
	case nInputRange:
		return c.inputRange(n)
	case nAnyOf:
		return c.anyOf(n)
	case nNot:
		return c.not(c.compile(n.a), n.pos)
	case nUnaryTest:
		return c.unaryTest(n)
	}
	panic("feel: a node of unknown kind")
}

func (c *compiler) all(nodes []*node) []evalFn {
	fns := make([]evalFn, len(nodes))
	for i, n := range nodes {
		fns[i] = c.compile(n)
	}
	return fns
}

func compileRef(n *node) evalFn {
	name, pos := n.name, n.pos
	if len(n.names) == 0 {
		return func(r *run, s *scope) Value {
			v, ok := s.lookup(r, name)
			if !ok {
				return noVariable(r, pos, name)
			}
			return v
		}
	}
	tail := n.names
	return func(r *run, s *scope) Value {
		v, ok := s.lookup(r, name)
		if !ok {
			return noVariable(r, pos, name)
		}
		for _, key := range tail {
			if v.failed() {
				return v
			}
			v = pathOf(r, pos, v, key)
		}
		return v
	}
}

func noVariable(r *run, pos int32, name string) Value {
	r.warn(NoVariable, pos, "No variable found with name '"+name+"'")
	return Null
}

func evalInput(r *run, s *scope) Value {
	if v, ok := s.lookup(r, "?"); ok {
		return v
	}
	return fatalValue("No input value available. '?' can only be used inside an unary-test expression.")
}

func (c *compiler) path(n *node) evalFn {
	base, key, pos := c.compile(n.a), n.name, n.pos
	return func(r *run, s *scope) Value {
		v := base(r, s)
		if v.failed() {
			return v
		}
		return pathOf(r, pos, v, key)
	}
}

func (c *compiler) list(n *node) evalFn {
	items := c.all(n.kids)
	return func(r *run, s *scope) Value {
		r.grow(len(items))
		list := make([]Value, len(items))
		for i, f := range items {
			v := f(r, s)
			if v.failed() {
				return asError(v)
			}
			list[i] = v
		}
		return newList(list)
	}
}

// asError makes a fatal error one that null may replace.
func asError(v Value) Value {
	if v.t == tFatal {
		return errorValue(`fatal error("` + v.s + `")`)
	}
	return v
}

func (c *compiler) context(n *node) evalFn {
	keys, vals := n.names, c.all(n.kids)
	keeps := make([]bool, len(vals))
	for i, k := range n.kids {
		keeps[i] = k.captures
	}
	return func(r *run, s *scope) Value {
		r.alloc(len(vals) * valueSize)
		lit := &literal{contextBuilder: contextBuilder{entries: make([]entry, 0, len(vals))}}
		inner := &scope{parent: s, build: lit, hasFuncs: true}
		for i, f := range vals {
			from := inner
			if keeps[i] { // a function sees only what stands before it
				from = &scope{parent: s, build: lit.snapshot(), hasFuncs: true}
			}
			v := f(r, from)
			if v.failed() {
				return asError(v)
			}
			lit.add(keys[i], v)
		}
		ctx := &contextValue{known: lit.entries, index: lit.index, funcs: lit.funcs, literal: true}
		return Value{t: tContext, p: ctx}
	}
}

func (c *compiler) rangeArgument(n *node) evalFn {
	from, to, pos := c.compile(n.a), c.compile(n.b), n.pos
	startClosed, endClosed := n.startClosed, n.endClosed
	return func(r *run, s *scope) Value {
		x := from(r, s)
		y := to(r, s)
		switch {
		case x.failed():
			return x
		case y.failed():
			return y
		case x.t != y.t || !pointTag(x.t):
			return r.fail(InvalidType, pos, "Invalid range definition '%s..%s'", x.brief(), y.brief())
		}
		return Value{t: tRange, p: &rangeValue{x, y, startClosed, endClosed}}
	}
}

// pointTag reports the types of which there are ranges.
func pointTag(t tag) bool { return t == tNumber || t >= tDate && t <= tYearMonth }

func (c *compiler) function(n *node) evalFn {
	params, body, depth := n.names, c.compile(n.a), n.a.depth
	return func(_ *run, s *scope) Value {
		return functionValue(&Function{params: params, body: depth, call: func(r *run, args []Value) Value {
			inner := s
			for i, p := range params {
				if i < len(args) {
					inner = &scope{parent: inner, name: p, val: args[i], hasFuncs: s.hasFuncs}
				}
			}
			return body(r, inner)
		}})
	}
}
