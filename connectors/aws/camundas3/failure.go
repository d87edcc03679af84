package camundas3

import (
	"errors"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// Reason says why a command did not succeed.
type Reason string

// The reasons.
const (
	Answered      Reason = "Answered"      // S3 refused; the fields of the answer are set
	NoAnswer      Reason = "NoAnswer"      // S3 could not be asked; Err says why
	NoCredentials Reason = "NoCredentials" // nothing was sent: there is nothing to sign with
	NoRegion      Reason = "NoRegion"      // nothing was sent: no region is set anywhere
	ShortDocument Reason = "ShortDocument" // the document has fewer bytes than its reference says; Want of them
	CutAnswer     Reason = "CutAnswer"     // the object ended after Got of Want bytes
	TooLarge      Reason = "TooLarge"      // the object is too large to be answered as a value
	NotJSON       Reason = "NotJSON"       // the object is not JSON; Err says where
	EmptyJSON     Reason = "EmptyJSON"     // the object holds no JSON value
	BadCharset    Reason = "BadCharset"    // the encoding is not known
	Documents     Reason = "Documents"     // the store of documents failed; Err is its error
)

// Failure is why a command of this integration did not succeed, for programs
// that must tell more than a *connector.Error says. It stands in that error's
// Err, where errors.As finds it.
type Failure struct {
	Reason   Reason
	Attempts int    // requests sent to S3, the last one included
	Host     string // that was asked, with its port

	// Of Answered.
	Status    int
	Code      string // "NoSuchKey"; empty where the answer had none
	Message   string // S3's words; empty where it had none
	RequestID string
	HostID    string

	Want, Got int64 // bytes
	Err       error // the underlying error
}

// Error names the reason.
func (f *Failure) Error() string {
	if f.Err != nil {
		return string(f.Reason) + ": " + f.Err.Error()
	}
	return string(f.Reason)
}

// Unwrap gives the underlying error.
func (f *Failure) Unwrap() error { return f.Err }

// with puts the failure into the error that people see.
func (f *Failure) with(e connector.Error) *connector.Error {
	if f.Err == nil {
		f.Err = e.Err
	}
	e.Err = f
	return &e
}

// ofWire makes the error of a request to S3.
func ofWire(err error) error {
	e, ok := errors.AsType[*s3wire.Error](err)
	if !ok {
		return connector.AsError(err)
	}
	f := &Failure{Reason: NoAnswer, Attempts: e.Attempts, Host: e.Endpoint, Err: e}
	seen := *e.Explain("")
	switch {
	case seen.Kind == connector.Canceled:
		return &seen
	case e.Status != 0 && e.Err == nil:
		f.Reason, f.Status, f.RequestID, f.HostID = Answered, e.Status, e.RequestID, e.HostID
		if !e.Empty() {
			f.Code, f.Message = e.Code, e.Message
		}
	default:
		if _, ok := errors.AsType[*noCredentials](e.Err); ok {
			f.Reason, f.Attempts = NoCredentials, 0
		}
	}
	return f.with(seen)
}
