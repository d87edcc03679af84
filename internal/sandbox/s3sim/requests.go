package s3sim

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/metrics"
)

// Request is one request the sandbox answered.
type Request struct {
	Time   time.Time
	Method string
	// Path is the path as sent, still escaped.
	Path string
	// Query is the query as sent, with signatures and session tokens blanked.
	Query string
	// Region is the region of the signature; empty when the request was anonymous.
	Region string
	// AccessKey is the key that signed; empty when anonymous.
	AccessKey string
	// Service is "s3" or "sts".
	Service string
	// Operation is AWS's name of it, such as PutObject; "Unknown" when nothing matched.
	Operation string
	// Status is the HTTP status of the answer.
	Status int
}

// ReadOnly reports whether the request could not have changed anything in S3: a GET or HEAD, or any call to STS.
func (r Request) ReadOnly() bool {
	return r.Service == "sts" || r.Method == fasthttp.MethodGet || r.Method == fasthttp.MethodHead || r.Method == fasthttp.MethodOptions
}

// requestLog keeps the newest requests in a ring of fixed size.
type requestLog struct {
	mu   sync.Mutex
	ring []Request
	next int
	full bool
}

func newRequestLog(size int) *requestLog { return &requestLog{ring: make([]Request, size)} }

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.next] = r
	l.next++
	if l.next == len(l.ring) {
		l.next, l.full = 0, true
	}
}

func (l *requestLog) all() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.full {
		return slices.Clone(l.ring[:l.next])
	}
	return slices.Concat(l.ring[l.next:], l.ring[:l.next])
}

func (l *requestLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.ring)
	l.next, l.full = 0, false
}

// operationKey is where the operation travels in a request's own values.
const operationKey = "s3sim-operation"

// operationRecorder learns from versitygw's metrics hook which route it chose, so that the log never
// has to guess the operation from method and query.
type operationRecorder struct{}

// Send implements metrics.Manager.
func (operationRecorder) Send(ctx fiber.Ctx, _ error, action string, _ int64, _ int) {
	ctx.RequestCtx().SetUserValue(operationKey, operationName(action))
}

// Close implements metrics.Manager.
func (operationRecorder) Close() {}

// operationName turns versitygw's action into the name of AWS's operation where the two differ.
func operationName(action string) string {
	switch action {
	case metrics.ActionListAllMyBuckets:
		return "ListBuckets"
	case metrics.ActionUndetected, "":
		return "Unknown"
	}
	if a, ok := metrics.ActionMap[action]; ok && a.Name != "" {
		return a.Name
	}
	return strings.TrimPrefix(action, "s3_")
}

// blankQuery removes what would let a reader of the log replay a presigned URL.
func blankQuery(raw string) string {
	if !strings.Contains(strings.ToLower(raw), "x-amz-s") {
		return raw
	}
	parts := strings.Split(raw, "&")
	for i, p := range parts {
		name, _, _ := strings.Cut(p, "=")
		if n, err := url.QueryUnescape(name); err == nil {
			switch strings.ToLower(n) {
			case "x-amz-signature", "x-amz-security-token":
				parts[i] = name + "=***"
			}
		}
	}
	return strings.Join(parts, "&")
}
