package s3job

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// network is a request to which no answer came, in the words of the HTTP client
// of the version.
func (x *explainer) network() *job.Fault {
	err := x.why.Err
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return fault(classSDKClient, "Received an UnknownHostException when attempting to interact with a service. See cause for the exact endpoint that is failing to resolve. "+
			"If this is happening on an endpoint that previously worked, there may be a network connectivity issue or your DNS cache could be storing endpoints for too long.")
	}
	var text string
	op, dialed := errors.AsType[*net.OpError](err)
	switch {
	case dialed && op.Op == "dial" && errors.Is(err, syscall.ECONNREFUSED):
		text = "Connect to " + x.address(op) + " failed: Connection refused"
	case dialed && op.Op == "dial" && op.Timeout():
		text = "Connect to " + x.address(op) + " failed: Connect timed out"
	case errors.Is(err, syscall.ECONNRESET):
		text = "Connection reset"
	case errors.Is(err, syscall.EPIPE):
		text = "Broken pipe"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), closedIdle(err):
		text = "The target server failed to respond"
	case x.seen.Kind == connector.Timeout:
		text = "Read timed out"
	case x.seen.Kind == connector.Invalid || x.seen.Kind == connector.Denied: // of our own rules
		return plain(x.seen)
	default:
		text = x.seen.Message
	}
	return fault(classSDKClient, "Unable to execute HTTP request: "+text+x.attempts())
}

// closedIdle is a connection that was closed while it was kept; the transport
// has no value for that error.
func closedIdle(err error) bool {
	return strings.Contains(err.Error(), "server closed idle connection")
}

// address names the other side as the HTTP client of the version does.
func (x *explainer) address(op *net.OpError) string {
	at := x.f.at(x.r, x.in.Compat)
	host := x.why.Host
	if host == "" && op.Addr != nil {
		host = op.Addr.String()
	}
	if x.in.Compat >= compat.V89 {
		return at.scheme + "://" + host
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
		host += map[string]string{"http": ":80", "https": ":443"}[at.scheme]
	}
	ip := ""
	if tcp, ok := op.Addr.(*net.TCPAddr); ok {
		ip = tcp.IP.String()
	}
	if name == ip {
		name = ""
	}
	return host + " [" + name + "/" + ip + "]"
}
