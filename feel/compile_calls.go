package feel

import "strings"

// call compiles the call of a function by name. A function of the scope comes before
// a built-in one; the built-in is looked up only once.
func (c *compiler) call(n *node) evalFn {
	find := c.finder(n)
	builtin := c.engine.find(n.name, find.match)
	name, pos, isAssert := n.name, n.pos, n.name == "assert"
	return func(r *run, s *scope) Value {
		f := builtin
		if s.hasFuncs {
			if own := s.findFunction(name, find.match); own != nil {
				f = own
			}
		}
		if f == nil {
			find.missing(r)
			return Null
		}
		v := find.invoke(r, s, f)
		if v.t != tError {
			return v
		}
		if isAssert {
			r.warn(AssertFailure, pos, v.s)
			if r.assert == nil {
				cause := v.s // a copy, or every call would allocate
				r.assert = &cause
			}
			return Null
		}
		r.warn(InvocationFailure, pos, "Failed to invoke function '"+name+"': "+v.s)
		return Null
	}
}

// method compiles a.b.f(..): f is looked up in the context a.b alone, and its errors
// stay errors.
func (c *compiler) method(n *node) evalFn {
	find, base, pos, name := c.finder(n), compileRef(n.a), n.pos, n.name
	return func(r *run, s *scope) Value {
		v := base(r, s)
		if v.failed() {
			return v
		}
		if v.t != tContext {
			return r.invalidType(pos, "context", v)
		}
		f := v.ctx().findFunction(name, find.match)
		if f == nil {
			return find.missing(r)
		}
		return find.invoke(r, s, f)
	}
}

// finder picks a function by the number or names of its arguments and calls it.
type finder struct {
	name  string
	pos   int32
	args  []evalFn
	names []string
	named bool
	match func(*Function) bool
}

func (c *compiler) finder(n *node) *finder {
	f := &finder{name: n.name, pos: n.pos, args: c.all(n.kids), names: n.names, named: n.named}
	if f.named {
		f.match = func(fn *Function) bool { return fn.hasNames(f.names) }
	} else {
		count := len(f.args)
		f.match = func(fn *Function) bool { return fn.takes(count) }
	}
	return f
}

func (f *finder) missing(r *run) Value {
	if f.named {
		return r.fail(NoFunction, f.pos, "No function found with name '%s' and parameters: %s", f.name, strings.Join(f.names, ","))
	}
	return r.fail(NoFunction, f.pos, "No function found with name '%s' and %d parameters", f.name, len(f.args))
}

func (f *finder) invoke(r *run, s *scope, fn *Function) Value {
	if f.named {
		return fn.invoke(r, f.namedArgs(r, s, fn))
	}
	if fn.varArgs && len(fn.params) > 0 {
		return fn.invoke(r, f.varArgs(r, s, len(fn.params)-1))
	}
	base := len(r.args)
	for _, a := range f.args {
		v := a(r, s)
		r.args = append(r.args, v)
	}
	args := r.args[base:]
	v := fn.invoke(r, args)
	r.args = r.args[:base]
	return v
}

// namedArgs evaluates the arguments in the order of the parameters; what is not named
// is null, and of two with one name the last counts.
func (f *finder) namedArgs(r *run, s *scope, fn *Function) []Value {
	args := make([]Value, len(fn.params))
	for i, p := range fn.params {
		for j := len(f.names) - 1; j >= 0; j-- {
			if f.names[j] == p {
				args[i] = f.args[j](r, s)
				break
			}
		}
	}
	return args
}

// varArgs collects all arguments from the given one on in a list; a single list in
// the first place is that list.
func (f *finder) varArgs(r *run, s *scope, fixed int) []Value {
	args := make([]Value, 0, fixed+1)
	for _, a := range f.args[:fixed] {
		args = append(args, a(r, s))
	}
	rest := make([]Value, 0, len(f.args)-fixed)
	for _, a := range f.args[fixed:] {
		rest = append(rest, a(r, s))
	}
	if fixed == 0 && len(rest) == 1 && rest[0].t == tList {
		return append(args, rest[0])
	}
	r.grow(len(rest))
	return append(args, newList(rest))
}
