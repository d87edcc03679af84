package connector

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"
)

// HTTPOptions are what a connection may say of its transport.
type HTTPOptions struct {
	Proxy          string        // http(s)://[user:password@]host:port; empty means the environment's
	CABundle       string        // PEM certificates trusted besides the system's
	ConnectTimeout time.Duration // 0 means 10 s
	MaxConns       int           // connections per host kept open; 0 means 64
	Metadata       bool          // may reach the cloud's instance metadata address; only for credential providers that need it
	// Hosts are the hosts that may be asked, patterns separated by commas; empty
	// means all. The platform sets it from the connection's guardrails.
	Hosts string
	// ClientCertificate answers a server that asks who calls; nil: nobody does.
	// Clients share a pool only if they share it.
	ClientCertificate *ClientCertificate
}

// ClientCertificate gives a certificate and its key, anew for each handshake,
// so that a renewed one is taken up.
type ClientCertificate struct {
	Get func() (*tls.Certificate, error)
}

// Env is what the platform lends to a connection when it is opened. It holds
// no secrets and no state of a run.
type Env struct {
	// HTTP makes a client whose every dial goes through the egress rules. It
	// follows no redirect to another host.
	HTTP func(HTTPOptions) (*http.Client, error)
	Now  func() time.Time
	Log  *slog.Logger
	// LookupEnv reads the process environment, for default credential chains.
	LookupEnv func(string) (string, bool)
	// NewID gives a random identifier, for generated names.
	NewID func() string
}

// Call is one execution of a command, as the command sees it.
type Call struct {
	Env
	RunID string
	Files Files
	// Documents are the documents of the caller's process; nil where there are
	// none, as outside of a job.
	Documents Documents
	Items     *Items
	Undo      UndoSink // nil where nothing is recorded
	DryRun    bool
	// Machine tells that the caller may use what the machine itself offers, such
	// as its credentials: a worker, or somebody who manages connections. Commands
	// over a connection need not ask, for the connection was set up so.
	Machine bool
}

// Session is an opened connection: clients and pools built from settings. It
// is shared by concurrent calls and closed when it has not been used for a
// while or its connection changed.
type Session any

// SessionCloser is a Session that has something to close.
type SessionCloser interface {
	Close(ctx context.Context) error
}
