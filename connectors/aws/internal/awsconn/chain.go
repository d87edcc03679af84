package awsconn

import (
	"context"
	"errors"
	"net/url"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/fairlead-io/fairlead/connector"
)

// chain is the default credentials chain, in AWS's order: keys of the
// environment, web identity, profile, container, instance. It is put together
// here because the SDK's own insists on its own transport as soon as
// AWS_CA_BUNDLE is set.
type chain struct {
	conn *Conn
	mu   sync.Mutex
	next aws.CredentialsProvider
}

// Retrieve finds credentials.
func (c *chain) Retrieve(ctx context.Context) (aws.Credentials, error) {
	p, err := c.provider(ctx)
	if err != nil {
		return aws.Credentials{}, chainError(err)
	}
	cr, err := p.Retrieve(ctx)
	if err != nil && ctx.Err() != nil {
		return cr, ctx.Err()
	}
	if err != nil {
		return cr, chainError(err)
	}
	return cr, nil
}

func chainError(err error) error {
	return &connector.Error{
		Kind:    connector.Denied,
		Message: "The default credentials chain found no usable credentials: " + innermost(err) + ".",
		Fix:     "Give the machine an instance profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE for the Fairlead process, or set Authentication Type to Access Keys.",
		Err:     err,
	}
}

// provider is what the chain ended at, looked for once. A failure is looked
// into again, so that files may be mended while the program runs.
func (c *chain) provider(ctx context.Context) (aws.CredentialsProvider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != nil {
		return c.next, nil
	}
	links := []func(context.Context) (aws.CredentialsProvider, error){c.environment, c.webIdentity, c.profile, c.container, c.instance}
	if c.conn.cfg.Profile != "" {
		links = links[2:3] // one that is named is the only one meant
	}
	for _, link := range links {
		p, err := link(ctx)
		if err != nil {
			return nil, err
		}
		if p != nil {
			c.next = aws.NewCredentialsCache(p, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore })
			return c.next, nil
		}
	}
	return nil, errors.New("there is nothing to look at")
}

func (c *chain) env(names ...string) string {
	look := c.conn.lookup
	if look == nil {
		look = os.LookupEnv
	}
	for _, n := range names {
		if v, _ := look(n); v != "" {
			return v
		}
	}
	return ""
}

func (c *chain) environment(context.Context) (aws.CredentialsProvider, error) {
	key, secret := c.env("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"), c.env("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
	if key == "" || secret == "" {
		return nil, nil
	}
	return credentials.NewStaticCredentialsProvider(key, secret, c.env("AWS_SESSION_TOKEN")), nil
}

func (c *chain) webIdentity(context.Context) (aws.CredentialsProvider, error) {
	file, role := c.env("AWS_WEB_IDENTITY_TOKEN_FILE"), c.env("AWS_ROLE_ARN")
	if file == "" || role == "" {
		return nil, nil
	}
	client := sts.New(sts.Options{Region: c.conn.cfg.Region, HTTPClient: c.conn.metadata, Retryer: c.conn.Retryer})
	return stscreds.NewWebIdentityRoleProvider(client, role, stscreds.IdentityTokenFile(file), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = first(c.env("AWS_ROLE_SESSION_NAME"), appID)
	}), nil
}

// profile takes keys from the shared files, and leaves everything else that a
// profile can say (roles, SSO, programs) to the SDK.
func (c *chain) profile(ctx context.Context) (aws.CredentialsProvider, error) {
	named := first(c.conn.cfg.Profile, c.env("AWS_PROFILE", "AWS_DEFAULT_PROFILE"))
	sc, err := config.LoadSharedConfigProfile(ctx, first(named, config.DefaultSharedConfigProfile), c.sharedFiles)
	if _, absent := errors.AsType[config.SharedConfigProfileNotExistError](err); absent && named == "" {
		return nil, nil
	}
	switch {
	case err != nil:
		return nil, err
	case sc.Credentials.HasKeys() && sc.RoleARN == "":
		return credentials.StaticCredentialsProvider{Value: sc.Credentials}, nil
	case sc.RoleARN == "" && sc.CredentialProcess == "" && sc.SSOSessionName == "" && sc.SSOStartURL == "":
		return nil, nil
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(c.conn.cfg.Region), config.WithHTTPClient(c.conn.metadata), config.WithSharedConfigProfile(sc.Profile),
		config.WithSharedConfigFiles(c.sharedFile("AWS_CONFIG_FILE", config.DefaultSharedConfigFiles)),
		config.WithSharedCredentialsFiles(c.sharedFile("AWS_SHARED_CREDENTIALS_FILE", config.DefaultSharedCredentialsFiles)))
	if err != nil {
		return nil, err
	}
	return cfg.Credentials, nil
}

func (c *chain) sharedFiles(o *config.LoadSharedConfigOptions) {
	o.ConfigFiles = c.sharedFile("AWS_CONFIG_FILE", config.DefaultSharedConfigFiles)
	o.CredentialsFiles = c.sharedFile("AWS_SHARED_CREDENTIALS_FILE", config.DefaultSharedCredentialsFiles)
}

func (c *chain) sharedFile(env string, usual []string) []string {
	if f := c.env(env); f != "" {
		return []string{f}
	}
	return usual
}

// containerHost is where ECS serves the credentials of a task.
const containerHost = "http://169.254.170.2"

func (c *chain) container(context.Context) (aws.CredentialsProvider, error) {
	address := c.env("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if rel := c.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); rel != "" {
		address = containerHost + rel
	}
	if address == "" {
		return nil, nil
	}
	if _, err := url.Parse(address); err != nil {
		return nil, err
	}
	return endpointcreds.New(address, func(o *endpointcreds.Options) {
		o.HTTPClient, o.AuthorizationToken = c.conn.metadata, c.env("AWS_CONTAINER_AUTHORIZATION_TOKEN")
		if file := c.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
			o.AuthorizationTokenProvider = tokenFile(file)
		}
	}), nil
}

// tokenFile reads the token at each use: it is rotated.
type tokenFile string

// GetToken gives the file's content.
func (f tokenFile) GetToken() (string, error) {
	raw, err := os.ReadFile(string(f))
	return string(raw), err
}

func (c *chain) instance(context.Context) (aws.CredentialsProvider, error) {
	if c.env("AWS_EC2_METADATA_DISABLED") == "true" {
		return nil, nil
	}
	client := imds.New(imds.Options{HTTPClient: c.conn.metadata, Endpoint: c.env("AWS_EC2_METADATA_SERVICE_ENDPOINT")})
	return ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client }), nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
