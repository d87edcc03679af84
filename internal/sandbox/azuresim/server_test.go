package azuresim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOptionsAreChecked(t *testing.T) {
	for _, tc := range []struct {
		reason string
		o      Options
		want   string
	}{
		{"no clock", Options{}, "Options.Clock is missing"},
		{"no port", Options{Clock: time.Now, Listen: "127.0.0.1"}, "is not host:port"},
		{"reachable from outside", Options{Clock: time.Now, Listen: "0.0.0.0:0"}, "is not a loopback address"},
		{"reachable from outside", Options{Clock: time.Now, Listen: ":0"}, "is not a loopback address"},
	} {
		s, err := Start(t.Context(), tc.o)
		if err == nil {
			_ = s.Close()
			t.Fatalf("%s: started", tc.reason)
		}
		if !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.reason, err)
		}
	}
}

// The product's own client reaches every host with nothing but the CA: it sends names below localhost to loopback.
func TestReachableThroughEgress(t *testing.T) {
	r := startRig(t, nil)
	uri := r.openVault(t, VaultSpec{Name: "kv-egress"})
	e := egress.New(egress.Policy{})
	t.Cleanup(e.Close)
	client, err := e.Client(connector.HTTPOptions{CABundle: string(r.CAPEM())})
	if err != nil {
		t.Fatal(err)
	}
	r.http = client
	for _, url := range []string{
		r.Authority() + r.TenantID + "/v2.0/.well-known/openid-configuration",
		r.Management() + "/metadata/endpoints?api-version=2022-09-01",
		"https://" + r.Addr() + "/metadata/endpoints?api-version=2022-09-01",
		uri + "secrets?api-version=7.4",
	} {
		if status, _, body := r.call(t, http.MethodGet, url, r.VaultAudience(), ""); status != http.StatusOK {
			t.Errorf("%s: %d %s", url, status, body)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.VaultURL("no-such-vault"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Do(req); err == nil {
		resp.Body.Close()
		t.Errorf("a vault that does not exist answers %d", resp.StatusCode)
	} else if !strings.Contains(err.Error(), "unrecognized name") {
		t.Errorf("got %v, want the alert for an unknown name", err)
	}
}

func TestResolve(t *testing.T) {
	r := startRig(t, func(o *Options) { o.Behaviour.RegisteringPolls = 1 })
	r.openVault(t, VaultSpec{Name: "kv-here"})
	c := r.vaults(t, r.credential(t))
	if _, err := c.BeginCreateOrUpdate(t.Context(), r.ResourceGroup, "kv-coming", r.createParameters(), nil); err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"login.sandbox.localhost":               true,
		"management.sandbox.localhost:443":      true,
		"KV-HERE.vault.sandbox.localhost":       true,
		"kv-here.vault.sandbox.localhost.:1234": true,
		"kv-coming.vault.sandbox.localhost":     false,
		"no-vault.vault.sandbox.localhost":      false,
		"vault.azure.net":                       false,
		"login.sandbox.localhost.evil.example":  false,
		"kv-here.vault.sandbox.localhost.eu":    false,
	} {
		addr, ok := r.Resolve(host)
		if ok != want || ok && addr != r.Addr() {
			t.Errorf("%s: %q %v, want %v", host, addr, ok, want)
		}
	}
}

// ARM tells a client that knows nothing else where the rest of this cloud is.
func TestMetadataEndpoints(t *testing.T) {
	r := startRig(t, nil)
	_, _, body := r.call(t, http.MethodGet, r.Management()+"/metadata/endpoints?api-version=2022-09-01", "", "")
	var got []struct {
		ResourceManager string
		Authentication  struct {
			LoginEndpoint string
			Audiences     []string
		}
		Suffixes struct{ KeyVaultDNS string }
	}
	if err := json.Unmarshal(body, &got); err != nil || len(got) != 1 {
		t.Fatalf("%s: %v", body, err)
	}
	if m := got[0]; m.ResourceManager != r.Management()+"/" || m.Authentication.LoginEndpoint+"/" != r.Authority() ||
		"https://"+m.Suffixes.KeyVaultDNS != r.VaultAudience() || m.Authentication.Audiences[0] != r.Management() {
		t.Errorf("got %+v", m)
	}
}

func TestRequestLog(t *testing.T) {
	r := startRig(t, func(o *Options) { o.LogSize = 3 })
	uri := r.openVault(t, VaultSpec{Name: "kv-log"})
	for _, path := range []string{"keys", "secrets", "certificates", "secrets/none", "secrets/none/versions"} {
		r.call(t, http.MethodGet, uri+path+"?api-version=7.4", r.VaultAudience(), "")
	}
	type line struct {
		Operation, Path, Client string
		Status                  int
	}
	var got []line
	for _, q := range r.Requests() {
		got = append(got, line{q.Operation, q.Path, q.ClientID, q.Status})
	}
	want := []line{
		{"certificates.list", "/certificates", r.ClientID, 200},
		{"secrets.get", "/secrets/none", r.ClientID, 404},
		{"secrets.versions", "/secrets/none/versions", r.ClientID, 200},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r.ResetRequests()
	if got := r.Requests(); len(got) != 0 {
		t.Errorf("after the reset: %+v", got)
	}
}

func TestSeedingIsChecked(t *testing.T) {
	r := startRig(t, nil)
	r.openVault(t, VaultSpec{Name: "kv-seed"})
	for reason, try := range map[string]func() error{
		"a bad vault name":  func() error { _, err := r.AddVault(VaultSpec{Name: "1"}); return err },
		"a vault twice":     func() error { _, err := r.AddVault(VaultSpec{Name: "KV-SEED"}); return err },
		"a short retention": func() error { _, err := r.AddVault(VaultSpec{Name: "kv-x", RetentionDays: 1}); return err },
		"a bad permission": func() error {
			_, err := r.AddVault(VaultSpec{Name: "kv-x", Policies: []AccessPolicy{{ObjectID: unknownObject, Permissions: Permissions{Keys: []string{"fly"}}}}})
			return err
		},
		"a secret in no vault": func() error { _, err := r.AddSecret("nowhere", ObjectSpec{Name: "s"}, "v", ""); return err },
		"a bad secret name":    func() error { _, err := r.AddSecret("kv-seed", ObjectSpec{Name: "a_b"}, "v", ""); return err },
		"an HSM key":           func() error { _, err := r.AddKey("kv-seed", ObjectSpec{Name: "k"}, "RSA-HSM", 0, ""); return err },
		"client id as object": func() error {
			_, err := r.AddPrincipal(Principal{ClientID: unknownObject, ObjectID: unknownObject})
			return err
		},
		"roles of a stranger":  func() error { return r.SetRoles(unknownObject) },
		"a scope without path": func() error { return r.SetRoles(r.ClientID, Assignment{RoleReader, "sub"}) },
	} {
		if err := try(); err == nil || !strings.HasPrefix(err.Error(), "azuresim: ") {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func TestSeededTimes(t *testing.T) {
	r := startRig(t, nil)
	uri := r.openVault(t, VaultSpec{Name: "kv-times"})
	created, nbf, exp := r.clock.Now().AddDate(0, -6, 0), r.clock.Now().AddDate(0, -1, 0), r.clock.Now().Add(-time.Hour)
	if _, err := r.AddSecret("kv-times", ObjectSpec{Name: "s", Created: created, NotBefore: nbf, Expires: exp, Tags: map[string]string{"a": "b"}}, "v", "text"); err != nil {
		t.Fatal(err)
	}
	got, err := r.secrets(t, uri, r.credential(t)).GetSecret(t.Context(), "s", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	a := got.Attributes
	if !a.Created.Equal(created) || !a.NotBefore.Equal(nbf) || !a.Expires.Equal(exp) || *got.ContentType != "text" || *got.Tags["a"] != "b" {
		t.Errorf("an expired secret is still given out, with its times: %+v", a)
	}
}
