package azuresim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Options configure a simulator. The zero value of every field but Clock is usable.
type Options struct {
	// Listen is the TCP address to listen on; "127.0.0.1:0" when empty. Only loopback addresses are accepted.
	Listen string
	// Clock tells the time for tokens, attributes and retention. Required.
	Clock func() time.Time
	// TenantID, SubscriptionID, ResourceGroup and Location name the prepared directory and subscription.
	// Identifiers are random, the group is "sandbox" and the location "eastus" when empty.
	TenantID, SubscriptionID, ResourceGroup, Location string
	// ClientID, ObjectID and ClientSecret describe the first application. It is Contributor of the
	// subscription and has no access to any vault's content until a policy or a data role gives it.
	ClientID, ObjectID, ClientSecret string
	// Portless leaves the port out of vault, ARM and authority URLs and puts ":443" into the nextLink of the
	// data plane, as Azure does. Clients must then dial through Resolve.
	Portless bool
	// LogSize is how many requests Requests remembers; 1000 when 0.
	LogSize int
	// Behaviour is what SetBehaviour sets.
	Behaviour Behaviour
}

// Server is a running simulator. Its methods may be called concurrently.
type Server struct {
	// TenantID, SubscriptionID, ResourceGroup and Location name the prepared directory and subscription.
	TenantID, SubscriptionID, ResourceGroup, Location string
	// ClientID, ObjectID and ClientSecret are those of the first application. ObjectID is the service
	// principal's, the one access policies and role assignments take.
	ClientID, ObjectID, ClientSecret string

	clock    func() time.Time
	portless bool
	addr     string
	ca       *authority
	signer   *tokenSigner
	http     *http.Server
	routes   []armRoute
	// dataRoutes are the operations of every vault.
	dataRoutes []dataRoute
	done       chan struct{}
	// quit ends the delays of injected faults, so that Close need not wait for them.
	quit      chan struct{}
	closeOnce sync.Once
	closeErr  error

	mu    sync.Mutex
	state state
	log   requestLog
	fault func(*http.Request) *Fault
	conf  Behaviour
}

// Start listens, prepares the directory and serves until ctx ends or Close is called.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Clock == nil {
		return nil, errors.New("azuresim: Options.Clock is missing; give it the clock of the caller")
	}
	l, err := listenLoopback(ctx, o.Listen)
	if err != nil {
		return nil, err
	}
	s, err := newServer(o, l.Addr().String())
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	go func() {
		defer close(s.done)
		// Serve's error is always ErrServerClosed or the listener's end: nobody is left to act on it.
		_ = s.http.Serve(tls.NewListener(l, s.http.TLSConfig))
	}()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

func listenLoopback(ctx context.Context, addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("azuresim: Options.Listen %q is not host:port: %w", addr, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("azuresim: Options.Listen %q is not a loopback address; use 127.0.0.1:0", addr)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("azuresim: listen: %w", err)
	}
	return l, nil
}

func newServer(o Options, addr string) (*Server, error) {
	ca, err := newAuthority(o.Clock())
	if err != nil {
		return nil, err
	}
	signer, err := newTokenSigner()
	if err != nil {
		return nil, err
	}
	s := &Server{
		TenantID: orUUID(o.TenantID), SubscriptionID: orUUID(o.SubscriptionID),
		ResourceGroup: or(o.ResourceGroup, "sandbox"), Location: canonicalLocation(or(o.Location, "eastus")),
		ClientID: orUUID(o.ClientID), ObjectID: orUUID(o.ObjectID),
		ClientSecret: or(o.ClientSecret, randomSecret()),
		clock:        o.Clock, portless: o.Portless, addr: addr, ca: ca, signer: signer,
		done: make(chan struct{}), quit: make(chan struct{}), conf: o.Behaviour, routes: armRoutes(), dataRoutes: dataRoutes(),
	}
	s.log.size = o.LogSize
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: 10 * time.Second,
		// Cut answers and refused handshakes are wanted here, so their noise is not.
		ErrorLog:  log.New(io.Discard, "", 0),
		TLSConfig: s.tlsConfig(),
	}
	return s, s.prepare()
}

// prepare makes the tenant, the subscription with one group, and the first application.
func (s *Server) prepare() error {
	s.state = newState()
	s.state.tenants[strings.ToLower(s.TenantID)] = true
	s.state.addSubscription(s.SubscriptionID, s.TenantID)
	s.AddResourceGroup(s.ResourceGroup, s.Location)
	_, err := s.AddPrincipal(Principal{
		ClientID: s.ClientID, ObjectID: s.ObjectID, DisplayName: "sandbox application",
		Secrets: []ClientSecret{{Value: s.ClientSecret}},
		Roles:   []Assignment{{Role: RoleContributor, Scope: "/subscriptions/" + s.SubscriptionID}},
	})
	return err
}

// Close stops the server and cuts what is under way. It may be called more than once.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		close(s.quit)
		s.closeErr = s.http.Close()
	})
	<-s.done
	return s.closeErr
}

func or(v, fallback string) string {
	if v != "" {
		return v
	}
	return fallback
}

func orUUID(v string) string { return or(v, uuid.NewString()) }
