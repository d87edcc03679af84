package outbound

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

const (
	// maxMessage bounds a failure text, in characters.
	maxMessage = 6000
	// maxVariables bounds the variables of a command, in bytes. An engine takes
	// messages of a little over twice that.
	maxVariables = 1536 << 10
)

// failure is why a job did not end well.
type failure struct {
	job.Fault
	retries   *int32 // what is left, whatever the fault says
	noBackoff bool   // not even the back-off of the header
}

func inputFailure(message string) *failure {
	return &failure{Fault: job.Fault{Type: job.InputException, Message: message, Input: true}}
}

// lastFailure leaves no retry and no back-off, as failures of an error
// expression do.
func lastFailure(f *failure) *failure {
	f.retries, f.noBackoff = new(int32), true
	return f
}

func (f *failure) left(j job.Job) int32 {
	n := j.Retries - 1
	switch {
	case f.retries != nil:
		n = *f.retries
	case f.Fault.Retries != nil:
		n = *f.Fault.Retries
	case f.Input:
		n = 0
	}
	return max(0, n)
}

func (f *failure) backoff(p *plan) time.Duration {
	switch {
	case f.noBackoff:
		return 0
	case f.Fault.Backoff != nil:
		return *f.Fault.Backoff
	}
	return p.backoff
}

// clean is the failure as it may be seen: without the values of secrets, and
// its message not longer than the engine is told.
func (f *failure) clean(m mask) *failure {
	c := *f
	c.Message = cutText(validText(m.text(f.Message)), maxMessage)
	c.Variables = m.json(f.Variables)
	return &c
}

// variables are what the failure leaves in the process: the object "error".
func (f *failure) variables() json.RawMessage {
	b := append(make([]byte, 0, 64+len(f.Type)+len(f.Message)+len(f.Variables)), `{"error":{"type":`...)
	b = appendText(b, f.Type)
	b = appendText(append(b, `,"message":`...), f.Message)
	if f.Code != "" {
		b = appendText(append(b, `,"code":`...), f.Code)
	}
	if len(f.Variables) > 0 {
		b = append(append(b, `,"variables":`...), f.Variables...)
	}
	return append(b, "}}"...)
}

// fail makes the outcome of a failure.
func (r *Runtime) fail(message string, variables json.RawMessage, retries int32, backoff time.Duration) job.Outcome {
	message = validText(message)
	shown := message
	if r.Compat >= compat.V89 {
		message += " | Error variables: " + javaText(variables)
	}
	return job.Outcome{
		Kind: job.Fail, Variables: variables, Retries: retries, RetryBackoff: backoff,
		ErrorMessage: cutText(message, maxMessage), Failure: cutText(shown, maxMessage),
	}
}

// guard refuses variables that an engine would choke on.
func (r *Runtime) guard(variables []byte) *failure {
	if r.Compat == compat.V88 || len(variables) <= maxVariables {
		return nil
	}
	return inputFailure("Output variables payload (" + strconv.Itoa(len(variables)) + " bytes) exceeds the 1.5 MB safe variable size limit for Zeebe job completion. " +
		"To handle large payloads, enable the 'Create document' option where available.")
}
