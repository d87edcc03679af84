package keyvault

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// Lists go on over empty pages, on both planes, and end where the links do.
func TestListsAreWhole(t *testing.T) {
	b := newBench(t, stage{sim: func(o *azuresim.Options) {
		o.Behaviour = azuresim.Behaviour{PageSize: 2, VaultPageSize: 2, EmptyPages: 6, TrailingPage: true}
	}})
	for i := range 5 {
		b.vault(t, "vault"+strconv.Itoa(i))
		b.secret(t, "vault0", "canary-paged", azuresim.ObjectSpec{Name: "s" + strconv.Itoa(i)})
		b.sim.AddResourceGroup("group"+strconv.Itoa(i), "")
		_, err := b.sim.AddKey("vault0", azuresim.ObjectSpec{Name: "k" + strconv.Itoa(i)}, "EC", 0, "")
		must(t, err)
	}
	secrets := good[ListSecretsOut](t, b, "list-secrets", in{"keyVaultName": "vault0"})
	keys := good[ListKeysOut](t, b, "list-keys", in{"keyVaultName": "vault0"})
	if len(secrets.Value) != 5 || len(names(secrets.Summary)) != 5 || len(keys.Value) != 5 || keys.Value[0].KID == "" {
		t.Errorf("%d secrets, %d keys", len(secrets.Value), len(keys.Value))
	}
	vaults := good[ListKeyVaultsOut](t, b, "list-key-vaults", in{})
	groups := good[ListResourceGroupsOut](t, b, "list-resource-groups", in{})
	if len(vaults.Value) != 5 || vaults.Value[0].Name != "vault0" || len(groups.Value) != 6 {
		t.Errorf("%d vaults, %d groups", len(vaults.Value), len(groups.Value))
	}
}

func TestListSecretsShowsNoValues(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	b.secret(t, "vlt", "canary-listed-value", azuresim.ObjectSpec{Name: "s"})
	rec := b.do(t, "list-secrets", in{"keyVaultName": "vlt"})
	wantVerdict(t, rec, run.Successful)
	raw, err := json.Marshal(rec)
	must(t, err)
	if strings.Contains(string(raw), "canary-listed-value") || b.count("secrets.get") != 0 {
		t.Error("a list holds values")
	}
	if ids := rec.KeyFields["ids"]; len(ids) != 1 {
		t.Errorf("key fields %v", rec.KeyFields)
	}
}

// Azure's next links leave includePending out; what was asked for still holds.
func TestPendingCertificates(t *testing.T) {
	b := newBench(t, stage{sim: func(o *azuresim.Options) { o.Behaviour.PageSize = 1 }})
	b.vault(t, "vlt")
	for _, name := range []string{"a", "b", "c"} {
		_, err := b.sim.AddPendingCertificate("vlt", name)
		must(t, err)
	}
	for want, pending := range map[int]any{0: false, 3: "True"} {
		out := good[ListCertificatesOut](t, b, "list-certificates", in{"keyVaultName": "vlt", "includePending": pending})
		if len(out.Value) != want {
			t.Errorf("includePending %v: %d certificates", pending, len(out.Value))
		}
	}
}

func TestListKeyVaultsOfTheSubscription(t *testing.T) {
	b := newBench(t, stage{settings: in{"resourceGroupName": nil}})
	b.vault(t, "one", func(v *azuresim.VaultSpec) { v.ResourceGroup = "first" })
	b.vault(t, "two", func(v *azuresim.VaultSpec) { v.ResourceGroup = "second" })
	rec := b.do(t, "list-key-vaults", in{})
	wantFailure(t, rec, connector.Invalid, 400, "Resource Group Name is required.")
	if !strings.Contains(fixOf(rec), "All Resource Groups") {
		t.Errorf("the fix is %q", fixOf(rec))
	}
	if out := good[ListKeyVaultsOut](t, b, "list-key-vaults", in{"allResourceGroups": true}); len(out.Value) != 2 {
		t.Errorf("%d vaults in the subscription", len(out.Value))
	}
	if out := good[ListKeyVaultsOut](t, b, "list-key-vaults", in{"resourceGroupName": "FIRST"}); len(out.Value) != 1 || out.Value[0].Name != "one" {
		t.Errorf("vaults of one group: %+v", out.Value)
	}
	wantFailure(t, b.do(t, "list-key-vaults", in{"resourceGroupName": "none"}), connector.NotFound, 404, "Resource group 'none' could not be found.")
}

