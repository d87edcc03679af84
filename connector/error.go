package connector

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Kind says what sort of failure an Error is. It alone decides the HTTP
// status, the exit status, the outcome of a job and whether a retry can help.
type Kind string

// The kinds of failure.
const (
	Invalid     Kind = "Invalid"     // the input or the settings are wrong; a repeat fails again
	Denied      Kind = "Denied"      // the caller, or the connection's identity, may not do this
	NotFound    Kind = "NotFound"    // the thing named does not exist
	Conflict    Kind = "Conflict"    // the state of the thing forbids it
	Limited     Kind = "Limited"     // a quota or rate limit is reached
	Unavailable Kind = "Unavailable" // the service cannot be reached or is failing
	Timeout     Kind = "Timeout"     // it took longer than allowed; the effect is unknown
	Canceled    Kind = "Canceled"    // the caller gave up
	Internal    Kind = "Internal"    // a defect of this program
)

// Effect of a Kind on callers. One table for all of them.
type kindRow struct {
	status int
	exit   int
	retry  bool
	bpmn   bool
}

var kindTable = map[Kind]kindRow{
	Invalid:     {http.StatusBadRequest, 4, false, true},
	Denied:      {http.StatusForbidden, 5, false, true},
	NotFound:    {http.StatusNotFound, 6, false, true},
	Conflict:    {http.StatusConflict, 7, false, true},
	Limited:     {http.StatusTooManyRequests, 8, true, false},
	Unavailable: {http.StatusServiceUnavailable, 9, true, false},
	Timeout:     {http.StatusGatewayTimeout, 10, true, false},
	Canceled:    {499, 130, false, false},
	Internal:    {http.StatusInternalServerError, 1, false, false},
}

// Kinds lists every kind, in the order of the constants.
func Kinds() []Kind {
	return []Kind{Invalid, Denied, NotFound, Conflict, Limited, Unavailable, Timeout, Canceled, Internal}
}

func (k Kind) row() kindRow {
	if r, ok := kindTable[k]; ok {
		return r
	}
	return kindTable[Internal]
}

// HTTPStatus is the status of an API answer that reports this kind.
func (k Kind) HTTPStatus() int { return k.row().status }

// ExitStatus is the exit status of the command line for this kind.
func (k Kind) ExitStatus() int { return k.row().exit }

// Retryable tells whether the same call may succeed later without a change by
// the caller. A command that is not idempotent is still never repeated after
// an ambiguous failure.
func (k Kind) Retryable() bool { return k.row().retry }

// BPMNError tells whether a process should see this kind as a business error
// it can catch; the others fail the job.
func (k Kind) BPMNError() bool { return k.row().bpmn }

// KindOfStatus maps an HTTP status of a cloud API to a kind.
func KindOfStatus(status int) Kind {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return Denied
	case status == http.StatusNotFound || status == http.StatusGone:
		return NotFound
	case status == http.StatusConflict || status == http.StatusPreconditionFailed:
		return Conflict
	case status == http.StatusTooManyRequests:
		return Limited
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return Timeout
	case status >= 500:
		return Unavailable
	case status >= 400:
		return Invalid
	}
	return Internal
}

// Error is a failure with everything a person needs to act on it. The zero
// values of unknown fields are left out wherever the error is shown.
type Error struct {
	Kind      Kind     // never empty once it leaves a command
	Item      string   // the failing item (a bucket, a key, a file ID)
	Operation string   // the cloud's operation ("DeleteBucket")
	Code      string   // the cloud's code ("NoSuchBucket")
	Status    int      // the HTTP status the cloud answered; 0 when it never answered
	Message   string   // for people, in the words of the integration's documentation
	Field     string   // JSON pointer into the input or the settings, for Invalid
	Fix       string   // what to do next
	RequestID string   // the cloud's request ID
	Causes    []*Error // located parts of a composite failure, such as several bad fields
	Err       error    // the underlying error, for errors.Is; never shown
}

// Error gives the message, followed by the fix when there is one.
func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Kind)
	}
	return e.Message
}

// Unwrap gives the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// StatusCode is the status shown to people: what the cloud answered, or the
// status of the kind when no cloud was asked.
func (e *Error) StatusCode() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Kind.HTTPStatus()
}

// Errorf-like constructors are deliberately few; a literal reads as well.

// InvalidField is an input error at a JSON pointer of the input.
func InvalidField(pointer, message, fix string) *Error {
	return &Error{Kind: Invalid, Field: pointer, Message: message, Fix: fix}
}

// AsError gives err as *Error. Context errors become Canceled and Timeout, any
// other foreign error Internal; nil stays nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, context.Canceled):
		return &Error{Kind: Canceled, Message: "The run was canceled.", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: Timeout, Message: "The time limit was reached before an answer came.", Fix: "Raise the timeout, or try again.", Err: err}
	}
	return &Error{Kind: Internal, Message: "Internal error: " + err.Error(), Err: err}
}

// Join makes one Invalid error of several located ones: its message is theirs
// joined with spaces. It gives nil for none and the error itself for one.
func Join(errs []*Error) *Error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	msgs := make([]string, len(errs))
	for i, e := range errs {
		msgs[i] = e.Message
	}
	return &Error{Kind: errs[0].Kind, Message: strings.Join(msgs, " "), Field: errs[0].Field, Fix: errs[0].Fix, Causes: errs}
}
