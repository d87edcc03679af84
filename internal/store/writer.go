package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultMaxGroup = 256
	defaultQueue    = 1024
	maxGroupRows    = 8192 // bounds how long one transaction keeps the others waiting
)

// Writer is the only way to write. One goroutine takes whatever batches wait, commits them in one transaction and
// answers all of them; it never waits for more to come, so that a lone batch costs one commit and no delay.
type Writer struct {
	cfg   Config
	queue chan *pending
	done  chan struct{}

	mu     sync.RWMutex // held for reading while a batch is put into the queue
	closed bool

	session     *session // owned by the goroutine
	connections memory
}

// pending is a batch that waits. Its state moves once, from waiting to taken or to withdrawn.
type pending struct {
	batch  Batch
	state  atomic.Int32
	answer chan error
}

const (
	waiting int32 = iota
	taken
	withdrawn
)

func newWriter(ctx context.Context, cfg Config) (*Writer, error) {
	if cfg.MaxGroup <= 0 {
		cfg.MaxGroup = defaultMaxGroup
	}
	if cfg.Queue <= 0 {
		cfg.Queue = defaultQueue
	}
	s, err := openSession(ctx, cfg)
	if err != nil {
		return nil, err
	}
	w := &Writer{cfg: cfg, queue: make(chan *pending, cfg.Queue), done: make(chan struct{}), session: s}
	go w.loop()
	return w, nil
}

// Submit commits a batch, durably, and returns once that has happened or failed. It blocks while the queue is full.
//
// The answer is not ambiguous: a context error means that nothing was written, since a batch that the writer has taken
// is waited for whatever ctx does. The one exception is a database on the network that goes away during a commit and
// does not come back to tell: that is Unavailable, and the message says so.
func (w *Writer) Submit(ctx context.Context, b Batch) error {
	if err := b.check(); err != nil {
		return err
	}
	p := &pending{batch: b, answer: make(chan error, 1)}
	if err := w.enqueue(ctx, p); err != nil {
		return err
	}
	select {
	case err := <-p.answer:
		return err
	case <-ctx.Done():
		if p.state.CompareAndSwap(waiting, withdrawn) {
			return ctx.Err()
		}
		return <-p.answer
	}
}

func (w *Writer) enqueue(ctx context.Context, p *pending) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return &Error{Kind: Unavailable, Op: "write", Message: "the store is closed"}
	}
	select {
	case w.queue <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close refuses new batches, commits those that wait and ends the writer. It may be called more than once.
func (w *Writer) Close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.done
	return nil
}

func (w *Writer) loop() {
	defer close(w.done)
	for p := range w.queue {
		group := w.collect(p)
		if patient(group) {
			group = w.linger(group)
		}
		if len(group) > 0 {
			w.commit(group)
		}
	}
	w.session.close()
}

// collect takes p and whatever else waits now, without waiting for more.
func (w *Writer) collect(p *pending) []*pending {
	var group []*pending
	for rows := 0; ; {
		if p.state.CompareAndSwap(waiting, taken) {
			group = append(group, p)
			rows += p.batch.rows()
		}
		if len(group) >= w.cfg.MaxGroup || rows >= maxGroupRows {
			return group
		}
		select {
		case next, open := <-w.queue:
			if !open {
				return group
			}
			p = next
		default:
			return group
		}
	}
}

// patience is how long batches that nobody waits for are kept at most.
const patience = 50 * time.Millisecond

func patient(group []*pending) bool {
	for _, p := range group {
		if !p.batch.Patient {
			return false
		}
	}
	return len(group) > 0
}

// linger waits for a batch that somebody waits for; what comes until then goes with it.
func (w *Writer) linger(group []*pending) []*pending {
	over := time.NewTimer(patience)
	defer over.Stop()
	for patient(group) && len(group) < w.cfg.MaxGroup {
		select {
		case next, open := <-w.queue:
			if !open {
				return group
			}
			group = append(group, w.collect(next)...)
		case <-over.C:
			return group
		}
	}
	return group
}

// commit answers every batch of the group. One that breaks a rule must not fail its neighbours, so the group is tried
// again with a savepoint around each batch, which is slower and seldom needed.
func (w *Writer) commit(group []*pending) {
	errs, err := w.transact(group, false)
	if len(group) > 1 && isolated(err) {
		errs, err = w.transact(group, true)
	}
	var flushed []func(error)
	for i, p := range group {
		result := err
		if err == nil && errs != nil {
			result = errs[i]
		}
		if result == nil {
			p.batch.committed()
			if p.batch.changesConnections() {
				w.connections.forget()
			}
			if p.batch.Flushed != nil {
				flushed = append(flushed, p.batch.Flushed)
			}
		}
		p.answer <- result
	}
	w.flush(flushed)
}

// flush waits for the disk after everybody has been answered, for those who asked for it.
func (w *Writer) flush(flushed []func(error)) {
	if len(flushed) == 0 {
		return
	}
	var err error
	if w.session == nil || w.session.relaxed {
		err = w.sync()
	}
	for _, tell := range flushed {
		tell(err)
	}
}

func (w *Writer) sync() error {
	if w.cfg.Sync == nil { // every commit has waited
		return nil
	}
	if err := w.cfg.Sync(); err != nil {
		return &Error{Kind: Unavailable, Op: "flush", Message: "what was written may not be on the disk", Err: err}
	}
	return nil
}

// isolated reports whether an error is the fault of one batch, rather than of the database.
func isolated(err error) bool {
	if err == nil {
		return false
	}
	k := KindOf(err)
	return k == NotFound || k == Conflict || k == Invalid
}
