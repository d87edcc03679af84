package store

import (
	"errors"

	"github.com/fairlead-io/fairlead/connector"
)

var kindOfFault = map[Kind]connector.Kind{
	NotFound: connector.NotFound, Conflict: connector.Conflict, Invalid: connector.Invalid,
	Unavailable: connector.Unavailable, Internal: connector.Internal,
}

// AsConnectorError gives a failure of the store in the vocabulary that callers
// of the program see. Context errors and nil pass through.
func AsConnectorError(err error) error {
	if _, ok := errors.AsType[*connector.Error](err); ok {
		return err // it says already what people need to know
	}
	se, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	e := &connector.Error{Kind: kindOfFault[se.Kind], Message: se.Message, Err: err}
	if e.Message == "" {
		e.Message = se.Error()
	}
	if se.Kind == Unavailable {
		e.Fix = "Check the disk and the database of the data folder, then try again."
	}
	return e
}
