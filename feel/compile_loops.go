package feel

// sources evaluates the lists of the iterators: all of them before any item, in the
// surrounding scope. A value that is no list gives the error.
func sources(r *run, s *scope, pos int32, fns []evalFn) (lists [][]Value, failed Value) {
	lists = make([][]Value, len(fns))
	for i, f := range fns {
		v := f(r, s)
		if v.t == tList {
			lists[i] = v.items()
			continue
		}
		if !v.failed() {
			v = r.invalidType(pos, "list", v)
		}
		if failed.t == tNull {
			failed = v
		}
	}
	return lists, failed
}

// iteration walks the combinations of the lists, the last one fastest.
type iteration struct {
	names []string
	lists [][]Value
	index []int
	fresh bool // every item needs scopes of its own: a function keeps them
	vars  []*scope
}

func newIteration(s *scope, names []string, lists [][]Value, fresh bool) *iteration {
	it := &iteration{names: names, lists: lists, index: make([]int, len(lists)), fresh: fresh}
	it.scopes(s)
	return it
}

// scopes makes the frames; of two equal names the first one counts.
func (it *iteration) scopes(s *scope) {
	frames := make([]scope, len(it.names))
	it.vars = make([]*scope, len(it.names))
	inner := s
	for i := len(it.names) - 1; i >= 0; i-- {
		f := &frames[i]
		f.parent, f.name, f.hasFuncs = inner, it.names[i], s.hasFuncs
		it.vars[i], inner = f, f
	}
}

func (it *iteration) size() int {
	n := 1
	for _, l := range it.lists {
		if n *= len(l); n > 1<<40 {
			return 1 << 40
		}
	}
	return n
}

// each calls f with the scope of every combination until it returns false.
func (it *iteration) each(r *run, s *scope, f func(*scope) bool) {
	for n := it.size(); n > 0; n-- {
		r.step()
		if it.fresh {
			it.scopes(s)
		}
		for i, l := range it.lists {
			it.vars[i].val = l[it.index[i]]
		}
		if !f(it.vars[0]) {
			return
		}
		for i := len(it.index) - 1; i >= 0; i-- {
			if it.index[i]++; it.index[i] < len(it.lists[i]) {
				break
			}
			it.index[i] = 0
		}
	}
}

func (c *compiler) loop(n *node) evalFn {
	lists, body := c.all(n.kids), c.compile(n.a)
	fresh, partial := n.a.captures, n.a.partial
	names, pos := n.names, n.pos
	return func(r *run, s *scope) Value {
		ls, failed := sources(r, s, pos, lists)
		if failed.failed() {
			return failed.orNull()
		}
		it := newIteration(s, names, ls, fresh)
		size := it.size()
		r.grow(min(size, 1<<40))
		out := make([]Value, 0, size)
		it.each(r, s, func(inner *scope) bool {
			if partial {
				inner = &scope{parent: inner, name: "partial", val: newList(out[:len(out):len(out)]), hasFuncs: s.hasFuncs}
			}
			out = append(out, body(r, inner))
			return true
		})
		return newList(out)
	}
}

// quantified compiles some (every = false) and every.
func (c *compiler) quantified(n *node, every bool) evalFn {
	lists, cond := c.all(n.kids), c.compile(n.a)
	names, pos, fresh := n.names, n.pos, n.a.captures
	return func(r *run, s *scope) Value {
		ls, failed := sources(r, s, pos, lists)
		if failed.failed() {
			return failed.orNull()
		}
		d := newVerdict(!every)
		newIteration(s, names, ls, fresh).each(r, s, func(inner *scope) bool {
			d.add(r, pos, cond(r, inner))
			return !d.done
		})
		return d.val.orNull()
	}
}

func (c *compiler) filter(n *node) evalFn {
	list, pos := c.compile(n.a), n.pos
	get := func(r *run, s *scope) ([]Value, Value) {
		v := list(r, s)
		if v.t == tList {
			return v.items(), Null
		}
		if !v.failed() {
			v = r.invalidType(pos, "list", v)
		}
		return nil, v
	}
	if index, ok := literalIndex(n.b); ok {
		return func(r *run, s *scope) Value {
			items, failed := get(r, s)
			if failed.failed() {
				return failed.orNull()
			}
			return itemAt(items, index)
		}
	}
	f := &filterOp{cond: c.compile(n.b), fresh: n.b.captures}
	direct := n.b.isComparison()
	return func(r *run, s *scope) Value {
		items, failed := get(r, s)
		if failed.failed() {
			return failed.orNull()
		}
		if !direct { // first without an item: it may be an index
			if v := f.cond(r, s); v.t == tNumber {
				return itemAt(items, v)
			}
		}
		return f.run(r, s, items).orNull()
	}
}

func literalIndex(n *node) (Value, bool) {
	if n.kind == nConst && n.val.t == tNumber {
		return n.val, true
	}
	if n.kind == nNegate && n.a.kind == nConst && n.a.val.t == tNumber {
		return negate(n.a.val), true
	}
	return Null, false
}

// itemAt returns the item at a position that counts from 1, or from the end.
func itemAt(items []Value, index Value) Value {
	size := Int(int64(len(items)))
	if index.sign() > 0 {
		index = subNumbers(index, Int(1))
	} else {
		index = addNumbers(size, index)
	}
	if index.sign() < 0 || cmpNumbers(index, size) >= 0 {
		return Null
	}
	return items[index.intValue()]
}

type filterOp struct {
	cond  evalFn
	fresh bool
}

// run keeps the items for which the condition is true; a number for the first item
// makes it an index.
func (f *filterOp) run(r *run, s *scope, items []Value) Value {
	if len(items) == 0 {
		return newList(nil)
	}
	frames := &filterFrames{}
	head := f.cond(r, frames.scope(s, items[0]))
	switch {
	case head.failed():
		return head
	case head.t == tNumber:
		return itemAt(items, head)
	}
	var out []Value
	if head.isTrue() {
		out = append(out, items[0])
	}
	for _, item := range items[1:] {
		r.step()
		if f.fresh {
			frames = &filterFrames{}
		}
		v := f.cond(r, frames.scope(s, item))
		if v.failed() {
			return asError(v)
		}
		// the reference engine marks what it drops with this very string
		if v.isTrue() && !(item.t == tString && item.s == "_") {
			out = append(out, item)
		}
	}
	r.grow(len(out))
	return newList(out)
}

// filterFrames are the scopes of one item: the variable item, and the entries of a
// context in front of it.
type filterFrames struct{ item, entries scope }

func (f *filterFrames) scope(s *scope, item Value) *scope {
	f.item = scope{parent: s, name: "item", hasFuncs: s.hasFuncs}
	if item.t == tFunction {
		f.item.fn, f.item.hasFuncs = item.fn(), true
	} else {
		f.item.val = item
	}
	if item.t != tContext {
		return &f.item
	}
	ctx := item.ctx()
	f.entries = scope{parent: &f.item, ctx: ctx, hasFuncs: s.hasFuncs || len(ctx.funcs) > 0}
	return &f.entries
}
