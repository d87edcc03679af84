package s3wire

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/stall"
)

// call is one request of an operation, before it is signed.
type call struct {
	op          string // "PutObject"
	method      string
	bucket, key string
	query       []param
	fields      []field // besides host, date, hash and token
	body        *payload
	// take reads a success; an error it gives fails the attempt. It may keep
	// the answer's body, and then closes it.
	take func(*answer) error
}

// answer is a success on its way to take.
type answer struct {
	*http.Response
	host string
	kept bool // take has the body, and closes it
}

// do sends a call until it succeeds, cannot succeed, or was sent often enough.
func (c *Client) do(ctx context.Context, q *call) error {
	at, err := c.places.of(ctx, q.op, q.bucket)
	if err != nil {
		return err
	}
	if err := q.body.prepare(ctx, q.op, at); err != nil {
		return err
	}
	for n := 1; ; n++ {
		e := c.attempt(ctx, q, at)
		if e == nil {
			return nil
		}
		e.Op, e.Attempts, e.Endpoint = q.op, n, at.sent
		wait, again := c.again(q, e, n)
		if n >= c.cfg.Attempts || !again {
			return e
		}
		if !Pause(ctx, wait) {
			e.Status, e.Err = 0, ctx.Err()
			return e
		}
	}
}

// attempt sends a call once.
func (c *Client) attempt(ctx context.Context, q *call, at *place) *Error {
	cr, err := c.credentials(ctx, q, at)
	if err != nil {
		return &Error{Err: unsent{err}}
	}
	w := stall.New(ctx, c.cfg.Stall, c.cfg.Stalled)
	req, err := c.request(q, at, &cr, w)
	if err != nil {
		w.Stop()
		return &Error{Err: unsent{err}}
	}
	res, err := c.cfg.HTTP.RoundTrip(req) //nolint:bodyclose // discard closes it, or the caller to whom take gave it
	if err != nil {
		w.Stop()
		return &Error{Err: c.noAnswer(ctx, q, err)}
	}
	a := &answer{Response: res, host: at.sent}
	res.Body = w.Answer(res.Body)
	if e := q.read(a); e != nil {
		discard(res.Body)
		return e
	}
	if !a.kept {
		discard(res.Body)
	}
	return nil
}

// read takes a success, and makes the error of anything else.
func (q *call) read(a *answer) *Error {
	if a.StatusCode >= 300 {
		var body []byte
		if q.method != http.MethodHead {
			body, _ = io.ReadAll(io.LimitReader(a.Body, maxError)) // what cannot be read is no code
		}
		return fromAnswer(q.op, a.host, a.Response, body)
	}
	err := q.take(a)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Status: a.StatusCode, Err: err}
}

const (
	maxError   = 64 << 10
	maxDiscard = 256 << 10
)

// discard lets the connection be used again, unless too much is left.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, maxDiscard) // its end, or a connection that is not used again
	_ = body.Close()
}

// unsent marks what failed before anything was sent.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }

// noAnswer finds the error that matters where the transport gave none.
func (c *Client) noAnswer(ctx context.Context, q *call, err error) error {
	if src := q.body.sourceErr(); src != nil && ctx.Err() == nil {
		return &SourceError{src}
	}
	return err
}

// request builds and signs the HTTP request of one attempt.
func (c *Client) request(q *call, at *place, cr *aws.Credentials, w *stall.Watch) (*http.Request, error) {
	path := at.prefix + "/" + escape(q.key, true)
	sent := at.prefix + "/" + keepSlashes(path[len(at.prefix)+1:])
	plain := path
	if p, err := url.PathUnescape(path); err == nil {
		plain = p
	}
	query := encodeQuery(q.query)
	long := c.sign.stamp(c.cfg.Now().Add(time.Duration(c.skew.Load())))
	hash := q.body.hash()

	var room [16]field
	fields := append(room[:0], field{"Host", at.sent}, field{"X-Amz-Content-Sha256", hash}, field{"X-Amz-Date", long})
	if at.auth == authSet {
		fields = append(fields, field{"X-Amz-Region-Set", "*"})
	}
	if cr.SessionToken != "" {
		fields = append(fields, field{tokenName(q, at), cr.SessionToken})
	}
	fields = append(fields, q.fields...)
	fields = q.body.addFields(fields)
	sortFields(fields)
	sig, err := c.signature(&unsigned{method: q.method, path: path, query: query, fields: fields, payload: hash}, cr, at, long)
	if err != nil {
		return nil, err
	}
	req := &http.Request{
		Method: q.method, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: at.sent,
		URL:    &url.URL{Scheme: at.scheme, Host: at.host, Path: plain, RawPath: sent, RawQuery: query},
		Header: header(fields, sig.header),
	}
	if q.body != nil {
		q.body.attach(req, w, sig)
	}
	return req.WithContext(w.Context()), nil
}

