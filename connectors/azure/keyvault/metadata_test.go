package keyvault

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// metadataLog notes which requests go through a client that may reach the machine's
// metadata address.
type metadataLog struct {
	mu    sync.Mutex
	asked map[bool][]string
}

type noting struct {
	next http.RoundTripper
	log  *metadataLog
	meta bool
}

// RoundTrip implements http.RoundTripper.
func (n noting) RoundTrip(r *http.Request) (*http.Response, error) {
	n.log.mu.Lock()
	n.log.asked[n.meta] = append(n.log.asked[n.meta], r.URL.Host)
	n.log.mu.Unlock()
	return n.next.RoundTrip(r)
}

func (l *metadataLog) env() connector.Env {
	env := testEnv()
	open := env.HTTP
	env.HTTP = func(o connector.HTTPOptions) (*http.Client, error) {
		c, err := open(o)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		l.asked[o.Metadata] = append(l.asked[o.Metadata], "")
		l.mu.Unlock()
		return &http.Client{Transport: noting{c.Transport, l, o.Metadata}, CheckRedirect: c.CheckRedirect}, nil
	}
	return env
}

// Only the credential provider of a managed identity gets a client that may
// reach the metadata address, and only in connections that use one.
func TestMetadataAddress(t *testing.T) {
	sim := startSim(t, nil)
	imds := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := sim.MintToken(sim.ClientID, r.URL.Query().Get("resource"), time.Now(), time.Hour)
		if err != nil || r.Header.Get("X-Identity-Header") != "canary-identity-header" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"expires_on":"%d","resource":"x","token_type":"Bearer"}`, token, time.Now().Add(time.Hour).Unix())
	}))
	t.Cleanup(imds.Close)
	t.Setenv("IDENTITY_ENDPOINT", imds.URL)
	t.Setenv("IDENTITY_HEADER", "canary-identity-header")
	for auth, wantMeta := range map[string]bool{azconn.ClientSecret: false, azconn.ManagedIdentity: true, azconn.DefaultChain: true} {
		l := &metadataLog{asked: map[bool][]string{}}
		set := settingsOf(sim)
		set.AuthenticationType = auth
		s, err := open(l.env(), set, quick())
		must(t, err)
		if _, err := check(t.Context(), nil, s); err != nil {
			t.Errorf("%s: %v", auth, err)
		}
		if got := len(l.asked[true]) > 0; got != wantMeta {
			t.Errorf("%s: a client for the metadata address: %v", auth, got)
		}
		for _, host := range l.asked[true] {
			if host != "" && "http://"+host != imds.URL {
				t.Errorf("%s: the client for the metadata address asked %s", auth, host)
			}
		}
	}
}

func settingsOf(sim *azuresim.Server) *Settings {
	return &Settings{
		TenantID: sim.TenantID, ClientID: sim.ClientID, ClientSecret: connector.NewSecret(sim.ClientSecret), SubscriptionID: sim.SubscriptionID,
		ResourceGroupName: sim.ResourceGroup, APIVersion: retiring, Cloud: azconn.Custom, ResourceManagerEndpoint: sim.Management(),
		AuthenticationType: azconn.ClientSecret, CABundle: string(sim.CAPEM()), ConnectTimeout: 10, RequestTimeout: 60, DataPlaneAPIVersion: "7.4",
	}
}
