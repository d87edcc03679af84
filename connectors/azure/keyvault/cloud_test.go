package keyvault

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
	"github.com/fairlead-io/fairlead/internal/store"
)

func testEnv() connector.Env {
	return connector.Env{
		HTTP: egress.New(egress.Policy{}).Client, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		NewID: store.NewID,
	}
}

// rawClient is a session of this package without the run path, for preparing
// and looking at the simulated cloud.
func rawClient(t testing.TB, sim *azuresim.Server) *session {
	t.Helper()
	return rawClientWith(t, sim, func(*Settings) {}, nil)
}

func rawClientWith(t testing.TB, sim *azuresim.Server, change func(*Settings), vars map[string]string) *session {
	t.Helper()
	set := settingsOf(sim)
	change(set)
	env := testEnv()
	env.LookupEnv = func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	s, err := open(env, set, quick())
	must(t, err)
	return s
}

func deleteCall() azconn.Call { return azconn.Call{Method: http.MethodDelete, Operation: "test"} }

func deleteObject(t testing.TB, sim *azuresim.Server, vault, plural, name string) {
	t.Helper()
	s := rawClient(t, sim)
	v, err := s.find(t.Context(), place{vault: vault})
	must(t, err)
	_, err = s.data(t.Context(), v, deleteCall(), plural, name)
	must(t, err)
}

// pair is a private key with its certificate, in PEM.
type pair struct {
	key, cert string
	private   *ecdsa.PrivateKey
	der       []byte
}

func newPair(t testing.TB, name string, life time.Duration) pair {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(life),
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &private.PublicKey, private)
	must(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	return pair{toPEM("PRIVATE KEY", raw), toPEM("CERTIFICATE", der), private, der}
}

func toPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

type options = runtest.Options

// resolving dials the simulator for hosts without its port, as DNS would.
func resolving(sim *azuresim.Server) func(connector.HTTPOptions) (*http.Client, error) {
	return func(h connector.HTTPOptions) (*http.Client, error) {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(h.CABundle))
		tr := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				to, ok := sim.Resolve(addr)
				if !ok {
					return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
				}
				return new(net.Dialer).DialContext(ctx, network, to)
			},
		}
		return &http.Client{Transport: tr}, nil
	}
}
