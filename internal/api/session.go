package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

const (
	sessionIdle = time.Hour      // without a request, a session ends
	sessionLife = 12 * time.Hour // a session ends, whatever happens
	maxSessions = 10_000         // in memory; the one unused for longest makes way
)

// browserSession is a browser that has signed in. It holds the token itself,
// so that its revocation, expiry and scopes count at every request.
type browserSession struct {
	token       connector.Secret
	began, used time.Time
}

func (s browserSession) ended(now time.Time) bool {
	return now.Sub(s.used) >= sessionIdle || now.Sub(s.began) >= sessionLife
}

func (s browserSession) endsAt() time.Time {
	idle, life := s.used.Add(sessionIdle), s.began.Add(sessionLife)
	if idle.Before(life) {
		return idle
	}
	return life
}

// sessions are the browsers that have signed in. They live in memory and end
// with the process. Keys are hashes: memory that leaks gives no cookie.
type sessions struct {
	mu sync.Mutex
	of map[[sha256.Size]byte]browserSession
}

// begin keeps a token under a new random ID.
func (s *sessions) begin(token string, now time.Time) string {
	id := rand.Text() + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[[sha256.Size]byte]browserSession{}
	}
	s.makeRoom(now)
	s.of[sha256.Sum256([]byte(id))] = browserSession{connector.NewSecret(token), now, now}
	return id
}

func (s *sessions) makeRoom(now time.Time) {
	var oldest [sha256.Size]byte
	var used time.Time
	for key, v := range s.of {
		if v.ended(now) {
			delete(s.of, key)
			continue
		}
		if used.IsZero() || v.used.Before(used) {
			oldest, used = key, v.used
		}
	}
	if len(s.of) >= maxSessions {
		delete(s.of, oldest)
	}
}

// use gives a session and notes that it was used.
func (s *sessions) use(id string, now time.Time) (browserSession, bool) {
	key := sha256.Sum256([]byte(id))
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.of[key]
	if !ok {
		return browserSession{}, false
	}
	if v.ended(now) {
		delete(s.of, key)
		return browserSession{}, false
	}
	v.used = now
	s.of[key] = v
	return v, true
}

func (s *sessions) end(id string) bool {
	key := sha256.Sum256([]byte(id))
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.of[key]
	delete(s.of, key)
	return ok
}

// overTLS tells whether the client sees https; the header comes from a trusted
// proxy or is gone by now.
func overTLS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// cookieName is that of the session's cookie. Browsers take the prefix only
// over TLS. Without TLS the port is part of the name, because cookies of one
// machine's servers would otherwise replace each other.
func cookieName(r *http.Request) string {
	if overTLS(r) {
		return "__Host-fairlead-session"
	}
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "80"
	}
	return "fairlead-session-" + port
}

func sessionCookie(r *http.Request, id string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName(r), Value: id, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: overTLS(r), SameSite: http.SameSiteStrictMode,
	}
}

// cookieSession gives the session of a request's cookie.
func (a *API) cookieSession(r *http.Request) (browserSession, bool) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return browserSession{}, false
	}
	return a.sessions.use(c.Value, a.Now())
}

// exchange gives a handler the request and the answer themselves.
type exchange struct {
	req *http.Request
	res http.ResponseWriter
}

// drop ends the session of a request and takes its cookie back.
func (a *API) drop(x exchange) bool {
	c, err := x.req.Cookie(cookieName(x.req))
	if err != nil {
		return false
	}
	http.SetCookie(x.res, sessionCookie(x.req, "", -1))
	return a.sessions.end(c.Value)
}

// failedSignIn leaves a trace of a token that was refused.
func (a *API) failedSignIn(ctx context.Context, r *http.Request) {
	a.Log.WarnContext(ctx, "a sign-in failed", "from", r.RemoteAddr)
}
