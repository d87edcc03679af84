// Package intrinsic carries out the functions that a job's variables may hold
// instead of values: {"camunda.function.type": name, "params": [...]}.
package intrinsic

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

// Limit is how many calls one job may make, nested ones included.
const Limit = 10

// Deps are what an Evaluator works with.
type Deps struct {
	Documents connector.Documents
	Engine    *feel.Engine // for the expressions of getJson
	Compat    compat.Version
}

// Evaluator carries out the calls of one job and counts them. It is not safe
// for concurrent use.
type Evaluator struct {
	Deps
	calls int
}

// New makes the Evaluator of one job.
func New(d Deps) *Evaluator { return &Evaluator{Deps: d} }

// Evaluate carries out one call.
func (e *Evaluator) Evaluate(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, nil
}
