package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/fairlead-io/fairlead/connector"
)

// Explain says what a network error means and what to do about it. It gives
// the *connector.Error inside err when there is one, and nil for nil.
func Explain(err error) *connector.Error { return explain(err, "") }

// explainIn is Explain where the request's context and host are known: an
// error that the end of the context caused is told from one of the network.
func explainIn(ctx context.Context, err error, host string) *connector.Error {
	if ctx.Err() != nil {
		if e, ok := errors.AsType[*connector.Error](context.Cause(ctx)); ok {
			return e
		}
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return explain(err, host)
}

func explain(err error, host string) *connector.Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e
	}
	host, byProxy := nameServer(err, host)
	for _, try := range []func(error, string) *connector.Error{fromContext, fromDNS, fromCertificate, fromTLS, fromSystem, fromTimeout, fromClosed} {
		if e := try(err, host); e != nil {
			if byProxy && e.Kind == connector.Unavailable {
				e.Fix = "Check the connection's proxy, or HTTP_PROXY and HTTPS_PROXY. " + e.Fix
			}
			e.Err = err
			return e
		}
	}
	return &connector.Error{Kind: connector.Unavailable, Message: fmt.Sprintf("%s cannot be reached: %s.", host, strings.TrimSuffix(err.Error(), ".")), Fix: "Check the endpoint URL and the network, then try again.", Err: err}
}

// nameServer says who failed: the proxy where it was the proxy.
func nameServer(err error, host string) (name string, byProxy bool) {
	op, ok := errors.AsType[*net.OpError](err)
	if ok && op.Op == "proxyconnect" {
		inner, has := errors.AsType[*net.OpError](op.Err)
		if has && inner.Addr != nil {
			return "The proxy " + inner.Addr.String(), true
		}
		return "The proxy", true
	}
	if host == "" && ok && op.Addr != nil {
		host = op.Addr.String()
	}
	if host == "" {
		host = "The server"
	}
	return host, false
}

func unavailable(message, fix string) *connector.Error {
	return &connector.Error{Kind: connector.Unavailable, Message: message, Fix: fix}
}

func fromContext(err error, host string) *connector.Error {
	// A dial that ran into its own timeout also counts as DeadlineExceeded; only
	// the context's own error means that the caller's time was up.
	switch {
	case errors.Is(err, context.Canceled):
		return &connector.Error{Kind: connector.Canceled, Message: "The run was canceled."}
	case isContextDeadline(err):
		return &connector.Error{Kind: connector.Timeout, Message: fmt.Sprintf("The time limit was reached before %s had answered.", lowerFirst(host)), Fix: "Raise the timeout, or try again."}
	}
	return nil
}

func isContextDeadline(err error) bool {
	if err == context.DeadlineExceeded { //nolint:errorlint // errors.Is would take a dial timeout for it
		return true
	}
	switch x := err.(type) { //nolint:errorlint // walks the chain itself
	case interface{ Unwrap() error }:
		return isContextDeadline(x.Unwrap())
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			if isContextDeadline(e) {
				return true
			}
		}
	}
	return false
}

func fromDNS(err error, _ string) *connector.Error {
	e, ok := errors.AsType[*net.DNSError](err)
	if !ok {
		return nil
	}
	if e.IsNotFound {
		return unavailable(fmt.Sprintf("The host name %q does not exist.", e.Name), "Check the spelling of the endpoint URL, the region or the resource's name, and this machine's DNS.")
	}
	return unavailable(fmt.Sprintf("The host name %q could not be looked up: %s.", e.Name, e.Err), "Check this machine's DNS servers, then try again.")
}

