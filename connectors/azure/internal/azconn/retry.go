package azconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/fairlead-io/fairlead/connector"
)

// failure is an attempt that did not succeed, with what decides on another.
type failure struct {
	err    *connector.Error
	sent   bool // something may have reached the service
	status int  // 0 without an answer
	header http.Header
}

// Error gives the message for people.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap gives the error for people.
func (f *failure) Unwrap() error { return f.err }

// Do sends a call, again where that is safe and can help.
func (c *Conn) Do(ctx context.Context, call Call) (*Answer, error) {
	return c.repeat(ctx, call, c.send)
}

func (c *Conn) repeat(ctx context.Context, call Call, send func(context.Context, Call) (*Answer, *failure)) (*Answer, error) {
	pause := pauses{Retry: c.cfg.Retry, now: c.env.Now}
	for {
		a, f := send(ctx, call)
		if f == nil {
			return a, nil
		}
		if ctx.Err() != nil || !f.again(call) {
			return nil, f.err
		}
		if err := pause.take(ctx, f, f.patient(call)); err != nil {
			return nil, err
		}
	}
}

func (c *Conn) send(ctx context.Context, call Call) (*Answer, *failure) {
	p, err := c.planes(ctx)
	if err != nil {
		return nil, &failure{err: connector.AsError(err)}
	}
	return c.attempt(ctx, c.pick(p, call.Plane), call)
}

func (c *Conn) pick(p *planes, plane Plane) runtime.Pipeline {
	switch plane {
	case Management:
		return p.management
	case Vault:
		return p.vault
	}
	return c.plain
}

// again tells whether the call may be sent once more.
func (f *failure) again(call Call) bool {
	switch {
	case f.status == http.StatusTooManyRequests, f.err.Code == "ObjectIsBeingDeleted":
		return true // nothing was done
	case f.sent && call.Once:
		return false
	case f.status != 0:
		return f.status == http.StatusRequestTimeout || f.status >= 500 && f.status != http.StatusNotImplemented
	case call.Young && !f.sent && nameUnknown(f.err):
		return true
	}
	return f.err.Kind == connector.Unavailable && passing(f.err)
}

// passing tells the failures of a network that a moment can mend from those of
// its settings.
func passing(err error) bool {
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		return !d.IsNotFound
	}
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout() || strings.Contains(err.Error(), "closed the connection")
}

// nameUnknown tells a host that DNS does not know yet, or a front end that does
// not know the name it is asked for.
func nameUnknown(err error) bool {
	d, ok := errors.AsType[*net.DNSError](err)
	return ok && d.IsNotFound || strings.Contains(err.Error(), "unrecognized name")
}

// pauses counts what a call has waited already.
type pauses struct {
	Retry
	now    func() time.Time
	waited time.Duration
	n      int
}

// patient tells the failures that only time mends: for them all of it is used.
func (f *failure) patient(call Call) bool {
	return f.status == http.StatusTooManyRequests || call.Young && nameUnknown(f.err)
}

// take waits before the next attempt, or gives the error that ends the call.
func (p *pauses) take(ctx context.Context, f *failure, patient bool) error {
	p.n++
	d, named := retryAfter(f.header, p.now())
	if !named {
		d = p.backoff()
	}
	if p.waited+d > p.Total || !patient && p.n >= p.Tries {
		return f.givenUp(p.waited, d, named)
	}
	p.waited += d
	if err := wait(ctx, d); err != nil {
		return connector.AsError(err)
	}
	return nil
}

// backoff doubles, with a third of chance in it so that parallel calls part.
func (p *pauses) backoff() time.Duration {
	d := min(p.Base<<min(p.n-1, 10), p.Total/2)
	return d - d/6 + rand.N(d/3+1)
}

func (f *failure) givenUp(waited, next time.Duration, named bool) error {
	e := *f.err
	if f.status != http.StatusTooManyRequests {
		return &e
	}
	e.Fix = fmt.Sprintf("Azure still limited the call after %s of waiting. Run it again later, or spread the work over time.", waited.Round(time.Second))
	if named {
		e.Fix = fmt.Sprintf("Azure asks to wait %s before the next attempt.", next)
	}
	return &e
}

// retryAfter reads the headers in which Azure names a pause.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if n, err := strconv.Atoi(h.Get(name)); err == nil && n >= 0 {
			return time.Duration(n) * time.Millisecond, true
		}
	}
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < 1<<31 {
		return time.Duration(n) * time.Second, true
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
