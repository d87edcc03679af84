package camundas3

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// attempts is how often a request is sent at most, as in Camunda's runtime.
const attempts = 4

// stall ends a request on which nothing has moved for so long.
const stall = time.Minute

// pool keeps one client for each target, so that calls share connections. A
// client that nobody has used for a while is dropped.
type pool struct {
	regions regions
	idle    time.Duration
	most    int

	mu      sync.Mutex
	clients map[target]*client
}

func newPool(idle time.Duration, most int) *pool {
	return &pool{idle: idle, most: most, clients: map[target]*client{}}
}

// client sends the requests of one target. Its last fields are the pool's. It
// has nothing to close: connections belong to the platform, which shares them
// among all clients and drops those that are idle.
type client struct {
	wire *s3wire.Client

	users  int
	timer  *time.Timer
	pooled bool
}

// of gives the client of a call and what to call when it is no longer needed.
func (p *pool) of(ctx context.Context, call *connector.Call, a *Access) (*client, func(), error) {
	t, err := p.target(ctx, call, a)
	if err != nil {
		return nil, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.clients[t]
	if c == nil {
		if c, err = dial(call, t); err != nil {
			return nil, nil, err
		}
		if c.pooled = p.room(); c.pooled {
			p.clients[t] = c
		}
	}
	c.users++
	if c.timer != nil {
		c.timer.Stop()
	}
	return c, func() { p.release(t, c) }, nil
}

// room makes room for one more client by dropping one that is not in use. The
// caller holds the lock.
func (p *pool) room() bool {
	if len(p.clients) < p.most {
		return true
	}
	for t, c := range p.clients {
		if c.users == 0 {
			p.drop(t, c)
			return true
		}
	}
	return false
}

func (p *pool) release(t target, c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.users--
	switch {
	case c.users > 0 || !c.pooled:
	case c.timer == nil:
		c.timer = time.AfterFunc(p.idle, func() { p.expire(t, c) })
	default:
		c.timer.Reset(p.idle)
	}
}

// expire drops a client, unless somebody took it while the timer rang.
func (p *pool) expire(t target, c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.users == 0 && p.clients[t] == c {
		p.drop(t, c)
	}
}

func (p *pool) drop(t target, c *client) {
	delete(p.clients, t)
	if c.timer != nil {
		c.timer.Stop()
	}
}

// target completes what was given by what the machine says.
func (p *pool) target(ctx context.Context, call *connector.Call, a *Access) (target, error) {
	t := target{
		chain: a.AuthenticationType == defaultChain, sessionToken: a.SessionToken.Reveal(),
		roleARN: a.RoleARN, externalID: a.ExternalID, region: a.Region,
	}
	if t.chain && !call.Machine {
		return t, &connector.Error{Kind: connector.Denied, Field: "/authenticationType", Message: "The machine's own credentials are for those who may manage connections, and for the worker.", Fix: "Give an Access Key and a Secret Key, or use a token with the scope manage."}
	}
	if t.chain {
		if _, saas := lookup(call, saasVariable); saas {
			return t, &connector.Error{Kind: connector.Denied, Field: "/authenticationType", Message: "The machine's own credentials may not be used here: " + saasVariable + " is set.", Fix: "Give an Access Key and a Secret Key."}
		}
	} else {
		t.accessKey, t.secretKey = a.AccessKey.Reveal(), a.SecretKey.Reveal()
	}
	var err error
	if t.endpoint, err = endpointOf(call, a); err != nil {
		return t, err
	}
	t.pathStyle = pathStyle(a.PathStyle, t.endpoint)
	if t.region == "" {
		t.region, err = p.regions.find(ctx, call)
	}
	return t, err
}

func lookup(call *connector.Call, name string) (string, bool) {
	if call.LookupEnv == nil {
		return "", false
	}
	return call.LookupEnv(name)
}

// dial builds a client; it sends nothing.
func dial(call *connector.Call, t target) (*client, error) {
	web, err := call.HTTP(connector.HTTPOptions{})
	if err != nil {
		return nil, err
	}
	conn, err := awsconn.Open(call.Env, awsconn.Config{
		Region: t.region, Chain: t.chain, AccessKey: t.accessKey, SecretKey: t.secretKey, SessionToken: t.sessionToken,
		ExternalID: t.externalID, EndpointURL: t.endpoint, Timeout: stall,
	})
	if err != nil {
		return nil, err
	}
	role := awsconn.Role{}
	if t.roleARN != "" {
		role = awsconn.Role{ARN: t.roleARN, Session: awsconn.SessionName(call.NewID()), Duration: roleDuration}
	}
	wire := s3wire.New(s3wire.Config{
		HTTP: web.Transport, Credentials: &explained{conn.Credentials(role)}, Region: t.region, Endpoint: t.endpoint,
		PathStyle: t.pathStyle, Attempts: attempts, Stall: stall, Stalled: stalled, Now: call.Now,
	})
	return &client{wire: wire}, nil
}

func stalled(d time.Duration) error {
	return &connector.Error{Kind: connector.Timeout, Message: fmt.Sprintf("The service sent or took nothing for %s.", d), Fix: "Try again."}
}

// explained marks the errors of a provider, so that they can be told from those
// of S3.
type explained struct{ next aws.CredentialsProvider }

// Retrieve passes on.
func (p *explained) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := p.next.Retrieve(ctx)
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		err = &noCredentials{err}
	}
	return c, err
}

type noCredentials struct{ err error }

// Error is the provider's own text.
func (e *noCredentials) Error() string { return e.err.Error() }

// Unwrap gives the provider's own error.
func (e *noCredentials) Unwrap() error { return e.err }
