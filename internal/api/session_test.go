package api_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
)

// clock is one that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// browser keeps cookies as a browser would.
type browser struct {
	*bench
	clock  *clock
	secure bool
	cookie *http.Cookie
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	c := &clock{now: time.Now()}
	return &browser{bench: open(t, func(d *api.Deps) { d.Now = c.Now }), clock: c}
}

func (b *browser) send(t *testing.T, method, path, body string, headers ...string) reply {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	req.Host = "127.0.0.1:8480"
	if b.secure {
		req.TLS = &tls.ConnectionState{}
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if b.cookie != nil {
		req.AddCookie(&http.Cookie{Name: b.cookie.Name, Value: b.cookie.Value})
	}
	w := httptest.NewRecorder()
	b.api.ServeHTTP(w, req)
	for _, c := range w.Result().Cookies() {
		b.cookie = c
		if c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	return reply{w.Code, w.Header(), w.Body.Bytes()}
}

func (b *browser) signIn(t *testing.T) {
	t.Helper()
	got := b.send(t, "POST", "/api/v1/session", `{"token":"`+b.owner+`"}`).want(t, 200)
	if got["signedIn"] != true || b.cookie == nil {
		t.Fatalf("not signed in: %v", got)
	}
}

func TestBrowserSession(t *testing.T) {
	b := openBrowser(t)
	if got := b.send(t, "GET", "/api/v1/session", "").want(t, 200); got["signedIn"] != false {
		t.Errorf("a browser without a cookie is signed in: %v", got)
	}
	b.signIn(t)
	if b.cookie.Name != "fairlead-session-8480" || !b.cookie.HttpOnly || b.cookie.Secure || b.cookie.SameSite != http.SameSiteStrictMode || b.cookie.Path != "/" {
		t.Errorf("the cookie is %+v", b.cookie)
	}
	if strings.Contains(b.cookie.Value, b.owner) || len(b.cookie.Value) < 40 {
		t.Error("the cookie is not a random ID")
	}
	first := b.cookie
	if who := b.send(t, "GET", "/api/v1/me", "").want(t, 200); who["name"] != "owner" {
		t.Errorf("signed in as %v", who)
	}
	b.signIn(t)
	if b.cookie.Value == first.Value {
		t.Error("signing in again kept the ID")
	}
	second := b.cookie
	b.cookie = first
	b.send(t, "GET", "/api/v1/me", "").problem(t, 401, "Denied")
	b.cookie = second
	b.send(t, "DELETE", "/api/v1/session", "").is(t, 204)
	if b.cookie != nil {
		t.Error("signing out left the cookie")
	}
	b.cookie = second
	b.send(t, "GET", "/api/v1/me", "").problem(t, 401, "Denied")
	list := b.call(t, b.owner, "GET", "/api/v1/audit?text=session.", nil).want(t, 200)
	if n := len(list["entries"].([]any)); n != 3 {
		t.Errorf("%d entries about sessions", n)
	}
}

func TestSecureCookie(t *testing.T) {
	b := openBrowser(t)
	b.secure = true
	b.signIn(t)
	if b.cookie.Name != "__Host-fairlead-session" || !b.cookie.Secure || !b.cookie.HttpOnly || b.cookie.Domain != "" || b.cookie.Path != "/" {
		t.Errorf("the cookie is %+v", b.cookie)
	}
}

func TestSignInRefused(t *testing.T) {
	for _, tc := range []struct {
		reason, body string
		status       int
		kind         string
	}{
		{"an unknown token", `{"token":"flt_` + strings.Repeat("x", 43) + `"}`, 401, "Denied"},
		{"no token", `{}`, 400, "Invalid"},
		{"an unknown member", `{"tokn":"x"}`, 400, "Invalid"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			b := openBrowser(t)
			b.send(t, "POST", "/api/v1/session", tc.body).problem(t, tc.status, connector.Kind(tc.kind))
			if b.cookie != nil {
				t.Error("a cookie was set")
			}
			if strings.Contains(b.Logs.String(), strings.Repeat("x", 43)) {
				t.Error("the token is in the log")
			}
		})
	}
}

func TestSessionEnds(t *testing.T) {
	for _, tc := range []struct {
		reason string
		do     func(*browser)
		status int
	}{
		{"used in time, it goes on", func(b *browser) {
			for range 5 {
				b.clock.move(50 * time.Minute)
				b.send(t, "GET", "/api/v1/me", "").want(t, 200)
			}
		}, 200},
		{"unused for an hour", func(b *browser) { b.clock.move(time.Hour) }, 401},
		{"twelve hours old, however much used", func(b *browser) {
			for range 24 {
				b.clock.move(30 * time.Minute)
				b.send(t, "GET", "/api/v1/me", "")
			}
		}, 401},
		{"its token is revoked", func(b *browser) {
			b.send(t, "DELETE", "/api/v1/tokens/owner", "").is(t, 204)
		}, 401},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			b := openBrowser(t)
			b.signIn(t)
			tc.do(b)
			b.send(t, "GET", "/api/v1/me", "").is(t, tc.status)
			if got := b.send(t, "GET", "/api/v1/session", "").want(t, 200); got["signedIn"] != (tc.status == 200) {
				t.Errorf("the session says %v", got)
			}
		})
	}
}

// A page of another origin cannot use the cookie: neither by the browser's own
// word nor by an origin that is not this server's.
func TestCrossOriginRequestIsRefused(t *testing.T) {
	b := openBrowser(t)
	b.signIn(t)
	for _, h := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		b.send(t, "POST", "/api/v1/tokens", `{"name":"x","scopes":["all"]}`, h[0], h[1]).problem(t, 403, "Denied")
	}
	b.send(t, "POST", "/api/v1/tokens", `{"name":"x","scopes":["read"]}`, "Sec-Fetch-Site", "same-origin").want(t, 201)
}

// A header counts before a cookie, so that a wrong token is not silently
// replaced by who happens to be signed in.
func TestHeaderBeatsCookie(t *testing.T) {
	b := openBrowser(t)
	b.signIn(t)
	b.send(t, "GET", "/api/v1/me", "", "Authorization", "Bearer wrong").problem(t, 401, "Denied")
}
