package azuresim

import (
	"net/http"
	"strings"
	"time"
)

// Fault is what a fault hook wants done to one request. The zero value changes nothing.
type Fault struct {
	// Delay is waited before anything else happens, in real time. It ends early when the client leaves, and the
	// request takes effect all the same; a Close ends it too, and the request does not.
	Delay time.Duration
	// Status, when not 0, is answered instead of the true answer, with Code and Message as its error.
	Status int
	// Code and Message fill the error body; the status's own text when empty.
	Code, Message string
	// Header is added to the answer, for example Retry-After.
	Header http.Header
	// Edit, when not nil, changes the body of the true answer, for example to put another nextLink into it.
	Edit func(body []byte) []byte
	// AfterEffect lets the request take effect before Status is answered. Without it nothing happens.
	AfterEffect bool
	// Cut breaks the connection after the request took effect: after CutAfter bytes of the body, or before
	// the status line when CutAfter is 0.
	Cut      bool
	CutAfter int
}

// Throttled is Azure's 429. Its Retry-After is left out when retryAfter is "", as Azure itself often does.
func Throttled(retryAfter string) *Fault {
	f := &Fault{
		Status: http.StatusTooManyRequests, Code: "Throttled",
		Message: "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
	}
	if retryAfter != "" {
		f.Header = http.Header{"Retry-After": {retryAfter}}
	}
	return f
}

// SetFault sets the hook that is asked about each request before it is handled; nil removes it. The hook may
// be called concurrently, must not read the body, and returns nil to leave a request alone.
func (s *Server) SetFault(hook func(*http.Request) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = hook
}

func (s *Server) faultFor(r *http.Request) *Fault {
	s.mu.Lock()
	hook := s.fault
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(r)
}

func (s *Server) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-s.quit:
	}
}

func (s *Server) closing() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

// handles reports whether the request takes effect under this fault.
func (f *Fault) handles() bool {
	return f == nil || f.AfterEffect || f.Cut || f.Status == 0
}

func (f *Fault) apply(a answer) answer {
	if f.Status != 0 {
		a = errorAnswer(&apiError{
			Status: f.Status, Code: or(f.Code, statusCode(f.Status)), Message: or(f.Message, http.StatusText(f.Status)+"."),
		})
	}
	if f.Edit != nil && f.Status == 0 {
		a.body = f.Edit(a.body)
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	for k, v := range f.Header {
		a.header[http.CanonicalHeaderKey(k)] = v
	}
	return a
}

// statusCode is the status's text without blanks, which is how Azure names its general errors.
func statusCode(status int) string {
	return strings.ReplaceAll(http.StatusText(status), " ", "")
}
