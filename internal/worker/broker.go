package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

// broker is what is known of the cluster.
type broker struct {
	mu sync.Mutex
	v  view.Cluster
}

func (b *broker) view() view.Cluster {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.v
}

func (b *broker) set(v view.Cluster) (was view.Cluster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was, b.v = b.v, v
	return was
}

// soonest is between questions while the cluster is not well.
const soonest = time.Second

// watchBroker asks for the topology until ctx ends.
func (w *Worker) watchBroker(ctx context.Context) {
	for {
		v := w.askBroker(ctx)
		if ctx.Err() != nil {
			return
		}
		was := w.broker.set(v)
		w.Metrics.Broker(v.Ready())
		switch {
		case v.Ready() && !was.Ready():
			w.Log.InfoContext(ctx, "the worker has a cluster", "version", v.Version, "brokers", v.Brokers, "partitions", v.Partitions)
		case !v.Ready() && (was.Ready() || was.CheckedAt == nil):
			w.Log.WarnContext(ctx, "the worker has no healthy cluster", "problem", v.Problem, "fix", v.Fix, "brokers", v.Brokers)
		}
		every := w.HealthEvery
		if !v.Ready() {
			every = min(every, soonest)
		}
		if !wait(ctx, every) {
			return
		}
	}
}

func (w *Worker) askBroker(ctx context.Context) view.Cluster {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	t, err := w.Jobs.Topology(ctx)
	now := w.Now()
	if err != nil {
		return view.Cluster{CheckedAt: &now, Problem: plainProblem(err), Fix: fixOf(err)}
	}
	v := view.Cluster{Connected: true, Healthy: t.AnyHealthy, Version: t.Version, Brokers: t.Brokers, Partitions: t.PartitionCount, CheckedAt: &now}
	if !v.Ready() {
		v.Fix = "Look into the brokers' logs."
	}
	return v
}

// Ready tells why no jobs can come; nil when they can.
func (w *Worker) Ready() error {
	if w.draining.Load() {
		return &connector.Error{Kind: connector.Unavailable, Message: "The worker is ending.", Fix: "Use another, or wait until it is back."}
	}
	if e := trouble(w.broker.view()); e != nil {
		return e
	}
	return nil
}

// trouble is why a cluster gives no jobs; nil when it does.
func trouble(v view.Cluster) *connector.Error {
	switch {
	case v.CheckedAt == nil:
		return &connector.Error{Kind: connector.Unavailable, Message: "The cluster has not answered yet.", Fix: "Wait a moment."}
	case v.Ready():
		return nil
	case !v.Connected:
		return &connector.Error{Kind: connector.Unavailable, Message: "The cluster does not answer: " + v.Problem, Fix: v.Fix}
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The cluster has no healthy partition.", Fix: v.Fix}
}

// fixOf is what to do about a cluster that does not answer.
func fixOf(err error) string {
	e, ok := errors.AsType[*gateway.Error](err)
	switch {
	case ok && e.Fix != "":
		return e.Fix
	case ok && (e.Code == gateway.CodeUnauthenticated || e.Code == gateway.CodePermissionDenied):
		return "Check the credentials in the variables that begin with CAMUNDA_CLIENT_AUTH_, and what the cluster lets them do."
	}
	return "Check that it runs, and the addresses CAMUNDA_CLIENT_GRPCADDRESS and CAMUNDA_CLIENT_RESTADDRESS."
}

// plainProblem is what kept the cluster from answering, without what to do.
func plainProblem(err error) string {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		bare := *e
		bare.Fix = ""
		return bare.Error()
	}
	return err.Error()
}
