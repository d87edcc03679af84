package run

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/store"
)

// flushEvery is how often the items of a run that goes on are written; they
// are also written when flushAt of them have changed.
const (
	flushEvery = 250 * time.Millisecond
	flushAt    = 1000
)

// recorder keeps the items of a run and writes them in batches, so that the
// data path never waits for the store.
type recorder struct {
	svc      *Service
	job      *job
	mu       sync.Mutex
	items    []*itemState
	dirty    []int // indexes of items not yet written in their present state
	version  int64 // grows with each change, for Watch
	total    int
	bytesAll int64
	bytes    int64
	done     int
	failed   int
	failures []*connector.Error
	began    time.Time
	timer    *time.Timer
	stopped  bool
	flushing sync.Mutex
}

type itemState struct {
	view    ItemView
	err     *connector.Error
	version int64
	dirty   bool
	known   bool
}

func newRecorder(s *Service, j *job) *recorder { return &recorder{svc: s, job: j, began: s.Now()} }

// ItemsTotal implements connector.ItemSink.
func (r *recorder) ItemsTotal(items int, bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total, r.bytesAll = items, bytes
	r.version++
}

// ItemBytes implements connector.ItemSink.
func (r *recorder) ItemBytes(seq int, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes += n
	r.at(seq).view.Bytes += n
	r.version++
}

// ItemChanged implements connector.ItemSink.
func (r *recorder) ItemChanged(e connector.ItemEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	it := r.at(e.Seq)
	it.known = true
	it.view.Item, it.view.State, it.err = r.job.red.String(e.Item), e.State, e.Err
	it.view.DurationMs = float64(e.Duration.Microseconds()) / 1000
	it.view.Message = r.job.red.String(e.Message)
	if e.Err != nil {
		it.view.StatusCode = e.Err.StatusCode()
	}
	switch e.State {
	case connector.ItemDone, connector.ItemSkipped:
		r.done++
	case connector.ItemFailed, connector.ItemCanceled:
		r.failed++
	}
	r.version++
	it.version = r.version
	if !it.dirty {
		it.dirty = true
		r.dirty = append(r.dirty, e.Seq)
	}
	r.schedule()
}

func (r *recorder) at(seq int) *itemState {
	for len(r.items) <= seq {
		r.items = append(r.items, &itemState{view: ItemView{State: connector.ItemWaiting}})
	}
	return r.items[seq]
}

// schedule makes sure that changes are written soon. Short runs never get
// here twice: their items are written with their end.
func (r *recorder) schedule() {
	switch {
	case r.stopped:
	case r.timer == nil:
		r.timer = time.AfterFunc(flushEvery, r.flush)
	case len(r.dirty) == flushAt:
		r.timer.Reset(0)
	}
}

func (r *recorder) flush() {
	r.flushing.Lock()
	defer r.flushing.Unlock()
	if r.job.announce(context.WithoutCancel(r.job.ctx)) != nil {
		return // the run ends for it
	}
	items := r.takeDirty()
	r.mu.Lock()
	stopped, row := r.stopped, r.job.row
	p := store.RunProgress{
		Tenant: row.Tenant, ID: row.ID, ItemsTotal: int64(r.countTotal()), ItemsDone: int64(r.done), ItemsFailed: int64(r.failed),
		Bytes: r.bytes, HeartbeatAt: store.Micros(r.svc.Now()),
	}
	r.mu.Unlock()
	err := r.svc.Store.Submit(context.WithoutCancel(r.job.ctx), store.Batch{UpsertItems: items, Progress: []store.RunProgress{p}})
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil { // they are still in memory: write them with the next batch
		r.svc.Log.Warn("items of a run could not be written yet", "run", row.ID, "error", err)
		r.markDirty(items)
	}
	if !stopped && !r.stopped {
		r.timer.Reset(flushEvery)
	}
}

func (r *recorder) markDirty(items []*store.Item) {
	for _, it := range items {
		if st := r.items[it.Seq]; !st.dirty {
			st.dirty = true
			r.dirty = append(r.dirty, it.Seq)
		}
	}
}

// stop ends the background writing and waits for a write under way.
func (r *recorder) stop() {
	r.mu.Lock()
	r.stopped = true
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Unlock()
	r.flushing.Lock()
	r.flushing.Unlock() //nolint:staticcheck // waits for the write under way, nothing else
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range r.items {
		if it.err != nil {
			r.failures = append(r.failures, it.err)
		}
	}
}

func (r *recorder) takeDirty() []*store.Item {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*store.Item, 0, len(r.dirty))
	for _, seq := range r.dirty {
		it := r.items[seq]
		it.dirty = false
		out = append(out, r.storeItem(seq, it))
	}
	r.dirty = r.dirty[:0]
	return out
}

func (r *recorder) storeItem(seq int, it *itemState) *store.Item {
	row := &store.Item{
		Tenant: r.job.row.Tenant, RunID: r.job.row.ID, Seq: seq, Item: it.view.Item, State: string(it.view.State),
		Message: it.view.Message, StatusCode: it.view.StatusCode,
		DurationMicros: int64(it.view.DurationMs * 1000), Bytes: it.view.Bytes,
	}
	if it.err != nil {
		red := r.job.red
		row.Code, row.Operation, row.RequestID = red.String(it.err.Code), red.String(it.err.Operation), red.String(it.err.RequestID)
	}
	return row
}

func (r *recorder) countTotal() int { return max(r.total, len(r.items)) }

// verdict decides Successful, Partially Successful or Failed.
func (r *recorder) verdict(e *connector.Error) ReturnData {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case e == nil && r.failed == 0:
		return Successful
	case r.done > 0 && (e == nil || e.Kind != connector.Canceled):
		return PartiallySuccessful
	}
	return Failed
}

// fillRow copies the counters; the caller holds the lock.
func (r *recorder) fillRow(row *store.Run) {
	row.ItemsTotal, row.ItemsDone, row.ItemsFailed = int64(r.countTotal()), int64(r.done), int64(r.failed)
	row.Bytes = r.bytes
}

func (r *recorder) progress() Progress {
	p := Progress{ItemsTotal: r.countTotal(), ItemsDone: r.done, ItemsFailed: r.failed, BytesTotal: r.bytesAll, Bytes: r.bytes}
	elapsed := r.svc.Now().Sub(r.began)
	if elapsed <= 0 {
		return p
	}
	p.Rate = float64(r.bytes) / elapsed.Seconds()
	if left := p.ItemsTotal - p.ItemsDone - p.ItemsFailed; left > 0 && p.ItemsDone+p.ItemsFailed > 0 {
		p.RemainingMs = elapsed.Milliseconds() * int64(left) / int64(p.ItemsDone+p.ItemsFailed)
	}
	if p.BytesTotal > p.Bytes && p.Rate > 0 {
		p.RemainingMs = int64(float64(p.BytesTotal-p.Bytes) / p.Rate * 1000)
	}
	return p
}

// changedSince gives copies of the items changed after a version.
func (r *recorder) changedSince(v int64) []ItemView {
	var out []ItemView
	for _, it := range r.items {
		if it.version > v && it.known {
			out = append(out, it.view)
		}
	}
	return out
}

func (r *recorder) views() []ItemView {
	out := make([]ItemView, len(r.items))
	for i, it := range r.items {
		out[i] = it.view
		out[i].Item = strings.ToValidUTF8(it.view.Item, "\uFFFD")
	}
	return out
}
