package keyvault

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

func TestCheckTellsFaultsApart(t *testing.T) {
	sim := startSim(t, nil)
	sub := "/subscriptions/" + sim.SubscriptionID
	expired, err := sim.AddPrincipal(azuresim.Principal{Secrets: []azuresim.ClientSecret{{Value: "canary-expired-secret", Expires: day(-1)}}})
	must(t, err)
	nobody, err := sim.AddPrincipal(azuresim.Principal{Secrets: []azuresim.ClientSecret{{Value: "canary-nobody-secret"}}})
	must(t, err)
	off, err := sim.AddPrincipal(azuresim.Principal{Disabled: true, Secrets: []azuresim.ClientSecret{{Value: "canary-disabled-secret"}}})
	must(t, err)
	foreign := "0b1c2d3e-0000-4000-8000-0123456789ab"
	sim.AddTenant(foreign)
	for _, tc := range []struct {
		reason   string
		settings in
		kind     connector.Kind
		status   int
		message  string
		fix      string
	}{
		{"a wrong tenant", in{"tenantId": "aaaaaaaa-0000-4000-8000-0123456789ab"}, connector.Invalid, 400, "AADSTS90002", "Tenant ID is wrong"},
		{"a tenant that is no id", in{"tenantId": "nonsense"}, connector.Invalid, 400, "AADSTS900023", "Tenant ID must be"},
		{"a tenant without the application", in{"tenantId": foreign}, connector.Invalid, 400, "AADSTS700016", "Client ID names no application"},
		{"an unknown application", in{"clientId": "bbbbbbbb-0000-4000-8000-0123456789ab"}, connector.Invalid, 400, "AADSTS700016", "Client ID names no application"},
		{"a wrong secret", in{"clientSecret": "canary-wrong-secret"}, connector.Denied, 401, "AADSTS7000215", "not its Secret ID"},
		{"an expired secret", in{"clientId": expired.ClientID, "clientSecret": "canary-expired-secret"}, connector.Denied, 401, "AADSTS7000222", "has expired"},
		{"a disabled application", in{"clientId": off.ClientID, "clientSecret": "canary-disabled-secret"}, connector.Denied, 0, "AADSTS", ""},
		{"no role", in{"clientId": nobody.ClientID, "clientSecret": "canary-nobody-secret"}, connector.Denied, 403, "does not have authorization to perform action 'Microsoft.KeyVault/vaults/read' over scope '" + sub + "'", "The login works."},
		{"an unknown subscription", in{"subscriptionId": "cccccccc-0000-4000-8000-0123456789ab"}, connector.NotFound, 404, "could not be found", "Check Subscription ID"},
		{"a malformed subscription", in{"subscriptionId": "mine"}, connector.Invalid, 400, "malformed or invalid", "Check Subscription ID"},
		{"an unknown API version", in{"apiVersion": "2031-01-01"}, connector.Invalid, 400, "2031-01-01", "Set API Version"},
		{"a certificate that is not trusted", in{"caBundle": nil}, connector.Unavailable, 503, "not trusted here", "CA bundle"},
		{"a host that is not there", in{"resourceManagerEndpoint": "https://127.0.0.1:1"}, connector.Unavailable, 503, "connection refused", ""},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			settings := simSettings(sim)
			for k, v := range tc.settings {
				settings[k] = v
				if v == nil {
					delete(settings, k)
				}
			}
			b := connectTo(t, sim, settings)
			rec := b.do(t, "test-connection", in{})
			if verdict(rec) != run.Failed || rec.Error.Kind != tc.kind || tc.status != 0 && rec.Error.StatusCode != tc.status ||
				!strings.Contains(rec.Error.Message, tc.message) || !strings.Contains(rec.Error.Fix, tc.fix) || rec.Error.Fix == "" {
				t.Errorf("%s %+v", verdict(rec), rec.Error)
			}
			if strings.Contains(rec.Error.Message, "Trace ID") || !strings.HasPrefix(line(rec), "Test Connection failed. Failed to check the connector. Status Code: ") {
				t.Errorf("line %q", line(rec))
			}
			noTrace(t, b, settings["clientSecret"].(string))
		})
	}
}

