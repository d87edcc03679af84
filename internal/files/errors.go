package files

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/store"
)

// badIDMessage is the message of the system whose playbooks are run here; they
// look for it.
const badIDMessage = "Error converting data type nvarchar to bigint."

// ParseID reads a file ID as callers write it: a whole number of 64 bits, with
// blanks around it or not.
func ParseID(id string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(id), 10, 64)
	if err != nil {
		return 0, &connector.Error{Kind: connector.Invalid, Item: id, Message: badIDMessage, Fix: "A file ID is a whole number, such as 42. List Files shows the IDs there are."}
	}
	return n, nil
}

// NormalizeSource gives a source its declared spelling; empty means
// connector.DefaultSource. Another one is Invalid.
func NormalizeSource(source string) (string, error) {
	if source == "" {
		return connector.DefaultSource, nil
	}
	known := []string{connector.PlaybookFile, connector.IncidentAttachmentFile, connector.ArtifactFile}
	for _, k := range known {
		if strings.EqualFold(strings.TrimSpace(source), k) {
			return k, nil
		}
	}
	return "", connector.InvalidField("/source", fmt.Sprintf("Unknown file source %q.", source), "Use "+strings.Join(known, ", ")+".")
}

func noFile(id int64) *connector.Error {
	return &connector.Error{
		Kind: connector.NotFound, Item: strconv.FormatInt(id, 10),
		Message: fmt.Sprintf("There is no file with ID %d.", id), Fix: "List Files shows the files there are.",
	}
}

func otherSource(id int64, asked, is string) *connector.Error {
	return &connector.Error{
		Kind: connector.NotFound, Item: strconv.FormatInt(id, 10),
		Message: fmt.Sprintf("There is no file with ID %d under the source %q; it is stored under %q.", id, asked, is),
		Fix:     fmt.Sprintf("Give %q as the file source.", is),
	}
}

// recordError maps an error of the records; id is 0 where none is meant.
func recordError(err error, id int64) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return connector.AsError(err)
	case errors.Is(err, store.ErrNotFound):
		return noFile(id)
	case errors.Is(err, store.ErrInvalid):
		return &connector.Error{Kind: connector.Invalid, Message: "The file's record was refused: " + err.Error() + ".", Err: err}
	case errors.Is(err, store.ErrUnavailable):
		return &connector.Error{Kind: connector.Unavailable, Message: "The records of files cannot be read or written at the moment.", Fix: "Check the data folder's disk, then try again.", Err: err}
	}
	return &connector.Error{Kind: connector.Internal, Message: "The records of files cannot be read or written: " + err.Error() + ".", Err: err}
}

// contentError maps an error of reading or writing content.
func contentError(err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return connector.AsError(err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &connector.Error{Kind: connector.Limited, Message: "The disk of the data folder is full; the file was not stored.", Fix: "Free some space or delete files, then try again.", Err: err}
	case errors.Is(err, ErrEnded):
		return &connector.Error{Kind: connector.Internal, Message: "The file was written to after it had been stored.", Err: err}
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The content of files cannot be read or written: " + err.Error() + ".", Fix: "Check the data folder's disk and permissions.", Err: err}
}
