package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// wrap puts around everything what every request needs.
func (a *API) wrap(h http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, problemOf(&connector.Error{Kind: connector.Denied, Message: "A page of another origin sent this request.", Fix: "Use the console of this server, or a client that is not a browser."}))
	}))
	return a.forwarded(a.observe(secured(cross.Handler(h))))
}

// apiPolicy is for answers that are not pages; pagePolicy for the console.
const (
	apiPolicy  = "default-src 'none'; frame-ancestors 'none'"
	pagePolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
		"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

// secured sets the headers that keep browsers from misusing an answer.
func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("X-Frame-Options", "DENY")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			head.Set("Cache-Control", "no-store")
			head.Set("Content-Security-Policy", apiPolicy)
		} else {
			head.Set("Content-Security-Policy", pagePolicy)
		}
		if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" { // the latter only from a trusted proxy
			head.Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.ServeHTTP(w, r)
	})
}

// observe logs requests, and turns a panic into an answer.
func (a *API) observe(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := a.Now()
		s := &statusWriter{ResponseWriter: w, patience: a.Limits.Patience, now: a.Now}
		r, end := a.Telemetry.Request(r)
		defer func() {
			if p := recover(); p != nil {
				a.panicked(s, r, p)
			}
			end(r.Pattern, s.status)
			a.Telemetry.Counted(r, s.status, a.Now().Sub(began))
			a.Log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", s.status, "from", r.RemoteAddr, "ms", a.Now().Sub(began).Milliseconds())
		}()
		h.ServeHTTP(s, r)
		s.forget()
	})
}

// panicked is the last resort. An answer that has begun can only be cut off.
func (a *API) panicked(w *statusWriter, r *http.Request, p any) {
	if err, isErr := p.(error); isErr && errors.Is(err, http.ErrAbortHandler) || r.Context().Err() != nil { // huma panics when it cannot write
		panic(http.ErrAbortHandler)
	}
	a.Log.ErrorContext(r.Context(), "a request panicked", "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, problemOf(&connector.Error{Kind: connector.Internal}))
}

// statusWriter remembers the status, tells limited clients when to come back,
// and cuts off a client that does not take its answer.
type statusWriter struct {
	http.ResponseWriter
	status   int
	patience time.Duration
	now      func() time.Time
	deadline bool
}

// forget ends the deadline, which would hold for the next answer too.
func (s *statusWriter) forget() {
	if s.deadline {
		forget(http.NewResponseController(s.ResponseWriter))
	}
}

// Unwrap lets http.ResponseController find the writer's own methods.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	if h := s.Header(); status == http.StatusTooManyRequests && h.Get("Retry-After") == "" {
		h.Set("Retry-After", retryAfter(nil))
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusWriter) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	s.deadline = http.NewResponseController(s.ResponseWriter).SetWriteDeadline(s.now().Add(s.patience)) == nil // not every transport has deadlines
	return s.ResponseWriter.Write(b)
}

var forwardedHeaders = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}

// forwarded believes what a trusted proxy says of the client, and nobody else.
// With proxies configured, plain HTTP is taken from them and from this machine
// only.
func (a *API) forwarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, known := addrOf(r.RemoteAddr)
		if known && a.trusts(peer) {
			h.ServeHTTP(w, viaProxy(r, a.trusts))
			return
		}
		if known && len(a.BehindProxy) > 0 && r.TLS == nil && !peer.IsLoopback() {
			writeProblem(w, problemOf(&connector.Error{Kind: connector.Denied, Message: "This address is served through its proxy only.", Fix: "Use the address of the proxy."}))
			return
		}
		for _, name := range forwardedHeaders {
			r.Header.Del(name)
		}
		h.ServeHTTP(w, r)
	})
}

func (a *API) trusts(peer netip.Addr) bool {
	return slices.ContainsFunc(a.BehindProxy, func(p netip.Prefix) bool { return p.Contains(peer) })
}

// viaProxy gives the request as the client sent it. The nearest address that
// is not a proxy's counts: those before it could be made up.
func viaProxy(r *http.Request, trusted func(netip.Addr) bool) *http.Request {
	r = r.Clone(r.Context())
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		r.RemoteAddr = netip.AddrPortFrom(addr.Unmap(), 0).String()
		if !trusted(addr.Unmap()) {
			break
		}
	}
	if host := r.Header.Get("X-Forwarded-Host"); host != "" && !strings.ContainsAny(host, ", /\\") {
		r.Host = host
	}
	return r
}

func addrOf(remote string) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(remote)
	return ap.Addr().Unmap(), err == nil
}

// elsewhere answers what no operation does: the console, or a problem.
func (a *API) elsewhere(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/") && a.Static != nil {
		a.Static.ServeHTTP(w, r)
		return
	}
	if allowed := a.methodsOf(r); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeProblem(w, problemOf(&connector.Error{
			Kind: connector.Invalid, Status: http.StatusMethodNotAllowed, Message: "This address does not take " + r.Method + ".", Fix: "Use " + strings.Join(allowed, " or ") + ".",
		}))
		return
	}
	writeProblem(w, problemOf(&connector.Error{Kind: connector.NotFound, Message: "There is nothing at this address.", Fix: "See /openapi.json for the addresses there are."}))
}

func (a *API) methodsOf(r *http.Request) []string {
	var out []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
		probe := &http.Request{Method: m, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(probe); pattern != "/" && pattern != "" {
			out = append(out, m)
		}
	}
	return out
}