func TestCheckPasses(t *testing.T) {
	sim := startSim(t, nil)
	for reason, tc := range map[string]struct {
		settings in
		part     string
	}{
		"as set up":                          {in{}, "Passed: subscription " + sim.SubscriptionID},
		"with an API version that retires":   {in{"apiVersion": "2025-05-01"}, "retires on 2027-02-27"},
		"with all addresses given":           {in{"authorityHost": sim.Authority(), "keyVaultDnsSuffix": "." + sim.VaultAudience()[8:]}, "Passed"},
		"with addresses that end in a slash": {in{"resourceManagerEndpoint": sim.Management() + "/"}, "Passed"},
	} {
		settings := simSettings(sim)
		for k, v := range tc.settings {
			settings[k] = v
		}
		b := connectTo(t, sim, settings)
		out := good[connector.CheckResult](t, b, "test-connection", in{})
		if !strings.Contains(out.Message, tc.part) || !strings.Contains(out.Identity, sim.ObjectID) {
			t.Errorf("%s: %+v", reason, out)
		}
		if retires := tc.settings["apiVersion"] != nil; retires != strings.Contains(b.Logs.String(), "retires on 2027-02-27") {
			t.Errorf("%s: the log says %v of it", reason, !retires)
		}
	}
}

// Both planes are called with the versions of the settings, and resource groups
// with their own.
func TestVersionsOnTheWire(t *testing.T) {
	b := newBench(t, stage{settings: in{"apiVersion": "2025-05-01", "dataPlaneApiVersion": "7.5"}})
	b.vault(t, "vlt")
	good[ListSecretsOut](t, b, "list-secrets", in{"keyVaultName": "vlt"})
	good[ListResourceGroupsOut](t, b, "list-resource-groups", in{})
	want := map[string]string{"vaults.get": "2025-05-01", "secrets.list": "7.5", "resourceGroups.list": "2021-04-01"}
	for _, r := range b.sim.Requests() {
		if v, ok := want[r.Operation]; ok && !strings.Contains(r.Query, "api-version="+v) {
			t.Errorf("%s was asked with %s", r.Operation, r.Query)
		}
		delete(want, r.Operation)
	}
	if len(want) > 0 {
		t.Errorf("not asked: %v", want)
	}
	if n := b.count("token"); n != 2 {
		t.Errorf("%d tokens, want one for each plane", n)
	}
}

func TestFirewallAndRoles(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "fenced", func(v *azuresim.VaultSpec) { v.NetworkACLs = &azuresim.NetworkACLs{DefaultAction: "Deny"} })
	b.vault(t, "roles", rbac)
	b.vault(t, "policies", noPolicy)
	for vault, tc := range map[string]struct{ code, message, fix string }{
		"fenced":   {"ForbiddenByFirewall", "Client address is not authorized and caller is not a trusted service.", "networking settings"},
		"roles":    {"ForbiddenByRbac", "Caller is not authorized to perform action on resource.", "Access policies have no effect"},
		"policies": {"ForbiddenByPolicy", "does not have secrets list permission on key vault 'policies;location=eastus'", "Update Key Vault Access Policy"},
	} {
		rec := b.do(t, "list-secrets", in{"keyVaultName": vault})
		wantFailure(t, rec, connector.Denied, 403, tc.message)
		if rec.Error.Items[0].Code != tc.code || rec.Error.Items[0].Operation != "secrets.list" || rec.Error.Items[0].RequestID == "" || !strings.Contains(fixOf(rec), tc.fix) {
			t.Errorf("%s: %+v", vault, rec.Error)
		}
	}
}

