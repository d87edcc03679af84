package documents

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"syscall"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
)

func quote(s string) string { return strconv.Quote(s) }

func gone(id string) *connector.Error {
	return &connector.Error{
		Kind: connector.NotFound, Item: id, Message: "There is no document " + quote(id) + ".",
		Fix: "It may have expired, or have been deleted. Store the content again.",
	}
}

func wrongHash(id string) *connector.Error {
	return &connector.Error{
		Kind: connector.Invalid, Item: id, Field: "/contentHash",
		Message: "The document " + quote(id) + " has another content hash than the reference says.",
		Fix:     "Pass the reference on as the store gave it.",
	}
}

func damaged(id, how string) *connector.Error {
	return &connector.Error{
		Kind: connector.Internal, Item: id, Message: fmt.Sprintf("The content of the document %q %s.", id, how),
		Fix: "Restore the store from a backup, or store the content again.",
	}
}

// sourceError is why content that was to be stored could not be read.
func sourceError(err error) error {
	if isExplained(err) {
		return connector.AsError(err)
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The document's content could not be read: " + err.Error() + ".", Fix: "Try again.", Err: err}
}

// storeError is why a store of our own failed.
func storeError(err error) error {
	switch {
	case err == nil:
		return nil
	case isExplained(err):
		return connector.AsError(err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &connector.Error{Kind: connector.Limited, Message: "The disk of the document store is full; the document was not stored.", Fix: "Free some space or delete documents, then try again.", Err: err}
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The document store cannot be read or written: " + err.Error() + ".", Fix: "Check the store's folder, disk and permissions.", Err: err}
}

// networkError is why a server could not be asked, or its answer not be read.
func networkError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return connector.AsError(fmt.Errorf("%w: %w", ctx.Err(), err))
	}
	return egress.Explain(err)
}

func isExplained(err error) bool {
	_, ok := errors.AsType[*connector.Error](err)
	return ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
