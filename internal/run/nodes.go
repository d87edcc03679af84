package run

import (
	"context"
	"errors"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// errFenced ends the runs of a node that may be taken for dead by others.
var errFenced = errors.New("this node lost touch with the database")

// elsewhereEvery is how often a run on another node is looked at by those who
// wait for it.
const elsewhereEvery = 250 * time.Millisecond

// CancelHere cancels a run that goes on in this process, and tells whether
// there was one. Whoever asked has been recorded already.
func (s *Service) CancelHere(tenant, id string) bool {
	j := s.liveJob(tenant, id)
	if j != nil {
		j.cancel(errCanceled)
	}
	return j != nil
}

// Going tells whether a run goes on in this process.
func (s *Service) Going(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[id] != nil
}

// Abandon cancels all runs of this process, because others may take it for dead
// and give its runs an end, and tells how many there were.
func (s *Service) Abandon() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.live {
		j.cancel(errFenced)
	}
	return len(s.live)
}

// cancelElsewhere asks the node that runs a run to cancel it, and waits a
// moment for that.
func (s *Service) cancelElsewhere(ctx context.Context, actor authz.Actor, row *store.Run) (*Record, error) {
	e, err := audit.Admin(audit.AdminEvent{Tenant: actor.Tenant, At: store.Micros(s.Now()), Kind: audit.KindRunCancel, Actor: actor.ID, Subject: row.ID})
	if err != nil {
		return nil, err
	}
	ask := store.CancelRequest{Tenant: row.Tenant, RunID: row.ID, At: store.Micros(s.Now())}
	if err := s.Store.Submit(ctx, store.Batch{RequestCancels: []store.CancelRequest{ask}, Audit: []*store.AuditEntry{&e}}); err != nil {
		return nil, store.AsConnectorError(err)
	}
	wait, done := context.WithTimeout(ctx, 2*cancelWait)
	defer done()
	row, err = s.awaitElsewhere(wait, row)
	if err != nil {
		return nil, err
	}
	return s.recordOf(ctx, row)
}

// awaitElsewhere gives the row of a run when it has ended, or as it is when ctx
// ends.
func (s *Service) awaitElsewhere(ctx context.Context, row *store.Run) (*store.Run, error) {
	tick := time.NewTicker(elsewhereEvery)
	defer tick.Stop()
	for !State(row.State).Ended() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return row, nil
		}
		next, err := s.Store.Run(ctx, row.Tenant, row.ID)
		if ctx.Err() != nil {
			return row, nil
		}
		if err != nil {
			return nil, store.AsConnectorError(err)
		}
		row = &next
	}
	return row, nil
}

// watchElsewhere is watch for a run that goes on in another process: progress,
// and last the record.
func (s *Service) watchElsewhere(ctx context.Context, actor authz.Actor, id string, ch chan<- Event) {
	defer close(ch)
	tick := time.NewTicker(elsewhereEvery)
	defer tick.Stop()
	var seen Progress
	for {
		rec, err := s.Get(ctx, actor, id)
		if err != nil {
			if connector.AsError(err).Kind == connector.NotFound {
				return // deleted meanwhile
			}
		} else if rec.State.Ended() {
			send(ctx, ch, Event{Type: "end", Run: rec})
			return
		} else if rec.Progress != seen {
			seen = rec.Progress
			p := seen
			if !send(ctx, ch, Event{Type: "progress", Progress: &p}) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
