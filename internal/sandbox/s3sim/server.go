// Package s3sim is the S3 half of the sandbox: a real S3 server on loopback inside this process, for people who
// want to try things without an account, and for tests.
//
// It is versitygw's S3 server with what AWS has beyond it: any number of regions, public access blocks, STS,
// several identities, and AWS's answers where the two differ. A small front looks at the region of each
// request's signature and hands it to one versitygw server per region; all of them share one storage folder.
// The account number, every name and every message is meant to be what a client of AWS sees.
//
// Two goroutines of fasthttp outlive Close: one per server that looks for idle workers and ends within a second,
// and one per process that keeps the time for the Date header, however many servers there are.
package s3sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// Server is a running sandbox. All its methods may be called from any goroutine.
type Server struct {
	opts       Options
	rootSecret string
	iam        *identities
	tokens     *tokenService
	storage    *storage
	requests   *requestLog

	listener net.Listener
	http     *fasthttp.Server
	conns    connections
	served   chan struct{}
	unwatch  func() bool

	regionsMu sync.RWMutex
	regions   map[string]*region

	closeOnce sync.Once
	closeErr  error
}

// Start opens the state in o.Dir and serves until Close is called or ctx ends.
func Start(ctx context.Context, o Options) (*Server, error) { return start(ctx, o, false) }

// start can be told to keep metadata in files even where extended attributes work.
func start(ctx context.Context, o Options, sidecar bool) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Server{
		opts: o, rootSecret: newSecret(), iam: newIdentities(o), requests: newRequestLog(o.RequestLog),
		served: make(chan struct{}), regions: map[string]*region{},
	}
	s.tokens = &tokenService{iam: s.iam}
	if err := s.openStorage(sidecar); err != nil {
		return nil, err
	}
	if err := s.listen(ctx); err != nil {
		s.storage.posix.Shutdown()
		return nil, err
	}
	s.unwatch = context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

func (s *Server) openStorage(sidecar bool) error {
	if err := s.opts.makeDirs(); err != nil {
		return err
	}
	buckets, err := openRegistry(s.opts.stateFile(), s.opts.bucketRoot())
	if err != nil {
		return err
	}
	p, err := openPosix(s.opts, sidecar)
	if err != nil {
		return err
	}
	s.storage = &storage{
		posix: p, root: s.opts.bucketRoot(), buckets: buckets, foreign: s.opts.ForeignBuckets,
		maxBuckets: s.opts.MaxBuckets, clock: s.opts.Clock, log: s.opts.Log,
	}
	return nil
}

// listen serves with the HTTP settings that versitygw gave its own server, and our handler in front.
func (s *Server) listen(ctx context.Context) error {
	home, err := s.regionServer(DefaultRegion)
	if err != nil {
		return err
	}
	// A listener of our own and no dialer: nothing here opens a connection to anywhere.
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", s.opts.Listen)
	if err != nil {
		return fmt.Errorf("sandbox S3: Listen %q: %w", s.opts.Listen, err)
	}
	s.listener = ln
	s.http = home.app.Server()
	s.http.Handler = s.handle
	s.http.ConnState = s.conns.track
	s.http.MaxIdleWorkerDuration = idleWorker
	go func() {
		defer close(s.served)
		if err := s.http.Serve(ln); err != nil {
			s.opts.Log.Debug("sandbox S3: server ended", "error", err)
		}
	}()
	return nil
}

// idleWorker is how often fasthttp looks for idle workers, and so how long that goroutine outlives Close.
const idleWorker = time.Second

// Endpoint is the URL to give to S3 clients, path style, such as http://127.0.0.1:41234. STS answers there too.
func (s *Server) Endpoint() string { return "http://" + s.listener.Addr().String() }

// AccessKey is the key of the main identity, who may do everything.
func (s *Server) AccessKey() string { return s.opts.AccessKey }

// SecretKey belongs to AccessKey.
func (s *Server) SecretKey() string { return s.opts.SecretKey }

// Region is the region to use when none is wanted in particular.
func (s *Server) Region() string { return DefaultRegion }

// Requests returns the newest requests, oldest first. A request is there once its answer has begun.
func (s *Server) Requests() []Request { return s.requests.all() }

// ResetRequests forgets the requests so far.
func (s *Server) ResetRequests() { s.requests.reset() }

// drainTimeout is how long Close waits for requests under way before it cuts their connections.
const drainTimeout = time.Second

// Close stops serving and closes the state, whose folder stays. Further calls return the same result.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		s.unwatch()
		ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		err := s.http.ShutdownWithContext(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = nil // what is still under way is cut below
		}
		// Shutdown knows neither a listener that Serve has not reached yet nor connections it gave up on.
		_ = s.listener.Close()
		<-s.served
		s.conns.closeAll()
		s.storage.posix.Shutdown()
		s.closeErr = err
	})
	return s.closeErr
}

// connections knows the open ones, so that Close can end transfers that would go on.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func (c *connections) track(conn net.Conn, state fasthttp.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case fasthttp.StateNew:
		if c.open == nil {
			c.open = map[net.Conn]struct{}{}
		}
		c.open[conn] = struct{}{}
	case fasthttp.StateClosed, fasthttp.StateHijacked:
		delete(c.open, conn)
	}
}

func (c *connections) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		_ = conn.Close()
	}
}
