package run

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/store"
)

// announceAfter is how long a run that only reads may go on before its intent
// is recorded. One that ends sooner is recorded once, with intent and outcome.
const announceAfter = 20 * time.Millisecond

var errUnrecorded = errors.New("the run could not be recorded")

// announcement is the record of a run's beginning that may wait for its end.
type announcement struct {
	mu     sync.Mutex
	intent *store.AuditEntry
	timer  *time.Timer
	made   bool // the record is written, or failed to be, or goes with the end
	err    error
}

// mayWait tells whether the beginning need not be recorded before the call:
// nothing is changed by it, nobody but the caller, who waits, knows of the run,
// and what was read is given to nobody before the end is recorded.
func (j *job) mayWait() bool {
	return j.readsOnly() && !j.req.async && j.req.IdempotencyKey == "" && j.batch == nil && j.req.undo == nil && !j.turn.waits()
}

func (j *job) announceLater(intent *store.AuditEntry) {
	a := &announcement{intent: intent}
	j.pending = a
	a.mu.Lock()
	defer a.mu.Unlock()
	a.timer = time.AfterFunc(announceAfter, func() {
		if err := j.announce(context.WithoutCancel(j.ctx)); err != nil {
			j.cancel(errUnrecorded)
		}
	})
}

// announce records the beginning now, if it is not. Whatever else is stored of
// a run comes after it.
func (j *job) announce(ctx context.Context) error {
	a := j.pending
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made {
		return a.err
	}
	a.made, a.err = true, j.recordBeginning(ctx, store.Batch{Relaxed: true})
	return a.err
}

// recordBeginning writes the beginning together with a batch, whose entries come
// after the intent. The announcement's lock is held.
func (j *job) recordBeginning(ctx context.Context, b store.Batch) error {
	a := j.pending
	a.timer.Stop()
	b.InsertRuns, b.Audit = append(b.InsertRuns, j.rowCopy()), append([]*store.AuditEntry{a.intent}, b.Audit...)
	err := j.svc.Store.Submit(ctx, b)
	if passing(err) {
		j.svc.settleBegin(j)
	}
	return err
}

// submit writes something that belongs to the run, in one transaction with the
// beginning if that is not recorded yet.
func (j *job) submit(ctx context.Context, b store.Batch) error {
	a := j.pending
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made {
		if a.err != nil {
			return a.err
		}
		return j.svc.Store.Submit(ctx, b)
	}
	err := j.recordBeginning(ctx, b)
	if err == nil || passing(err) {
		a.made, a.err = true, err
	} else { // nothing was written
		a.timer.Reset(announceAfter)
	}
	return err
}

// unannounced takes the intent for the record of the end; nil when it is
// recorded. The error is that of recording it.
func (j *job) unannounced() (*store.AuditEntry, error) {
	a := j.pending
	if a == nil {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made {
		return nil, a.err
	}
	a.made = true
	a.timer.Stop()
	return a.intent, nil
}

// files is the file store of a run. The first file of a run whose beginning is
// not recorded yet goes with it.
func (j *job) files() connector.Files {
	f := j.svc.Files(j.actor, j.row.ID)
	if t, ok := f.(interface {
		Through(func(context.Context, store.Batch) error) connector.Files
	}); ok && j.pending != nil {
		return t.Through(j.submit)
	}
	return announcing{f, j}
}

// announcing is the file store of a run whose beginning may not be recorded
// yet: a file that it stores comes after that.
type announcing struct {
	connector.Files
	job *job
}

// Create implements connector.Files.
func (a announcing) Create(ctx context.Context, f connector.NewFile) (connector.FileWriter, error) {
	if err := a.job.announce(ctx); err != nil {
		return nil, store.AsConnectorError(err)
	}
	return a.Files.Create(ctx, f)
}
