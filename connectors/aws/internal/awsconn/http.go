package awsconn

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// stallClient ends a request on which nothing has moved for a while. A limit
// on the whole request would cut large transfers that are doing well.
type stallClient struct {
	next  *http.Client
	limit time.Duration
}

// Do sends a request; the answer's body is watched until it is closed. The
// error of a stall is the context's cause, which the client below gives back.
func (c *stallClient) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{limit: c.limit, cancel: cancel, timer: time.AfterFunc(c.limit, func() { cancel(Stalled(c.limit)) })}
	req = req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &watchedBody{ReadCloser: req.Body, w: w}
	}
	resp, err := c.next.Do(req)
	if err != nil {
		w.stop()
		return resp, err
	}
	resp.Body = &watchedBody{ReadCloser: resp.Body, w: w, last: true}
	return resp, nil
}

// Stalled is the error of a request that ended because nothing moved on it for
// a while.
func Stalled(limit time.Duration) error {
	return &connector.Error{
		Kind:    connector.Timeout,
		Message: fmt.Sprintf("The service sent or took nothing for %s.", limit),
		Fix:     "Try again; if the network is slow, raise Request Timeout in the connection.",
	}
}

type watch struct {
	limit  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func (w *watch) moved() { w.timer.Reset(w.limit) }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

type watchedBody struct {
	io.ReadCloser
	w    *watch
	last bool // closing it ends the request
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
	if b.last {
		b.w.stop()
	}
	return err
}
