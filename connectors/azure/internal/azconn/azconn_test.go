package azconn

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		reason string
		header http.Header
		want   time.Duration
		named  bool
	}{
		{"none", http.Header{}, 0, false},
		{"seconds", http.Header{"Retry-After": {"7"}}, 7 * time.Second, true},
		{"no time at all", http.Header{"Retry-After": {"0"}}, 0, true},
		{"a date", http.Header{"Retry-After": {"Tue, 24 Nov 2026 12:00:30 GMT"}}, 30 * time.Second, true},
		{"a date gone by", http.Header{"Retry-After": {"Tue, 24 Nov 2026 11:00:00 GMT"}}, 0, true},
		{"milliseconds come first", http.Header{"Retry-After": {"7"}, "Retry-After-Ms": {"250"}}, 250 * time.Millisecond, true},
		{"milliseconds of another spelling", http.Header{"X-Ms-Retry-After-Ms": {"40"}}, 40 * time.Millisecond, true},
		{"negative", http.Header{"Retry-After": {"-1"}}, 0, false},
		{"so long that it overflows", http.Header{"Retry-After": {"99999999999"}}, 0, false},
		{"words", http.Header{"Retry-After": {"soon"}}, 0, false},
	} {
		if got, named := retryAfter(tc.header, now); got != tc.want || named != tc.named {
			t.Errorf("%s: %s %v, want %s %v", tc.reason, got, named, tc.want, tc.named)
		}
	}
}

func TestBackoffGrowsWithinItsLimit(t *testing.T) {
	p := pauses{Retry: DefaultRetry()}
	var sum time.Duration
	for p.n = 1; p.n <= 20; p.n++ {
		d := p.backoff()
		if low, high := p.Base<<min(p.n-1, 4)*5/6, p.Total/2*7/6+1; d < low || d > high {
			t.Errorf("pause %d is %s", p.n, d)
		}
		if sum += d; p.n == 4 && sum > 20*time.Second {
			t.Errorf("four pauses take %s", sum)
		}
	}
}

func TestAgain(t *testing.T) {
	network := func(err error) *failure {
		return &failure{sent: true, err: &connector.Error{Kind: connector.Unavailable, Message: "x", Err: err}}
	}
	unsent := func(f *failure) *failure { f.sent = false; return f }
	status := func(n int, code string) *failure {
		return &failure{sent: true, status: n, err: &connector.Error{Kind: connector.KindOfStatus(n), Code: code, Status: n}}
	}
	unknown := &net.DNSError{Name: "new", IsNotFound: true}
	for _, tc := range []struct {
		reason            string
		f                 *failure
		read, once, young bool
	}{
		{"throttled", status(429, "Throttled"), true, true, true},
		{"still being deleted", status(409, "ObjectIsBeingDeleted"), true, true, true},
		{"another conflict", status(409, "Conflict"), false, false, false},
		{"a server error", status(500, ""), true, false, true},
		{"a gateway's time is up", status(504, ""), true, false, true},
		{"not implemented", status(501, ""), false, false, false},
		{"denied", status(403, ""), false, false, false},
		{"cut", network(io.ErrUnexpectedEOF), true, false, true},
		{"reset before anything was sent", unsent(network(syscall.ECONNRESET)), true, true, true},
		{"refused", unsent(network(syscall.ECONNREFUSED)), true, true, true},
		{"an unknown host", unsent(network(unknown)), false, false, true},
		{"a name server that fails for a moment", unsent(network(&net.DNSError{IsTemporary: true})), true, true, true},
		{"a certificate that is not trusted", unsent(network(errors.New("x509: unknown authority"))), false, false, false},
		{"no time left", &failure{err: &connector.Error{Kind: connector.Timeout}}, false, false, false},
	} {
		got := []bool{tc.f.again(Call{}), tc.f.again(Call{Once: true}), tc.f.again(Call{Young: true})}
		if want := []bool{tc.read, tc.once, tc.young}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", tc.reason, got, want)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	const base = "https://v.vault.azure.net/secrets?api-version=7.4"
	for link, want := range map[string]bool{
		"https://v.vault.azure.net:443/secrets?$skiptoken=a": true,
		"https://V.Vault.Azure.net/secrets":                  true,
		"https://v.vault.azure.net:444/secrets":              false,
		"http://v.vault.azure.net/secrets":                   false,
		"https://v.vault.azure.net.evil.example/secrets":     false,
		"https://u@v.vault.azure.net/secrets":                false,
		"//v.vault.azure.net/secrets":                        false,
		"/secrets":                                           false,
		"https://v.vault.azure.net:x/":                       false,
	} {
		if got := sameOrigin(base, link); got != want {
			t.Errorf("%s: %v", link, got)
		}
	}
}

func TestClaims(t *testing.T) {
	body := base64.RawURLEncoding.EncodeToString([]byte(`{"oid":"o","tid":"t","appid":"c"}`))
	id, err := claims("e30." + body + ".sig")
	if err != nil || id != (Identity{TenantID: "t", ObjectID: "o", ClientID: "c"}) {
		t.Errorf("%+v %v", id, err)
	}
	for _, bad := range []string{"", "opaque", "a.b.c", "e30.e30.sig"} {
		if _, err := claims(bad); connector.AsError(err) == nil || connector.AsError(err).Fix == "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The clouds that need no settings, and their audiences without a slash.
func TestKnownClouds(t *testing.T) {
	for name, audience := range map[string]string{Public: "https://vault.azure.net", USGovernment: "https://vault.usgovcloudapi.net", China: "https://vault.azure.cn"} {
		c, ok := known(name)
		if !ok || c.VaultAudience() != audience || c.check() != nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if _, ok := known(Custom); ok {
		t.Error("a custom cloud is known")
	}
}
