// Package intrinsic carries out the functions that a job's variables may hold
// instead of values: {"camunda.function.type": name, "params": [...]}.
package intrinsic

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

const (
	// Member is the member whose presence makes an object a call.
	Member = "camunda.function.type"
	// Limit is how many calls one job may make, nested ones included.
	Limit = 10
	// MaxContent bounds the content of a document that a function reads, in bytes.
	MaxContent = 32 << 20
)

// Deps are what an Evaluator works with.
type Deps struct {
	Documents connector.Documents // nil: every use of a document fails
	Engine    *feel.Engine        // for the expressions of getJson
	Compat    compat.Version
}

// Evaluator carries out the calls of one job and counts them. It is not safe
// for concurrent use. Its errors are *job.Fault.
type Evaluator struct {
	Deps
	calls int
}

// New makes the Evaluator of one job.
func New(d Deps) *Evaluator { return &Evaluator{Deps: d} }

type call struct {
	Name   string            `json:"camunda.function.type"`
	Params []json.RawMessage `json:"params"`
}

// Evaluate carries out one call, and those in its parameters before it. It
// gives the JSON of the result.
func (e *Evaluator) Evaluate(ctx context.Context, node json.RawMessage) (json.RawMessage, error) {
	if e.calls++; e.calls > Limit {
		return nil, fault("Intrinsic function limit exceeded")
	}
	var c call
	if err := json.Unmarshal(node, &c); err != nil {
		return nil, &job.Fault{Type: job.InputException, Message: "An intrinsic function needs a name and a list of params.", Input: true, Err: err}
	}
	f, ok := functions[c.Name]
	if !ok {
		return nil, fault("No intrinsic function found with name: " + c.Name)
	}
	args := make([]argument, len(f.params))
	for i, p := range f.params {
		var err error
		if args[i], err = e.argument(ctx, p, i, c.Params); err != nil {
			return nil, err
		}
	}
	res, err := f.call(ctx, e, args)
	if err != nil {
		return nil, failed(c.Name, args, err)
	}
	return res, nil
}

func fault(message string) *job.Fault {
	return &job.Fault{Type: job.InputException, Message: message, Input: true}
}

// failed is a call that could not be carried out. A repeat helps only where
// the store of the documents had a bad moment.
func failed(name string, args []argument, err error) *job.Fault {
	text := "Failed to execute intrinsic function: " + name + " with arguments: ["
	for i, a := range args {
		if i > 0 {
			text += ", "
		}
		text += a.String()
	}
	f := fault(text + "]")
	f.Err = err
	f.Input = !connector.AsError(err).Kind.Retryable()
	return f
}

// argument reads the parameter at an index, which may be a call itself.
func (e *Evaluator) argument(ctx context.Context, p param, i int, given []json.RawMessage) (argument, error) {
	if i >= len(given) {
		if p.optional {
			return argument{}, nil
		}
		return argument{}, fault("Parameter at index " + strconv.Itoa(i) + " is required but not provided")
	}
	raw := given[i]
	if isCall(raw) {
		var err error
		if raw, err = e.Evaluate(ctx, raw); err != nil {
			return argument{}, err
		}
	}
	a, ok := p.read(raw)
	if !ok {
		name := p.name
		if e.Compat < compat.V89 {
			name = "arg" + strconv.Itoa(i)
		}
		return argument{}, fault("Failed to convert parameter " + name + " at index " + strconv.Itoa(i) + " to type " + p.class)
	}
	return a, nil
}
