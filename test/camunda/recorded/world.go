package recorded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// The S3 server's root user, as in the recordings, and the only region there is.
const (
	RootKey    = "AKIATESTROOT"
	RootSecret = "test-root-secret"
	Region     = "us-east-1"
)

// World is the servers around one runtime, all on loopback.
type World struct {
	Places
	GatewayAt string // host:port of the job gateway
	Gateway   *Gateway
	Documents *DocumentStore
	S3        *S3Proxy

	server *s3Server
	stop   []func()
	key    int64 // of the last job
}

// Start brings the servers up. versitygw is the S3 server's program, dir a folder
// for its buckets and its log.
func Start(ctx context.Context, versitygw, dir string) (*World, error) {
	w := &World{Gateway: newGateway(), Documents: &DocumentStore{}, key: 1000}
	if err := w.start(ctx, versitygw, dir); err != nil {
		w.Stop()
		return nil, err
	}
	return w, nil
}

func (w *World) start(ctx context.Context, versitygw, dir string) error {
	var err error
	if w.server, err = startS3(ctx, versitygw, dir); err != nil {
		return err
	}
	w.stop = append(w.stop, w.server.stop)
	if w.S3, err = newS3Proxy(w.server.endpoint); err != nil {
		return err
	}
	if err := w.Documents.Reset("none", 0, nil); err != nil {
		return err
	}
	for _, s := range []struct {
		at      *string
		handler http.Handler
	}{{&w.Places.Web, http.HandlerFunc(web)}, {&w.Places.S3, w.S3}, {&w.Places.Documents, w.Documents}} {
		if err := w.http(s.at, s.handler); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.GatewayAt = l.Addr().String()
	w.stop = append(w.stop, w.Gateway.serve(l))
	return nil
}

func (w *World) http(at *string, h http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	*at = l.Addr().String()
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	w.stop = append(w.stop, func() { _ = s.Close() })
	return nil
}

// Stop ends all servers.
func (w *World) Stop() {
	for i := len(w.stop) - 1; i >= 0; i-- {
		w.stop[i]()
	}
	w.stop = nil
}

// prepare brings the world into the state before a case.
func (w *World) prepare(ctx context.Context, c Case) error {
	err := errors.Join(
		w.server.prepare(ctx, c.S3Before),
		w.Documents.Reset(c.ID, c.DocumentStoreFails, c.Documents),
	)
	if err != nil {
		return fmt.Errorf("%s: prepare: %w", c.ID, err)
	}
	w.S3.Reset(c.S3Script)
	return nil
}
