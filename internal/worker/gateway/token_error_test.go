package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTokenErrorsSayWhatToDoAndNoSecrets(t *testing.T) {
	tests := []struct {
		why    string
		status int
		body   string
		code   string
		text   string
		fix    string // a variable that it names
	}{
		{"a wrong secret", 401, `{"error":"unauthorized_client","error_description":"Invalid client secret canary/secret given"}`, CodeUnauthenticated, "unauthorized_client", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET"},
		{"a wrong secret, by a provider that says little", 401, `{"error":"Unauthorized"}`, CodeUnauthenticated, "Unauthorized", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET"},
		{"a client that may not have this audience", 403, `{"error":"access_denied"}`, CodeUnauthenticated, "access_denied", "CAMUNDA_CLIENT_AUTH_AUDIENCE"},
		{"a resource that is not there", 400, `{"error":"invalid_target"}`, CodeUnauthenticated, "invalid_target", "CAMUNDA_CLIENT_AUTH_RESOURCE"},
		{"a request that lacks something", 400, `{"error":"invalid_request"}`, CodeUnauthenticated, "invalid_request", "CAMUNDA_CLIENT_AUTH_TOKENURL"},
		{"another page of the provider", 404, `{"error":"Realm does not exist"}`, CodeUnauthenticated, "Realm", "CAMUNDA_CLIENT_AUTH_TOKENURL"},
		{"a wrong scope", 400, `{"error":"invalid_scope"}`, CodeUnauthenticated, "invalid_scope", "CAMUNDA_CLIENT_AUTH_SCOPE"},
		{"a provider that is busy", 429, `busy`, CodeUnavailable, "429", ""},
		{"a provider that fails", 500, `<html>canary/secret</html>`, CodeUnavailable, "500", ""},
		{"a page instead of a token", 200, `<html>`, CodeUnauthenticated, "not JSON", "CAMUNDA_CLIENT_AUTH_TOKENURL"},
		{"JSON without a token", 200, `{"token":"x"}`, CodeUnauthenticated, "no access token", "CAMUNDA_CLIENT_AUTH_TOKENURL"},
		{"a token that would break the header", 200, `{"access_token":"a\r\nX: y"}`, CodeUnauthenticated, "no access token", "CAMUNDA_CLIENT_AUTH_TOKENURL"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			p := newProvider(t)
			p.answer = func(w http.ResponseWriter, _ int64) {
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}
			src, _ := p.tokens(t, p.auth())
			_, err := src.header(t.Context())
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != tt.code || e.Retryable != (tt.code == CodeUnavailable) || !strings.Contains(e.Error(), tt.text) || !strings.Contains(e.Fix, tt.fix) || strings.Contains(e.Error(), "canary") {
				t.Errorf("got %v", err)
			}
		})
	}
	p := newProvider(t)
	a := p.auth()
	a.TokenURL, a.DiscoveryURL = "", p.URL+"/nowhere"
	src, _ := p.tokens(t, a)
	_, err := src.header(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Fix, "CAMUNDA_CLIENT_AUTH_ISSUERURL") {
		t.Errorf("a wrong issuer: %v", err)
	}
	p.Close()
	src, _ = p.tokens(t, p.auth())
	_, err = src.header(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnavailable || !e.Retryable || e.Fix == "" {
		t.Errorf("a provider that is not there: %v", err)
	}
}

func TestTokensAreNotAskedForAgainAtOnce(t *testing.T) {
	for _, tt := range []struct {
		why    string
		status int
		pauses []time.Duration
	}{
		{"a provider that fails may be back soon", 503, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second}},
		{"what it refuses takes a person to mend", 401, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 15 * time.Second}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			p := newProvider(t)
			p.answer = func(w http.ResponseWriter, _ int64) { w.WriteHeader(tt.status) }
			src, c := p.tokens(t, p.auth())
			ask := func() {
				t.Helper()
				_, err := src.header(t.Context())
				if e, ok := errors.AsType[*Error](err); !ok || e.Status != tt.status {
					t.Errorf("got %v", err)
				}
			}
			ask()
			for i, pause := range tt.pauses {
				c.add(pause - time.Millisecond)
				ask()
				if n := p.n.Load(); n != int64(i+1) {
					t.Fatalf("%d requests before pause %d was over", n, i)
				}
				c.add(time.Millisecond)
				ask()
				if n := p.n.Load(); n != int64(i+2) {
					t.Fatalf("%d requests after pause %d", n, i)
				}
			}
			p.mu.Lock()
			p.answer = nil
			p.mu.Unlock()
			c.add(time.Minute)
			header(t, src)
			if f := src.failed; f.times != 0 || !f.until.IsZero() {
				t.Errorf("%+v is left of the failures", f)
			}
		})
	}
}

// A token's end is told in whole seconds, so that it may come almost one earlier
// than its life says.
func TestTokenIsNotUsedInItsLastSecond(t *testing.T) {
	asked := time.Unix(1e9, 0)
	for _, tt := range []struct {
		life           string
		renew, expires time.Duration
	}{
		{"3600", 3540 * time.Second, 3585 * time.Second},
		{"60", 48 * time.Second, 57 * time.Second},
		{"7", 5600 * time.Millisecond, 6 * time.Second},
		{"2", 1600 * time.Millisecond, 1600 * time.Millisecond},
		{"", 240 * time.Second, 285 * time.Second},
	} {
		tok := newToken("x", tt.life, asked)
		if got, want := fmt.Sprint(tok.renew.Sub(asked), tok.expires.Sub(asked)), fmt.Sprint(tt.renew, tt.expires); got != want {
			t.Errorf("a life of %q: renewed after and used for %s, want %s", tt.life, got, want)
		}
	}
}
