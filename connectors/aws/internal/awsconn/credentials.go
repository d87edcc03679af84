package awsconn

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/fairlead-io/fairlead/connector"
)

// Role is a role to assume.
type Role struct {
	ARN      string
	Session  string
	Duration time.Duration
}

// renewBefore is how long before their end temporary credentials are renewed,
// so that a long transfer does not outlive the ones it started with.
const renewBefore = 5 * time.Minute

// base gives the credentials of the connection itself. The chain reads files
// only when first used: opening a connection stays free of effects.
func (c *Conn) base() aws.CredentialsProvider {
	if !c.cfg.Chain {
		return credentials.NewStaticCredentialsProvider(c.cfg.AccessKey, c.cfg.SecretKey, c.cfg.SessionToken)
	}
	return &chain{conn: c}
}

// Credentials gives the credentials to act with: the connection's own, or
// those of a role. Roles are kept, so that a session is assumed once.
func (c *Conn) Credentials(r Role) aws.CredentialsProvider {
	if r.ARN == "" {
		return c.own
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.roles[r]; ok {
		return p
	}
	p := &assumed{conn: c, role: r, turn: make(chan struct{}, 1)}
	c.roles[r] = p
	return p
}

// assumed keeps the credentials of one role session until shortly before they
// end. One caller at a time renews; the others wait for it or for their own
// cancellation.
type assumed struct {
	conn  *Conn
	role  Role
	turn  chan struct{}
	creds aws.Credentials // guarded by turn
}

// Retrieve gives the kept credentials or assumes the role.
func (a *assumed) Retrieve(ctx context.Context) (aws.Credentials, error) {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return aws.Credentials{}, ctx.Err()
	}
	if a.creds.HasKeys() && a.conn.now().Add(renewBefore).Before(a.creds.Expires) {
		return a.creds, nil
	}
	out, err := a.conn.assumeRole(ctx, a.role)
	if err != nil {
		return aws.Credentials{}, err
	}
	a.creds = out
	return out, nil
}

func (c *Conn) assumeRole(ctx context.Context, r Role) (aws.Credentials, error) {
	in := &sts.AssumeRoleInput{RoleArn: &r.ARN, RoleSessionName: &r.Session, DurationSeconds: aws.Int32(int32(r.Duration / time.Second))} // validated: at most 43200
	if c.cfg.ExternalID != "" {
		in.ExternalId = &c.cfg.ExternalID
	}
	out, err := c.sts(c.own).AssumeRole(ctx, in)
	if err != nil {
		return aws.Credentials{}, c.explainRole(ctx, MapError(err, c.endpointName("sts")), r)
	}
	if out.Credentials == nil || out.Credentials.Expiration == nil {
		return aws.Credentials{}, &connector.Error{Kind: connector.Unavailable, Operation: "AssumeRole", Message: "AssumeRole gave no credentials.", Fix: "Check that the endpoint offers STS."}
	}
	k := out.Credentials
	return aws.Credentials{
		AccessKeyID: aws.ToString(k.AccessKeyId), SecretAccessKey: aws.ToString(k.SecretAccessKey), SessionToken: aws.ToString(k.SessionToken),
		Source: "AssumeRole", CanExpire: true, Expires: *k.Expiration,
	}, nil
}

// CallerIdentity asks who the given credentials are; empty when the service
// does not say.
func (c *Conn) CallerIdentity(ctx context.Context, p aws.CredentialsProvider) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := c.sts(p).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return ""
	}
	return aws.ToString(out.Arn)
}

func (c *Conn) sts(p aws.CredentialsProvider) *sts.Client {
	o := sts.Options{Region: c.cfg.Region, Credentials: p, HTTPClient: c.HTTP, Retryer: c.Retryer, AppID: appID}
	if c.cfg.EndpointURL != "" && !c.AWS() {
		o.BaseEndpoint = &c.cfg.EndpointURL
	}
	return sts.New(o)
}

// SessionName makes a role session name for those who gave none.
func SessionName(id string) string {
	name := fmt.Sprintf("fairlead-%s", id)
	return name[:min(len(name), 64)]
}
