package s3

import (
	"context"
	"encoding/pem"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// Choices of the connection.
const (
	accessKeys   = "Access Keys"
	defaultChain = "Default Credentials Chain"

	pathAutomatic = "Automatic"
	pathOn        = "On"
)

// Settings are the parameters of a connection to AWS S3 or to a service that
// speaks its protocol.
type Settings struct {
	DefaultRegionName          string           `json:"defaultRegionName" label:"Default Region Name" doc:"Region that calls go to. A code (us-east-1), a display name, or both as in the default." default:"US East (N. Virginia): us-east-1" example:"US East (N. Virginia): us-east-1" maxLength:"128" group:"AWS"`
	AccessKey                  connector.Secret `json:"accessKey" label:"Access Key" doc:"Access key ID of an IAM user, or of temporary credentials." when:"authenticationType=Access Keys" group:"AWS"`
	SecretKey                  connector.Secret `json:"secretKey" label:"Secret Key" doc:"Secret access key that belongs to the access key." when:"authenticationType=Access Keys" group:"AWS"`
	DefaultRoleARN             string           `json:"defaultRoleArn,omitempty" label:"Default Role ARN" doc:"Role to assume for every command. Its permissions replace those of the keys; its trust policy must name their identity." api:"RoleArn" minLength:"20" maxLength:"2048" example:"arn:aws:iam::123456789012:role/awsflows3" group:"AWS"`
	DefaultRoleSessionName     string           `json:"defaultRoleSessionName,omitempty" label:"Default Role Session Name" doc:"Name of the assumed session, as it appears in CloudTrail. Made up when a role is given without one." api:"RoleSessionName" minLength:"2" maxLength:"64" pattern:"^[\\w+=,.@-]*$" example:"awsflows3_Session1" group:"AWS"`
	DefaultSessionDurationTime int              `json:"defaultSessionDurationTime" label:"Default Session Duration Time" doc:"How long an assumed session lasts, in seconds. The role's own maximum (1 hour unless changed) applies too." api:"DurationSeconds" default:"3600" minimum:"900" maximum:"43200" example:"1800" group:"AWS"`

	AuthenticationType string           `json:"authenticationType" label:"Authentication Type" doc:"Access Keys uses the two keys above. Default Credentials Chain takes what the machine offers: environment, shared files, web identity, container, instance profile." enum:"Access Keys,Default Credentials Chain" default:"Access Keys" group:"Authentication"`
	Profile            string           `json:"profile,omitempty" label:"Profile" doc:"Profile of the shared AWS files that the credentials come from, in place of the rest of the chain: keys, a role, SSO or a program. It is read each time, not copied." maxLength:"256" when:"authenticationType=Default Credentials Chain" group:"Authentication"`
	SessionToken       connector.Secret `json:"sessionToken,omitempty" label:"Session Token" doc:"Session token, when the keys are temporary." group:"Authentication"`
	ExternalID         string           `json:"externalId,omitempty" label:"External ID" doc:"External ID that the role's trust policy asks for." api:"ExternalId" minLength:"2" maxLength:"1224" pattern:"^[\\w+=,.@:\\/-]*$" group:"Authentication"`
	EndpointURL        string           `json:"endpointUrl,omitempty" label:"Endpoint URL" doc:"Address of an S3-compatible service, or of a VPC endpoint. Empty for AWS. AssumeRole goes there too, except below amazonaws.com." format:"uri" example:"https://s3.example.com:9000" group:"Endpoint"`
	PathStyle          string           `json:"pathStyle" label:"Path Style" doc:"Whether the bucket stands in the path instead of the host name. Automatic turns it on for endpoints that are not AWS's." enum:"Automatic,On,Off" default:"Automatic" group:"Endpoint"`
	CABundle           string           `json:"caBundle,omitempty" label:"CA Bundle" doc:"PEM certificates of authorities to trust besides the system's." group:"Network"`
	Proxy              string           `json:"proxy,omitempty" label:"Proxy" doc:"Proxy to reach the service through, without user and password." format:"uri" example:"http://proxy.example.com:3128" group:"Network"`
	ProxyCredentials   connector.Secret `json:"proxyCredentials,omitempty" label:"Proxy Credentials" doc:"User and password for the proxy, written user:password." group:"Network"`
	RequestTimeout     int              `json:"requestTimeout" label:"Request Timeout" doc:"Seconds in which something must move on a request. Long transfers are not cut while they progress." default:"60" minimum:"1" maximum:"3600" group:"Network"`
	Concurrency        int              `json:"concurrency" label:"Concurrency" doc:"How many requests of one command run at the same time." default:"8" minimum:"1" maximum:"256" group:"Network"`
}

// Validate checks what the tags cannot say.
func (s *Settings) Validate() []*connector.Error {
	var errs []*connector.Error
	if _, err := awsconn.ResolveRegion(s.DefaultRegionName, s.EndpointURL != ""); err != nil {
		errs = append(errs, at(err, "/defaultRegionName"))
	}
	errs = appendErr(errs, checkURL(s.EndpointURL, "/endpointUrl", "Endpoint URL"))
	errs = appendErr(errs, checkURL(s.Proxy, "/proxy", "Proxy"))
	errs = appendErr(errs, checkPEM(s.CABundle))
	if s.Profile != "" && s.AuthenticationType != defaultChain {
		errs = append(errs, connector.InvalidField("/profile", "A Profile is given, but Authentication Type is "+s.AuthenticationType+".", "Set Authentication Type to "+defaultChain+", or leave the profile out."))
	}
	if s.Proxy == "" && !s.ProxyCredentials.Empty() {
		errs = append(errs, connector.InvalidField("/proxyCredentials", "Proxy Credentials are given without a Proxy.", "Give Proxy too, or leave the credentials out."))
	}
	return errs
}

func appendErr(errs []*connector.Error, err *connector.Error) []*connector.Error {
	if err == nil {
		return errs
	}
	return append(errs, err)
}

func at(err *connector.Error, field string) *connector.Error {
	e := *err
	e.Field = field
	return &e
}

func checkURL(text, field, label string) *connector.Error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return connector.InvalidField(field, label+" is not an http:// or https:// address.", "Write it like https://s3.example.com:9000.")
	case u.User != nil:
		return connector.InvalidField(field, label+" must not contain a user or a password.", "Use the secret parameters for credentials.")
	case u.RawQuery != "" || u.Fragment != "":
		return connector.InvalidField(field, label+" must end after its path.", "Leave out everything from ? or # on.")
	}
	return nil
}

