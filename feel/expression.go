package feel

import (
	"context"
	"fmt"
	"runtime"
)

// Expression is a parsed and compiled expression. It is safe for concurrent use.
type Expression struct {
	engine *Engine
	text   string
	eval   evalFn
	// keepsScope says that a function may keep the root scope beyond the evaluation.
	keepsScope bool
}

// Text returns the text of the expression.
func (x *Expression) Text() string { return x.text }

// Result is the outcome of an evaluation that did not fail.
type Result struct {
	Value    Value
	Warnings []Warning
}

// Evaluate evaluates the expression. The error is an *Error; the result then still
// holds the warnings. vars may be nil.
func (x *Expression) Evaluate(ctx context.Context, vars Variables) (res Result, err error) {
	r := newRun(ctx, x)
	root := &r.root
	if x.keepsScope {
		root = &scope{}
	}
	root.root, r.rootScope = vars, root
	defer func() {
		if p := recover(); p != nil {
			err = asFailure(p)
		}
		if len(r.warnings) > 0 {
			res.Warnings = r.resolved()
		}
		r.release()
	}()
	if ctx.Err() != nil {
		return res, &Error{Kind: ErrCanceled, Message: "the evaluation was canceled", Cause: context.Cause(ctx)}
	}
	v := x.eval(r, root)
	switch {
	case r.assert != nil:
		return res, &Error{Kind: ErrAssert, Message: *r.assert}
	case v.failed():
		return res, &Error{Kind: ErrEval, Message: v.s}
	}
	if v.t == tList || v.t == tContext {
		r.memory = 0
		r.weigh(v, 0)
	}
	res.Value = v
	return res, nil
}

// asFailure turns what a function threw into an error. Anything unforeseen fails this
// one evaluation and nothing else.
func asFailure(p any) *Error {
	switch p := p.(type) {
	case *Error:
		return p
	case runtime.Error:
		return &Error{Kind: ErrEval, Message: "internal error: " + p.Error()}
	}
	return &Error{Kind: ErrEval, Message: fmt.Sprintf("internal error: %v", p)}
}

func (r *run) resolved() []Warning {
	out := make([]Warning, len(r.warnings))
	for i, w := range r.warnings {
		line, column := position(r.src, int(w.pos))
		out[i] = Warning{Kind: w.kind, Message: w.msg, Line: line, Column: column}
	}
	return out
}
