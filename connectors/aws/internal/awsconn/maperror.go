package awsconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"

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
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return connector.AsError(err)
	}
	op := ""
	if oe, ok := errors.AsType[*smithy.OperationError](err); ok {
		op = oe.OperationName
	}
	if f := faultOf(err, op); f != nil {
		return f.Explain()
	}
	e := networkError(err, endpoint)
	e.Operation, e.Err = op, err
	return e
}

// FaultOf gives the service's answer inside an error, nil when there is none.
func FaultOf(err error) *Fault {
	f, _ := errors.AsType[*Fault](err)
	return f
}

func faultOf(err error, op string) *Fault {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return answerWithoutFault(err, op)
	}
	f := &Fault{Operation: op, Code: api.ErrorCode(), Message: api.ErrorMessage()}
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

// tidy gives answers without a body the code that AWS's Python tools show.
func (f *Fault) tidy() {
	if !strings.HasPrefix(f.Operation, "Head") && f.Code != "UnknownError" {
		return
	}
	switch strings.ReplaceAll(f.Code, " ", "") {
	case strings.ReplaceAll(http.StatusText(f.Status), " ", ""), "UnknownError", "NotFound", "Forbidden":
		if f.Status > 0 {
			f.Code, f.Message = strconv.Itoa(f.Status), http.StatusText(f.Status)
		}
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

func networkError(err error, endpoint string) *connector.Error {
	unavailable := func(message, fix string) *connector.Error {
		return &connector.Error{Kind: connector.Unavailable, Message: message, Fix: fix}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return unavailable("The name "+strconv.Quote(dns.Name)+" could not be resolved.",
			"Check Endpoint URL and Region Name for slips, and this machine's name server.")
	}
	if m := tlsProblem(err); m != "" {
		return unavailable("No trusted TLS connection to "+endpoint+": "+m+".",
			"Check that Endpoint URL begins with https:// only for a TLS service; put a private authority's certificate into CA Bundle.")
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return unavailable("The connection to "+endpoint+" was refused.", "Check the host and port of Endpoint URL, and that the service is running.")
	}
	var nerr net.Error
	if errors.As(err, &nerr) && nerr.Timeout() {
		return &connector.Error{Kind: connector.Timeout, Message: "No answer came from " + endpoint + " in time.", Fix: "Check the network and Proxy, or raise Request Timeout."}
	}
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || strings.Contains(err.Error(), "EOF") {
		return unavailable("The connection to "+endpoint+" was cut.", "Try again.")
	}
	if de, ok := errors.AsType[*smithy.DeserializationError](err); ok && de != nil {
		return unavailable("The answer of "+endpoint+" is not one of this service.", "Check Endpoint URL: it must be the address of the S3 service, not of its console.")
	}
	return unavailable("The call to "+endpoint+" failed: "+innermost(err)+".", "Check Endpoint URL and the network.")
}

func tlsProblem(err error) string {
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return e.Msg
	}
	if strings.Contains(err.Error(), "HTTP response to HTTPS client") {
		return "the service speaks plain HTTP"
	}
	return ""
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
