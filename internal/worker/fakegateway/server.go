package fakegateway

import (
	"errors"
	"net"
	"net/http"

	"google.golang.org/grpc"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

// Server gives an engine the interfaces that real clusters have.
type Server struct {
	grpc     *grpc.Server
	rest     *http.Server
	grpcAddr string
	restAddr string
}

// Listen serves an engine on two ports of this machine that are free, or on
// those that are named. Close ends it.
func Listen(e *Engine, grpcAddr, restAddr string) (*Server, error) {
	return ListenBehind(nil, e, grpcAddr, restAddr)
}

// ListenBehind is Listen with a guard before both interfaces; nil lets in all.
func ListenBehind(g Guard, e *Engine, grpcAddr, restAddr string) (*Server, error) {
	s := &Server{grpc: grpc.NewServer(append(g.interceptors(), grpc.MaxRecvMsgSize(30<<20))...), rest: &http.Server{Handler: g.before(e.REST())}}
	pb.RegisterGatewayServer(s.grpc, rpc{e: e})
	jobs, err := net.Listen("tcp", orFree(grpcAddr))
	if err != nil {
		return nil, err
	}
	rest, err := net.Listen("tcp", orFree(restAddr))
	if err != nil {
		return nil, errors.Join(err, jobs.Close())
	}
	s.grpcAddr, s.restAddr = jobs.Addr().String(), rest.Addr().String()
	go func() { _ = s.grpc.Serve(jobs) }() // ends with Close
	go func() { _ = s.rest.Serve(rest) }()
	return s, nil
}

func orFree(addr string) string {
	if addr == "" {
		return "127.0.0.1:0"
	}
	return addr
}

// GRPC is the gRPC address as settings name it.
func (s *Server) GRPC() string { return "http://" + s.grpcAddr }

// REST is the base address of the REST interface.
func (s *Server) REST() string { return "http://" + s.restAddr }

// Close cuts everything off.
func (s *Server) Close() error {
	s.grpc.Stop()
	return s.rest.Close()
}
