package outbound

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// execution is the work on one job.
type execution struct {
	*Runtime
	job     job.Job
	plan    *plan
	extend  func(ctx context.Context, d time.Duration) error
	secrets []connector.Secret // those that were put in
	mask    mask
}

// run carries the job to its end. Whatever happens is in the outcome.
func (x *execution) run(ctx context.Context) (out job.Outcome) {
	defer func() {
		if p := recover(); p != nil {
			out = x.crashed(p)
		}
	}()
	response, variables, failed := x.work(ctx)
	if failed != nil {
		x.mask = newMask(x.secrets)
		if ctx.Err() != nil {
			// The worker stops: another one is given the job.
			return job.Outcome{Kind: job.None, Failure: x.mask.text(failed.Message)}
		}
		return x.failed(ctx, failed.clean(x.mask))
	}
	// What was done is done: a worker that stops still says so.
	return x.succeeded(context.WithoutCancel(ctx), response, variables)
}

// work gives the function's response and the variables made of it.
func (x *execution) work(ctx context.Context) (response, variables json.RawMessage, failed *failure) {
	if x.plan.fault != nil {
		return nil, nil, x.plan.fault
	}
	fn := x.functions[x.job.Type]
	if fn == nil {
		return nil, nil, inputFailure("This worker has no function for jobs of type " + x.job.Type + ".")
	}
	if failed := x.prolong(ctx); failed != nil {
		return nil, nil, failed
	}
	given, failed := x.reveal(ctx)
	if failed != nil {
		return nil, nil, failed
	}
	response, failed = x.call(ctx, fn, given)
	if failed != nil {
		return nil, nil, failed
	}
	variables, failed = x.result(context.WithoutCancel(ctx), response)
	return response, variables, failed
}

func (x *execution) call(ctx context.Context, fn job.Function, variables json.RawMessage) (json.RawMessage, *failure) {
	response, err := fn.Call(ctx, x.invocation(variables))
	if err == nil {
		if len(response) == 0 {
			response = json.RawMessage("null")
		}
		return compacted(response), nil
	}
	if fault, ok := errors.AsType[*job.Fault](err); ok {
		return nil, &failure{Fault: *fault}
	}
	x.Log.Error("a job's function failed in a way it must not", "job", x.job.Key, "type", x.job.Type)
	return nil, &failure{Fault: job.Fault{Type: job.ConnectorException, Message: err.Error(), Err: err}}
}

// result makes the variables of a response: empty when there are none.
func (x *execution) result(ctx context.Context, response json.RawMessage) (json.RawMessage, *failure) {
	name, e := x.plan.resultVariable, x.plan.result
	if name == "" && e == nil {
		return nil, nil
	}
	var mapped json.RawMessage
	if e != nil {
		var failed *failure
		if mapped, failed = x.mapResult(ctx, e, response); failed != nil {
			return nil, failed
		}
	}
	out := merge(name, response, mapped)
	if len(out) == 0 {
		return nil, nil
	}
	return out, x.guard(out)
}

// mapResult evaluates the result expression. It gives an object, or nothing.
func (x *execution) mapResult(ctx context.Context, e *expression, response json.RawMessage) (json.RawMessage, *failure) {
	s, err := resultScope(response)
	if err != nil {
		return nil, responseFailure(err)
	}
	v, failed := x.evaluate(ctx, e, s)
	if failed != nil {
		return nil, failed
	}
	return x.export(ctx, e, v, "Result", true)
}

func responseFailure(err error) *failure {
	return &failure{retries: new(int32), Fault: job.Fault{
		Type: job.ConnectorException, Message: "The function's response is not valid JSON; this is a defect of the function.", Err: err,
	}}
}