func TestClientCertificates(t *testing.T) {
	sim := startSim(t, nil)
	p := newPair(t, "client.test", 24*time.Hour)
	cert, err := x509.ParseCertificate(p.der)
	must(t, err)
	rsa := openssl(t, "", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
	rsaCert := selfSign(t, rsa)
	app, err := sim.AddPrincipal(azuresim.Principal{
		Certificates: []*x509.Certificate{cert, parsePEM(t, rsaCert)},
		Roles:        []azuresim.Assignment{{Role: azuresim.RoleReader, Scope: "/subscriptions/" + sim.SubscriptionID}},
	})
	must(t, err)
	pfx := func(args ...string) string {
		return base64.StdEncoding.EncodeToString(makePFX(t, pair{key: rsa, cert: rsaCert}, goodPass, args...))
	}
	for _, tc := range []struct{ reason, text, password, field string }{
		{"PEM", rsa + rsaCert, "", ""},
		{"encrypted PEM", encryptKey(t, rsa, goodPass) + rsaCert, goodPass, ""},
		{"PFX", pfx(), goodPass, ""},
		{"an old PFX", pfx("-legacy"), goodPass, ""},
		{"a wrong password", pfx(), "canary wrong password", "/clientCertificatePassword"},
		{"the key of another certificate", rsa + p.cert, "", "/clientCertificate"},
		{"a key alone", rsa, "", "/clientCertificate"},
		{"nonsense", "canary: no certificate at all", "", "/clientCertificate"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			settings := simSettings(sim)
			delete(settings, "clientSecret")
			settings["authenticationType"], settings["clientId"] = "client certificate", app.ClientID
			settings["clientCertificate"] = tc.text
			if tc.password != "" {
				settings["clientCertificatePassword"] = tc.password
			}
			rec := runInline(t, settings)
			if tc.field == "" {
				wantVerdict(t, rec, run.Successful)
				return
			}
			if verdict(rec) != run.Failed || rec.Error.Kind != connector.Invalid || !strings.HasSuffix(rec.Error.Items[0].Field, tc.field) {
				t.Errorf("%s %+v", verdict(rec), rec.Error)
			}
		})
	}
}

func parsePEM(t testing.TB, text string) *x509.Certificate {
	t.Helper()
	b, _ := pem.Decode([]byte(text))
	c, err := x509.ParseCertificate(b.Bytes)
	must(t, err)
	return c
}

// runInline tests settings that are not saved.
func runInline(t testing.TB, settings in) *run.Record {
	t.Helper()
	b := runtest.New(t, runtest.Options{Integrations: []*connector.Integration{integration(quick())}})
	raw, err := json.Marshal(settings)
	must(t, err)
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "azure-key-vault", Command: "test-connection", Inline: raw, Origin: "test"})
	must(t, err)
	return rec
}

