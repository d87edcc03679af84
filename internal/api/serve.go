package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Server says where and how the API is served.
type Server struct {
	Listen      string // host:port; port 0 takes a free one
	TLSCert     string // PEM file, read again when it changes; empty: plain HTTP
	TLSKey      string
	BehindProxy []netip.Prefix
	Drain       time.Duration // how long requests may go on when ctx ends
	// DrainDelay is how long the server goes on as before when ctx ends, but
	// says that it is not ready, so that a balancer can turn away from it.
	DrainDelay time.Duration
	Log        *slog.Logger
	// Ready is told the base address once requests are taken. Its error ends
	// the server.
	Ready func(url string) error
}

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// Serve takes requests until ctx ends, then lets those under way finish. Plain
// HTTP beyond this machine is refused unless a proxy is named, because tokens
// would cross the network in the open.
func Serve(ctx context.Context, a *API, s Server) error {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	tlsConf, err := tlsConfig(s)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return listenError(s.Listen, err)
	}
	srv := &http.Server{
		Handler: a, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, TLSConfig: tlsConf,
		ErrorLog:    slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	srv.RegisterOnShutdown(a.Stop)
	done := make(chan error, 1)
	go func() { done <- serveOn(srv, l) }()
	if s.Ready != nil {
		if err := s.Ready(s.url(l.Addr())); err != nil {
			return errors.Join(err, srv.Close())
		}
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		a.Drain()
		if err, ended := waited(done, s.DrainDelay); ended {
			return err
		}
		return shutdown(ctx, srv, s.Drain)
	}
}

// waited waits, unless the server ends by itself.
func waited(done <-chan error, d time.Duration) (error, bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case err := <-done:
		return err, true
	case <-t.C:
		return nil, false
	}
}

func serveOn(srv *http.Server, l net.Listener) error {
	var err error
	if srv.TLSConfig != nil {
		err = srv.ServeTLS(l, "", "")
	} else {
		err = srv.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func shutdown(ctx context.Context, srv *http.Server, drain time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		return srv.Close() // what is still under way is cut off; runs are drained by their service
	}
	return nil
}

// check refuses to serve tokens in the open.
func (s Server) check() error {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return invalid("/listen", fmt.Sprintf("The listen address %q is not host:port.", s.Listen), "Write it like 127.0.0.1:8480.")
	}
	if s.TLSCert != "" || len(s.BehindProxy) > 0 || isLoopback(host) {
		return nil
	}
	return invalid("/listen", fmt.Sprintf("Listening on %q would send tokens over the network in the open.", s.Listen),
		"Give --tls-cert and --tls-key, or name the proxy in front with --behind-proxy CIDR, or listen on 127.0.0.1.")
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

func listenError(addr string, err error) error {
	return &connector.Error{
		Kind: connector.Unavailable, Message: fmt.Sprintf("Cannot listen on %s: %v.", addr, err), Err: err,
		Fix: "Choose another address with --listen; port 0 takes a free one.",
	}
}

// url is the base address for clients on this machine.
func (s Server) url(addr net.Addr) string {
	scheme, host, port := "http", "", ""
	if s.TLSCert != "" {
		scheme = "https"
	}
	if t, ok := addr.(*net.TCPAddr); ok {
		host, port = t.IP.String(), strconv.Itoa(t.Port)
		if t.IP.IsUnspecified() {
			host = "127.0.0.1"
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func tlsConfig(s Server) (*tls.Config, error) {
	if s.TLSCert == "" && s.TLSKey == "" {
		return nil, nil
	}
	p, err := newPair(s.TLSCert, s.TLSKey, s.Log)
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: p.get}, nil
}
