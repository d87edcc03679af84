package azconn

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"github.com/fairlead-io/fairlead/connector"
)

// Call is one request.
type Call struct {
	Method, URL string
	Plane       Plane
	Body        []byte // JSON; nil for none
	// Once says that a repetition would make one thing more: the call is sent
	// again only when it surely had no effect.
	Once bool
	// Young says that the host's name may not be known everywhere yet.
	Young     bool
	Operation string // as errors name it
	Item      string // what it is about, in errors
}

// Answer is what Azure said when it did what was asked.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxBody is the most bytes of an answer; pages of lists have some 100 KB.
const maxBody = 32 << 20

// attempt sends a call once.
func (c *Conn) attempt(ctx context.Context, p runtime.Pipeline, call Call) (*Answer, *failure) {
	t := &trip{}
	ctx, cancel := context.WithTimeoutCause(context.WithValue(ctx, tripKey{}, t), c.cfg.Timeout, c.tooSlow())
	defer cancel()
	req, err := request(ctx, call)
	if err != nil {
		return nil, &failure{err: connector.AsError(err)}
	}
	resp, err := p.Do(req)
	if err != nil {
		return nil, noAnswer(ctx, err, call, t)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, noAnswer(ctx, err, call, t)
	}
	if resp.StatusCode/100 == 2 {
		return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
	}
	return nil, &failure{err: faultOf(resp, body, call), sent: true, status: resp.StatusCode, header: resp.Header}
}

func request(ctx context.Context, call Call) (*policy.Request, error) {
	req, err := runtime.NewRequest(ctx, call.Method, call.URL)
	if err != nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: "The address of the request is not usable.", Fix: "Check the endpoints in the connection.", Err: err}
	}
	req.Raw().Header.Set("Accept", "application/json")
	runtime.SkipBodyDownload(req)
	if call.Body == nil {
		return req, nil
	}
	return req, req.SetBody(streaming.NopCloser(bytes.NewReader(call.Body)), "application/json")
}

func (c *Conn) tooSlow() *connector.Error {
	return &connector.Error{
		Kind: connector.Timeout, Message: fmt.Sprintf("Azure did not answer within %s.", c.cfg.Timeout),
		Fix: "Try again; if the network is slow, raise Request Timeout in the connection.",
	}
}

// trip learns whether anything of a request can have reached the service.
type trip struct{ sent atomic.Bool }

type tripKey struct{}

// watch is the last policy before the request leaves; tokens are fetched before
// it, so that theirs are not taken for the request.
type watch struct{}

// Do implements policy.Policy.
func (watch) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	if t, ok := ctx.Value(tripKey{}).(*trip); ok {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { t.sent.Store(true) }})
		req = req.WithContext(ctx)
	}
	return req.Next()
}

// bounded ends answers that are too long to be Azure's.
type bounded struct{ next *http.Client }

// Do implements policy.Transporter.
func (b bounded) Do(req *http.Request) (*http.Response, error) {
	resp, err := b.next.Do(req)
	if err != nil {
		if n, ok := req.Context().Value(netKey{}).(*netFailure); ok {
			n.err.Store(&err)
		}
		return nil, err
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: maxBody}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read fails when the answer goes on too long.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &connector.Error{Kind: connector.Unavailable, Message: "The answer is longer than 32 MiB.", Fix: "Check the endpoints in the connection."}
	}
	return n, err
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