// A workload token stands for the application; the file is named by the
// environment alone.
func TestWorkloadIdentity(t *testing.T) {
	sim := startSim(t, nil)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	app, err := sim.AddPrincipal(azuresim.Principal{
		Federated: []azuresim.FederatedCredential{{Issuer: "https://cluster.test", Subject: "system:serviceaccount:a:b", Keys: []crypto.PublicKey{&key.PublicKey}}},
		Roles:     []azuresim.Assignment{{Role: azuresim.RoleReader, Scope: "/subscriptions/" + sim.SubscriptionID}},
	})
	must(t, err)
	token, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.RegisteredClaims{
		Issuer: "https://cluster.test", Subject: "system:serviceaccount:a:b", Audience: jwt.ClaimStrings{"api://AzureADTokenExchange"},
		IssuedAt: jwt.NewNumericDate(time.Now()), ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)),
	}).SignedString(key)
	must(t, err)
	file := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(file, []byte(token), 0o600))
	for reason, tc := range map[string]struct {
		env  map[string]string
		auth string
		ok   bool
	}{
		"workload identity":        {map[string]string{"AZURE_FEDERATED_TOKEN_FILE": file}, "Workload Identity", true},
		"without a token file":     {nil, "Workload Identity", false},
		"the chain finds it, too":  {map[string]string{"AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_TENANT_ID": sim.TenantID, "AZURE_CLIENT_ID": app.ClientID}, "Default Credentials Chain", true},
		"the chain finds a secret": {map[string]string{"AZURE_CLIENT_SECRET": sim.ClientSecret, "AZURE_TENANT_ID": sim.TenantID, "AZURE_CLIENT_ID": sim.ClientID}, "Default Credentials Chain", true},
	} {
		s := rawClientWith(t, sim, func(set *Settings) { set.AuthenticationType, set.ClientID = tc.auth, app.ClientID }, tc.env)
		_, err := check(t.Context(), nil, s)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

// A server in Azure's place that repeats what it was sent brings no secret back.
func TestEchoingServer(t *testing.T) {
	for _, status := range []int{200, 400, 401, 403, 500} {
		srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			dump, _ := httputil.DumpRequest(r, true)
			if strings.Contains(r.URL.Path, "openid-configuration") {
				w.Header().Set("Content-Type", "application/json")
				base := "https://" + r.Host
				_, _ = io.WriteString(w, `{"token_endpoint":"`+base+`/t/oauth2/v2.0/token","authorization_endpoint":"`+base+`/a","issuer":"`+base+`/t/v2.0"}`)
				return
			}
			w.WriteHeader(status)
			body, _ := json.Marshal(map[string]any{"error": "x", "error_description": string(dump), "message": string(dump)})
			_, _ = w.Write(body)
		}))
		ca := toPEM("CERTIFICATE", srv.Certificate().Raw)
		settings := in{
			"tenantId": "t", "clientId": "c", "clientSecret": "canary-echoed-secret", "subscriptionId": "s", "cloud": "Custom", "caBundle": ca,
			"resourceManagerEndpoint": srv.URL, "authorityHost": srv.URL, "keyVaultDnsSuffix": strings.TrimPrefix(srv.URL, "https://"),
		}
		b := connectTo(t, nil, settings)
		rec := b.do(t, "test-connection", in{})
		srv.Close()
		raw, err := json.Marshal(rec)
		must(t, err)
		if verdict(rec) != run.Failed || rec.Error.Kind == connector.Internal || strings.Contains(string(raw), "canary-echoed") {
			t.Errorf("%d: %s %s", status, verdict(rec), raw)
		}
		noTrace(t, b, "canary-echoed-secret")
	}
}

func TestSettingsAreChecked(t *testing.T) {
	sim := startSim(t, nil)
	for field, change := range map[string]in{
		"/tenantId":                {"tenantId": "a/b"},
		"/subscriptionId":          {"subscriptionId": "../x"},
		"/apiVersion":              {"apiVersion": "latest"},
		"/cloud":                   {"cloud": "Public"},
		"/authorityHost":           {"authorityHost": "http://login.example.com"},
		"/resourceManagerEndpoint": {"resourceManagerEndpoint": "https://u:p@m.example.com"},
		"/keyVaultDnsSuffix":       {"keyVaultDnsSuffix": "vault.example.com/x"},
		"/caBundle":                {"caBundle": "no certificate"},
		"/proxyCredentials":        {"proxyCredentials": "user:canary-proxy-password"},
		"/proxy":                   {"proxy": "ftp://proxy.example.com"},
		"/clientSecret":            {"clientSecret": nil},
		"/clientCertificate":       {"authenticationType": "Client Certificate"},
		"/requestTimeout":          {"requestTimeout": 0},
	} {
		settings := simSettings(sim)
		for k, v := range change {
			settings[k] = v
		}
		rec := runInline(t, settings)
		if verdict(rec) != run.Failed || rec.Error.Kind != connector.Invalid || !strings.Contains(rec.Error.Items[0].Field, field) || rec.Error.Items[0].Fix == "" {
			t.Errorf("%s: %s %+v", field, verdict(rec), rec.Error)
		}
	}
}
