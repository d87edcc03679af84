package s3wire

import (
	"context"
	"io"
	"time"
)

// watch ends a request on which nothing has moved for a while. A limit on the
// whole request would cut large transfers that are doing well.
type watch struct {
	ctx    context.Context // the request's own
	cancel context.CancelCauseFunc
	timer  *time.Timer // nil without a limit
	limit  time.Duration
}

func (c *Client) watch(ctx context.Context) *watch {
	if c.cfg.Stall <= 0 {
		return &watch{ctx: ctx}
	}
	w := &watch{limit: c.cfg.Stall}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(w.limit, func() { w.cancel(c.cfg.Stalled(w.limit)) })
	return w
}

func (w *watch) moved() {
	if w.timer != nil {
		w.timer.Reset(w.limit)
	}
}

func (w *watch) stop() {
	if w.timer != nil {
		w.timer.Stop()
		w.cancel(nil)
	}
}

// watchedBody is an answer's body; closing it ends the request.
type watchedBody struct {
	io.ReadCloser
	w *watch
}

// Read passes on and notes that something moved.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.w.moved()
	}
	return n, err
}

// Close ends the watch with the answer's body.
func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.w.stop()
	return err
}
