package azconn

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/fairlead-io/fairlead/connector"
)

// Config says how a connection reaches Azure and proves itself.
type Config struct {
	Cloud          Cloud // Name, and for Custom the rest as far as it is known
	Auth           Auth
	CABundle       string
	Proxy          string
	ConnectTimeout time.Duration
	Timeout        time.Duration // of one request
	Retry          Retry
}

// Retry bounds repetition.
type Retry struct {
	Base  time.Duration // the first pause where Azure names none
	Total time.Duration // the most time that the pauses of one call take together
	Tries int           // the most attempts after failures other than throttling
}

// DefaultRetry is what connections use.
func DefaultRetry() Retry { return Retry{Base: time.Second, Total: time.Minute, Tries: 4} }

// Plane tells whose token a call needs.
type Plane int

// The planes.
const (
	NoToken    Plane = iota
	Management       // Azure Resource Manager
	Vault            // the content of vaults
)

// Conn is an opened connection, safe for concurrent calls.
type Conn struct {
	cfg   Config
	env   connector.Env
	http  *http.Client
	meta  *http.Client // may reach the metadata address; nil unless the credential needs it
	plain runtime.Pipeline

	mu    sync.Mutex
	ready *planes
}

// planes is what needs the cloud's addresses, which a custom cloud may first
// have to tell.
type planes struct {
	cloud      Cloud
	cred       azcore.TokenCredential
	management runtime.Pipeline
	vault      runtime.Pipeline
}

// Open prepares a connection. It sends nothing.
func Open(env connector.Env, cfg Config) (*Conn, error) {
	o := connector.HTTPOptions{Proxy: cfg.Proxy, CABundle: cfg.CABundle, ConnectTimeout: cfg.ConnectTimeout}
	client, err := env.HTTP(o)
	if err != nil {
		return nil, err
	}
	c := &Conn{cfg: cfg, env: env, http: client}
	if cfg.Auth.needsMetadata() {
		o.Metadata = true
		if c.meta, err = env.HTTP(o); err != nil {
			return nil, err
		}
	}
	c.plain = c.pipeline(nil)
	return c, nil
}

// Close drops idle connections.
func (c *Conn) Close() { c.http.CloseIdleConnections() }

// Cloud gives the addresses of the connection's cloud.
func (c *Conn) Cloud(ctx context.Context) (Cloud, error) {
	p, err := c.planes(ctx)
	if err != nil {
		return Cloud{}, err
	}
	return p.cloud, nil
}

func (c *Conn) planes(ctx context.Context) (*planes, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready != nil {
		return c.ready, nil
	}
	cl, err := c.complete(ctx)
	if err != nil {
		return nil, err
	}
	inner, err := c.credential(cl)
	if err != nil {
		return nil, err
	}
	cred := explained{inner, cl}
	c.ready = &planes{
		cloud: cl, cred: cred,
		management: c.pipeline(runtime.NewBearerTokenPolicy(cred, managementScope(cl), nil)),
		vault:      c.pipeline(runtime.NewBearerTokenPolicy(cred, []string{cl.VaultAudience() + "/.default"}, nil)),
	}
	return c.ready, nil
}

// managementScope keeps a slash that the audience ends with: Entra makes it part
// of the token, and a cloud that names it so wants it so.
func managementScope(c Cloud) []string { return []string{c.Audience + "/.default"} }

// pipeline is azcore's, with its repetitions off: ours know which calls may be
// repeated.
func (c *Conn) pipeline(token policy.Policy) runtime.Pipeline {
	o := runtime.PipelineOptions{PerRetry: []policy.Policy{watch{}}}
	if token != nil {
		o.PerRetry = []policy.Policy{token, watch{}}
	}
	return runtime.NewPipeline("fairlead", "1", o, &policy.ClientOptions{
		Transport: bounded{c.http}, Retry: policy.RetryOptions{MaxRetries: -1}, Telemetry: policy.TelemetryOptions{ApplicationID: "fairlead"},
	})
}
