package worker

import (
	"context"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// hold keeps one job ours while it is being done. All times are of our own
// clock, counted from before the cluster was asked, so that they err on the
// safe side.
type hold struct {
	w   *Worker
	e   *entry
	ctx context.Context // of extensions: the job's own, not that of one call

	mu      sync.Mutex
	timeout time.Duration
	renewed time.Time // from then on the job is ours for timeout, or longer
	timer   *time.Timer
	ended   bool
}

// newHold begins with a job that may have been ours since then.
func (w *Worker) newHold(l *lane, e *entry, since time.Time) *hold {
	return &hold{w: w, e: e, timeout: l.act.Timeout, renewed: since}
}

// confirm asks again for a job that has waited for long: by now the cluster may
// have given it to another. It tells whether the job is still there to be done.
func (h *hold) confirm(ctx context.Context) bool {
	if h.w.Now().Sub(h.renewed) < h.timeout/2 {
		return true
	}
	err := h.renew(ctx, h.timeout)
	return err == nil || fateOf(err) == again // the cluster is away: better twice than never
}

// watch extends the job at half of its time, for as long as it is not ended.
func (h *hold) watch(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ctx = ctx
	h.schedule()
}

// schedule wants the lock held.
func (h *hold) schedule() {
	if h.ended || h.ctx == nil {
		return
	}
	d := max(h.renewed.Add(h.timeout/2).Sub(h.w.Now()), h.timeout/16)
	if h.timer != nil {
		h.timer.Stop()
	}
	h.timer = time.AfterFunc(d, h.due)
}

func (h *hold) due() {
	h.mu.Lock()
	ctx, timeout, ended := h.ctx, h.timeout, h.ended
	h.mu.Unlock()
	if ended || ctx.Err() != nil {
		return
	}
	err := h.renew(ctx, timeout)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil && fateOf(err) != again { // canceled, or done by another: its end will be refused quietly
		return
	}
	h.schedule()
}

// extend is what the handler calls.
func (h *hold) extend(ctx context.Context, d time.Duration) error {
	if err := h.renew(ctx, d); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timeout = d
	h.schedule()
	return nil
}

func (h *hold) renew(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, min(max(d/4, time.Second), commandTimeout))
	defer cancel()
	began := h.w.Now()
	err := h.w.Jobs.Extend(ctx, h.w.held.current(h.e), d)
	h.w.Metrics.Extended(fateOf(err).String())
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.renewed = began
	return nil
}

// end stops extending and tells until when the job is ours.
func (h *hold) end() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	if h.timer != nil {
		h.timer.Stop()
	}
	return h.renewed.Add(h.timeout)
}

// giveBack lets a job that was not done go to another soon. It is a courtesy:
// without it the job comes back when its time is over.
func (w *Worker) giveBack(ctx context.Context, j job.Job) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := w.Jobs.Extend(ctx, j, time.Millisecond); err != nil {
		w.Log.DebugContext(ctx, "a job was left to its timeout", "job", j.Key, "error", err)
	}
}