// relink makes every page name another next one.
func relink(link func(n int, old string) string) func(*http.Request) *azuresim.Fault {
	n := 0
	return func(r *http.Request) *azuresim.Fault {
		if !strings.HasSuffix(r.URL.Path, "/secrets") {
			return nil
		}
		return &azuresim.Fault{Edit: func(body []byte) []byte {
			var p map[string]any
			if json.Unmarshal(body, &p) != nil {
				return body
			}
			old, _ := p["nextLink"].(string)
			n++
			p["nextLink"] = link(n, old)
			out, _ := json.Marshal(p)
			return out
		}}
	}
}

// A token is for the host that was asked, and for no other.
func TestForeignLinksAreRefused(t *testing.T) {
	leaked := make(chan string, 10)
	thief := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { leaked <- r.Header.Get("Authorization") }))
	t.Cleanup(thief.Close)
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	b.vault(t, "other")
	b.secret(t, "vlt", "canary-linked", azuresim.ObjectSpec{Name: "s"})
	good[ListSecretsOut](t, b, "list-secrets", in{"keyVaultName": "vlt"})
	own := strings.TrimSuffix(b.sim.VaultURL("vlt"), "/")
	for reason, link := range map[string]string{
		"another server":              thief.URL + "/secrets?api-version=7.4",
		"another vault":               b.sim.VaultURL("other") + "secrets?api-version=7.4",
		"plain http":                  strings.Replace(own, "https:", "http:", 1) + "/secrets",
		"the name as user":            "https://" + strings.TrimPrefix(own, "https://") + "@" + strings.TrimPrefix(thief.URL, "https://") + "/secrets",
		"another port":                "https://" + strings.Split(strings.TrimPrefix(own, "https://"), ":")[0] + ":1/secrets",
		"the name with more after it": strings.Replace(own, ".localhost", ".localhost.evil.example", 1) + "/secrets",
		"no address":                  "secrets?next",
	} {
		b.sim.SetFault(relink(func(int, string) string { return link }))
		b.sim.ResetRequests()
		rec := b.do(t, "list-secrets", in{"keyVaultName": "vlt"})
		if verdict(rec) != run.Failed || rec.Error.Kind != connector.Denied || !strings.Contains(rec.Error.Message, "was not followed") {
			t.Errorf("%s: %s %+v", reason, verdict(rec), rec.Error)
		}
		if n := b.count("secrets.list"); n != 1 {
			t.Errorf("%s: %d pages were asked for", reason, n)
		}
	}
	if len(leaked) > 0 {
		t.Errorf("another server was asked, with %q", <-leaked)
	}
}

func TestListsThatDoNotEnd(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	b.secret(t, "vlt", "canary-circle", azuresim.ObjectSpec{Name: "s"})
	page := b.sim.VaultURL("vlt") + "secrets?api-version=7.4&maxresults=1&x="
	for reason, tc := range map[string]struct {
		link  func(n int, old string) string
		pages int
	}{
		"a page that names itself": {func(int, string) string { return page }, 2},
		"a circle of three":        {func(n int, _ string) string { return page + strconv.Itoa(n%3) }, 4},
		"links without end":        {func(n int, _ string) string { return page + strconv.Itoa(n) }, 2000},
	} {
		b.sim.SetFault(relink(tc.link))
		b.sim.ResetRequests()
		rec := b.do(t, "list-secrets", in{"keyVaultName": "vlt"})
		wantFailure(t, rec, connector.Unavailable, 503, "The list ")
		if n := b.count("secrets.list"); n != tc.pages && tc.pages < 1000 {
			t.Errorf("%s: %d pages, want %d", reason, n, tc.pages)
		}
	}
}