// export writes an expression's value as JSON, carries out createDocument and
// refuses what is no object. Null is nothing.
func (x *execution) export(ctx context.Context, e *expression, v feel.Value, which string, checked bool) (json.RawMessage, *failure) {
	first := exporter{marker: x.marker}
	first.value(v)
	if first.opaque || v.IsNull() || string(first.buf) == "null" {
		return nil, nil
	}
	if checked && containsForbidden(first.buf) {
		return nil, shapeFailure(forbiddenLiteral, first.buf, "The connector result contains a forbidden literal '"+forbiddenLiteral+"'.")
	}
	if v.Kind() != feel.KindContext {
		return nil, x.notAnObject(e, v, first.buf, which)
	}
	if !first.marked {
		return first.buf, nil
	}
	if (&exporter{marker: x.marker}).isDocument(v) {
		return nil, shapeFailure(e.text, first.buf, which+" expression "+bareDocument)
	}
	second := exporter{marker: x.marker, document: func(content feel.Value) ([]byte, *failure) { return x.createDocument(ctx, content) }}
	second.value(v)
	return second.buf, second.failed
}

func (x *execution) notAnObject(e *expression, v feel.Value, text []byte, which string) *failure {
	shown := cutText(string(text), shownContext)
	if x.Compat < compat.V89 {
		class := "java.util.Map"
		if items, list := v.Items(); list && which == "Error" && len(items) == 1 && items[0].Kind() == feel.KindContext {
			class = connectorErrorClass
		}
		return shapeFailure(e.text, text, "Cannot parse '"+shown+"' as '"+class+"'.")
	}
	return shapeFailure(e.text, text, which+" expression must return a JSON object, but got "+jsonKind(text)+". Evaluated value: "+shown)
}

func jsonKind(text []byte) string {
	switch text[0] {
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	}
	return "number"
}

// merge joins the result variable and the members of a result expression,
// which win.
func merge(name string, response, mapped json.RawMessage) json.RawMessage {
	if name == "" {
		if len(mapped) <= len("{}") {
			return nil
		}
		return mapped
	}
	if len(mapped) > 0 {
		if m, _ := members(mapped); m[name] != nil {
			return mapped
		}
	}
	out := append(make([]byte, 0, len(name)+len(response)+len(mapped)+8), '{')
	out = append(append(appendText(out, name), ':'), response...)
	if len(mapped) > len("{}") {
		out = append(append(out, ','), mapped[1:len(mapped)-1]...)
	}
	return append(out, '}')
}

func (x *execution) succeeded(ctx context.Context, response, variables json.RawMessage) job.Outcome {
	if x.plan.error != nil {
		value := variables
		if len(value) == 0 {
			value = response
		}
		d, failed := x.judge(ctx, value)
		if d != nil || failed != nil {
			x.mask = newMask(x.secrets)
		}
		if failed != nil {
			return x.plainly(failed.clean(x.mask))
		}
		if d != nil {
			return x.carryOut(d)
		}
	}
	if len(variables) == 0 {
		variables = json.RawMessage("{}")
	}
	return job.Outcome{Kind: job.Complete, Variables: variables}
}

func (x *execution) failed(ctx context.Context, f *failure) job.Outcome {
	if x.plan.error == nil {
		return x.plainly(f)
	}
	d, broken := x.judge(ctx, f.variables())
	switch {
	case ctx.Err() != nil:
		return job.Outcome{Kind: job.None, Failure: f.Message}
	case broken != nil:
		return x.plainly(broken.clean(x.mask))
	case d != nil:
		return x.carryOut(d)
	}
	return x.plainly(f)
}

// plainly ends the job as a failure without a verdict of an error expression.
func (x *execution) plainly(f *failure) job.Outcome {
	if f.Business && x.plan.error == nil {
		return job.Outcome{Kind: job.Throw, Variables: f.variables(), ErrorCode: f.Code, ErrorMessage: f.Message, Failure: f.Message}
	}
	return x.fail(f.Message, f.variables(), f.left(x.job), f.backoff(x.plan))
}

// crashed ends a job whose work panicked. The engine is told, so that the job
// does not sit until its timeout.
func (x *execution) crashed(p any) job.Outcome {
	m := newMask(x.secrets)
	x.Log.Error("work on a job panicked", "job", x.job.Key, "type", x.job.Type, "panic", m.text(fmt.Sprint(p)), "stack", string(debug.Stack()))
	f := &failure{Fault: job.Fault{Type: job.ConnectorException, Message: "The work on the job ended unexpectedly; this is a defect of Fairlead. Its log has the details."}}
	return x.fail(f.Message, f.variables(), f.left(x.job), f.backoff(x.plan))
}
