package gateway

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	tlscreds "google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

const (
	// Gateways end connections that are pinged more often than every 30 s.
	minKeepAlive     = 30 * time.Second
	defaultKeepAlive = 45 * time.Second
	maxReceive       = 30 << 20
	// grpc's own limit of 120 s would leave a worker idle long after the cluster
	// is back.
	maxReconnectDelay = 3 * time.Second
	// What a stream may hold that was not asked for yet: jobs in there wait for
	// us, or for their timeout. Left to itself grpc raises it up to 16 MiB.
	streamWindow = 64 << 10
)

// grpcTransport speaks with a cluster over three sets of connections, made when
// they are needed: one connection for commands, which no call that stays open
// can hold up, and others for polls and for streams, whose flow control is told
// by small windows.
type grpcTransport struct {
	calls          *grpc.ClientConn
	polls, streams *spread
	auth           credentials
	timeout        time.Duration // of a command
	tenants        []string      // where an activation names none
}

func newGRPC(s Settings, to target, auth credentials, deps Deps) (*grpcTransport, error) {
	options, err := dialOptions(s, to, deps)
	if err != nil {
		return nil, err
	}
	dial := func(more ...grpc.DialOption) func() (*grpc.ClientConn, error) {
		all := slices.Concat(options, more)
		// The dialer resolves the name itself, under the rules of egress.
		return func() (*grpc.ClientConn, error) { return grpc.NewClient("passthrough:///"+to.address, all...) }
	}
	calls, err := dial()()
	if err != nil {
		return nil, unusable(to, err)
	}
	small := []grpc.DialOption{grpc.WithInitialWindowSize(streamWindow), grpc.WithInitialConnWindowSize(4 * streamWindow)}
	return &grpcTransport{
		calls: calls, polls: &spread{dial: dial()}, streams: &spread{dial: dial(small...)},
		auth: auth, timeout: s.commandTimeout(), tenants: s.tenants(),
	}, nil
}

func unusable(to target, err error) error {
	return &connector.Error{Kind: connector.Invalid, Message: "The gRPC address " + to.address + " cannot be used: " + err.Error() + ".", Fix: "Give it as http://host:26500 or https://host:443.", Err: err}
}

func dialOptions(s Settings, to target, deps Deps) ([]grpc.DialOption, error) {
	security := insecure.NewCredentials()
	if to.tls {
		cfg, err := tlsConfig(s)
		if err != nil {
			return nil, err
		}
		security = tlscreds.NewTLS(cfg)
	}
	params := grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: maxReconnectDelay},
		MinConnectTimeout: 10 * time.Second,
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(security),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return deps.Dial(ctx, "tcp", address)
		}),
		grpc.WithConnectParams(params),
		// Without calls nothing is pinged: gateways take that for an attack.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: s.keepAlive(), Timeout: 20 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxReceive)),
		grpc.WithDisableServiceConfig(),
		grpc.WithUserAgent("fairlead"),
	}
	if s.Authority != "" {
		options = append(options, grpc.WithAuthority(s.Authority))
	}
	return options, nil
}

func (t *grpcTransport) Close() error {
	return errors.Join(t.streams.Close(), t.polls.Close(), t.calls.Close())
}

// command makes one unary call, with its own time limit and, when the cluster
// no longer takes the token, a second attempt with a new one.
func (t *grpcTransport) command(ctx context.Context, operation string, in, out any) error {
	limited, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	return t.authorized(ctx, limited, operation, func(ctx context.Context) error {
		return t.calls.Invoke(ctx, "/"+pb.Gateway_ServiceDesc.ServiceName+"/"+operation, in, out)
	})
}

// authorized runs a call with credentials. own is the caller's context, which
// alone decides whether the call was given up; do gets limited.
func (t *grpcTransport) authorized(own, limited context.Context, operation string, do func(context.Context) error) error {
	for again := true; ; again = false {
		header, err := t.auth.header(limited)
		if err != nil {
			return err
		}
		if err = do(withHeader(limited, header)); err == nil {
			return nil
		}
		if !again || status.Code(err) != codes.Unauthenticated || !t.auth.refused(header) {
			return t.failed(own, operation, err)
		}
	}
}

func (t *grpcTransport) failed(ctx context.Context, operation string, err error) *Error {
	e := fromGRPC(ctx, operation, err)
	e.Message = t.auth.scrub(e.Message)
	if e.Code == CodeUnauthenticated && e.Fix == "" {
		e.Fix = t.auth.fix()
	}
	return e
}

func withHeader(ctx context.Context, header connector.Secret) context.Context {
	if header.Empty() {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", header.Reveal())
}
