package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/connector"
)

// Codes of Error that callers look for. They are gRPC's, for REST too.
const (
	CodeInvalidArgument    = "INVALID_ARGUMENT"
	CodeDeadlineExceeded   = "DEADLINE_EXCEEDED"
	CodeCanceled           = "CANCELLED"
	CodeNotFound           = "NOT_FOUND"
	CodePermissionDenied   = "PERMISSION_DENIED"
	CodeUnauthenticated    = "UNAUTHENTICATED"
	CodeResourceExhausted  = "RESOURCE_EXHAUSTED"
	CodeFailedPrecondition = "FAILED_PRECONDITION"
	CodeUnimplemented      = "UNIMPLEMENTED"
	CodeInternal           = "INTERNAL"
	CodeUnavailable        = "UNAVAILABLE"
	CodeUnknown            = "UNKNOWN"
)

// Error is why a cluster did not do what it was asked. It never holds a secret.
type Error struct {
	Operation string // the gateway's name for it, such as CompleteJob
	Code      string // one of the codes of gRPC, such as NOT_FOUND
	Status    int    // the HTTP status; 0 for gRPC and where there was no answer
	Message   string // of the cluster, or of what kept it from answering
	Fix       string // what to do about it; empty where only the cluster knows

	// Retryable: the same call may succeed later. Commands for jobs may always be
	// repeated, because a second one finds the job gone.
	Retryable bool
	// Gone, of a command for a job: the job has ended, is another's by now or
	// waits in an incident. A repeat cannot help.
	Gone bool
	// Backpressure: the cluster has too much to do; try again after a growing
	// pause with jitter.
	Backpressure bool

	Err error // the underlying error, for errors.Is; never shown
}

// Error gives operation, code, message and fix in one line.
func (e *Error) Error() string {
	code := e.Code
	if e.Status != 0 {
		code += " (" + strconv.Itoa(e.Status) + ")"
	}
	text := e.Operation + ": " + code + ": " + e.Message
	if e.Fix != "" {
		text += " " + e.Fix
	}
	return text
}

// Unwrap gives the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// Connector gives the error in the terms of the rest of the program.
func (e *Error) Connector() *connector.Error {
	return &connector.Error{
		Kind: e.kind(), Operation: e.Operation, Code: e.Code, Status: e.Status, Message: e.Message, Fix: e.Fix, Err: e,
	}
}

func (e *Error) kind() connector.Kind {
	switch e.Code {
	case CodeInvalidArgument, "OUT_OF_RANGE", CodeUnimplemented:
		return connector.Invalid
	case CodePermissionDenied, CodeUnauthenticated:
		return connector.Denied
	case CodeNotFound:
		return connector.NotFound
	case CodeFailedPrecondition, "ALREADY_EXISTS", "ABORTED":
		return connector.Conflict
	case CodeResourceExhausted:
		return connector.Limited
	case CodeDeadlineExceeded:
		return connector.Timeout
	case CodeCanceled:
		return connector.Canceled
	case CodeUnavailable, CodeInternal, CodeUnknown, "DATA_LOSS":
		return connector.Unavailable
	}
	return connector.Internal
}

// newError sets what follows from the code.
func newError(operation, code, message string) *Error {
	e := &Error{Operation: operation, Code: code, Message: message}
	switch code {
	case CodeUnavailable, CodeDeadlineExceeded, CodeCanceled, "ABORTED", "DATA_LOSS", CodeInternal:
		e.Retryable = true
	case CodeResourceExhausted:
		e.Retryable, e.Backpressure = true, true
	case CodeNotFound, CodeFailedPrecondition:
		e.Gone = true
	}
	return e
}

// fromContext is the error of a call that its own caller ended.
func fromContext(operation string, err error) *Error {
	code, message := CodeCanceled, "The call was given up."
	if errors.Is(err, context.DeadlineExceeded) {
		code, message = CodeDeadlineExceeded, "The cluster did not answer in time."
	}
	e := newError(operation, code, message)
	e.Retryable, e.Err = code == CodeDeadlineExceeded, err
	return e
}

