package azuresim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// testClock can be moved; certificates and tokens of other libraries need it near the true time.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rig is a simulator with what a client needs to reach it.
type rig struct {
	*Server
	clock *testClock
	http  *http.Client
}

func startRig(t *testing.T, change func(*Options)) *rig {
	t.Helper()
	clock := &testClock{now: time.Now().Truncate(time.Second)}
	o := Options{Clock: clock.Now}
	if change != nil {
		change(&o)
	}
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.CAPEM()) {
		t.Fatal("CAPEM holds no certificate")
	}
	tr := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			to, ok := s.Resolve(addr)
			if host, _, _ := net.SplitHostPort(addr); host == "127.0.0.1" {
				to, ok = addr, true
			}
			if !ok {
				return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
			}
			return new(net.Dialer).DialContext(ctx, network, to)
		},
	}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &rig{Server: s, clock: clock, http: &http.Client{Transport: tr}}
}

func (r *rig) cloud() cloud.Configuration {
	return cloud.Configuration{
		ActiveDirectoryAuthorityHost: r.Authority(),
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: r.Management(), Audience: r.Management()},
		},
	}
}

// options are azcore's, with retries off: a test wants to see the first answer.
func (r *rig) options() azcore.ClientOptions {
	return azcore.ClientOptions{Cloud: r.cloud(), Transport: r.http, Retry: policy.RetryOptions{MaxRetries: -1}}
}

func (r *rig) armOptions() *arm.ClientOptions {
	return &arm.ClientOptions{ClientOptions: r.options(), DisableRPRegistration: true}
}

func (r *rig) credential(t *testing.T) azcore.TokenCredential {
	t.Helper()
	return r.credentialOf(t, r.TenantID, r.ClientID, r.ClientSecret)
}

func (r *rig) credentialOf(t *testing.T, tenant, client, secret string) azcore.TokenCredential {
	t.Helper()
	cred, err := azidentity.NewClientSecretCredential(tenant, client, secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: r.options(), DisableInstanceDiscovery: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

// addApp registers an application and returns its principal and credential.
func (r *rig) addApp(t *testing.T, roles ...Assignment) (Principal, azcore.TokenCredential) {
	t.Helper()
	p, err := r.AddPrincipal(Principal{Secrets: []ClientSecret{{Value: "s3cret-of-app"}}, Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	return p, r.credentialOf(t, p.TenantID, p.ClientID, "s3cret-of-app")
}

// openVault makes a vault on whose content the first application has all permissions.
func (r *rig) openVault(t *testing.T, spec VaultSpec) string {
	t.Helper()
	spec.Policies = append(spec.Policies, AccessPolicy{ObjectID: r.ObjectID, Permissions: AllPermissions()})
	uri, err := r.AddVault(spec)
	if err != nil {
		t.Fatal(err)
	}
	return uri
}

func (r *rig) secrets(t *testing.T, vault string, cred azcore.TokenCredential) *azsecrets.Client {
	t.Helper()
	c, err := azsecrets.NewClient(vault, cred, &azsecrets.ClientOptions{ClientOptions: r.options()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) keys(t *testing.T, vault string, cred azcore.TokenCredential) *azkeys.Client {
	t.Helper()
	c, err := azkeys.NewClient(vault, cred, &azkeys.ClientOptions{ClientOptions: r.options()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) certificates(t *testing.T, vault string, cred azcore.TokenCredential) *azcertificates.Client {
	t.Helper()
	c, err := azcertificates.NewClient(vault, cred, &azcertificates.ClientOptions{ClientOptions: r.options()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantError checks an error of Microsoft's clients against status, code, inner code and a part of the message.
func wantError(t *testing.T, err error, status int, code, inner, message string) {
	t.Helper()
	var re *azcore.ResponseError
	if !errors.As(err, &re) {
		t.Fatalf("got error %v, want a ResponseError %d %s", err, status, code)
	}
	body, readErr := io.ReadAll(re.RawResponse.Body)
	if readErr != nil {
		t.Fatal(readErr)
	}
	checkErrorBody(t, re.StatusCode, body, status, code, inner, message)
}

func checkErrorBody(t *testing.T, gotStatus int, body []byte, status int, code, inner, message string) {
	t.Helper()
	var got struct {
		Error struct {
			Code, Message string
			InnerError    struct{ Code string }
		}
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("error body %q: %v", body, err)
	}
	if gotStatus != status || got.Error.Code != code || got.Error.InnerError.Code != inner || !strings.Contains(got.Error.Message, message) {
		t.Errorf("got %d %s/%s %q\nwant %d %s/%s containing %q", gotStatus, got.Error.Code, got.Error.InnerError.Code, got.Error.Message,
			status, code, inner, message)
	}
}

// call sends one request with a token for the audience; "" sends none.
func (r *rig) call(t *testing.T, method, url, audience, body string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if audience != "" {
		token, err := r.MintToken(r.ClientID, audience, r.clock.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return r.do(t, req)
}

func (r *rig) do(t *testing.T, req *http.Request) (int, http.Header, []byte) {
	t.Helper()
	resp, err := r.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, b
}

func ptr[T any](v T) *T { return &v }

func tokenRequest(audience string) policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}}
}
