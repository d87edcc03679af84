// Package worker takes jobs from a Camunda 8 cluster, has them done and tells
// the cluster how they ended.
//
// Delivery is at least once. A job is done twice when its activation ran out
// although this worker still lived, such as after a pause of the whole machine,
// or when the process dies between doing a job and telling of it. On one worker
// a second delivery of a job that is being done, or whose end could not be told,
// does not do it again.
package worker

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Handler does one job. It is called by many goroutines at once.
type Handler interface {
	// Functions are the job types that there are.
	Functions() []job.Function
	// Handle does a job and says how it ended. ctx ends when the worker can wait
	// no longer. extend makes the job ours for another d from now on, which is
	// then also how long each further extension lasts; its error is the
	// cluster's.
	Handle(ctx context.Context, j job.Job, extend func(ctx context.Context, d time.Duration) error) job.Outcome
}

// Deps are what a worker works with.
type Deps struct {
	Jobs    gateway.Jobs
	Handler Handler
	Settings
	Now func() time.Time
	Log *slog.Logger
	// Metrics counts; nil does not.
	Metrics *obs.WorkerMetrics
	// Mask gives the variables of a job as people may see them after a failure;
	// nil hides all values under names that sound like secrets.
	Mask func(job.Job) json.RawMessage
}
