package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Each of these is a real failure of a real connection.
func TestFailuresAreToldApart(t *testing.T) {
	ca := newAuthority(t)
	ok := func(http.ResponseWriter, *http.Request) {}
	forever := time.Unix(1<<33, 0)
	good := serveTLS(t, ca.issue(t, forever, "127.0.0.1"), 0, ok)
	other := serveTLS(t, ca.issue(t, forever, "other.test", "10.0.0.1"), 0, ok)
	old := serveTLS(t, ca.issue(t, time.Unix(1<<20, 0), "127.0.0.1"), 0, ok)
	tls11 := serveTLS(t, ca.issue(t, forever, "127.0.0.1"), tls.VersionTLS11, ok)
	plain := serve(t, ok)
	down := nobody
	hangUp := serveRaw(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })
	resets := serveRaw(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		_ = c.(*net.TCPConn).SetLinger(0)
	})
	half := serveRaw(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
	})
	silent := serveRaw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	gibberish := serveRaw(t, func(c net.Conn) { _, _ = io.WriteString(c, "220 mail ready\r\n") })
	ns := &nameserver{answers: map[string][]string{"broken.test": {}, "mute.test": {"mute"}}}
	trusting := connector.HTTPOptions{CABundle: ca.pem}
	hasty := connector.HTTPOptions{ConnectTimeout: 100 * time.Millisecond}
	for _, tc := range []struct {
		reason string
		url    string
		o      connector.HTTPOptions
		kind   connector.Kind
		msg    string
		fix    string
	}{
		{"all is well", good.URL, trusting, "", "", ""},
		{"name does not exist", "http://nowhere.test/", trusting, connector.Unavailable, `The host name "nowhere.test" does not exist.`, "spelling"},
		{"name server fails", "http://broken.test/", trusting, connector.Unavailable, `The host name "broken.test" could not be looked up: server misbehaving.`, "DNS servers"},
		{"name server is silent", "http://mute.test/", hasty, connector.Unavailable, `The host name "mute.test" could not be looked up: i/o timeout.`, "DNS servers"},
		{"no TLS handshake within the connect timeout", strings.Replace(silent, "http:", "https:", 1), hasty, connector.Unavailable, hostOf(t, silent) + " cannot be reached: no connection was accepted in time.", "connect timeout"},
		{"refused", "http://" + down, trusting, connector.Unavailable, down + " cannot be reached: connection refused.", "port is right"},
		{"unknown authority", good.URL, connector.HTTPOptions{}, connector.Unavailable, "The certificate of " + hostOf(t, good.URL) + " is signed by an authority that is not trusted here.", "CA bundle"},
		{"name mismatch", other.URL, trusting, connector.Unavailable, "The certificate of " + hostOf(t, other.URL) + " is not for 127.0.0.1 but for other.test, 10.0.0.1.", "Use a name"},
		{"expired", old.URL, trusting, connector.Unavailable, "is valid only from 1970-01-01 to 1970-01-13.", "Renew"},
		{"TLS 1.1", tls11.URL, trusting, connector.Unavailable, "protocol version not supported.", "TLS 1.2 or later"},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), trusting, connector.Unavailable, hostOf(t, plain.URL) + " does not speak TLS.", "http://"},
		{"another protocol", gibberish, trusting, connector.Unavailable, "cannot be reached: ", "endpoint URL"},
		{"hangs up", hangUp, trusting, connector.Unavailable, hostOf(t, hangUp) + " closed the connection without an answer.", "Try again"},
		{"resets", resets, trusting, connector.Unavailable, hostOf(t, resets) + " closed the connection: connection reset.", "Try again"},
		{"stops in the middle of the answer", half, trusting, connector.Unavailable, hostOf(t, half) + " closed the connection before its answer was complete.", "Try again"},
		{"no answer at all", silent, trusting, connector.Timeout, hostOf(t, silent) + " accepted the request but did not answer in time.", "raise the timeout"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			c := newClient(t, Policy{Resolver: ns.resolver(t), ResponseHeaderTimeout: 100 * time.Millisecond}, tc.o)
			_, _, err := get(t, c, tc.url)
			if tc.kind == "" {
				if err != nil {
					t.Errorf("failed: %v", err)
				}
				return
			}
			e, ok := errors.AsType[*connector.Error](err)
			if !ok || e.Kind != tc.kind || !strings.Contains(e.Message, tc.msg) || !strings.Contains(e.Fix, tc.fix) {
				t.Errorf("%v\ngot %+v", err, e)
			}
		})
	}
}

