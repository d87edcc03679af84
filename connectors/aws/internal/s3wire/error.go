package s3wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

// Error is a request that failed. With a Status the service answered, and Code
// is never empty; without one no answer came, and Err says why.
type Error struct {
	Op        string // "PutObject"
	Status    int    // of the HTTP answer
	Code      string // "NoSuchKey"; the status as text where the answer had none
	Message   string // the service's words; the status in words where Code is a status; may be empty
	RequestID string // x-amz-request-id
	HostID    string // x-amz-id-2, Java's "Extended Request ID"
	Region    string // where the bucket is, when the answer tells
	Attempts  int    // requests sent, the last one included; 0 when none was
	Err       error  // why no answer came, or why it could not be read
	Endpoint  string // the host that was asked

	date   time.Time // of the answer
	inside bool      // a success that held an error
}

// Error names the operation and what went wrong.
func (e *Error) Error() string {
	if e.answered() {
		return e.fault().Error()
	}
	if e.Err == nil {
		return e.Op + " failed"
	}
	return e.Op + ": " + e.Err.Error()
}

// Unwrap gives what kept the answer away.
func (e *Error) Unwrap() error { return e.Err }

// answered tells whether there was an answer of the protocol.
func (e *Error) answered() bool { return e.Status != 0 && e.Err == nil }

// Empty tells that the answer had no body with a code: Code and Message are
// then made of the status.
func (e *Error) Empty() bool { return e.answered() && e.Code == strconv.Itoa(e.Status) }

func (e *Error) fault() *awsconn.Fault {
	return &awsconn.Fault{Operation: e.Op, Code: e.Code, Message: e.Message, Status: e.Status, RequestID: e.RequestID, Region: e.Region}
}

// Explain gives the error that people see, the same as awsconn.MapError makes
// of the SDK's. endpoint names the service in network errors; empty is the host
// that was asked.
func (e *Error) Explain(endpoint string) *connector.Error {
	if e.answered() {
		return e.fault().Explain()
	}
	if endpoint == "" {
		endpoint = e.Endpoint
	}
	inner := e.Err
	if e.Status != 0 {
		inner = &smithy.DeserializationError{Err: inner}
	}
	return connector.AsError(awsconn.MapError(&smithy.OperationError{ServiceID: "S3", OperationName: e.Op, Err: inner}, endpoint))
}

// SourceError is a payload that could not be read. It is never repeated.
type SourceError struct{ Err error }

// Error is the source's own text.
func (e *SourceError) Error() string { return e.Err.Error() }

// Unwrap gives the source's own error.
func (e *SourceError) Unwrap() error { return e.Err }

// refuse is a call that cannot be sent at all.
func refuse(op, message, fix string) *Error {
	return &Error{Op: op, Err: &connector.Error{Kind: connector.Invalid, Operation: op, Message: message, Fix: fix}}
}

// fromAnswer makes the error of an answer that is not a success. body is what
// could be read of it.
func fromAnswer(op, host string, res *http.Response, body []byte) *Error {
	h := res.Header
	e := &Error{
		Op: op, Status: res.StatusCode, Endpoint: host, RequestID: h.Get("X-Amz-Request-Id"), HostID: h.Get("X-Amz-Id-2"),
	}
	e.date, _ = http.ParseTime(h.Get("Date")) // zero where it is none
	parseError(body, e)
	e.Region = regionHint(h, e)
	e.tidy()
	return e
}

// tidy gives answers without a code the one that AWS's Python tools show.
func (e *Error) tidy() {
	e.Message = strings.TrimSpace(e.Message)
	if e.Code == "" {
		e.Code, e.Message = strconv.Itoa(e.Status), http.StatusText(e.Status)
	}
}

// regionHint is where the answer says that the bucket is.
func regionHint(h http.Header, e *Error) string {
	if r := h.Get("X-Amz-Bucket-Region"); r != "" {
		return r
	}
	_, rest, ok := strings.Cut(e.Message, "expecting '")
	if !ok {
		return ""
	}
	r, _, ok := strings.Cut(rest, "'")
	if !ok || strings.Trim(r, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return r
}

// WrongRegion tells that the bucket is in another region, which Region names.
func (e *Error) WrongRegion() bool {
	if e.Region == "" {
		return false
	}
	switch e.Code {
	case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301", "307", "400":
		return true
	}
	return e.Status == http.StatusMovedPermanently || e.Status == http.StatusTemporaryRedirect
}
