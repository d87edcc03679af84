package app

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/worker"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/internal/worker/outbound"
	"github.com/fairlead-io/fairlead/internal/worker/s3job"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

// jobs is the part of an App that takes jobs of a Camunda 8 cluster.
type jobs struct {
	cluster   gateway.Settings
	compat    compat.Version
	client    *gateway.Client
	worker    *worker.Worker
	documents *documents.Service
	// alone: the process is there for the worker, so that its readiness follows
	// the cluster's.
	alone bool
}

// WithEnv replaces the process environment, as far as the worker reads it.
func WithEnv(lookup func(string) (string, bool), names ...string) Option {
	return func(o *options) { o.lookupEnv, o.envNames = lookup, func() []string { return slices.Clone(names) } }
}

// processEnv gives the names of all variables.
func processEnv() []string {
	names := os.Environ()
	for i, n := range names {
		names[i], _, _ = strings.Cut(n, "=")
	}
	return names
}

// lateJobs is filled in when there is a worker; the API is there before.
type lateJobs struct {
	atomic.Pointer[jobs]
	url atomic.Pointer[string] // of the server
}

// WantsWorker tells whether a server of these settings takes jobs. Errors are
// Invalid: what Camunda's variables say cannot be used.
func (a *App) WantsWorker() (bool, error) {
	switch a.Config.Worker.Mode {
	case config.WorkerOff:
		return false, nil
	case config.WorkerOn:
		return true, nil
	}
	s, err := gateway.FromEnv(a.lookupEnv)
	if err != nil {
		return false, err
	}
	return s.Given && (s.Worker.Enabled == nil || *s.Worker.Enabled), nil
}

// UseWorker makes the App take jobs of the cluster that the environment names,
// from Serve on. alone says that the process is there for nothing else. Errors
// are Invalid; that the cluster does not answer is none.
func (a *App) UseWorker(ctx context.Context, alone bool) error {
	j := &jobs{alone: alone}
	var err error
	if j.cluster, err = gateway.FromEnv(a.lookupEnv); err != nil {
		return err
	}
	if j.compat, err = compat.Parse(a.Config.Worker.Compat); err != nil {
		return err
	}
	j.client, err = gateway.Open(ctx, j.cluster, gateway.Deps{Dial: a.egress.DialContext, HTTP: a.egress.Client, Now: a.now, Log: a.Log})
	if err != nil {
		return err
	}
	a.onClose(func(context.Context) error { return j.client.Close() })
	if err := a.openDocuments(j); err != nil {
		return err
	}
	if err := a.openRuntime(ctx, j); err != nil {
		return err
	}
	a.jobs.Store(j)
	return nil
}

// functions are all job types: Camunda's S3 connector, and every command.
func (a *App) functions(j *jobs) (worker.Selection, error) {
	all := append([]job.Function{s3job.New(s3job.Options{Compat: j.compat}, a.lookupEnv)}, outbound.Commands(a.Catalog, outbound.CommandDeps{Files: a.filesOf, Now: a.now})...)
	return worker.Select(all, gateway.Environment{Lookup: a.lookupEnv, Names: a.envNames}, j.compat, a.Log)
}

func (a *App) openRuntime(ctx context.Context, j *jobs) error {
	chosen, err := a.functions(j)
	if err != nil {
		return err
	}
	resolver, err := a.secretsForJobs(ctx, j)
	if err != nil {
		return err
	}
	filter, err := a.secretFilter(j)
	if err != nil {
		return err
	}
	runtime := outbound.New(outbound.Deps{
		Run: a.Runs, Functions: chosen.Functions, Secrets: resolver, Documents: j.documents, Compat: j.compat,
		Filter: filter, Now: a.now, Log: a.Log, NewID: uuid.NewString,
	})
	metrics := a.telemetry.Metrics.Worker(a.now, func() int { return j.worker.State().Active }, func() int { return j.worker.State().Waiting })
	j.worker = worker.New(worker.Deps{
		Jobs: j.client, Handler: runtime, Settings: a.workerSettings(j, chosen), Now: a.now, Log: a.Log, Metrics: metrics,
	})
	return nil
}

// workerSettings puts our own settings before those of Camunda's variables.
func (a *App) workerSettings(j *jobs, chosen worker.Selection) worker.Settings {
	own, env := a.Config.Worker, j.cluster.Worker
	s := worker.Settings{
		Name: own.Name, Tenants: env.Tenants, MaxJobs: own.MaxJobs, Timeout: own.JobTimeout, Types: chosen.Types,
		StreamFor: env.StreamTimeout, LongPoll: env.RequestTimeout, Leases: own.Leases, Drain: a.Config.Drain, NoStream: env.Stream != nil && !*env.Stream,
	}
	if s.Name == "" {
		s.Name = env.Name
	}
	if s.MaxJobs == 0 {
		s.MaxJobs = env.MaxJobs
	}
	if s.MaxJobs == 0 {
		s.MaxJobs = worker.MaxJobs(j.compat)
	}
	if s.Timeout == 0 {
		s.Timeout = env.Timeout
	}
	if env.PollInterval > 0 {
		s.PollEvery = max(env.PollInterval, worker.LeastPoll)
	}
	for typ, t := range chosen.Types {
		if t.MaxJobs > s.MaxJobs {
			a.Log.Warn("a job type may have no more jobs at a time than all have together", "type", typ, "typeMaxJobs", t.MaxJobs, "maxJobs", s.MaxJobs)
		}
	}
	return s
}

