package awsconn

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/fairlead-io/fairlead/connector"
)

const appID = "fairlead"

// Config is what a connection says, whatever its form.
type Config struct {
	Region       string // a code
	Chain        bool   // default credentials chain; else the keys
	Profile      string // of the shared files, in place of the whole chain
	AccessKey    string
	SecretKey    string
	SessionToken string
	ExternalID   string
	EndpointURL  string // empty: AWS
	CABundle     string
	Proxy        string // may hold user and password
	Timeout      time.Duration
	Concurrency  int
}

// Conn is an opened connection to AWS or to a service that speaks its
// protocol. It is safe for concurrent use.
type Conn struct {
	HTTP    aws.HTTPClient
	Retryer aws.Retryer
	// Transport is what HTTP sends through, without its watch for stalls and
	// without redirects, for clients that bring these themselves.
	Transport http.RoundTripper

	cfg      Config
	now      func() time.Time
	lookup   func(string) (string, bool)
	metadata aws.HTTPClient
	own      aws.CredentialsProvider
	mu       sync.Mutex
	roles    map[Role]*assumed
	close    []func()
}

// Open builds the clients; it sends nothing.
func Open(env connector.Env, cfg Config) (*Conn, error) {
	opts := connector.HTTPOptions{Proxy: cfg.Proxy, CABundle: cfg.CABundle, MaxConns: max(64, 2*cfg.Concurrency)}
	main, err := env.HTTP(opts)
	if err != nil {
		return nil, err
	}
	c := &Conn{
		cfg: cfg, now: env.Now, lookup: env.LookupEnv, roles: map[Role]*assumed{},
		HTTP: &stallClient{next: main, limit: cfg.Timeout}, Transport: main.Transport,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 3, 5*time.Second }),
		close:   []func(){main.CloseIdleConnections},
	}
	if cfg.Chain {
		if err := c.openMetadata(env, opts); err != nil {
			return nil, err
		}
	}
	c.own = c.base()
	return c, nil
}

// openMetadata makes the client of credential providers; the instance's
// metadata service is never behind the proxy.
func (c *Conn) openMetadata(env connector.Env, opts connector.HTTPOptions) error {
	opts.Metadata, opts.MaxConns = true, 4
	client, err := env.HTTP(opts)
	if err != nil {
		return err
	}
	c.metadata = client
	c.close = append(c.close, client.CloseIdleConnections)
	return nil
}

// Close drops idle connections.
func (c *Conn) Close() {
	for _, f := range c.close {
		f()
	}
}

// AWS tells whether calls go to AWS itself, and not to another maker's
// service. An endpoint below amazonaws.com is a private one of AWS.
func (c *Conn) AWS() bool { return IsAWS(c.cfg.EndpointURL) }

// IsAWS tells it of an endpoint URL; empty is AWS.
func IsAWS(endpoint string) bool {
	if endpoint == "" {
		return true
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	h := "." + strings.ToLower(u.Hostname())
	for _, d := range []string{".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws"} {
		if strings.HasSuffix(h, d) {
			return true
		}
	}
	return false
}

// endpointName names the service in messages.
func (c *Conn) endpointName(service string) string {
	if c.cfg.EndpointURL == "" {
		return service + "." + c.cfg.Region + ".amazonaws.com"
	}
	if u, err := url.Parse(c.cfg.EndpointURL); err == nil {
		return u.Host
	}
	return c.cfg.EndpointURL
}

// EndpointName names the service that calls of a region go to, for messages.
func (c *Conn) EndpointName(service, region string) string {
	if c.cfg.EndpointURL == "" && region != "" {
		return service + "." + region + ".amazonaws.com"
	}
	return c.endpointName(service)
}
