package gateway

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

// server is a gateway on a real socket that does what a test tells it to.
type server struct {
	pb.UnimplementedGatewayServer

	quietly  bool // notes nothing
	mu       sync.Mutex
	requests []any
	headers  []string // authorization of each call
	admit    func(header string) error

	onStream func(*pb.StreamActivatedJobsRequest, grpc.ServerStreamingServer[pb.ActivatedJob]) error
	onPoll   func(*pb.ActivateJobsRequest, grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error
	onCall   func(ctx context.Context, in any) error
	topology *pb.TopologyResponse
}

func (s *server) note(ctx context.Context, in any) error {
	md, _ := metadata.FromIncomingContext(ctx)
	header := ""
	if h := md.Get("authorization"); len(h) > 0 {
		header = h[0]
	}
	if s.quietly {
		return nil
	}
	s.mu.Lock()
	s.requests = append(s.requests, in)
	s.headers = append(s.headers, header)
	s.mu.Unlock()
	if s.admit != nil {
		if err := s.admit(header); err != nil {
			return err
		}
	}
	if s.onCall != nil {
		return s.onCall(ctx, in)
	}
	return nil
}

func (s *server) seen() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]any(nil), s.requests...)
}

func (s *server) authorizations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.headers...)
}

func (s *server) StreamActivatedJobs(in *pb.StreamActivatedJobsRequest, out grpc.ServerStreamingServer[pb.ActivatedJob]) error {
	if err := s.note(out.Context(), in); err != nil {
		return err
	}
	if s.onStream == nil {
		return status.Error(codes.Unimplemented, "no streams here")
	}
	return s.onStream(in, out)
}

func (s *server) ActivateJobs(in *pb.ActivateJobsRequest, out grpc.ServerStreamingServer[pb.ActivateJobsResponse]) error {
	if err := s.note(out.Context(), in); err != nil {
		return err
	}
	if s.onPoll == nil {
		return nil
	}
	return s.onPoll(in, out)
}

func (s *server) CompleteJob(ctx context.Context, in *pb.CompleteJobRequest) (*pb.CompleteJobResponse, error) {
	return &pb.CompleteJobResponse{}, s.note(ctx, in)
}

func (s *server) FailJob(ctx context.Context, in *pb.FailJobRequest) (*pb.FailJobResponse, error) {
	return &pb.FailJobResponse{}, s.note(ctx, in)
}

func (s *server) ThrowError(ctx context.Context, in *pb.ThrowErrorRequest) (*pb.ThrowErrorResponse, error) {
	return &pb.ThrowErrorResponse{}, s.note(ctx, in)
}

func (s *server) UpdateJobTimeout(ctx context.Context, in *pb.UpdateJobTimeoutRequest) (*pb.UpdateJobTimeoutResponse, error) {
	return &pb.UpdateJobTimeoutResponse{}, s.note(ctx, in)
}

func (s *server) Topology(ctx context.Context, in *pb.TopologyRequest) (*pb.TopologyResponse, error) {
	return s.topology, s.note(ctx, in)
}

// listen starts a server on a free port, or on the address given, and gives its
// address and what stops it.
func (s *server) listen(t testing.TB, address string, options ...grpc.ServerOption) (string, func()) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(options...)
	pb.RegisterGatewayServer(g, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = g.Serve(l) // ends with an error when the test stops it
	}()
	stop := sync.OnceFunc(func() { g.Stop(); <-done })
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

func testDeps() Deps {
	e := egress.New(egress.Policy{})
	return Deps{Dial: e.DialContext, HTTP: e.Client, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

func open(t testing.TB, s Settings) *Client {
	t.Helper()
	if s.REST == "" {
		s.REST = DefaultREST
	}
	c, err := Open(t.Context(), s, testDeps())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}
