package egress

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Servers that ask who calls get the certificate that there is at that moment.
func TestClientCertificate(t *testing.T) {
	ca := newAuthority(t)
	far := time.Unix(1<<33, 0)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // so that each request shakes hands
		fmt.Fprintf(w, "%x", r.TLS.PeerCertificates[0].Raw)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{ca.issue(t, far, "127.0.0.1")}, ClientAuth: tls.RequireAnyClientCert, SessionTicketsDisabled: true}
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	t.Cleanup(s.Close)
	e := New(Policy{})
	without, err := e.Client(connector.HTTPOptions{CABundle: ca.pem})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := get(t, without, s.URL); err == nil {
		t.Error("a client without a certificate got in")
	}
	current := ca.issue(t, far, "first")
	with, err := e.Client(connector.HTTPOptions{CABundle: ca.pem, ClientCertificate: &connector.ClientCertificate{Get: func() (*tls.Certificate, error) { return &current, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second"} {
		current = ca.issue(t, far, name)
		body, _, err := get(t, with, s.URL)
		if want := fmt.Sprintf("%x", current.Certificate[0]); err != nil || body != want {
			t.Errorf("%s: the server saw another certificate (%v)", name, err)
		}
	}
}
