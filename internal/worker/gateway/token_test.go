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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
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
