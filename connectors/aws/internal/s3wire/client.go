package s3wire

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Config says where a Client's requests go and how.
type Config struct {
	// HTTP sends requests: the transport of a client that connector.Env.HTTP
	// made. It is called directly, so that no redirect is followed.
	HTTP http.RoundTripper
	// Credentials sign requests; they are asked for at each, and should keep
	// what they fetched (aws.NewCredentialsCache, awsconn's).
	Credentials aws.CredentialsProvider
	// Region is a code ("us-east-1"). Requests are signed for it.
	Region string
	// Endpoint is the URL of a service or VPC endpoint; empty is AWS.
	Endpoint string
	// PathStyle puts buckets into the path always. Without it AWS's rules hold:
	// into the path where the endpoint is an IP address or the bucket's name can
	// stand in no host name, else before the host name.
	PathStyle bool
	// Attempts is how often a request is sent at most; 0 means 3.
	Attempts int
	// Stall ends a request on which nothing has moved for so long; 0 is never.
	Stall time.Duration
	// Stalled makes the error of a request that Stall ended.
	Stalled func(time.Duration) error
	Now     func() time.Time
}

// Client sends requests to one region of one service with one set of
// credentials. It is safe for concurrent use.
type Client struct {
	cfg      Config
	places   *places
	sign     *signer
	sessions *sessions
	skew     *atomic.Int64 // nanoseconds that the service's clock is ahead
	jitter   func(most time.Duration) time.Duration
}

const (
	defaultAttempts = 3
	userAgent       = "fairlead"
)

// New makes a client; it sends nothing.
func New(cfg Config) *Client {
	if cfg.Attempts == 0 {
		cfg.Attempts = defaultAttempts
	}
	p := &places{resolver: s3.NewDefaultEndpointResolverV2(), region: cfg.Region, path: cfg.PathStyle, known: map[string]*place{}}
	if cfg.Endpoint != "" {
		p.endpoint = &cfg.Endpoint
	}
	return &Client{
		cfg: cfg, places: p, sign: &signer{}, sessions: &sessions{known: map[string]*session{}}, skew: &atomic.Int64{},
		jitter: func(most time.Duration) time.Duration { return rand.N(most) + 1 },
	}
}

// WithAttempts gives a client that shares everything but sends each request at
// most n times.
func (c *Client) WithAttempts(n int) *Client {
	other := *c
	other.cfg.Attempts = max(1, n)
	return &other
}

// Region is the region that requests are signed for.
func (c *Client) Region() string { return c.cfg.Region }
