// Package run is the one path to a cloud: it authorizes, resolves the
// connection, validates, applies guardrails, audits the intent or the refusal,
// decrypts, calls, redacts, records and audits the outcome. It never imports
// its callers.
package run

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/validate"
)

// DefaultTimeout ends a run that asks for no limit of its own.
const DefaultTimeout = 6 * time.Hour

// Deps are what a Service works with.
type Deps struct {
	Catalog     *catalog.Catalog
	Store       *store.Store
	Connections *connection.Manager
	Sealer      *keys.Sealer
	Validate    *validate.Validator
	// Files gives the file store as one run of one caller sees it.
	Files     func(actor authz.Actor, runID string) connector.Files
	HTTP      func(connector.HTTPOptions) (*http.Client, error)
	LookupEnv func(string) (string, bool)
	Now       func() time.Time
	Log       *slog.Logger
	NodeID    string
	Timeout   time.Duration // 0 means DefaultTimeout
	Limits    Limits
	Telemetry *obs.Telemetry // may be nil
}

// Service runs commands.
type Service struct {
	Deps
	sessions *sessions
	turns    *turns
	mu       sync.Mutex
	live     map[string]*job
	closing  bool
	wg       sync.WaitGroup
	settling *settling
}

// New makes a Service. Close it to let runs end.
func New(d Deps) *Service {
	if d.Timeout == 0 {
		d.Timeout = DefaultTimeout
	}
	if d.LookupEnv == nil {
		d.LookupEnv = func(string) (string, bool) { return "", false }
	}
	s := &Service{Deps: d, live: map[string]*job{}, turns: newTurns(d.Limits), settling: newSettling()}
	s.sessions = newSessions(d.Connections, s.env(), d.Now)
	return s
}

func (s *Service) env() connector.Env {
	return connector.Env{HTTP: s.HTTP, Now: s.Now, Log: s.Log, LookupEnv: s.LookupEnv, NewID: store.NewID}
}

// Run executes a command and gives its record when it has ended. When ctx is
// canceled so is the run, and the record says so. An error means that no run
// was made.
func (s *Service) Run(ctx context.Context, actor authz.Actor, req Request) (*Record, error) {
	j, rec, err := s.admit(ctx, actor, req)
	if j == nil {
		return rec, err
	}
	s.execute(ctx, j)
	if j.unrecorded != nil {
		return nil, store.AsConnectorError(j.unrecorded)
	}
	return j.record(), nil
}

// Start is Run in the background: it gives the record of the run that has
// begun. The run goes on when ctx ends.
func (s *Service) Start(ctx context.Context, actor authz.Actor, req Request) (*Record, error) {
	req.async = true
	j, rec, err := s.admit(ctx, actor, req)
	if j == nil {
		return rec, err
	}
	begun := j.record()
	go s.execute(context.WithoutCancel(ctx), j)
	return begun, nil
}

// register makes the job visible to Get, Watch and Cancel while it runs.
func (s *Service) register(j *job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return &connector.Error{Kind: connector.Unavailable, Message: "The server is shutting down.", Fix: "Try again when it is back."}
	}
	s.live[j.row.ID] = j
	s.wg.Add(1)
	return nil
}

func (s *Service) unregister(j *job) {
	s.mu.Lock()
	delete(s.live, j.row.ID)
	s.mu.Unlock()
	j.turn.end()
	close(j.ended)
	s.wg.Done()
}

func (s *Service) liveJob(tenant, id string) *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.live[id]; j != nil && j.row.Tenant == tenant {
		return j
	}
	return nil
}

// Close refuses new runs and waits for those that go on; when ctx ends they
// are canceled and their end is awaited, but not for ever.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		if err := s.cancelAll(done); err != nil {
			return err
		}
	}
	s.settling.close()
	s.sessions.close()
	return nil
}

// closeGrace is how long canceled runs may take to end.
const closeGrace = 10 * time.Second

func (s *Service) cancelAll(done <-chan struct{}) error {
	s.mu.Lock()
	for _, j := range s.live {
		j.cancel(errShutdown)
	}
	s.mu.Unlock()
	t := time.NewTimer(closeGrace)
	defer t.Stop()
	select {
	case <-done:
		return nil
	case <-t.C:
		return &connector.Error{Kind: connector.Timeout, Message: "Some runs did not end when canceled; they will show as unknown."}
	}
}
