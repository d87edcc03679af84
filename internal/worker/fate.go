package worker

import (
	"errors"

	"github.com/fairlead-io/fairlead/internal/worker/gateway"
)

// fate is what became of a call to the cluster.
type fate int

const (
	accepted    fate = iota
	again            // it may succeed later
	over             // the job has ended, or is another's by now
	parked           // the job is there, and waits for a retry or in an incident
	refused          // what was sent is wrong: a repeat is refused too
	unknownCall      // this cluster does not know the call
)

func (f fate) String() string {
	return [...]string{"accepted", "unavailable", "over", "parked", "refused", "unknown call"}[f]
}

// fateOf reads an error. What keeps the cluster from taking anything, such as
// credentials that have ended, may be mended while the job is still ours.
func fateOf(err error) fate {
	if err == nil {
		return accepted
	}
	e, ok := errors.AsType[*gateway.Error](err)
	switch {
	case !ok || e.Retryable:
		return again
	case e.Gone && e.Code == gateway.CodeFailedPrecondition:
		return parked
	case e.Gone:
		return over
	case e.Code == gateway.CodeUnimplemented:
		return unknownCall
	case e.Code == gateway.CodeUnauthenticated || e.Code == gateway.CodePermissionDenied || e.Code == gateway.CodeCanceled:
		return again
	}
	return refused
}
