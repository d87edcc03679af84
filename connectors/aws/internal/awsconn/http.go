package awsconn

import (
	"context"
	"errors"
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

var errStalled = errors.New("no answer within the request timeout")

// Do sends a request; the answer's body is watched until it is closed.
func (c *stallClient) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{limit: c.limit, cancel: cancel, timer: time.AfterFunc(c.limit, func() { cancel(errStalled) })}
	req = req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &watchedBody{ReadCloser: req.Body, w: w}
	}
	resp, err := c.next.Do(req)
	if err != nil {
		w.stop()
		return resp, c.explain(ctx, err)
	}
	resp.Body = &watchedBody{ReadCloser: resp.Body, w: w, last: true, explain: func(err error) error { return c.explain(ctx, err) }}
	return resp, nil
}

func (c *stallClient) explain(ctx context.Context, err error) error {
	if !errors.Is(context.Cause(ctx), errStalled) {
		return err
	}
	return &connector.Error{
		Kind:    connector.Timeout,
		Message: fmt.Sprintf("The service sent or took nothing for %s.", c.limit),
		Fix:     "Try again; if the network is slow, raise Request Timeout in the connection.",
		Err:     errStalled,
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
	w       *watch
	last    bool // closing it ends the request
	explain func(error) error
}

// Read passes on and notes that something moved.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.w.moved()
	}
	if err != nil && !errors.Is(err, io.EOF) && b.explain != nil {
		err = b.explain(err)
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
