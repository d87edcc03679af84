package azuresim

import "time"

// Request is one request as the log remembers it. Bodies and tokens are never kept.
type Request struct {
	Time         time.Time
	Method, Host string
	Path, Query  string
	// Operation names what was asked, for example "vaults.get", "secrets.set" or "token"; "" when the request
	// was answered before that was known.
	Operation string
	// ClientID is the application whose token was accepted, "" when none was.
	ClientID string
	// Status is the status answered, or that of the answer a fault has cut; 0 when there was none.
	Status int
	// Faulted tells that the fault hook chose this request.
	Faulted bool
}

// requestLog is a ring of the newest requests.
type requestLog struct {
	size int
	next int
	ring []Request
}

func (l *requestLog) add(r Request) {
	if l.size <= 0 {
		l.size = 1000
	}
	if len(l.ring) < l.size {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[l.next] = r
	l.next = (l.next + 1) % l.size
}

// Requests are the newest requests, oldest first, in the order in which they were answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(append([]Request{}, s.log.ring[s.log.next:]...), s.log.ring[:s.log.next]...)
}

// ResetRequests forgets the requests seen so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = requestLog{size: s.log.size}
}
