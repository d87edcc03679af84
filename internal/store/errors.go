package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Kind says what a caller can do about an error.
type Kind int

// The kinds of errors.
const (
	Internal    Kind = iota // a defect or damage in the store
	NotFound                // no such record for this tenant
	Conflict                // unique name or key taken, stale revision, run already ended, data folder in use
	Invalid                 // the record breaks a rule of the store
	Unavailable             // the disk is full or unreadable, the database is busy or gone, the store is closed
)

// String returns the kind's name.
func (k Kind) String() string {
	switch k {
	case NotFound:
		return "NotFound"
	case Conflict:
		return "Conflict"
	case Invalid:
		return "Invalid"
	case Unavailable:
		return "Unavailable"
	case Internal:
	}
	return "Internal"
}

// Unique constraints, as named in Error.Constraint.
const (
	UniqueConnectionName = "connections_name"
	UniqueIdempotencyKey = "runs_idempotency_key"
	UniqueTokenHash      = "tokens_hash"
	UniqueSecretName     = "secrets_name"
)

// Error is what every method of Store returns on failure, except that a canceled or expired context is returned as
// such. Find it with errors.As, or compare with errors.Is against ErrNotFound, ErrConflict, ErrInvalid, ErrUnavailable.
type Error struct {
	Kind       Kind
	Op         string // what was being done, such as "update connection"
	ID         string // the record, if one is at fault
	Constraint string // for a Conflict of a unique value: one of the Unique constants
	Message    string // for people; holds no record content besides ids and names
	Err        error  // cause, may be nil

	again, gone bool // see Failure
}

// Sentinels for errors.Is: they match every Error of their kind.
var (
	ErrNotFound    = &Error{Kind: NotFound}
	ErrConflict    = &Error{Kind: Conflict}
	ErrInvalid     = &Error{Kind: Invalid}
	ErrUnavailable = &Error{Kind: Unavailable}
)

// Error describes the failure in one line.
func (e *Error) Error() string {
	text := "store: "
	if e.Op != "" {
		text += e.Op
	}
	if e.ID != "" {
		text += " " + e.ID
	}
	if e.Message != "" {
		text += ": " + e.Message
	} else {
		text += ": " + e.Kind.String()
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the sentinels by kind.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && *t == Error{Kind: t.Kind} && t.Kind == e.Kind
}

// KindOf returns the kind of the first *Error in err's chain, Internal if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

func notFound(op, id, what string) *Error {
	return &Error{Kind: NotFound, Op: op, ID: id, Message: "there is no such " + what}
}

func conflict(op, id, format string, args ...any) *Error {
	return &Error{Kind: Conflict, Op: op, ID: id, Message: fmt.Sprintf(format, args...)}
}

func invalid(op, id, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Op: op, ID: id, Message: fmt.Sprintf(format, args...)}
}

// isContext reports whether err is the caller's own cancellation, which is passed on as it is.
func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func noRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