func fromCertificate(err error, host string) *connector.Error {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return unavailable(fmt.Sprintf("The certificate of %s is signed by an authority that is not trusted here.", lowerFirst(host)), "Put the authority's certificate (PEM) into the connection's CA bundle.")
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return unavailable(fmt.Sprintf("The certificate of %s is not for %s but for %s.", lowerFirst(host), e.Host, certNames(e.Certificate)), "Use a name that the certificate holds, or give the server a certificate for this name.")
	}
	e, ok := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case ok && e.Reason == x509.Expired:
		return unavailable(fmt.Sprintf("A certificate of %s is valid only from %s to %s.", lowerFirst(host), e.Cert.NotBefore.UTC().Format("2006-01-02"), e.Cert.NotAfter.UTC().Format("2006-01-02")), "Renew the server's certificate, or set this machine's clock.")
	case ok:
		return unavailable(fmt.Sprintf("The certificate of %s is not valid: %s.", lowerFirst(host), e.Error()), "Give the server a valid certificate.")
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return unavailable(fmt.Sprintf("The certificate of %s cannot be verified: %s.", lowerFirst(host), e.Err), "Give the server a valid certificate.")
	}
	return nil
}

func certNames(c *x509.Certificate) string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no host at all"
	}
	return strings.Join(names[:min(len(names), 5)], ", ")
}

func fromTLS(err error, host string) *connector.Error {
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	if notTLS || errors.Is(err, http.ErrSchemeMismatch) {
		return unavailable(host+" does not speak TLS.", "Begin the URL with http:// if the server has no TLS, or use its TLS port.")
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return unavailable(fmt.Sprintf("%s refused the TLS connection: %s.", host, alert), "The server must offer TLS 1.2 or later and must not ask for a client certificate.")
	}
	if text := err.Error(); strings.Contains(text, "tls: ") {
		_, why, _ := strings.Cut(text, "tls: ")
		return unavailable(fmt.Sprintf("No TLS connection to %s could be made: %s.", lowerFirst(host), why), "The server must offer TLS 1.2 or later.")
	}
	return nil
}

// lowerFirst puts "The proxy ..." and "The server" inside a sentence.
func lowerFirst(host string) string {
	if rest, ok := strings.CutPrefix(host, "The "); ok {
		return "the " + rest
	}
	return host
}

// Errors of the system, with the numbers Windows gives them.
func refused() []error { return []error{syscall.ECONNREFUSED, syscall.Errno(10061)} }

func unreachable() []error {
	return []error{syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.Errno(10051), syscall.Errno(10065)}
}

func reset() []error {
	return []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, syscall.Errno(10053), syscall.Errno(10054)}
}

// fromSystem keeps the systems' words "connection refused" and "connection
// reset": cloud libraries look for them when they decide on a retry.
func fromSystem(err error, host string) *connector.Error {
	switch {
	case isAny(err, refused()):
		return unavailable(host+" cannot be reached: connection refused.", "Check that the server is running and that the port is right.")
	case isAny(err, unreachable()):
		return unavailable(host+" cannot be reached: there is no route to it.", "Check the network, the firewall and whether a proxy is needed.")
	case isAny(err, reset()):
		return unavailable(host+" closed the connection: connection reset.", "Try again; if it happens each time, check that the URL's scheme (http or https) is the one the port speaks.")
	}
	return nil
}

func isAny(err error, targets []error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}

func fromTimeout(err error, host string) *connector.Error {
	te, ok := errors.AsType[net.Error](err)
	if !ok || !te.Timeout() {
		return nil
	}
	op, isOp := errors.AsType[*net.OpError](err)
	if isOp && (op.Op == "dial" || op.Op == "proxyconnect") || strings.Contains(err.Error(), "TLS handshake timeout") {
		// Nothing was sent, so nothing is in doubt: that is Unavailable.
		return unavailable(host+" cannot be reached: no connection was accepted in time.", "Check the host and port, the firewall and whether a proxy is needed; or raise the connect timeout.")
	}
	return &connector.Error{Kind: connector.Timeout, Message: fmt.Sprintf("%s accepted the request but did not answer in time.", host), Fix: "Try again, or raise the timeout."}
}

func fromClosed(err error, host string) *connector.Error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return unavailable(host+" closed the connection before its answer was complete.", "Try again.")
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), strings.Contains(err.Error(), "server closed idle connection"):
		return unavailable(host+" closed the connection without an answer.", "Try again; if it happens each time, check that the URL's scheme (http or https) is the one the port speaks.")
	}
	return nil
}
