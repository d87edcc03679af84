package gateway

import (
	"fmt"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Strategy is how calls prove who makes them.
type Strategy string

// The strategies.
const (
	NoAuth Strategy = "none"
	Basic  Strategy = "basic"
	OAuth  Strategy = "oauth" // client credentials of OAuth 2
)

// Settings say which cluster to use and how. They hold no plain secrets: they
// may be printed. FromEnv makes them.
type Settings struct {
	// GRPC is the gateway's address: http:// or grpc:// without TLS, https:// or
	// grpcs:// with; a bare host:port is without TLS, unless the port is 443. It
	// may be empty with PreferREST.
	GRPC string
	// REST is the address of the REST API, with or without /v2; the schemes are
	// http and https, a bare host:port is as for GRPC. Empty: there is none, and
	// only jobs work.
	REST string
	// PreferREST uses the REST API for jobs too. It has no streams.
	PreferREST bool

	Auth Auth

	TLS TLS
	// Authority is the name that gRPC calls the gateway by, and that its
	// certificate is for, where that is not the host of its address.
	Authority string

	RequestTimeout time.Duration // of one command; 0: 20 s, more than a gateway waits for its brokers
	KeepAlive      time.Duration // of gRPC; 0: 45 s; never under 30 s

	// Tenant is the tenant of what is not a job, such as documents; empty: none.
	Tenant string

	Worker WorkerDefaults

	// Given tells that the environment names a cluster; without, the addresses
	// are those of a cluster on this machine.
	Given bool
}

// Auth are the credentials.
type Auth struct {
	Strategy     Strategy // empty: NoAuth
	ClientID     string
	ClientSecret connector.Secret
	TokenURL     string
	DiscoveryURL string // of an OpenID provider, which names the token URL; used when TokenURL is empty
	Audience     string // empty: not sent
	Scope        string // empty: not sent
	Resource     string // empty: not sent
	Username     string
	Password     connector.Secret
}

// TLS are the certificates, in PEM: files, which are read again for each
// connection, or the text itself.
type TLS struct {
	CAFile, CA     string // authorities trusted besides the system's
	CertFile, Cert string // the client's certificate; empty: none
	KeyFile        string // its key
	Key            connector.Secret
}

// WorkerDefaults are what the environment says of workers. Zero values were not
// given.
type WorkerDefaults struct {
	Name           string
	MaxJobs        int
	Stream         *bool
	Enabled        *bool
	Timeout        time.Duration
	StreamTimeout  time.Duration // how long a stream stays open
	PollInterval   time.Duration
	RequestTimeout time.Duration // of a long poll
	Tenants        []string
}

// Defaults of Settings.
const (
	DefaultGRPC = "http://localhost:26500"
	DefaultREST = "http://localhost:8080"
)

const defaultCommandTimeout = 20 * time.Second

func (s Settings) commandTimeout() time.Duration {
	if s.RequestTimeout > 0 {
		return s.RequestTimeout
	}
	return defaultCommandTimeout
}

func (s Settings) keepAlive() time.Duration {
	if s.KeepAlive == 0 {
		return defaultKeepAlive
	}
	return max(s.KeepAlive, minKeepAlive)
}

// tenants are where jobs are asked for. It is never empty.
func (s Settings) tenants() []string {
	switch {
	case len(s.Worker.Tenants) > 0:
		return s.Worker.Tenants
	case s.Tenant != "":
		return []string{s.Tenant}
	}
	return []string{DefaultTenant}
}

// String gives what logs may say of a cluster: the addresses and the way to
// prove who calls.
func (s Settings) String() string {
	auth := s.Auth.Strategy
	if auth == "" {
		auth = NoAuth
	}
	return fmt.Sprintf("gRPC %s, REST %s, authentication %s", withoutUser(s.GRPC), withoutUser(s.REST), auth)
}
