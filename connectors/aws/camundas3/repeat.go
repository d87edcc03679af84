package camundas3

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// tries sends something until it succeeds, cannot succeed, or attempts requests
// were sent. The client below repeats by itself what it can; content that
// streams it cannot, since only the sender can open it again.
type tries struct {
	wire *s3wire.Client
	sent int
}

// send calls f until it succeeds or there is no further attempt; the error is
// that of the last call.
func (c *client) send(ctx context.Context, f func(*s3wire.Client) error) error {
	for t := (tries{wire: c.wire}); ; {
		err := f(t.client())
		if err == nil || !t.failed(ctx, err) {
			return err
		}
	}
}

// client is the client of the attempts that are left.
func (t *tries) client() *s3wire.Client { return t.wire.WithAttempts(attempts - t.sent) }

// failed counts what was sent, and waits before a further attempt: any time up to
// the doubled base. It tells whether there is one.
func (t *tries) failed(ctx context.Context, err error) bool {
	e, ok := errors.AsType[*s3wire.Error](err)
	if !ok {
		return false
	}
	t.sent += max(1, e.Attempts)
	if e.Attempts > 0 {
		e.Attempts = t.sent
	}
	return t.sent < attempts && passing(e) && s3wire.Pause(ctx, rand.N(min(maxWait, baseWait<<t.sent)))
}

// passing tells whether the same request may succeed later.
func passing(e *s3wire.Error) bool {
	if e.Status != 0 && e.Err == nil {
		switch e.Code {
		case "RequestTimeout", "RequestTimeTooSkewed", "SlowDown", "InternalError", "ServiceUnavailable":
			return true
		}
		return e.Status == 429 || e.Status == 500 || e.Status >= 502 && e.Status <= 504
	}
	if _, ok := errors.AsType[*noCredentials](e.Err); ok {
		return false
	}
	if src, ok := errors.AsType[*s3wire.SourceError](e.Err); ok {
		return connector.AsError(src.Err).Kind.Retryable()
	}
	return e.Explain("").Kind.Retryable()
}

const (
	baseWait = 100 * time.Millisecond
	maxWait  = 5 * time.Second
)
