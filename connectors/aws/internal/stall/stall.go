// Package stall ends requests on which nothing has moved for a while. A limit on
// a whole request would cut large transfers that are doing well.
package stall

import (
	"context"
	"io"
	"time"
)

// Watch is over one request. Without a limit it watches nothing.
type Watch struct {
	ctx    context.Context // the request's own
	cancel context.CancelCauseFunc
	timer  *time.Timer // nil without a limit
	limit  time.Duration
}

// New begins to watch. When nothing moves for the limit the watch's context ends
// with what stalled gives.
func New(ctx context.Context, limit time.Duration, stalled func(time.Duration) error) *Watch {
	if limit <= 0 {
		return &Watch{ctx: ctx}
	}
	w := &Watch{limit: limit}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(limit, func() { w.cancel(stalled(limit)) })
	return w
}

// Context is the request's.
func (w *Watch) Context() context.Context { return w.ctx }

// Moved notes that something moved.
func (w *Watch) Moved() {
	if w.timer != nil {
		w.timer.Reset(w.limit)
	}
}

// Stop ends the watch, and with it the request's context.
func (w *Watch) Stop() {
	if w.timer != nil {
		w.timer.Stop()
		w.cancel(nil)
	}
}

// Request watches over what is sent.
func (w *Watch) Request(body io.ReadCloser) io.ReadCloser { return &watched{body, w, false} }

// Answer watches over what is received; closing it stops the watch.
func (w *Watch) Answer(body io.ReadCloser) io.ReadCloser { return &watched{body, w, true} }

type watched struct {
	io.ReadCloser
	w    *Watch
	last bool // closing it ends the request
}

// Read passes on and notes that something moved.
func (b *watched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.w.Moved()
	}
	return n, err
}

// Close ends the watch with the answer's body.
func (b *watched) Close() error {
	err := b.ReadCloser.Close()
	if b.last {
		b.w.Stop()
	}
	return err
}