// fromGRPC makes an Error of what grpc gives. ctx is the caller's own: once it
// has ended, nothing is to be repeated.
func fromGRPC(ctx context.Context, operation string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return fromContext(operation, ctx.Err())
	}
	st := status.Convert(err)
	message, fix := plainWords(st.Message())
	e := newError(operation, codeName(st.Code()), message)
	e.Fix = fix
	if st.Code() == codes.ResourceExhausted && strings.Contains(message, "received message larger than max") {
		e.Retryable, e.Backpressure = false, false
		e.Fix = "Ask for fewer jobs at a time or for fewer variables."
	}
	e.Err = err
	return e
}

// codeName writes a code as the gRPC specification does.
func codeName(c codes.Code) string {
	names := [...]string{
		"OK", CodeCanceled, CodeUnknown, CodeInvalidArgument, CodeDeadlineExceeded, CodeNotFound, "ALREADY_EXISTS",
		CodePermissionDenied, CodeResourceExhausted, CodeFailedPrecondition, "ABORTED", "OUT_OF_RANGE",
		CodeUnimplemented, CodeInternal, CodeUnavailable, "DATA_LOSS", CodeUnauthenticated,
	}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("CODE_%d", uint32(c))
}

// plainWords takes grpc's wrapping off a message, and tells what to do where it
// is about the connection: only such messages are wrapped.
func plainWords(message string) (text, fix string) {
	_, desc, ok := strings.Cut(message, `desc = "`)
	if !ok {
		return message, ""
	}
	message = strings.ReplaceAll(strings.TrimSuffix(desc, `"`), `\"`, `"`)
	for _, prefix := range []string{"transport: Error while dialing: ", "transport: error while dialing: ", "transport: authentication handshake failed: "} {
		message = strings.TrimPrefix(message, prefix)
	}
	for _, h := range connectionHints() {
		if strings.Contains(message, h.sign) {
			return message, h.fix
		}
	}
	return message, "Check that the gateway is running and that CAMUNDA_CLIENT_GRPCADDRESS is right."
}

type hint struct{ sign, fix string }

// connectionHints are the common failures to connect.
func connectionHints() []hint {
	const clientCert = "The gateway asks for a client certificate: name its files in CAMUNDA_MTLS_CERT_PATH and CAMUNDA_MTLS_KEY_PATH."
	return []hint{
		{"first record does not look like a TLS handshake", "Begin the gRPC address with http:// if the gateway has no TLS."},
		{"error reading server preface", "Begin the gRPC address with https:// if the gateway has TLS, and check that the port is the one of gRPC (26500 unless changed)."},
		{"signed by unknown authority", "Name a file with the authority's certificate in CAMUNDA_CLIENT_CACERTIFICATEPATH."},
		{"certificate is valid for", "Use a name that the certificate holds, or name it in CAMUNDA_CLIENT_OVERRIDEAUTHORITY."},
		{"certificate required", clientCert},
		{"bad certificate", clientCert},
	}
}

// codeOfStatus maps an HTTP status of the REST API to gRPC's codes.
func codeOfStatus(httpStatus int) string {
	switch httpStatus {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
		return CodeInvalidArgument
	case http.StatusUnauthorized:
		return CodeUnauthenticated
	case http.StatusForbidden:
		return CodePermissionDenied
	case http.StatusNotFound:
		return CodeNotFound
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return CodeUnimplemented
	case http.StatusConflict:
		return CodeFailedPrecondition
	case http.StatusTooManyRequests:
		return CodeResourceExhausted
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return CodeDeadlineExceeded
	case http.StatusInternalServerError:
		return CodeInternal
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return CodeUnavailable
	}
	if httpStatus >= 500 {
		return CodeUnavailable
	}
	return CodeUnknown
}
