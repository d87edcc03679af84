package feel

import (
	"context"
	"fmt"
	"sync"
)

// run is one evaluation.
type run struct {
	ctx    context.Context
	engine *Engine
	src    string

	steps, memory, depth int64
	root                 scope
	rootScope            *scope
	cache                []entry  // variables of the root that have been read
	args                 []Value  // of the calls under way
	texts                []string // of sums under way
	matcher              matcher

	warnings []pendingWarning
	assert   *string
}

// runs are used again; what they held is cleared.
var runs = sync.Pool{New: func() any { return &run{cache: make([]entry, 0, 8), args: make([]Value, 0, 16)} }}

func newRun(ctx context.Context, x *Expression) *run {
	r := runs.Get().(*run)
	r.ctx, r.engine, r.src = ctx, x.engine, x.text
	return r
}

const keptValues = 64

func (r *run) release() {
	if cap(r.cache) > keptValues || cap(r.args) > keptValues || cap(r.texts) > keptValues {
		return
	}
	clear(r.cache)
	args := r.args[:cap(r.args)]
	clear(args)
	texts := r.texts[:cap(r.texts)]
	clear(texts)
	m := r.matcher
	m.forget()
	*r = run{cache: r.cache[:0], args: args[:0], texts: texts[:0], matcher: m}
	runs.Put(r)
}

type pendingWarning struct {
	kind WarningKind
	msg  string
	pos  int32
}

const maxWarnings = 100

func (r *run) warn(kind WarningKind, pos int32, msg string) {
	if len(r.warnings) < maxWarnings {
		r.warnings = append(r.warnings, pendingWarning{kind, msg, pos})
		return
	}
	for i := range r.warnings {
		if r.warnings[i].kind == kind {
			return
		}
	}
	r.warnings = append(r.warnings, pendingWarning{kind, msg, pos})
}

// fail warns and returns the error value.
func (r *run) fail(kind WarningKind, pos int32, format string, args ...any) Value {
	msg := fmt.Sprintf(format, args...)
	r.warn(kind, pos, msg)
	return errorValue(msg)
}

func (r *run) notComparable(pos int32, x, y Value) Value {
	r.warn(NotComparable, pos, "Can't compare '"+x.brief()+"' with '"+y.brief()+"'")
	return Null
}

func (r *run) invalidType(pos int32, want string, v Value) Value {
	return r.fail(InvalidType, pos, "Expected %s but found '%s'", want, v.brief())
}

// variable reads a variable of the root once.
func (r *run) variable(s *scope, name string) (Value, bool) {
	if s.root == nil {
		return Null, false
	}
	if s != r.rootScope {
		return s.root.Lookup(name)
	}
	for i := range r.cache {
		if r.cache[i].key == name {
			return r.cache[i].val, true
		}
	}
	v, ok := s.root.Lookup(name)
	if ok && len(r.cache) < 64 {
		r.cache = append(r.cache, entry{name, v})
	}
	return v, ok
}

const stepsPerCheck = 256

// step counts one unit of work: an item, a call, an entry.
func (r *run) step() { r.work(1) }

// work counts n units and looks from time to time whether to go on.
func (r *run) work(n int) {
	before := r.steps
	r.steps += int64(n)
	if r.steps > r.engine.limits.Steps {
		limitError("the expression needs more than %d steps", r.engine.limits.Steps)
	}
	if before/stepsPerCheck != r.steps/stepsPerCheck && r.ctx.Err() != nil {
		err := context.Cause(r.ctx)
		panic(&Error{Kind: ErrCanceled, Message: "the evaluation was canceled: " + err.Error(), Cause: err})
	}
}

// charge counts the work that a number of many digits makes.
func (r *run) charge(v Value) Value {
	if b, ok := v.p.(*bigDec); ok {
		r.work(b.c.BitLen() / 64)
	}
	return v
}

func limitError(format string, args ...any) {
	panic(&Error{Kind: ErrLimit, Message: fmt.Sprintf(format, args...)})
}

// alloc counts memory.
func (r *run) alloc(bytes int) {
	r.memory += int64(bytes)
	if r.memory > r.engine.limits.Memory {
		limitError("the expression needs more than %d bytes", r.engine.limits.Memory)
	}
}

const valueSize = 64

// grow counts a list of n items.
func (r *run) grow(n int) {
	if n > r.engine.limits.ListSize {
		limitError("a list has more than %d items", r.engine.limits.ListSize)
	}
	r.alloc(n * valueSize)
}

// text counts a string of n bytes.
func (r *run) text(n int) {
	if n > r.engine.limits.StringSize {
		limitError("a string has more than %d bytes", r.engine.limits.StringSize)
	}
	r.alloc(n)
}

func (r *run) string(s string) Value {
	r.text(len(s))
	return String(s)
}

func (r *run) list(items []Value) Value {
	r.grow(len(items))
	return newList(items)
}

// enter counts the depth of calls.
func (r *run) enter(depth int32) {
	r.depth += int64(depth)
	if r.depth > int64(r.engine.limits.Depth) {
		limitError("function calls are nested too deeply")
	}
}
