package awsconn

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairlead-io/fairlead/connector"
)

// MapError turns what the SDK gives into the error that people see; nil stays
// nil. endpoint names the service in network errors.
func MapError(err error, endpoint string) error {
	if err == nil {
		return nil
	}
	op := ""
	if oe, ok := errors.AsType[*smithy.OperationError](err); ok {
		op = oe.OperationName
	}
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return named(e, op)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return connector.AsError(err)
	}
	if f := faultOf(err, op); f != nil {
		return f.Explain()
	}
	e := withoutAnswer(err, endpoint)
	e.Operation, e.Err = op, err
	return e
}

// named says which operation an explained network error ended.
func named(e *connector.Error, op string) *connector.Error {
	if e.Operation != "" || op == "" || e.Kind == connector.Canceled {
		return e
	}
	out := *e
	out.Operation = op
	return &out
}

// FaultOf gives the service's answer inside an error, nil when there is none.
func FaultOf(err error) *Fault {
	f, _ := errors.AsType[*Fault](err)
	return f
}

// sdkFiller is what the SDK puts where a service gave no code or no message.
const sdkFiller = "UnknownError"

func faultOf(err error, op string) *Fault {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return answerWithoutFault(err, op)
	}
	f := &Fault{Operation: op, Code: api.ErrorCode(), Message: api.ErrorMessage()}
	if f.Message == sdkFiller { // the service gave a code only, as Ceph does
		f.Message = ""
	}
	if re, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && re.Response != nil {
		f.Status = re.Response.StatusCode
		f.Region = regionHint(re.Response.Header, f.Message)
	}
	if re, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		f.RequestID = re.RequestID
	}
	f.tidy()
	return f
}

// tidy gives answers without a body the code that AWS's Python tools show: the
// SDK makes one of the status text instead. Where that text is a code of the
// protocol as well (NotImplemented), it stays.
func (f *Fault) tidy() {
	if knownFault(f.Code).message != "" {
		return
	}
	made := strings.ReplaceAll(http.StatusText(f.Status), " ", "")
	if f.Status > 0 && (f.Code == made || f.Code == sdkFiller || f.Code == "") {
		f.Code, f.Message = strconv.Itoa(f.Status), http.StatusText(f.Status)
	}
}

// answerWithoutFault is an HTTP answer that is not one of the protocol's.
func answerWithoutFault(err error, op string) *Fault {
	re, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok || re.Response == nil || re.Response.StatusCode < 300 {
		return nil
	}
	status := re.Response.StatusCode
	f := &Fault{
		Operation: op, Code: strconv.Itoa(status), Status: status, Message: http.StatusText(status),
		Region: regionHint(re.Response.Header, ""),
	}
	return f
}

var expecting = regexp.MustCompile(`expecting '([a-z0-9-]+)'`)

func regionHint(h http.Header, message string) string {
	if r := h.Get("X-Amz-Bucket-Region"); r != "" {
		return r
	}
	if m := expecting.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}

// withoutAnswer is a call that got no answer of the protocol. What went wrong
// on the network has been explained below, by the client itself.
func withoutAnswer(err error, endpoint string) *connector.Error {
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return &connector.Error{
			Kind:    connector.Unavailable,
			Message: "The answer of " + endpoint + " is not one of this service.",
			Fix:     "Check Endpoint URL: it must be the address of the service's API, not of its console.",
		}
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The call to " + endpoint + " failed: " + innermost(err) + ".", Fix: "Check Endpoint URL and the network."}
}

// innermost drops the SDK's wrapping, which tells people nothing.
func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return strings.TrimSuffix(err.Error(), ".")
		}
		err = next
	}
}