// Azure names its default port in next links.
func TestDefaultPortInLinks(t *testing.T) {
	b := newBench(t, stage{
		sim:   func(o *azuresim.Options) { o.Portless = true; o.Behaviour.PageSize = 1 },
		bench: func(o *options, sim *azuresim.Server) { o.HTTP = resolving(sim) },
	})
	b.vault(t, "vlt")
	for _, name := range []string{"a", "b", "c"} {
		b.secret(t, "vlt", "canary-port", azuresim.ObjectSpec{Name: name})
	}
	out := good[ListSecretsOut](t, b, "list-secrets", in{"keyVaultName": "vlt"})
	if len(out.Value) != 3 {
		t.Errorf("%d secrets", len(out.Value))
	}
}

// Throttling is waited out for a while, as Azure asks for it, and no longer.
func TestThrottling(t *testing.T) {
	hasty := quick()
	hasty.retry = azconn.Retry{Base: 10 * time.Millisecond, Total: 200 * time.Millisecond, Tries: 3}
	b := newBench(t, stage{tuning: &hasty})
	b.vault(t, "vlt")
	for _, tc := range []struct {
		reason, after string
		times         int
		verdict       run.ReturnData
		fix           string
	}{
		{"without a pause, a few times", "", 3, run.Successful, ""},
		{"without a pause, for ever", "", 1 << 20, run.Failed, "still limited the call after"},
		{"with no pause", "0", 20, run.Successful, ""},
		{"with a pause that is too long", "61", 1, run.Failed, "asks to wait 1m1s"},
		{"with a date", time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat), 1, run.Failed, "asks to wait 1h"},
		{"with nonsense", "soon", 2, run.Successful, ""},
	} {
		b.sim.SetFault(faultOn(http.MethodGet, "/secrets", tc.times, azuresim.Throttled(tc.after)))
		start := time.Now()
		rec := b.do(t, "list-secrets", in{"keyVaultName": "vlt"})
		if verdict(rec) != tc.verdict || !strings.Contains(fixOf(rec), tc.fix) || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %s after %s: %+v", tc.reason, verdict(rec), time.Since(start), rec.Error)
		}
		if tc.verdict == run.Failed && (rec.Error.Kind != connector.Limited || rec.Error.StatusCode != 429) {
			t.Errorf("%s: %+v", tc.reason, rec.Error)
		}
	}
}

// Where a vault is, is asked once in ten minutes.
func TestVaultsAreRemembered(t *testing.T) {
	now := time.Now()
	b := newBench(t, stage{bench: func(o *options, _ *azuresim.Server) { o.Now = func() time.Time { return now } }})
	b.vault(t, "vlt")
	now = now.Add(10 * time.Minute) // no longer a new one
	ask := func(want int) {
		t.Helper()
		b.sim.ResetRequests()
		for range 3 {
			good[ListSecretsOut](t, b, "list-secrets", in{"keyVaultName": "VLT"})
		}
		if n := b.count("vaults.get"); n != want {
			t.Errorf("the vault was looked up %d times, want %d", n, want)
		}
	}
	ask(1)
	ask(0)
	now = now.Add(vaultLife)
	ask(1)
	good[DeletedKeyVault](t, b, "delete-key-vault", in{"keyVaultName": "vlt"})
	wantFailure(t, b.do(t, "list-secrets", in{"keyVaultName": "vlt"}), connector.NotFound, 404, "was not found")
}

// No token goes to an address that Resource Manager must not give.
func TestForeignVaultAddress(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	for _, uri := range []string{"https://evil.example/", "http://vlt.vault.sandbox.localhost/", "https://a.b." + b.sim.VaultAudience()[8:] + "/", "https://vlt.vault.sandbox.localhost:1/", "", "https://u@" + b.sim.VaultURL("vlt")[8:], b.sim.VaultURL("vlt") + "x"} {
		b.sim.SetFault(func(r *http.Request) *azuresim.Fault {
			if !strings.HasSuffix(r.URL.Path, "/vaults/vlt") {
				return nil
			}
			return &azuresim.Fault{Edit: func(body []byte) []byte {
				return []byte(strings.Replace(string(body), `"vaultUri":"`+b.sim.VaultURL("vlt")+`"`, `"vaultUri":"`+uri+`"`, 1))
			}}
		})
		b.sim.ResetRequests()
		rec := b.do(t, "list-secrets", in{"keyVaultName": "vlt"})
		wantFailure(t, rec, connector.Denied, 403, "No token was sent there.")
		if n := b.count("secrets.list"); n != 0 {
			t.Errorf("%s was asked", uri)
		}
	}
}