func TestTheCallersOwnLimits(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			_, _ = io.WriteString(w, "first bytes")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	})
	c := newClient(t, Policy{}, connector.HTTPOptions{})
	stop := &connector.Error{Kind: connector.Conflict, Message: "Stopped for a reason."}
	for _, tc := range []struct {
		reason string
		path   string
		ctx    func() (context.Context, context.CancelFunc)
		kind   connector.Kind
		is     error
	}{
		{"deadline before the answer", "/", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 50*time.Millisecond)
		}, connector.Timeout, context.DeadlineExceeded},
		{"deadline while reading", "/slow", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 50*time.Millisecond)
		}, connector.Timeout, context.DeadlineExceeded},
		{"canceled", "/", func() (context.Context, context.CancelFunc) { return canceledSoon(t, nil) }, connector.Canceled, context.Canceled},
		{"canceled while reading", "/slow", func() (context.Context, context.CancelFunc) { return canceledSoon(t, nil) }, connector.Canceled, context.Canceled},
		{"the reason of a cancel is kept", "/", func() (context.Context, context.CancelFunc) { return canceledSoon(t, stop) }, connector.Conflict, stop},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			ctx, cancel := tc.ctx()
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+tc.path, nil)
			res, err := c.Do(req)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				_ = res.Body.Close()
			}
			e, ok := errors.AsType[*connector.Error](err)
			if !ok || e.Kind != tc.kind || !errors.Is(err, tc.is) {
				t.Errorf("%v\ngot %+v", err, e)
			}
		})
	}
}

func canceledSoon(t *testing.T, cause error) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	timer := time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	return ctx, func() { timer.Stop(); cancel(nil) }
}

type netTimeout struct{}

func (netTimeout) Error() string   { return "i/o timeout" }
func (netTimeout) Timeout() bool   { return true }
func (netTimeout) Temporary() bool { return true }

// Failures that cannot be made on demand here.
func TestExplainForeignErrors(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}
	inside := &connector.Error{Kind: connector.Limited, Message: "Full."}
	for _, tc := range []struct {
		reason string
		err    error
		kind   connector.Kind
		msg    string
	}{
		{"a connect timeout leaves nothing in doubt", &net.OpError{Op: "dial", Addr: addr, Err: netTimeout{}}, connector.Unavailable, "192.0.2.1:443 cannot be reached: no connection was accepted in time."},
		{"a read timeout does", &net.OpError{Op: "read", Addr: addr, Err: os.ErrDeadlineExceeded}, connector.Timeout, "192.0.2.1:443 accepted the request but did not answer in time."},
		{"no route", &net.OpError{Op: "dial", Addr: addr, Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, connector.Unavailable, "192.0.2.1:443 cannot be reached: there is no route to it."},
		{"Windows' own number", &net.OpError{Op: "dial", Addr: addr, Err: syscall.Errno(10061)}, connector.Unavailable, "192.0.2.1:443 cannot be reached: connection refused."},
		{"proxy timeout", &net.OpError{Op: "proxyconnect", Err: &net.OpError{Op: "dial", Addr: addr, Err: netTimeout{}}}, connector.Unavailable, "The proxy 192.0.2.1:443 cannot be reached: no connection was accepted in time."},
		{"already explained", fmt.Errorf("wrapped: %w", inside), connector.Limited, "Full."},
		{"a deadline in plain form", context.DeadlineExceeded, connector.Timeout, "The time limit was reached before the server had answered."},
		{"anything else", errors.New("strange."), connector.Unavailable, "The server cannot be reached: strange."},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			e := Explain(tc.err)
			if e.Kind != tc.kind || e.Message != tc.msg {
				t.Errorf("got %+v", e)
			}
			if !errors.Is(e, tc.err) && !errors.Is(tc.err, e) {
				t.Error("the cause is lost")
			}
		})
	}
	if Explain(nil) != nil {
		t.Error("nil is explained")
	}
}
