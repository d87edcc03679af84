package app

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/store"
)

// WithTraces exports spans there in place of where the environment says.
func WithTraces(t *obs.Traces) Option { return func(o *options) { o.traces = t } }

func (a *App) build() obs.Build {
	return obs.Build{Version: a.version.Version, Commit: a.version.Commit, Go: a.version.Go}
}

// openMetrics comes before all that is measured.
func (a *App) openMetrics(context.Context) error {
	a.telemetry = &obs.Telemetry{Metrics: obs.NewMetrics(a.build(), a.free)}
	measure := func(ctx context.Context, b store.Batch, write func(context.Context, store.Batch) error) error {
		began := a.now()
		err := write(ctx, b)
		a.telemetry.Metrics.Commit(err, a.now().Sub(began))
		return err
	}
	a.options.store = append([]store.Option{store.Around(measure)}, a.options.store...) // a test's own comes last and stands
	return nil
}

// openTraces sends spans through the operator's own way out: the collector is
// named by the environment, as the database is, and not by a user.
func (a *App) openTraces(ctx context.Context) error {
	traces := a.options.traces
	if traces == nil {
		client, err := a.egress.Client(connector.HTTPOptions{})
		if err != nil {
			return err
		}
		if traces, err = obs.NewTraces(ctx, os.LookupEnv, client, a.build()); err != nil {
			return err
		}
	}
	if a.telemetry.Tracer = traces.Tracer(); a.telemetry.Tracer != nil {
		a.onClose(func(ctx context.Context) error {
			if err := traces.Close(ctx); err != nil {
				a.Log.WarnContext(ctx, "some spans were not sent", "error", err)
			}
			return nil
		})
	}
	return nil
}

// connectionClients is the way out of connections, whose addresses users give.
func (a *App) connectionClients() func(connector.HTTPOptions) (*http.Client, error) {
	e := egress.New(egress.Policy{LookupEnv: os.LookupEnv, ForbidLoopback: a.Config.ForbidLoopback, ForbidPrivate: a.Config.ForbidPrivate})
	a.onClose(func(context.Context) error { e.Close(); return nil })
	return func(o connector.HTTPOptions) (*http.Client, error) {
		c, err := e.Client(o)
		if err != nil {
			return nil, err
		}
		c.Transport = a.telemetry.Outgoing(c.Transport, a.now)
		return c, nil
	}
}

// space refuses to store more when the disk would not keep its reserve: a full
// disk stops everything, the record of what happened included.
func (a *App) space(more int64) error {
	free, known := a.free()
	if !known || a.Config.MinFree <= 0 || more+a.Config.MinFree <= int64(min(free, 1<<62)) {
		return nil
	}
	a.telemetry.Limited("disk")
	return &connector.Error{
		Kind: connector.Limited, Message: "The disk of the data folder is nearly full; the file was not stored.",
		Fix: "Delete files or free some space, then try again; the setting min-free says how much stays free.",
	}
}

func (a *App) free() (uint64, bool) {
	dir := a.Config.Data
	if a.Config.ContentDir != "" {
		dir = a.Config.ContentDir
	}
	return diskFree(dir)
}

// healthFor is how long an answer of health stands: it is given to anybody.
const healthFor = time.Second

// ready tells what keeps runs from being taken, and jobs where the process is
// there for them.
func (a *App) ready(ctx context.Context) error {
	if err := a.workerHealth(); err != nil {
		return err
	}
	return a.health(ctx)
}

// health tells what keeps runs from being taken.
func (a *App) health(ctx context.Context) error {
	a.healthy.Lock()
	defer a.healthy.Unlock()
	if now := a.now(); now.Sub(a.healthAt) >= healthFor {
		a.healthErr, a.healthAt = a.checkHealth(ctx), now
	}
	return a.healthErr
}

func (a *App) checkHealth(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// A token that is not there changes nothing, but the write is a real one.
	err := a.Store.Submit(ctx, store.Batch{TouchTokens: []store.TokenTime{{Tenant: "-", ID: "-", At: store.Micros(a.now())}}})
	if err != nil {
		a.Log.WarnContext(ctx, "the server is not ready: the store cannot be written", "error", err)
		return &connector.Error{Kind: connector.Unavailable, Message: "The store cannot be written.", Fix: "Look into the server's log, or run: fairlead doctor.", Err: err}
	}
	if a.space(0) != nil {
		return &connector.Error{Kind: connector.Unavailable, Message: "The disk of the data folder is nearly full.", Fix: "Free some space; the setting min-free says how much has to be free."}
	}
	return nil
}