func (a *App) secretsForJobs(ctx context.Context, j *jobs) (secrets.Resolver, error) {
	prefix := secrets.DefaultPrefix
	if j.compat < compat.V89 {
		prefix = ""
	}
	settings, err := secrets.SettingsFrom(a.lookupEnv, prefix)
	if err != nil {
		return nil, err
	}
	if a.Config.Worker.SecretsDir != "" {
		settings.Dir = a.Config.Worker.SecretsDir
	}
	return secrets.New(ctx, secrets.Config{
		Settings: settings, Own: a.JobSecrets.For(store.DefaultTenant), LookupEnv: a.lookupEnv, Log: a.Log, Known: a.secrets.Add,
	})
}

// secretFilter keeps to what deployed models name, where these can be read,
// unless told otherwise.
func (a *App) secretFilter(j *jobs) (*outbound.SecretFilter, error) {
	o, err := outbound.ReadFilterOptions(a.lookupEnv)
	if err != nil {
		return nil, err
	}
	if o.Mode == "" {
		o.Mode = outbound.FilterLax
	}
	if m := a.Config.Worker.SecretFilter; m != "" {
		if o.Mode, err = outbound.ParseFilterMode(m); err != nil {
			return nil, err
		}
	}
	o.Definitions, o.Now = j.client, a.now
	return outbound.NewSecretFilter(o), nil
}

func (a *App) openDocuments(j *jobs) error {
	setting, err := documents.ParseSetting(a.Config.Worker.Documents)
	if err != nil {
		return err
	}
	web, err := a.clients(connector.HTTPOptions{})
	if err != nil {
		return err
	}
	d := documents.Deps{
		Setting: setting, Files: a.filesOf(authz.Worker(), ""), Web: web, Now: a.now, Log: a.Log,
		Links: &documents.Links{Base: a.publicURL, Sign: func(ctx context.Context, message []byte) (string, error) {
			return a.Keys.Sealer.Fingerprint(ctx, store.DefaultTenant, message)
		}},
	}
	if base, client := j.client.REST(); base != "" {
		if d.Cluster, err = documents.NewCluster(documents.ClusterConfig{Base: base, HTTP: client, Now: a.now}); err != nil {
			return err
		}
	}
	if setting.Kind == documents.KindS3 {
		d.Objects = documents.NewBucket(documents.BucketConfig{
			Bucket: setting.Bucket, Prefix: setting.Prefix,
			Run: func(ctx context.Context, req run.Request) (*run.Record, error) {
				return a.Runs.RunWithin(ctx, authz.Worker(), req)
			},
		})
	}
	if j.documents, err = documents.New(d); err != nil {
		return err
	}
	a.onClose(func(context.Context) error { return j.documents.Close() })
	return nil
}

// publicURL is how others reach this server; empty while it does not serve.
func (a *App) publicURL() string {
	if u := a.Config.Worker.PublicURL; u != "" {
		return u
	}
	if u := a.jobs.url.Load(); u != nil {
		return *u
	}
	return ""
}

// takeJobs begins to take jobs. It gives a function that waits until the worker
// has ended, which it does with ctx.
func (a *App) takeJobs(ctx context.Context) (wait func(), err error) {
	wait = func() {}
	j := a.jobs.Load()
	if j == nil {
		return wait, nil
	}
	probes, err := a.listenActuator(ctx)
	if err != nil {
		return wait, err
	}
	var parts sync.WaitGroup
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx)) // probes see how it ends
	parts.Go(func() { probes.run(serving, a.Log) })
	parts.Go(func() { a.sweepDocuments(ctx, j) })
	parts.Go(func() {
		defer stopServing()
		a.Log.InfoContext(ctx, "the worker takes jobs", "cluster", j.cluster.String(), "compat", j.compat.String(), "types", len(j.worker.State().Types))
		if err := j.worker.Run(ctx); err != nil {
			a.Log.ErrorContext(ctx, "the worker ended", "error", err)
		}
	})
	return parts.Wait, nil
}

// sweepDocuments removes the documents whose time is over, now and then.
func (a *App) sweepDocuments(ctx context.Context, j *jobs) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		a.sweep(ctx, "expired documents", j.documents.Sweep)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// workerState is what the API shows.
func (a *App) workerState() view.State {
	j := a.jobs.Load()
	if j == nil {
		return view.Off()
	}
	s := j.worker.State()
	s.Compat = j.compat.String()
	s.Cluster = j.describe(s.Cluster)
	return s
}

// workerHealth keeps a process that is there for the worker from being ready
// while no jobs can come.
func (a *App) workerHealth() error {
	if j := a.jobs.Load(); j != nil && j.alone {
		return j.worker.Ready()
	}
	return nil
}

// OpenLinked gives the document that a link leads to.
func (l *lateJobs) OpenLinked(ctx context.Context, link documents.Linked) (*connector.DocumentContent, error) {
	j := l.Load()
	if j == nil {
		return nil, &connector.Error{Kind: connector.NotFound, Message: "There are no documents here.", Fix: "Use the link at the server that it was made for."}
	}
	return j.documents.OpenLinked(ctx, link)
}
