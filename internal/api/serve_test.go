package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
)

func TestListenRules(t *testing.T) {
	b := open(t)
	for _, tc := range []struct {
		reason string
		s      api.Server
		says   string
	}{
		{"every address", api.Server{Listen: "0.0.0.0:0"}, "--tls-cert"},
		{"every address, short", api.Server{Listen: ":0"}, "--behind-proxy"},
		{"a name that could be any machine", api.Server{Listen: "example.com:0"}, "--tls-cert"},
		{"every IPv6 address", api.Server{Listen: "[::]:0"}, "--tls-cert"},
		{"no port", api.Server{Listen: "127.0.0.1"}, "127.0.0.1:8480"},
		{"a certificate that does not exist", api.Server{Listen: "127.0.0.1:0", TLSCert: "/none", TLSKey: "/none"}, "--tls-cert"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			tc.s.Ready = func(string) error { t.Error("it listened"); return nil }
			e := connector.AsError(api.Serve(t.Context(), b.api, tc.s))
			if e == nil || e.Kind != connector.Invalid || !strings.Contains(e.Fix, tc.says) {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// serving starts a server and gives its address and a function that stops it.
func serving(t *testing.T, b *bench, s api.Server) (string, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	s.Ready = func(url string) error { ready <- url; return nil }
	if s.Drain == 0 {
		s.Drain = 5 * time.Second
	}
	go func() { done <- api.Serve(ctx, b.api, s) }()
	stop := func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	}
	select {
	case url := <-ready:
		return url, stop
	case err := <-done:
		cancel()
		t.Fatal(err)
		return "", nil
	}
}

func TestServeBehindAProxyOnEveryAddress(t *testing.T) {
	b := open(t, func(d *api.Deps) { d.BehindProxy = prefixes("10.0.0.0/8") })
	url, stop := serving(t, b, api.Server{Listen: "0.0.0.0:0", BehindProxy: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	defer stop()
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("the address is %s", url)
	}
}

func TestAddressInUse(t *testing.T) {
	b := open(t)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	e := connector.AsError(api.Serve(t.Context(), b.api, api.Server{Listen: l.Addr().String()}))
	if e == nil || e.Kind != connector.Unavailable || !strings.Contains(e.Message, l.Addr().String()) || e.Fix == "" {
		t.Errorf("got %+v", e)
	}
}

// TestShutdownLetsRequestsFinish stops the server while a run is waited for.
func TestShutdownLetsRequestsFinish(t *testing.T) {
	b := open(t)
	url, stop := serving(t, b, api.Server{Listen: "127.0.0.1:0"})
	answers := make(chan string, 1)
	go func() {
		req, err := http.NewRequestWithContext(t.Context(), "POST", url+waitWriting, nil)
		if err != nil {
			answers <- err.Error()
			return
		}
		req.Header.Set("Authorization", "Bearer "+b.owner)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			answers <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answers <- string(body)
	}()
	<-b.waiting
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	select {
	case <-stopped:
		t.Error("the server did not wait for its request")
	case <-time.After(50 * time.Millisecond):
	}
	b.goOn <- struct{}{}
	if a := <-answers; !strings.Contains(a, `"returnData":"Successful"`) {
		t.Errorf("the answer was lost: %s", a)
	}
	<-stopped
}

func certificate(t *testing.T, dir, name string) (string, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	must(t, err)
	pk, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk}), 0o600))
	return certFile, keyFile
}

// TestTLSCertificateIsReadAgain renews a certificate under a running server,
// with a broken one in between.
func TestTLSCertificateIsReadAgain(t *testing.T) {
	b := open(t)
	dir := t.TempDir()
	certFile, keyFile := certificate(t, dir, "first")
	url, stop := serving(t, b, api.Server{Listen: "127.0.0.1:0", TLSCert: certFile, TLSKey: keyFile})
	defer stop()
	if !strings.HasPrefix(url, "https://") {
		t.Fatalf("the address is %s", url)
	}
	if got := nameOf(t, url); got != "first" {
		t.Errorf("served %q", got)
	}
	must(t, os.WriteFile(certFile, []byte("half a certif"), 0o600))
	if got := nameOf(t, url); got != "first" {
		t.Errorf("in the middle of a renewal it served %q", got)
	}
	certificate(t, dir, "second")
	if got := nameOf(t, url); got != "second" {
		t.Errorf("after the renewal it served %q", got)
	}
}

// nameOf makes one handshake and reads HSTS along the way.
func nameOf(t *testing.T, url string) string {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // the test's own certificate
	req, err := http.NewRequestWithContext(t.Context(), "GET", url+"/healthz", nil)
	must(t, err)
	resp, err := c.Do(req)
	must(t, err)
	defer resp.Body.Close()
	if resp.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over TLS")
	}
	return resp.TLS.PeerCertificates[0].Subject.CommonName
}
