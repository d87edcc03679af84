package azuresim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maxBody is above every limit that the simulated services have of their own.
const maxBody = 4 << 20

// call is one request on its way through a plane.
type call struct {
	s    *Server
	r    *http.Request
	body []byte
	now  time.Time
	// segs is the path, split before its segments were unescaped.
	segs []string
	rec  *Request
}

// answer is a whole response. It is built before anything is written, so that a fault can swallow it.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	rec := Request{Time: s.clock(), Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery}
	// Read before any delay: only then does the server notice that a client has left.
	body, bodyErr := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	fault := s.faultFor(r)
	if fault != nil {
		rec.Faulted = true
		s.pause(r, fault.Delay)
		if s.closing() {
			panic(http.ErrAbortHandler)
		}
	}
	var a answer
	if fault.handles() {
		a = s.handle(&call{s: s, r: r, body: body, now: s.clock(), segs: pathSegments(r), rec: &rec}, bodyErr)
	}
	if fault != nil {
		a = fault.apply(a)
	}
	rec.Status = a.status
	s.mu.Lock()
	s.log.add(rec)
	s.mu.Unlock()
	a.write(w, fault)
}

// handle runs the request; whatever it answers, its effect has happened when it returns.
func (s *Server) handle(c *call, bodyErr error) answer {
	a := s.guarded(c, bodyErr)
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set("x-ms-request-id", uuid.NewString())
	a.header.Set("Cache-Control", "no-cache")
	return a
}

func (s *Server) guarded(c *call, bodyErr error) answer {
	switch {
	case bodyErr != nil:
		return errorAnswer(badRequest("The request body could not be read."))
	case len(c.body) > maxBody:
		return errorAnswer(&apiError{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLarge", Message: "The request body is too large."})
	}
	return c.dispatch()
}

func (c *call) dispatch() answer {
	host := hostName(c.r.Host)
	switch {
	case strings.HasSuffix(host, "."+vaultSuffix):
		return c.serveVault(vaultOfHost(host))
	case host == loginHost:
		return c.serveEntra()
	case host == managementHost:
		return c.serveARM()
	}
	switch c.seg(0) {
	case "subscriptions", "metadata":
		return c.serveARM()
	}
	return c.serveEntra()
}

// pathSegments keeps empty segments out: Microsoft's clients write keys/name//sign for the current version.
func pathSegments(r *http.Request) []string {
	var segs []string
	for _, p := range strings.Split(r.URL.EscapedPath(), "/") {
		if p != "" {
			segs = append(segs, unescape(p))
		}
	}
	return segs
}

// seg is the i-th path segment in lower case, "" when there is none.
func (c *call) seg(i int) string {
	if i >= len(c.segs) {
		return ""
	}
	return strings.ToLower(c.segs[i])
}

// decode reads the JSON body into v; Azure ignores members it does not know.
func (c *call) decode(v any) bool {
	return len(c.body) > 0 && json.Unmarshal(c.body, v) == nil
}

func jsonAnswer(status int, v any) answer {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	// The values are structs and maps of this package, which always encode.
	_ = enc.Encode(v)
	return answer{
		status: status,
		header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		body:   bytes.TrimSuffix(b.Bytes(), []byte("\n")),
	}
}

func (a answer) write(w http.ResponseWriter, f *Fault) {
	if f != nil && f.Cut && f.CutAfter == 0 {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for k, v := range a.header {
		h[k] = v
	}
	if bodyAllowed(a.status) {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if f == nil || !f.Cut {
		// A client that went away is its own business.
		_, _ = w.Write(a.body)
		return
	}
	_, _ = w.Write(a.body[:min(f.CutAfter, len(a.body))])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}
