package keyvault

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
	"github.com/fairlead-io/fairlead/internal/store"
)

func testEnv() connector.Env {
	return connector.Env{
		HTTP: egress.New(egress.Policy{}).Client, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		LookupEnv: os.LookupEnv, NewID: store.NewID,
	}
}

// rawClient is a session of this package without the run path, for preparing
// and looking at the simulated cloud.
func rawClient(t testing.TB, sim *azuresim.Server) *session {
	t.Helper()
	s, err := open(testEnv(), &Settings{
		TenantID: sim.TenantID, ClientID: sim.ClientID, ClientSecret: connector.NewSecret(sim.ClientSecret), SubscriptionID: sim.SubscriptionID,
		ResourceGroupName: sim.ResourceGroup, APIVersion: retiring, Cloud: azconn.Custom, ResourceManagerEndpoint: sim.Management(),
		AuthenticationType: azconn.ClientSecret, CABundle: string(sim.CAPEM()), ConnectTimeout: 10, RequestTimeout: 60, DataPlaneAPIVersion: "7.4",
	}, quick())
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
