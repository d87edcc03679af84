package job

import (
	"context"
	"encoding/json"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

// Function is what one job type does.
type Function interface {
	// Type is the job type, such as io.camunda:aws-s3:1.
	Type() string
	// Name is the connector's name for people, from which the names of settings
	// are made, such as AWS S3.
	Name() string
	// Fetch lists the variables that the engine is asked for; nil is all of them.
	Fetch() []string
	// Call does the work of one job. The variables have their secrets in place.
	// Its errors are *Fault.
	Call(ctx context.Context, in Invocation) (json.RawMessage, error)
}

// Discreet is a Function that knows which variables, and members of them, hold
// secrets although their names may not say so.
type Discreet interface {
	SecretNames() []string
}

// Invocation is what a Function works with.
type Invocation struct {
	Job       Job
	Variables json.RawMessage // secrets replaced; the job's own text keeps the references
	Compat    compat.Version
	Documents connector.Documents
	// Run takes the one path as the worker's own identity. The origin, the
	// external reference and the documents are filled in.
	Run func(ctx context.Context, req run.Request) (*run.Record, error)
	// Intrinsic evaluates an object with camunda.function.type; it counts the
	// calls of one job and refuses too many. It gives JSON, or the JSON of a
	// document's reference.
	Intrinsic func(ctx context.Context, node json.RawMessage) (json.RawMessage, error)
}

// Names of the classes that failures have in Camunda's runtime and that
// processes can test.
const (
	InputException     = "io.camunda.connector.api.error.ConnectorInputException"
	ConnectorException = "io.camunda.connector.api.error.ConnectorException"
)

// Fault is why a Function failed, in the terms that error expressions see.
type Fault struct {
	Type      string          // error.type: a class name
	Code      string          // error.code; empty: absent
	Message   string          // error.message
	Variables json.RawMessage // error.variables; empty: absent
	Input     bool            // the input is wrong: a repeat fails again, no retry is left
	Retries   *int32          // what is left, when the function decides that
	Backoff   *time.Duration  // before the next retry, when the function decides that
	Business  bool            // where there is no error expression, a BPMN error with the Code is thrown
	Err       error           // underlying; never shown
}

// Error gives the message.
func (f *Fault) Error() string { return f.Message }

// Unwrap gives the underlying error.
func (f *Fault) Unwrap() error { return f.Err }
