package azuresim

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"
)

func (r *rig) getToken(t *testing.T, cred azcore.TokenCredential) error {
	t.Helper()
	tok, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{r.Management() + "/.default"}})
	if err == nil && tok.Token == "" {
		t.Error("an empty token")
	}
	return err
}

func TestTokenErrors(t *testing.T) {
	r := startRig(t, nil)
	r.AddTenant("55555555-5555-5555-5555-555555555555")
	if _, err := r.AddPrincipal(Principal{ClientID: "66666666-6666-6666-6666-666666666666", Secrets: []ClientSecret{{Value: "old", Expires: r.clock.Now()}, {Value: "good"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddPrincipal(Principal{ClientID: "77777777-7777-7777-7777-777777777777", DisplayName: "off", Secrets: []ClientSecret{{Value: "x"}}, Disabled: true}); err != nil {
		t.Fatal(err)
	}
	scope := r.Management() + "/.default"
	for _, tc := range []struct {
		reason, tenant    string
		form              url.Values
		status            int
		code, description string
	}{
		{"a right secret", r.TenantID, url.Values{"client_id": {r.ClientID}, "client_secret": {r.ClientSecret}, "scope": {scope}}, 200, "", ""},
		{"the scope of the public cloud", r.TenantID, url.Values{"client_id": {r.ClientID}, "client_secret": {r.ClientSecret}, "scope": {"openid https://vault.azure.net/.default"}}, 200, "", ""},
		{"an unknown tenant", unknownObject, url.Values{"client_id": {r.ClientID}, "client_secret": {r.ClientSecret}, "scope": {scope}}, 400, "invalid_request", "AADSTS90002: Tenant '" + unknownObject + "' not found. Check to make sure"},
		{"a tenant that is no identifier", "my tenant", url.Values{}, 400, "invalid_request", "AADSTS900023: Specified tenant identifier 'my tenant'"},
		{"an application of another tenant", "55555555-5555-5555-5555-555555555555", url.Values{"client_id": {r.ClientID}, "client_secret": {r.ClientSecret}, "scope": {scope}}, 400, "unauthorized_client", "AADSTS700016: Application with identifier '" + r.ClientID + "' was not found in the directory"},
		{"an unknown application", r.TenantID, url.Values{"client_id": {unknownObject}, "client_secret": {"x"}, "scope": {scope}}, 400, "unauthorized_client", "AADSTS700016"},
		{"a wrong secret", r.TenantID, url.Values{"client_id": {r.ClientID}, "client_secret": {"wrong"}, "scope": {scope}}, 401, "invalid_client", "AADSTS7000215: Invalid client secret provided."},
		{"an expired secret", r.TenantID, url.Values{"client_id": {"66666666-6666-6666-6666-666666666666"}, "client_secret": {"old"}, "scope": {scope}}, 401, "invalid_client", "AADSTS7000222: The provided client secret keys for app '66666666-6666-6666-6666-666666666666' are expired."},
		{"the secret beside the expired one", r.TenantID, url.Values{"client_id": {"66666666-6666-6666-6666-666666666666"}, "client_secret": {"good"}, "scope": {scope}}, 200, "", ""},
		{"a disabled application", r.TenantID, url.Values{"client_id": {"77777777-7777-7777-7777-777777777777"}, "client_secret": {"x"}, "scope": {scope}}, 401, "unauthorized_client", "AADSTS7000112: Application '77777777-7777-7777-7777-777777777777'(off) is disabled."},
		{"no proof", r.TenantID, url.Values{"client_id": {r.ClientID}, "scope": {scope}}, 401, "invalid_client", "AADSTS7000218"},
		{"no client id", r.TenantID, url.Values{"scope": {scope}}, 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'client_id'."},
		{"no scope", r.TenantID, url.Values{"client_id": {r.ClientID}, "client_secret": {r.ClientSecret}}, 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'scope'."},
		{"a scope without .default", r.TenantID, url.Values{"client_id": {r.ClientID}, "client_secret": {r.ClientSecret}, "scope": {r.Management() + "/read"}}, 400, "invalid_scope", "AADSTS1002012"},
		{"a resource nobody knows", r.TenantID, url.Values{"client_id": {r.ClientID}, "client_secret": {r.ClientSecret}, "scope": {"https://example.com/.default"}}, 400, "invalid_resource", "AADSTS500011: The resource principal named https://example.com was not found"},
		{"another grant", r.TenantID, url.Values{"grant_type": {"password"}, "client_id": {r.ClientID}}, 400, "unsupported_grant_type", "AADSTS70003"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			if !tc.form.Has("grant_type") {
				tc.form.Set("grant_type", "client_credentials")
			}
			status, _, body := r.call(t, http.MethodPost, r.Authority()+url.PathEscape(tc.tenant)+"/oauth2/v2.0/token", "", tc.form.Encode())
			var got struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
				Codes       []int  `json:"error_codes"`
				Token       string `json:"access_token"`
				Type        string `json:"token_type"`
				Expires     int    `json:"expires_in"`
			}
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			if status != tc.status || got.Error != tc.code || !strings.HasPrefix(got.Description, tc.description) {
				t.Errorf("%d %s %s", status, got.Error, got.Description)
			}
			if tc.status == 200 && (got.Token == "" || got.Type != "Bearer" || got.Expires != 3600) {
				t.Errorf("token answer %s", body)
			}
			for _, secret := range []string{r.ClientSecret, "wrong"} {
				if tc.status != 200 && tc.form.Get("client_secret") == secret && strings.Contains(string(body), secret) {
					t.Errorf("the error repeats the secret: %s", body)
				}
			}
		})
	}
}

func TestMicrosoftsCredentialSeesTheErrors(t *testing.T) {
	r := startRig(t, nil)
	for _, tc := range []struct{ reason, tenant, client, secret, want string }{
		{"right", r.TenantID, r.ClientID, r.ClientSecret, ""},
		{"wrong secret", r.TenantID, r.ClientID, "x", "AADSTS7000215"},
		{"unknown application", r.TenantID, unknownObject, "x", "AADSTS700016"},
		{"unknown tenant", unknownObject, r.ClientID, "x", "AADSTS90002"},
	} {
		err := r.getToken(t, r.credentialOf(t, tc.tenant, tc.client, tc.secret))
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.reason, err, tc.want)
		}
	}
}

// An authority given as an address works as well as one given by name, with and without instance discovery.
func TestAuthorityByAddress(t *testing.T) {
	r := startRig(t, nil)
	o := r.options()
	o.Cloud.ActiveDirectoryAuthorityHost = "https://" + r.Addr() + "/"
	cred, err := azidentity.NewClientSecretCredential(r.TenantID, r.ClientID, r.ClientSecret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: o, DisableInstanceDiscovery: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.getToken(t, cred); err != nil {
		t.Error(err)
	}
	status, _, body := r.call(t, http.MethodGet, r.Authority()+"common/discovery/instance?api-version=1.1&authorization_endpoint="+
		url.QueryEscape(r.Authority()+r.TenantID+"/oauth2/v2.0/authorize"), "", "")
	if status != http.StatusOK || !strings.Contains(string(body), `"tenant_discovery_endpoint":"`+r.Authority()+r.TenantID+`/v2.0/.well-known/openid-configuration"`) {
		t.Errorf("%d %s", status, body)
	}
}

func certificateFor(t *testing.T, key crypto.Signer, notAfter time.Time) *x509.Certificate {
	t.Helper()
	tmpl := certTemplate("app", notAfter.Add(-time.Hour))
	tmpl.NotAfter = notAfter
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestClientCertificate(t *testing.T) {
	r := startRig(t, nil)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := certificateFor(t, key, r.clock.Now().Add(time.Hour))
	stranger := certificateFor(t, key, r.clock.Now().Add(2*time.Hour))
	expired := certificateFor(t, key, r.clock.Now().Add(-time.Hour))
	p, err := r.AddPrincipal(Principal{Certificates: []*x509.Certificate{good, expired}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		reason string
		cert   *x509.Certificate
		want   string
	}{
		{"registered", good, ""},
		{"not registered", stranger, "The key was not found."},
		{"expired", expired, "The key used is expired."},
	} {
		cred, err := azidentity.NewClientCertificateCredential(p.TenantID, p.ClientID, []*x509.Certificate{tc.cert}, key, &azidentity.ClientCertificateCredentialOptions{
			ClientOptions: r.options(), DisableInstanceDiscovery: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		err = r.getToken(t, cred)
		if (err == nil) != (tc.want == "") || err != nil && (!strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "AADSTS700027")) {
			t.Errorf("%s: %v, want %q", tc.reason, err, tc.want)
		}
	}
}

func TestAssertionClaims(t *testing.T) {
	r := startRig(t, nil)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	forger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cert := certificateFor(t, key, r.clock.Now().Add(time.Hour))
	p, err := r.AddPrincipal(Principal{Certificates: []*x509.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	good := func() jwt.RegisteredClaims {
		return jwt.RegisteredClaims{
			Issuer: p.ClientID, Subject: p.ClientID, Audience: jwt.ClaimStrings{r.Authority() + r.TenantID + "/oauth2/v2.0/token"},
			ExpiresAt: jwt.NewNumericDate(r.clock.Now().Add(10 * time.Minute)),
		}
	}
	for _, tc := range []struct {
		reason string
		change func(*jwt.RegisteredClaims)
		key    *rsa.PrivateKey
		want   string
	}{
		{"good", func(*jwt.RegisteredClaims) {}, key, ""},
		{"another endpoint", func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"https://login.example/token"} }, key, "AADSTS700023"},
		{"expired", func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(r.clock.Now().Add(-time.Hour)) }, key, "AADSTS700024"},
		{"without end", func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil }, key, "AADSTS700024"},
		{"another subject", func(c *jwt.RegisteredClaims) { c.Subject = "x" }, key, "AADSTS700021"},
		{"another issuer", func(c *jwt.RegisteredClaims) { c.Issuer = "https://issuer.example" }, key, "AADSTS700211"},
		{"signed with another key", func(*jwt.RegisteredClaims) {}, forger, "AADSTS700027"},
	} {
		claims := good()
		tc.change(&claims)
		tok := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
		tok.Header["x5t"] = (&certMaterial{leaf: cert.Raw}).thumbprint()
		raw, err := tok.SignedString(tc.key)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {p.ClientID}, "scope": {r.Management() + "/.default"},
			"client_assertion_type": {assertionType}, "client_assertion": {raw},
		}
		status, _, body := r.call(t, http.MethodPost, r.Authority()+r.TenantID+"/oauth2/v2.0/token", "", form.Encode())
		if (status == http.StatusOK) != (tc.want == "") || !strings.Contains(string(body), tc.want) {
			t.Errorf("%s: %d %s, want %q", tc.reason, status, body, tc.want)
		}
	}
}

func TestWorkloadIdentity(t *testing.T) {
	r := startRig(t, nil)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.AddPrincipal(Principal{Federated: []FederatedCredential{{
		Issuer: "https://k8s.example", Subject: "system:serviceaccount:ns:fairlead", Keys: []crypto.PublicKey{&key.PublicKey},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ reason, issuer, subject, audience, want string }{
		{"trusted", "https://k8s.example", "system:serviceaccount:ns:fairlead", exchangeAudience, ""},
		{"another issuer", "https://evil.example", "system:serviceaccount:ns:fairlead", exchangeAudience, "AADSTS700211"},
		{"another account", "https://k8s.example", "system:serviceaccount:ns:other", exchangeAudience, "AADSTS700213"},
		{"another audience", "https://k8s.example", "system:serviceaccount:ns:fairlead", "api://else", "AADSTS700212"},
	} {
		cred, err := azidentity.NewClientAssertionCredential(p.TenantID, p.ClientID, func(context.Context) (string, error) {
			return jwt.NewWithClaims(jwt.SigningMethodES256, jwt.RegisteredClaims{
				Issuer: tc.issuer, Subject: tc.subject, Audience: jwt.ClaimStrings{tc.audience}, ExpiresAt: jwt.NewNumericDate(r.clock.Now().Add(time.Hour)),
			}).SignedString(key)
		}, &azidentity.ClientAssertionCredentialOptions{ClientOptions: r.options(), DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		err = r.getToken(t, cred)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.reason, err, tc.want)
		}
	}
}
