package keyvault

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// recorded is an entry of a recording of Microsoft's SDK tests.
type recorded struct {
	URI      string          `json:"RequestUri"`
	Method   string          `json:"RequestMethod"`
	Sent     json.RawMessage `json:"RequestBody"`
	Status   int             `json:"StatusCode"`
	Answered json.RawMessage `json:"ResponseBody"`
}

func (r recorded) url(t testing.TB) *url.URL {
	t.Helper()
	u, err := url.Parse(r.URI)
	must(t, err)
	return u
}

// recordings finds the folder of a module's recordings. Modules are asked for
// with the go command; a machine that cannot have them does not run the test.
func recordings(t testing.TB, module string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "github.com/Azure/azure-sdk-for-go/sdk/keyvault/"+module)
	cmd.Dir = filepath.Join("..", "..", "..", "test", "replay")
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	_ = json.Unmarshal(out, &m) // an empty folder says it all
	if err == nil && m.Dir != "" {
		return filepath.Join(m.Dir, "testdata", "recordings")
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("NOT RUN: replay of %s: %v %s", module, err, m.Error)
	}
	t.Logf("NOT RUN: replay of %s: %v %s", module, err, m.Error)
	t.SkipNow()
	return ""
}

func readRecording(t testing.TB, module, file string) []recorded {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(recordings(t, module), filepath.FromSlash(file)))
	must(t, err)
	var doc struct{ Entries []recorded }
	must(t, json.Unmarshal(raw, &doc))
	var out []recorded
	for _, e := range doc.Entries {
		if e.Status != http.StatusUnauthorized { // the challenge, which comes before every recording
			out = append(out, e)
		}
	}
	return out
}

// tape answers as a real vault did, in the order of the recording.
type tape struct {
	t      testing.TB
	mu     sync.Mutex
	left   []recorded
	played []recorded
	sent   [][]byte
}

// take finds the next answer to a request. Versions of the API and sizes of
// pages differ from the recording; everything else must agree.
func (p *tape) take(method string, u *url.URL, body []byte) *recorded {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := strings.Trim(u.Path, "/")
	for _, exact := range []bool{true, false} {
		for i, e := range p.left {
			r := e.url(p.t)
			have := strings.Trim(r.Path, "/")
			same := have == path || !exact && method == http.MethodGet && strings.HasPrefix(have, path+"/") && strings.Count(have, "/") == 2 && !strings.HasSuffix(have, "/pending")
			if e.Method != method || !same || r.Query().Get("$skiptoken") != u.Query().Get("$skiptoken") {
				continue
			}
			p.left = append(p.left[:i:i], p.left[i+1:]...)
			p.played, p.sent = append(p.played, e), append(p.sent, body)
			return &e
		}
	}
	return nil
}

// ServeHTTP plays Entra, Resource Manager and the vault of the recordings. The
// first two were not recorded; their answers are made.
func (p *tape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch host, _, _ := strings.Cut(r.Host, ":"); {
	case strings.HasSuffix(r.URL.Path, "openid-configuration"):
		_, _ = io.WriteString(w, `{"token_endpoint":"https://login.local/t/oauth2/v2.0/token","authorization_endpoint":"https://login.local/t/a","issuer":"https://login.local/t/v2.0"}`)
	case host == "login.local":
		claims := base64.RawURLEncoding.EncodeToString([]byte(`{"oid":"o","tid":"t","appid":"c"}`))
		_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3600,"access_token":"e30.`+claims+`.c2ln"}`)
	case host == "management.local":
		_, _ = io.WriteString(w, `{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/fakevault","name":"fakevault","location":"westus","properties":{"sku":{"family":"A","name":"standard"},"vaultUri":"https://fakevault.local/","provisioningState":"Succeeded"}}`)
	default:
		p.play(w, r, body)
	}
}

func (p *tape) play(w http.ResponseWriter, r *http.Request, body []byte) {
	e := p.take(r.Method, r.URL, body)
	if e == nil {
		p.t.Errorf("the recording has no (further) answer to %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	w.WriteHeader(e.Status)
	if e.Status != http.StatusNoContent {
		_, _ = w.Write(e.Answered)
	}
}

// playBack connects to the hosts of a recording.
func playBack(t testing.TB, entries []recorded) (*bench, *tape) {
	t.Helper()
	p := &tape{t: t, left: entries}
	srv := httptest.NewUnstartedServer(p)
	ca, cert := certificateFor(t, "fakevault.local", "login.local", "management.local")
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	b := newBenchOver(t, func(h connector.HTTPOptions) (*http.Client, error) {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(h.CABundle))
		return &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
			},
		}}, nil
	})
	b.ca = ca
	b.Connect(t, "azure-key-vault", "main", in{
		"tenantId": "t", "clientId": "c", "clientSecret": "canary-replay-secret", "subscriptionId": "s", "resourceGroupName": "g", "cloud": "Custom",
		"resourceManagerEndpoint": "https://management.local", "authorityHost": "https://login.local", "keyVaultDnsSuffix": "local", "caBundle": ca,
	})
	return b, p
}

func certificateFor(t testing.TB, hosts ...string) (string, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: hosts, NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	must(t, err)
	return toPEM("CERTIFICATE", der), tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// within checks that all of a recorded answer came through.
func within(t testing.TB, want json.RawMessage, got any) {
	t.Helper()
	var w any
	d := json.NewDecoder(bytes.NewReader(want))
	d.UseNumber()
	must(t, d.Decode(&w))
	raw, err := json.Marshal(got)
	must(t, err)
	var g any
	d = json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	must(t, d.Decode(&g))
	contains(t, "", w, g)
}

func contains(t testing.TB, at string, want, got any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s is %v, recorded %v", at, got, want)
			return
		}
		for k, v := range w {
			if v != nil && at+"/"+k != "/value" { // the secret itself is a reference
				contains(t, at+"/"+k, v, g[k])
			}
		}
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			t.Errorf("%s has %d elements, recorded %d", at, len(g), len(w))
			return
		}
		for i := range w {
			contains(t, at+"/*", w[i], g[i])
		}
	default:
		if want != got {
			t.Errorf("%s is %v, recorded %v", at, got, want)
		}
	}
}
