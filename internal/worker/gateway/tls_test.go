package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	tlscreds "google.golang.org/grpc/credentials"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

// secured are a gateway and a REST API with TLS; wantClient asks for a
// certificate of the same authority.
func secured(t *testing.T, a *authority, name string, wantClient bool) Settings {
	t.Helper()
	cert, key := a.issue(t, name)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	cfg := &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool}
	if wantClient {
		cfg.ClientAuth = tls.RequireAndVerifyClientCert
	}
	srv := &server{topology: &pb.TopologyResponse{GatewayVersion: "secured"}}
	address, _ := srv.listen(t, "127.0.0.1:0", grpc.Creds(tlscreds.NewTLS(cfg)))
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"gatewayVersion":"secured"}`))
	}))
	web.TLS = cfg.Clone()
	web.Config.ErrorLog = quiet()
	web.StartTLS()
	t.Cleanup(web.Close)
	return Settings{GRPC: "https://" + address, REST: web.URL}
}

// both asks a cluster for its topology over gRPC and over REST.
func both(t *testing.T, s Settings) map[string]error {
	t.Helper()
	out := map[string]error{}
	for name, rest := range map[string]bool{"gRPC": false, "REST": true} {
		s.PreferREST = rest
		top, err := open(t, s).Topology(t.Context())
		if err == nil && top.Version != "secured" {
			err = errors.New("another server answered")
		}
		out[name] = err
	}
	return out
}

func TestTLS(t *testing.T) {
	a := newAuthority(t)
	s := secured(t, a, "localhost", false)
	for name, err := range both(t, s) {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != CodeUnavailable || e.Fix == "" {
			t.Errorf("%s with an authority that is not known: %v, want an error that says what to do", name, err)
		}
	}
	s.TLS.CAFile = a.file
	for name, err := range both(t, s) {
		if err != nil {
			t.Errorf("%s with the authority's file: %v", name, err)
		}
	}
	s.TLS = TLS{CA: string(a.pem)}
	for name, err := range both(t, s) {
		if err != nil {
			t.Errorf("%s with the authority's text: %v", name, err)
		}
	}
	s.GRPC = strings.Replace(s.GRPC, "https", "http", 1)
	_, err := open(t, s).Topology(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Fix, "https://") {
		t.Errorf("without TLS to a port with TLS: %v", err)
	}
}

func TestTLSToAPortWithoutTLS(t *testing.T) {
	address, _ := (&server{}).listen(t, "127.0.0.1:0")
	_, err := open(t, Settings{GRPC: "https://" + address}).Topology(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Fix, "http://") {
		t.Errorf("got %v, want advice to leave TLS out", err)
	}
}

func TestMutualTLS(t *testing.T) {
	a := newAuthority(t)
	s := secured(t, a, "localhost", true)
	s.TLS.CAFile = a.file
	for name, err := range both(t, s) {
		if err == nil {
			t.Errorf("%s without a certificate got in", name)
		}
	}
	s.TLS.CertFile, s.TLS.KeyFile = a.files(t, "worker")
	for name, err := range both(t, s) {
		if err != nil {
			t.Errorf("%s with a certificate: %v", name, err)
		}
	}
	cert, key := a.issue(t, "worker")
	s.TLS = TLS{CAFile: a.file, Cert: string(cert), Key: connector.NewSecret(string(key))}
	for name, err := range both(t, s) {
		if err != nil {
			t.Errorf("%s with a certificate as text: %v", name, err)
		}
	}
}

func TestAuthorityNamesTheCertificate(t *testing.T) {
	a := newAuthority(t)
	s := secured(t, a, "zeebe.example", false)
	s.TLS.CAFile, s.Authority = a.file, "zeebe.example:26500"
	if _, err := open(t, s).Topology(t.Context()); err != nil {
		t.Error(err)
	}
	s.Authority = "other.example"
	if _, err := open(t, s).Topology(t.Context()); err == nil {
		t.Error("a certificate for another name was taken")
	}
}

func TestOpenFindsBadFiles(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.files(t, "one")
	other, _ := a.files(t, "two")
	tests := []struct {
		why string
		tls TLS
	}{
		{"no such CA file", TLS{CAFile: filepath.Join(t.TempDir(), "none")}},
		{"a CA file without a certificate", TLS{CAFile: key}},
		{"a CA text without a certificate", TLS{CA: "x"}},
		{"a certificate without its key", TLS{CertFile: cert}},
		{"a key without its certificate", TLS{Key: connector.NewSecret("x")}},
		{"another's key", TLS{CertFile: other, KeyFile: key}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			_, err := Open(t.Context(), Settings{GRPC: "https://z", TLS: tt.tls}, testDeps())
			if e := connector.AsError(err); e == nil || e.Kind != connector.Invalid || e.Fix == "" {
				t.Errorf("got %v, want an Invalid error", err)
			}
		})
	}
}
