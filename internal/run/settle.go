package run

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
)

// How long the end of a run is tried to be recorded while its caller waits, and
// how often after that.
const (
	insistFor   = 1500 * time.Millisecond
	settleFirst = 50 * time.Millisecond
	settleMax   = 2 * time.Second
)

// settling are records that could not be written, or of which it is not known
// whether they were. They are tried until they are, or the process ends; then
// the next one finds the run without an end.
type settling struct {
	stop context.CancelFunc
	ctx  context.Context //nolint:containedctx // the life of the Service
	wg   sync.WaitGroup
}

func newSettling() *settling {
	ctx, stop := context.WithCancel(context.Background())
	return &settling{stop: stop, ctx: ctx}
}

// close ends the trying, after one last time.
func (s *settling) close() {
	s.stop()
	s.wg.Wait()
}

// insist tries for a while, with growing pauses.
func insist(ctx context.Context, write func(context.Context) error) error {
	limit, done := context.WithTimeout(ctx, insistFor)
	defer done()
	for pause := settleFirst; ; pause = min(2*pause, settleMax) {
		err := write(ctx)
		if err == nil || !passing(err) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-limit.Done():
			return err
		}
	}
}

// passing tells whether the store may take the same write later.
func passing(err error) bool {
	e, ok := errors.AsType[*store.Error](err)
	return ok && (e.Kind == store.Unavailable || e.Kind == store.Internal)
}

// later tries in the background until it succeeds.
func (s *Service) later(run string, write func(context.Context) error) {
	s.settling.wg.Go(func() {
		for pause := settleFirst; ; pause = min(2*pause, settleMax) {
			select {
			case <-time.After(pause):
			case <-s.settling.ctx.Done():
			}
			ending := s.settling.ctx.Err() != nil
			err := write(context.WithoutCancel(s.settling.ctx))
			switch {
			case err == nil:
				s.Log.Info("a record that could not be written before is written", "run", run)
				return
			case !passing(err) || ending:
				s.Log.Error("a record could not be written; the run will show as unknown", "run", run, "error", err)
				return
			}
		}
	})
}

// recordEnd writes the end of a run. That it is there already, because only the
// answer to an earlier try was lost, is right.
func (s *Service) recordEnd(row *store.Run, b store.Batch) func(context.Context) error {
	return func(ctx context.Context) error {
		err := s.Store.Submit(ctx, b)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		there, rerr := s.Store.Run(ctx, row.Tenant, row.ID)
		if rerr == nil && there.State == row.State && there.EndedAt != nil && *there.EndedAt == *row.EndedAt {
			return nil
		}
		return errors.Join(err, rerr)
	}
}

// settleBegin is for a run whose beginning may have been recorded although the
// answer was an error: it has not begun, so it is given that end.
func (s *Service) settleBegin(j *job) {
	row := *j.row
	effect, indicator := j.cmd.Effect, j.cmd.Indicator
	s.later(row.ID, func(ctx context.Context) error {
		there, err := s.Store.Run(ctx, row.Tenant, row.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.endUnbegun(ctx, &there, effect, indicator)
	})
}

func (s *Service) endUnbegun(ctx context.Context, row *store.Run, effect connector.Effect, indicator string) error {
	if State(row.State).Ended() {
		return nil
	}
	view := ErrorView{
		FailureIndicator: indicator, Kind: connector.Unavailable, StatusCode: connector.Unavailable.HTTPStatus(),
		Message: "The run did not begin: its record could not be confirmed.", Fix: "Run it again; nothing was sent.", Items: []ErrorItemView{},
	}
	now, failed := store.Micros(s.Now()), string(Failed)
	row.State, row.ReturnData, row.StatusCode, row.EndedAt = string(Done), &failed, view.StatusCode, &now
	var err error
	if row.Error, err = json.Marshal(view); err != nil {
		return err
	}
	r := audit.Run{
		Tenant: row.Tenant, At: now, RunID: row.ID, Actor: row.Actor, ActorName: row.ActorName, Origin: row.Origin,
		Integration: row.Integration, Command: row.Command, Connection: row.ConnectionName, Effects: effect.Names(), DryRun: row.DryRun,
	}
	entry, err := audit.Outcome(r, audit.OutcomeInfo{State: row.State, ReturnData: failed, StatusCode: view.StatusCode, ErrorKind: string(view.Kind), Message: view.Message})
	if err != nil {
		return err
	}
	return s.recordEnd(row, store.Batch{UpdateRuns: []*store.Run{row}, Audit: []*store.AuditEntry{&entry}})(ctx)
}
