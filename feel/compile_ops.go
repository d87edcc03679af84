package feel

import "math"

func (c *compiler) negate(n *node) evalFn {
	x, pos := c.compile(n.a), n.pos
	return func(r *run, s *scope) Value {
		v := x(r, s)
		switch v.t {
		case tNumber:
			return negate(v)
		case tFatal:
			return v
		case tError:
			return Null
		}
		r.invalidType(pos, "number", v)
		return Null
	}
}

var arithmeticOps = [...]func(r *run, pos int32, x, y Value) Value{addValues, subValues, mulValues, divValues, powValues}

func (c *compiler) arithmetic(n *node) evalFn {
	if n.op == opAdd && n.a.kind == nArith && n.a.op == opAdd {
		return c.sumOf(n)
	}
	a, b, op, pos := c.compile(n.a), c.compile(n.b), arithmeticOps[n.op], n.pos
	power := n.op == opPow
	return func(r *run, s *scope) Value {
		x := a(r, s)
		y := b(r, s)
		switch {
		case x.failed():
			return x.orNull()
		case power && x.t != tNumber: // before anything that is wrong with the other
			return r.invalidType(pos, "number", x).orNull()
		case y.failed():
			return y.orNull()
		}
		v := op(r, pos, x, y)
		if v.p != nil {
			r.charge(v)
		}
		return v.orNull()
	}
}

func (c *compiler) compare(n *node) evalFn {
	a, b, op, pos := c.compile(n.a), c.compile(n.b), n.op, n.pos
	if op == opEQ {
		return func(r *run, s *scope) Value {
			x := a(r, s)
			return equality(r, pos, x, b(r, s))
		}
	}
	return func(r *run, s *scope) Value {
		x := a(r, s)
		return order(r, pos, op, x, b(r, s))
	}
}

func equality(r *run, pos int32, x, y Value) Value {
	switch {
	case x.failed():
		return x
	case y.failed():
		return y
	}
	eq, ok := equal(r, x, y)
	if !ok {
		return r.notComparable(pos, x, y)
	}
	return Bool(eq)
}

func order(r *run, pos int32, op byte, x, y Value) Value {
	switch {
	case x.failed():
		return x
	case y.failed():
		return y
	case x.t != y.t || !x.comparable() || !y.comparable():
		return r.notComparable(pos, x, y)
	}
	return Bool(holds(op, compareValues(x, y)))
}

func holds(op byte, cmp int) bool {
	switch op {
	case opLT:
		return cmp < 0
	case opLE:
		return cmp <= 0
	case opGT:
		return cmp > 0
	}
	return cmp >= 0
}

func (c *compiler) notEqual(n *node) evalFn {
	eq := *n
	eq.kind = nCompare
	return c.not(c.compare(&eq), n.pos)
}

func (c *compiler) not(f evalFn, pos int32) evalFn {
	return func(r *run, s *scope) Value {
		v := f(r, s)
		switch v.t {
		case tBool:
			return Bool(v.n == 0)
		case tFatal:
			return v
		case tError:
			return Null
		}
		r.invalidType(pos, "boolean", v)
		return Null
	}
}

// verdict folds conditions: stop is the boolean that decides, an undecided fold ends
// in null if one of the conditions was not a boolean.
type verdict struct {
	stop bool
	val  Value
	done bool
}

func (d *verdict) add(r *run, pos int32, v Value) {
	switch {
	case v.t == tBool && (v.n != 0) == d.stop:
		d.val, d.done = v, true
	case v.t == tFatal:
		d.val, d.done = v, true
	case d.val.t == tNull: // stays undecided, whatever it is
	case v.t == tBool:
		d.val = v
	default:
		if v.t != tError {
			r.invalidType(pos, "boolean", v)
		}
		d.val = Null
	}
}

func newVerdict(stop bool) verdict { return verdict{stop: stop, val: Bool(!stop)} }

