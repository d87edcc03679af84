package gateway

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

func quiet() *log.Logger { return slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo) }

// provider is an identity provider that numbers its tokens.
type provider struct {
	*httptest.Server
	n      atomic.Int64
	mu     sync.Mutex
	forms  []url.Values
	answer func(w http.ResponseWriter, n int64) // nil: a token for an hour
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		p.mu.Lock()
		p.forms = append(p.forms, r.PostForm)
		answer := p.answer
		p.mu.Unlock()
		n := p.n.Add(1)
		if answer == nil {
			answer = func(w http.ResponseWriter, n int64) {
				fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":3600,"token_type":"Bearer"}`, n)
			}
		}
		answer(w, n)
	})
	mux.HandleFunc("GET /realm/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":"x","token_endpoint":"%s/token"}`, p.URL)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) auth() Auth {
	return Auth{Strategy: OAuth, ClientID: "id", ClientSecret: connector.NewSecret("canary/secret"), TokenURL: p.URL + "/token", Audience: "aud", Scope: "a b"}
}

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (p *provider) tokens(t *testing.T, a Auth) (*tokens, *clock) {
	t.Helper()
	c := &clock{now: time.Unix(1e9, 0)}
	deps := testDeps()
	deps.Now = c.Now
	h, err := deps.HTTP(connector.HTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	src := newTokens(t.Context(), a, h, deps)
	t.Cleanup(func() { _ = src.Close() })
	return src, c
}

func header(t *testing.T, src *tokens) string {
	t.Helper()
	h, err := src.header(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h.Reveal()
}

func TestTokenIsAskedForAsOAuthSays(t *testing.T) {
	p := newProvider(t)
	a := p.auth()
	a.TokenURL, a.DiscoveryURL, a.Resource = "", p.URL+"/realm/.well-known/openid-configuration", "res"
	src, _ := p.tokens(t, a)
	if h := header(t, src); h != "Bearer token-1" {
		t.Error(h)
	}
	want := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"id"}, "client_secret": {"canary/secret"},
		"audience": {"aud"}, "scope": {"a b"}, "resource": {"res"},
	}
	if d := cmp.Diff([]url.Values{want}, p.forms); d != "" {
		t.Error(d)
	}
}

func TestTokenIsAskedForOnceByMany(t *testing.T) {
	p := newProvider(t)
	gate := make(chan struct{})
	p.answer = func(w http.ResponseWriter, n int64) {
		<-gate
		fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":"3600"}`, n)
	}
	src, _ := p.tokens(t, p.auth())
	given, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error, 1)
	go func() { _, err := src.header(given); gaveUp <- err }()
	for p.n.Load() == 0 && t.Context().Err() == nil {
		waitFor(t, time.Millisecond)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if h, err := src.header(t.Context()); err != nil || h.Reveal() != "Bearer token-1" {
				t.Error(h.Reveal(), err)
			}
		})
	}
	// The first caller gives up; the others still get what it asked for.
	cancel()
	if e, ok := errors.AsType[*Error](<-gaveUp); !ok || e.Code != CodeCanceled {
		t.Error("the caller that gave up got", e)
	}
	close(gate)
	wg.Wait()
	if n := p.n.Load(); n != 1 {
		t.Errorf("%d requests for one token", n)
	}
}

func TestTokenIsRenewedEarly(t *testing.T) {
	p := newProvider(t)
	src, c := p.tokens(t, p.auth())
	header(t, src)
	c.add(time.Hour - refreshBefore - time.Second)
	if h := header(t, src); h != "Bearer token-1" || p.n.Load() != 1 {
		t.Errorf("%s after %d requests: too early", h, p.n.Load())
	}
	c.add(2 * time.Second)
	if h := header(t, src); h != "Bearer token-1" {
		t.Errorf("%s: nobody should wait while the old one is good", h)
	}
	for p.n.Load() < 2 || header(t, src) != "Bearer token-2" {
		if t.Context().Err() != nil {
			t.Fatal("never renewed")
		}
		waitFor(t, time.Millisecond)
	}
	c.add(2 * time.Hour)
	if h := header(t, src); h != "Bearer token-3" {
		t.Errorf("%s: an expired token was used", h)
	}
}

func TestTokenServesOnWhenItCannotBeRenewed(t *testing.T) {
	p := newProvider(t)
	src, c := p.tokens(t, p.auth())
	header(t, src)
	p.mu.Lock()
	p.answer = func(w http.ResponseWriter, _ int64) { w.WriteHeader(http.StatusBadGateway) }
	p.mu.Unlock()
	c.add(time.Hour - refreshBefore)
	for p.n.Load() < 2 {
		if h := header(t, src); h != "Bearer token-1" {
			t.Fatal(h)
		}
		waitFor(t, time.Millisecond)
	}
	if h := header(t, src); h != "Bearer token-1" {
		t.Error(h)
	}
	c.add(2 * refreshBefore)
	_, err := src.header(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnavailable || !e.Retryable || e.Status != http.StatusBadGateway {
		t.Errorf("got %v, want an error to retry", err)
	}
}

func TestTokenErrorsSayWhatToDoAndNoSecrets(t *testing.T) {
	tests := []struct {
		why    string
		status int
		body   string
		code   string
		text   string
	}{
		{"a wrong secret", 401, `{"error":"unauthorized_client","error_description":"Invalid client secret canary/secret given"}`, CodeUnauthenticated, "unauthorized_client"},
		{"a wrong request", 400, `{"error":"invalid_scope"}`, CodeUnauthenticated, "invalid_scope"},
		{"a provider that is busy", 429, `busy`, CodeUnavailable, "429"},
		{"a provider that fails", 500, `<html>canary/secret</html>`, CodeUnavailable, "500"},
		{"a page instead of a token", 200, `<html>`, CodeUnauthenticated, "not JSON"},
		{"JSON without a token", 200, `{"token":"x"}`, CodeUnauthenticated, "no access token"},
		{"a token that would break the header", 200, `{"access_token":"a\r\nX: y"}`, CodeUnauthenticated, "no access token"},
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
			if !ok || e.Code != tt.code || e.Retryable != (tt.code == CodeUnavailable) || !strings.Contains(e.Error(), tt.text) || strings.Contains(e.Error(), "canary") {
				t.Errorf("got %v", err)
			}
		})
	}
	p := newProvider(t)
	p.Close()
	src, _ := p.tokens(t, p.auth())
	_, err := src.header(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnavailable || !e.Retryable || e.Fix == "" {
		t.Errorf("a provider that is not there: %v", err)
	}
}

