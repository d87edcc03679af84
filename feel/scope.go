package feel

import "slices"

// scope is one frame of names; variables and functions are looked up from the
// innermost frame outwards. A frame is one of: a variable, a function, a context
// (of a filter), a context literal that is being built, or the root.
type scope struct {
	parent *scope
	name   string
	val    Value
	fn     *Function
	ctx    *contextValue
	build  *literal
	root   Variables
	// hasFuncs says that some frame from here on may hold functions.
	hasFuncs bool
}

// literal is a context literal on its way: later entries see the earlier ones.
type literal struct {
	contextBuilder
	funcs []funcEntry
}

func (l *literal) add(key string, v Value) {
	if v.t == tFunction {
		l.funcs = append(l.funcs, funcEntry{key, v.fn()})
		return
	}
	l.put(key, v)
}

// snapshot returns the entries so far, which later ones do not change.
func (l *literal) snapshot() *literal {
	return &literal{contextBuilder: contextBuilder{entries: slices.Clone(l.entries)}, funcs: slices.Clone(l.funcs)}
}

// with adds one name; a function goes into the name space of functions.
func (s *scope) with(name string, v Value) *scope {
	if v.t == tFunction {
		return &scope{parent: s, name: name, fn: v.fn(), hasFuncs: true}
	}
	return &scope{parent: s, name: name, val: v, hasFuncs: s.hasFuncs}
}

func (s *scope) lookup(r *run, name string) (Value, bool) {
	for ; s != nil; s = s.parent {
		switch {
		case s.fn != nil:
		case s.ctx != nil:
			if v, ok := s.ctx.get(name); ok {
				return v, true
			}
		case s.build != nil:
			if i := s.build.find(name); i >= 0 {
				return s.build.entries[i].val, true
			}
		case s.parent == nil:
			return r.variable(s, name)
		case s.name == name:
			return s.val, true
		}
	}
	return Null, false
}

func (s *scope) findFunction(name string, match func(*Function) bool) *Function {
	for ; s != nil && s.hasFuncs; s = s.parent {
		switch {
		case s.fn != nil:
			if s.name == name && match(s.fn) {
				return s.fn
			}
		case s.ctx != nil:
			if f := s.ctx.findFunction(name, match); f != nil {
				return f
			}
		case s.build != nil:
			for i := range s.build.funcs {
				if e := &s.build.funcs[i]; e.name == name && match(e.fn) {
					return e.fn
				}
			}
		}
	}
	return nil
}
