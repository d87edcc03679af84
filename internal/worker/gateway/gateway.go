// Package gateway is a client of a Camunda 8 cluster: gRPC for the jobs, REST
// for the rest and as the second way for jobs.
package gateway

import (
	"context"
	"encoding/json"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Activation says which jobs are wanted and for how long they are ours.
type Activation struct {
	Type     string
	Worker   string // one name for a whole fleet, or the gateway cannot pass jobs on
	Timeout  time.Duration
	Fetch    []string      // variables; none: all
	Tenants  []string      // never empty on the wire: the default tenant when nil
	MaxJobs  int           // of Poll
	LongPoll time.Duration // 0: as long as the cluster chooses; below 0: not at all
	// WithLease asks engines from 8.10 on for leases, without which late commands
	// are refused. All workers of a job type must ask, or none.
	WithLease bool
}

// Failure is what FailJob says.
type Failure struct {
	Retries   int32
	Backoff   time.Duration
	Message   string
	Variables json.RawMessage
}

// Thrown is what ThrowError says.
type Thrown struct {
	Code, Message string
	Variables     json.RawMessage
}

// Topology is what the cluster says of itself.
type Topology struct {
	Version        string
	Brokers        int
	AnyHealthy     bool // a partition has a healthy broker
	PartitionCount int
}

// Jobs is the part of a cluster that a worker lives on. Errors are *Error.
type Jobs interface {
	// Stream hands over jobs as they become available until ctx ends or the
	// stream breaks; it never gives nil. While take does not return nothing more
	// is received, which tells the gateway to give jobs to others. Not every
	// transport has streams: CanStream tells.
	Stream(ctx context.Context, a Activation, opened func(), take func(job.Job)) error
	CanStream() bool
	// Poll asks for at most a.MaxJobs jobs, waiting up to a.LongPoll. No jobs is
	// no error. Jobs are never lost to an error that came after them.
	Poll(ctx context.Context, a Activation) ([]job.Job, error)
	Complete(ctx context.Context, j job.Job, variables json.RawMessage) error
	Fail(ctx context.Context, j job.Job, f Failure) error
	Throw(ctx context.Context, j job.Job, t Thrown) error
	Extend(ctx context.Context, j job.Job, timeout time.Duration) error
	Topology(ctx context.Context) (Topology, error)
}

// Definitions reads deployed process models, where the cluster can give them.
type Definitions interface {
	ProcessXML(ctx context.Context, definitionKey int64) ([]byte, error)
}
