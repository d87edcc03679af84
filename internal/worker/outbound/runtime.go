package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/intrinsic"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Runner is the one path to a cloud.
type Runner interface {
	Run(ctx context.Context, actor authz.Actor, req run.Request) (*run.Record, error)
}

// Deps are what a Runtime works with.
type Deps struct {
	Run       Runner
	Functions []job.Function
	Secrets   secrets.Resolver    // nil: there are no secrets
	Documents connector.Documents // nil: there are no documents
	Filter    *SecretFilter       // nil: every secret may be named
	Compat    compat.Version      // 0 means compat.Default
	// PhysicalTenant is the cluster's, where it has several.
	PhysicalTenant string
	Now            func() time.Time // needed, as Log and NewID are
	Log            *slog.Logger
	Random         func() float64 // from 0 up to 1, for jitter; nil: the system's
	NewID          func() string  // random identifiers
}

// Runtime carries jobs from their variables to what the engine is told. It is
// safe for concurrent use and keeps nothing of a job.
type Runtime struct {
	Deps
	functions map[string]job.Function
	engine    *feel.Engine
	marker    string
	plans     *cache[string, *plan]
}

// Bounds of what is kept of headers: elements, and bytes of their headers.
const (
	mostPlans    = 2048
	heaviestPlan = 8 << 20
)

// New makes a Runtime. Two functions of one type are an error of the caller's
// and the later one wins.
func New(d Deps) *Runtime {
	if d.Compat == 0 {
		d.Compat = compat.Default
	}
	if d.Random == nil {
		d.Random = rand.Float64
	}
	r := &Runtime{
		Deps: d, functions: make(map[string]job.Function, len(d.Functions)),
		marker: "createDocument:" + d.NewID(),
		plans:  newCache[string, *plan](mostPlans, heaviestPlan),
	}
	for _, f := range d.Functions {
		r.functions[f.Type()] = f
	}
	r.engine = feel.New(feel.WithClock(d.Now), feel.WithRandom(d.Random), feel.WithUUID(d.NewID), feel.WithLimits(expressionLimits),
		feel.WithFunctions(hostFunctions(d.Compat, d.Random, r.marker)...))
	return r
}

// Functions are the functions whose jobs Handle takes.
func (r *Runtime) Functions() []job.Function { return r.Deps.Functions }

// Handle carries out one job and says how it ended. extend moves the job's
// deadline; a transient failure of it is no reason to leave the job.
func (r *Runtime) Handle(ctx context.Context, j job.Job, extend func(ctx context.Context, d time.Duration) error) job.Outcome {
	x := &execution{Runtime: r, job: j, plan: r.plan(j.CustomHeaders), extend: extend}
	return x.run(ctx)
}

// invocation is what the function of the job gets.
func (x *execution) invocation(variables json.RawMessage) job.Invocation {
	evaluator := intrinsic.New(intrinsic.Deps{Documents: x.Documents, Engine: x.engine, Compat: x.Compat})
	return job.Invocation{
		Job: x.job, Variables: variables, Compat: x.Compat, Documents: x.Documents,
		Run: x.runCommand, Intrinsic: evaluator.Evaluate,
	}
}

// ExternalRef is how runs of a job name it.
func ExternalRef(key int64) string { return "camunda:" + strconv.FormatInt(key, 10) }

func (x *execution) runCommand(ctx context.Context, req run.Request) (*run.Record, error) {
	req.Origin, req.ExternalRef, req.Documents, req.Secrets = run.OriginWorker, ExternalRef(x.job.Key), x.Documents, x.secrets
	return x.Run.Run(ctx, authz.Worker(), req)
}

// prolong moves the deadline of the job, if its headers ask for it.
func (x *execution) prolong(ctx context.Context) *failure {
	if x.plan.timeout == 0 || x.extend == nil {
		return nil
	}
	err := x.extend(ctx, x.plan.timeout)
	if err == nil {
		return nil
	}
	message, again := refusal(err)
	if again {
		x.Log.Warn("the job timeout could not be set; the earlier deadline stands", "job", x.job.Key, "type", x.job.Type, "error", err.Error())
		return nil
	}
	return &failure{Fault: job.Fault{Type: statusException, Message: message, Err: err}}
}

// statusException is what the engine's refusal of a command is.
const statusException = "io.camunda.client.api.command.ClientStatusException"

// refusal gives the engine's words, and whether it might do another time what
// it did not do now.
func refusal(err error) (message string, again bool) {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		return e.Message, e.Retryable
	}
	e := connector.AsError(err)
	return e.Message, e.Kind.Retryable()
}

// createDocument stores what an expression wants to be a document and gives
// its reference.
func (x *execution) createDocument(ctx context.Context, content feel.Value) ([]byte, *failure) {
	d, body, failed := readDocument(content)
	if failed != nil {
		return nil, failed
	}
	if x.Documents == nil {
		return nil, inputFailure("createDocument() needs a store of documents, and this worker has none. Set one up, or return the content itself.")
	}
	if d.Name == "" {
		d.Name = x.NewID()
	}
	ref, err := x.Documents.Create(ctx, d, bytes.NewReader(body))
	if err != nil {
		return nil, documentFailure(err)
	}
	text, err := json.Marshal(ref)
	if err != nil {
		return nil, documentFailure(err)
	}
	return text, nil
}

func documentFailure(err error) *failure {
	return &failure{Fault: job.Fault{Type: job.ConnectorException, Message: fmt.Sprintf("The document could not be created: %v", err), Err: err}}
}