// logical compiles and (stop at false) and or (stop at true).
func (c *compiler) logical(n *node, and bool) evalFn {
	a, b, pos := c.compile(n.a), c.compile(n.b), n.pos
	return func(r *run, s *scope) Value {
		d := newVerdict(!and)
		if d.add(r, pos, a(r, s)); !d.done {
			d.add(r, pos, b(r, s))
		}
		return d.val
	}
}

// between is x >= a and x <= b with x evaluated once.
func (c *compiler) between(n *node) evalFn {
	x, lo, hi, pos := c.compile(n.a), c.compile(n.b), c.compile(n.c), n.pos
	return func(r *run, s *scope) Value {
		v, d := x(r, s), newVerdict(false)
		if d.add(r, pos, order(r, pos, opGE, v, lo(r, s))); !d.done {
			d.add(r, pos, order(r, pos, opLE, v, hi(r, s)))
		}
		return d.val
	}
}

func (c *compiler) ifThenElse(n *node) evalFn {
	cond, then, other, pos := c.compile(n.a), c.compile(n.b), c.compile(n.c), n.a.pos
	return func(r *run, s *scope) Value {
		v := cond(r, s)
		switch v.t {
		case tBool:
			if v.n != 0 {
				if v = then(r, s); v.t != tError {
					return v
				}
				return other(r, s) // the reference engine takes an error for a false condition
			}
		case tFatal:
			return v
		case tError:
		default:
			r.invalidType(pos, "boolean", v)
		}
		return other(r, s)
	}
}

func (c *compiler) in(n *node) evalFn {
	x, test := c.compile(n.a), c.compile(n.b)
	return func(r *run, s *scope) Value {
		v := x(r, s)
		if v.failed() {
			return v
		}
		return test(r, s.with(inputName(r, s), v))
	}
}

const defaultInput = "cellInput"

// inputName is the variable that holds the input of unary tests.
func inputName(r *run, s *scope) string {
	if v, ok := s.lookup(r, "inputVariableName"); ok && v.t == tString {
		return v.s
	}
	return defaultInput
}

func (c *compiler) instance(n *node) evalFn {
	x, name := c.compile(n.a), n.name
	switch name {
	case "date time":
		name = "date and time"
	case "year-month-duration":
		name = "years and months duration"
	case "day-time-duration":
		name = "days and time duration"
	}
	return func(r *run, s *scope) Value {
		v := x(r, s)
		switch {
		case v.failed():
			return v
		case name == "Any":
			return Bool(v.t != tNull)
		}
		return Bool(tagTypeNames[v.t] == name)
	}
}

func (c *compiler) iteration(n *node) evalFn {
	a, b, pos := c.compile(n.a), c.compile(n.b), n.pos
	return func(r *run, s *scope) Value {
		x := a(r, s)
		y := b(r, s)
		for _, v := range [2]Value{x, y} {
			if v.failed() {
				return v
			}
			if v.t != tNumber {
				return r.invalidType(pos, "number", v)
			}
		}
		return countTo(r, x, y)
	}
}

// countTo returns the numbers from x to y, up or down by one.
func countTo(r *run, x, y Value) Value {
	step, dir := Int(1), cmpNumbers(x, y)
	if dir >= 0 {
		step = Int(-1)
	}
	span, exact := subNumbers(y, x).floor64()
	if span < 0 {
		span = -span
	}
	if !exact || span >= math.MaxInt32 { // Java's lists end there
		throw("a list from %s to %s has too many items", x.brief(), y.brief())
	}
	if span >= int64(r.engine.limits.ListSize) {
		limitError("a list has more than %d items", r.engine.limits.ListSize)
	}
	items := make([]Value, 0, span+1)
	r.grow(int(span) + 1)
	r.work(int(span) + 1)
	for v := x; ; v = addNumbers(v, step) {
		if d := cmpNumbers(v, y); d != 0 && (d > 0) == (dir < 0) {
			break
		}
		items = append(items, v)
		if len(items) > int(span)+1 {
			break
		}
	}
	return newList(items)
}

// floor64 returns the whole part of a number as an integer, if it fits.
func (v Value) floor64() (int64, bool) {
	w, _ := setScale(v, 0, roundDown)
	return w.Int64()
}