// clusterThatWants is a gRPC gateway and a REST API that take one header only.
func clusterThatWants(t *testing.T, want func() string) (s Settings, grpcSide *server, restHeaders func() []string) {
	t.Helper()
	srv := &server{topology: &pb.TopologyResponse{GatewayVersion: "in"}, admit: func(h string) error {
		if h != want() {
			return status.Error(codes.Unauthenticated, "not with "+h)
		}
		return nil
	}}
	address, _ := srv.listen(t, "127.0.0.1:0")
	var mu sync.Mutex
	var seen []string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := r.Header.Get("Authorization")
		mu.Lock()
		seen = append(seen, h)
		mu.Unlock()
		if h != want() {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"title":"Unauthorized","detail":"not with %s"}`, h)
			return
		}
		fmt.Fprint(w, `{"gatewayVersion":"in"}`)
	}))
	t.Cleanup(web.Close)
	return Settings{GRPC: address, REST: web.URL}, srv, func() []string { mu.Lock(); defer mu.Unlock(); return seen }
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	for name, rest := range map[string]bool{"gRPC": false, "REST": true} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			var want atomic.Value
			want.Store("Bearer token-1")
			s, srv, restHeaders := clusterThatWants(t, func() string { return want.Load().(string) })
			s.PreferREST, s.Auth = rest, p.auth()
			c := &clock{now: time.Unix(1e9, 0)}
			deps := testDeps()
			deps.Now = c.Now
			client, err := Open(t.Context(), s, deps)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = client.Close() })
			seen := srv.authorizations
			if rest {
				seen = restHeaders
			}
			complete := func() error { return client.Complete(t.Context(), job.Job{Key: 1}, []byte(`{"a":1}`)) }
			if err := complete(); err != nil {
				t.Fatal(err)
			}
			want.Store("Bearer token-2") // the cluster no longer takes the first
			c.add(time.Minute)
			if err := complete(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]string{"Bearer token-1", "Bearer token-1", "Bearer token-2"}, seen()); d != "" {
				t.Error(d)
			}
			want.Store("Bearer nobody")
			err = complete()
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != CodeUnauthenticated || e.Retryable || p.n.Load() != 2 {
				t.Errorf("%v after %d tokens, want to be refused with the fresh one", err, p.n.Load())
			}
			if strings.Contains(err.Error(), "token-2") {
				t.Errorf("the token is in %v", err)
			}
		})
	}
}

func TestBasicOnBothTransports(t *testing.T) {
	s, _, _ := clusterThatWants(t, func() string { return "Basic ZGVtbzpjYW5hcnktcHc=" })
	for name, rest := range map[string]bool{"gRPC": false, "REST": true} {
		s.PreferREST = rest
		s.Auth = Auth{Strategy: Basic, Username: "demo", Password: connector.NewSecret("canary-pw")}
		if _, err := open(t, s).Topology(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.Auth.Password = connector.NewSecret("canary-other")
		_, err := open(t, s).Topology(t.Context())
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != CodeUnauthenticated || e.Retryable {
			t.Errorf("%s with a wrong password: %v", name, err)
		}
		if text := err.Error(); strings.Contains(text, "canary") || strings.Contains(text, "ZGVtbzp") {
			t.Errorf("%s: a secret is in %s", name, text)
		}
	}
}

func TestCredentialsGoToTheClusterAlone(t *testing.T) {
	s, _, _ := clusterThatWants(t, func() string { return "Basic ZGVtbzpjYW5hcnktcHc=" })
	s.Auth = Auth{Strategy: Basic, Username: "demo", Password: connector.NewSecret("canary-pw")}
	base, h := open(t, s).REST()
	if base != s.REST+"/v2" {
		t.Error("base is", base)
	}
	got := ""
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
	t.Cleanup(other.Close)
	for address, want := range map[string]int{base + "/documents/1": http.StatusOK, other.URL: http.StatusOK} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := h.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d", address, res.StatusCode)
		}
	}
	if got != "" {
		t.Error("another server was given", got)
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	s := Settings{
		GRPC: "http://u:canary-0@z", REST: "http://z",
		Auth: Auth{ClientSecret: connector.NewSecret("canary-1"), Password: connector.NewSecret("canary-2")},
		TLS:  TLS{Key: connector.NewSecret("canary-3")},
	}
	for _, text := range []string{s.String(), fmt.Sprintf("%v %+v %s", s, s, s), fmt.Sprintf("%+v", s.Auth), fmt.Sprintf("%#v", s.Auth), fmt.Sprintf("%+v", s.TLS)} {
		if strings.Contains(text, "canary") {
			t.Errorf("a secret is in %s", text)
		}
	}
	_, err := Open(t.Context(), s, testDeps())
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v, want an error without the password", err)
	}
}