// tokenName is the header that a session token travels in.
func tokenName(q *call, at *place) string {
	if at.auth == authSession && q.op != createSession {
		return "X-Amz-S3session-Token"
	}
	return "X-Amz-Security-Token"
}

func (c *Client) signature(r *unsigned, cr *aws.Credentials, at *place, long string) (signature, error) {
	if at.auth != authSet {
		return c.sign.sign(r, cr, at.region, at.service, long), nil
	}
	h, err := c.sign.signSet(r, cr, at.service, long)
	return signature{header: h}, err
}

// header makes the map of the signed fields, all values in one slice.
func header(fields []field, authorization string) http.Header {
	h := make(http.Header, len(fields)+2)
	values := make([]string, 0, len(fields)+2)
	put := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	for _, f := range fields {
		if f.name != "Host" {
			put(f.name, f.value)
		}
	}
	put("Authorization", authorization)
	put("User-Agent", userAgent)
	return h
}

// The pauses before repeats: anything between nothing and the doubled base, a
// service that asks for patience getting more of it.
const (
	baseWait   = 100 * time.Millisecond
	baseThrott = 500 * time.Millisecond
	maxWait    = 5 * time.Second
)

// again tells whether a repeat can help, and after how long. n is how often
// the call was sent.
func (c *Client) again(q *call, e *Error, n int) (time.Duration, bool) {
	if !q.body.repeatable() {
		return 0, false
	}
	if c.skewed(e) {
		return 0, true
	}
	base := baseWait
	switch {
	case e.throttled():
		base = baseThrott
	case !e.repeatable():
		return 0, false
	}
	most := maxWait
	if n < 10 {
		most = min(maxWait, base<<n)
	}
	return c.jitter(most), true
}

// Pause waits; false when ctx ends before, or has ended.
func Pause(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (e *Error) throttled() bool {
	if !e.answered() {
		return false
	}
	switch e.Code {
	case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "BandwidthLimitExceeded", "RequestThrottled", "TooManyRequests", "TooManyRequestsException", "PriorRequestNotComplete":
		return true
	}
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
}

// repeatable tells whether the same request may succeed when it is sent again.
func (e *Error) repeatable() bool {
	if e.answered() {
		switch e.Status {
		case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			if !e.inside { // else the code alone counts
				return true
			}
		}
		return e.Code == "RequestTimeout" || e.Code == "InternalError" || e.Code == "ServiceUnavailable"
	}
	if _, ok := errors.AsType[unsent](e.Err); ok {
		return false
	}
	if _, ok := errors.AsType[*SourceError](e.Err); ok {
		return false
	}
	return e.Status == 0 && transient(e.Err)
}

// transient tells network errors that may pass from those that will not: a
// name that does not exist, a certificate that is not trusted, a rule.
func transient(err error) bool {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return !e.IsNotFound
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return false
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return false
	}
	if _, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return false
	}
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e.Kind.Retryable()
	}
	return !errors.Is(err, context.Canceled)
}

// maxSkew is how far clocks may be apart; S3 refuses more than 15 minutes.
const maxSkew = 4 * time.Minute

// skewed learns the service's clock from an answer that refused ours, and
// tells whether that makes a repeat worthwhile.
func (c *Client) skewed(e *Error) bool {
	switch {
	case e.date.IsZero():
		return false
	case e.Code == "RequestTimeTooSkewed", e.Code == "RequestExpired", e.Code == "SignatureDoesNotMatch", e.Empty() && e.Status == http.StatusForbidden:
	default:
		return false
	}
	ahead := e.date.Sub(c.cfg.Now())
	if (ahead - time.Duration(c.skew.Load())).Abs() < maxSkew {
		return false
	}
	c.skew.Store(int64(ahead))
	return true
}