func checkPEM(text string) *connector.Error {
	if text == "" {
		return nil
	}
	if b, _ := pem.Decode([]byte(text)); b == nil || b.Type != "CERTIFICATE" {
		return connector.InvalidField("/caBundle", "CA Bundle holds no PEM certificate.", "Paste the authority's certificate, from -----BEGIN CERTIFICATE----- on.")
	}
	return nil
}

func (s *Settings) proxyURL() string {
	if s.ProxyCredentials.Empty() {
		return s.Proxy
	}
	u, err := url.Parse(s.Proxy)
	if err != nil {
		return s.Proxy
	}
	user, password, _ := strings.Cut(s.ProxyCredentials.Reveal(), ":")
	u.User = url.UserPassword(user, password)
	return u.String()
}

// session is an opened connection, shared by concurrent calls.
type session struct {
	conn        *awsconn.Conn
	settings    Settings
	region      string
	roleName    string // for roles given without a session name
	concurrency int
	limits      transferLimits
	now         func() time.Time

	mu      sync.Mutex
	clients map[clientKey]*awss3.Client
	wires   map[clientKey]*s3wire.Client
	homes   map[string]string // bucket -> region, where it was found elsewhere than asked
}

type clientKey struct {
	role   awsconn.Role
	region string
}

// transferLimits say when and how objects travel in parts; tests lower them.
type transferLimits struct {
	part      int64 // size of a part
	threshold int64 // uploads from this size on are multipart
	copyMax   int64 // copies above this size are multipart
	page      int   // versions that are listed and removed at a time; 0 is the most there can be
}

func defaultLimits() transferLimits {
	return transferLimits{part: 8 << 20, threshold: 16 << 20, copyMax: 5 << 30}
}

// opener opens connections whose objects travel by the given limits.
func opener(limits transferLimits) func(context.Context, connector.Env, *Settings) (*session, error) {
	return func(_ context.Context, env connector.Env, s *Settings) (*session, error) { return open(env, s, limits) }
}

func open(env connector.Env, s *Settings, limits transferLimits) (*session, error) {
	region, bad := awsconn.ResolveRegion(s.DefaultRegionName, s.EndpointURL != "")
	if bad != nil {
		return nil, at(bad, "/defaultRegionName")
	}
	conn, err := awsconn.Open(env, awsconn.Config{
		Region: region, Chain: s.AuthenticationType == defaultChain, Profile: s.Profile,
		AccessKey: s.AccessKey.Reveal(), SecretKey: s.SecretKey.Reveal(), SessionToken: s.SessionToken.Reveal(),
		ExternalID: s.ExternalID, EndpointURL: s.EndpointURL, CABundle: s.CABundle, Proxy: s.proxyURL(),
		Timeout: time.Duration(s.RequestTimeout) * time.Second, Concurrency: s.Concurrency,
	})
	if err != nil {
		return nil, err
	}
	return &session{
		conn: conn, settings: *s, region: region, roleName: awsconn.SessionName(env.NewID()),
		concurrency: max(1, s.Concurrency), limits: limits,
		clients: map[clientKey]*awss3.Client{}, wires: map[clientKey]*s3wire.Client{}, now: env.Now, homes: map[string]string{},
	}, nil
}

// Close drops idle connections.
func (s *session) Close(context.Context) error {
	s.conn.Close()
	return nil
}

func (s *session) client(k clientKey) *awss3.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.clients[k]; ok {
		return c
	}
	o := awss3.Options{
		Region: k.region, Credentials: s.conn.Credentials(k.role), HTTPClient: s.conn.HTTP, Retryer: s.conn.Retryer,
		AppID: "fairlead", UsePathStyle: s.pathStyle(),
		// Old services refuse the trailing checksums that the SDK adds by
		// default; payloads are signed with their SHA-256 instead, and what
		// comes back is verified by this package.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if s.settings.EndpointURL != "" {
		o.BaseEndpoint = &s.settings.EndpointURL
	}
	c := awss3.New(o)
	s.clients[k] = c
	return c
}

func (s *session) pathStyle() bool {
	switch s.settings.PathStyle {
	case pathOn:
		return true
	case pathAutomatic:
		return !awsconn.IsAWS(s.settings.EndpointURL)
	}
	return false
}
