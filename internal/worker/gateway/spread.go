package gateway

import (
	"sync"

	"google.golang.org/grpc"
)

// perConn is how many calls that stay open share a connection. What stands
// before a gateway often allows 100 or 128 and lets the next ones wait, as if
// there were no jobs.
const perConn = 80

// spread hands out connections for calls that stay open, as many connections as
// their number needs. It is safe for concurrent use.
type spread struct {
	dial func() (*grpc.ClientConn, error)

	mu     sync.Mutex
	conns  []*shared
	closed bool
}

type shared struct {
	conn *grpc.ClientConn
	open int // calls; guarded by spread.mu
}

// take gives a connection, and what gives it back when the call has ended.
func (s *spread) take() (*grpc.ClientConn, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		if c.open < perConn {
			return c.conn, s.hold(c), nil
		}
	}
	if s.closed {
		return nil, nil, grpc.ErrClientConnClosing //nolint:staticcheck // it is what calls on closed connections give, too
	}
	conn, err := s.dial()
	if err != nil {
		return nil, nil, err
	}
	c := &shared{conn: conn}
	s.conns = append(s.conns, c)
	return conn, s.hold(c), nil
}

func (s *spread) hold(c *shared) func() {
	c.open++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		c.open--
	}
}

// Close ends all calls.
func (s *spread) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var first error
	for _, c := range s.conns {
		if err := c.conn.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
