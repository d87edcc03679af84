package keyvault

import (
	"context"
	"encoding/pem"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// Settings are the parameters of a connection to Azure Key Vault.
type Settings struct {
	TenantID          string           `json:"tenantId" label:"Tenant ID" doc:"Directory (tenant) ID of the app registration, or a domain of the tenant." example:"6f6ed1b2-8a5c-4b6a-9c1d-2f0e8d4c7a11" maxLength:"253" pattern:"^[0-9A-Za-z.-]+$" when:"authenticationType=Client Secret|Client Certificate|Workload Identity" group:"Azure"`
	ClientID          string           `json:"clientId" label:"Client ID" doc:"Application (client) ID of the app registration." example:"b1902d5e-3f47-4c0a-a0a3-7f2c1c9d6dbf" maxLength:"253" when:"authenticationType=Client Secret|Client Certificate|Workload Identity" group:"Azure"`
	ClientSecret      connector.Secret `json:"clientSecret" label:"Client Secret" doc:"Value of a client secret of the app registration, not its Secret ID." when:"authenticationType=Client Secret" group:"Azure"`
	SubscriptionID    string           `json:"subscriptionId" label:"Subscription ID" doc:"Subscription that holds the vaults." example:"982d7c43-5a1b-4a55-8b0f-3f7a2f60d7f1" minLength:"1" maxLength:"64" pattern:"^[0-9A-Za-z-]+$" group:"Azure"`
	ResourceGroupName string           `json:"resourceGroupName,omitempty" label:"Resource Group Name" doc:"Resource group for commands that name none." example:"security-vaults" maxLength:"90" group:"Azure"`
	APIVersion        string           `json:"apiVersion" label:"API Version" doc:"Version of the management API of Key Vault. Versions before 2026-02-01 retire on 2027-02-27; the content of vaults has a version of its own." default:"2026-02-01" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?$" example:"2026-02-01" group:"Azure"`

	Cloud                     string           `json:"cloud" label:"Cloud" doc:"The Azure that the subscription lives in. Custom takes its addresses from the fields below." enum:"Public,US Government,China,Custom" default:"Public" group:"Cloud"`
	AuthorityHost             string           `json:"authorityHost,omitempty" label:"Authority Host" doc:"Address of the login service of a custom cloud. Resource Manager is asked for it when it is blank." format:"uri" example:"https://login.example.com" when:"cloud=Custom" group:"Cloud"`
	ResourceManagerEndpoint   string           `json:"resourceManagerEndpoint" label:"Resource Manager Endpoint" doc:"Address of Azure Resource Manager in a custom cloud." format:"uri" example:"https://management.example.com" when:"cloud=Custom" group:"Cloud"`
	KeyVaultDNSSuffix         string           `json:"keyVaultDnsSuffix,omitempty" label:"Key Vault DNS Suffix" doc:"What follows a vault's name in its host in a custom cloud; it may carry a port. Resource Manager is asked for it when it is blank." example:"vault.example.com" maxLength:"253" pattern:"^[.]?[0-9A-Za-z.-]+(:[0-9]{1,5})?$" when:"cloud=Custom" group:"Cloud"`
	AuthenticationType        string           `json:"authenticationType" label:"Authentication Type" doc:"How the connection proves who it is. Default Credentials Chain tries the environment, a workload token, the machine's managed identity and the az tool." enum:"Client Secret,Client Certificate,Managed Identity,Workload Identity,Default Credentials Chain" default:"Client Secret" group:"Authentication"`
	ClientCertificate         connector.Secret `json:"clientCertificate" label:"Client Certificate" doc:"Certificate with its private key: PEM, or a PFX file in base64." when:"authenticationType=Client Certificate" group:"Authentication"`
	ClientCertificatePassword connector.Secret `json:"clientCertificatePassword,omitempty" label:"Client Certificate Password" doc:"Password of the private key or the PFX file." when:"authenticationType=Client Certificate" group:"Authentication"`
	ManagedIdentityClientID   string           `json:"managedIdentityClientId,omitempty" label:"Managed Identity Client ID" doc:"Client ID of a user-assigned managed identity. Blank for the machine's own." maxLength:"64" when:"authenticationType=Managed Identity" group:"Authentication"`

	CABundle            string           `json:"caBundle,omitempty" label:"CA Bundle" doc:"PEM certificates of authorities to trust besides the system's." group:"Network"`
	Proxy               string           `json:"proxy,omitempty" label:"Proxy" doc:"Proxy to reach Azure through, without user and password." format:"uri" example:"http://proxy.example.com:3128" group:"Network"`
	ProxyCredentials    connector.Secret `json:"proxyCredentials,omitempty" label:"Proxy Credentials" doc:"User and password for the proxy, written user:password." group:"Network"`
	ConnectTimeout      int              `json:"connectTimeout" label:"Connect Timeout" doc:"Seconds in which a connection must be made." default:"10" minimum:"1" maximum:"300" group:"Network"`
	RequestTimeout      int              `json:"requestTimeout" label:"Request Timeout" doc:"Seconds in which one request must be answered." default:"60" minimum:"1" maximum:"3600" group:"Network"`
	DataPlaneAPIVersion string           `json:"dataPlaneApiVersion" label:"Data Plane API Version" doc:"Version of the API for the content of vaults. The default offers all that the commands need and does not retire." default:"7.4" pattern:"^([0-9]+[.][0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?)$" group:"Advanced"`
}

// retiring is the first API version that outlives retirement.
const retiring = "2026-02-01"

// Validate checks what the tags cannot say.
func (s *Settings) Validate() []*connector.Error {
	errs := collect(
		checkURL(s.AuthorityHost, "/authorityHost", "Authority Host", "https"),
		checkURL(s.ResourceManagerEndpoint, "/resourceManagerEndpoint", "Resource Manager Endpoint", "https"),
		checkURL(s.Proxy, "/proxy", "Proxy", "https", "http"),
		checkPEM(s.CABundle),
		checkGroup(s.ResourceGroupName),
		s.checkCertificate(),
	)
	if s.Cloud != azconn.Custom && s.AuthorityHost+s.ResourceManagerEndpoint+s.KeyVaultDNSSuffix != "" {
		errs = append(errs, connector.InvalidField("/cloud", "Endpoints are given, but Cloud is "+s.Cloud+".", "Set Cloud to Custom, or leave the endpoints out."))
	}
	if s.Proxy == "" && !s.ProxyCredentials.Empty() {
		errs = append(errs, connector.InvalidField("/proxyCredentials", "Proxy Credentials are given without a Proxy.", "Give Proxy too, or leave the credentials out."))
	}
	return errs
}

// collect drops the nils.
func collect(errs ...*connector.Error) []*connector.Error {
	var out []*connector.Error
	for _, e := range errs {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

func checkURL(text, field, label string, schemes ...string) *connector.Error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	fix := "Write it like " + schemes[0] + "://host.example.com."
	switch {
	case err != nil || u.Host == "" || u.Scheme != schemes[0] && u.Scheme != schemes[len(schemes)-1]:
		return connector.InvalidField(field, label+" is not an "+strings.Join(schemes, ":// or ")+":// address.", fix)
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

func (s *Settings) checkCertificate() *connector.Error {
	if s.AuthenticationType != azconn.ClientCertificate || s.ClientCertificate.Empty() {
		return nil
	}
	_, _, err := clientCertificate(s.ClientCertificate.Reveal(), s.ClientCertificatePassword.Reveal())
	return err
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

// tuning holds the times that tests shorten.
type tuning struct {
	retry    azconn.Retry
	poll     time.Duration // first pause between looks at something under way
	pollMost time.Duration // longest such pause
	patience time.Duration // when waiting is given up
}

func usual() tuning {
	return tuning{retry: azconn.DefaultRetry(), poll: 2 * time.Second, pollMost: 30 * time.Second, patience: 10 * time.Minute}
}

// session is an opened connection, shared by concurrent calls.
type session struct {
	conn     *azconn.Conn
	env      connector.Env
	settings Settings
	tuning   tuning

	mu     sync.Mutex
	vaults map[string]*vault
	locks  map[string]chan struct{} // one writer of a vault's policies at a time
}

func opener(t tuning) func(context.Context, connector.Env, *Settings) (*session, error) {
	return func(_ context.Context, env connector.Env, s *Settings) (*session, error) { return open(env, s, t) }
}

func open(env connector.Env, s *Settings, t tuning) (*session, error) {
	auth := azconn.Auth{
		Type: s.AuthenticationType, TenantID: s.TenantID, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), IdentityID: s.ManagedIdentityClientID,
	}
	if auth.Type == azconn.ClientCertificate {
		key, certs, err := clientCertificate(s.ClientCertificate.Reveal(), s.ClientCertificatePassword.Reveal())
		if err != nil {
			return nil, err
		}
		auth.Key, auth.Certificates = key, certs
	}
	conn, err := azconn.Open(env, azconn.Config{
		Cloud: azconn.Cloud{
			Name: s.Cloud, Authority: strings.TrimRight(s.AuthorityHost, "/"), Management: strings.TrimRight(s.ResourceManagerEndpoint, "/"),
			VaultSuffix: strings.TrimLeft(s.KeyVaultDNSSuffix, "."),
		},
		Auth: auth, CABundle: s.CABundle, Proxy: s.proxyURL(), Retry: t.retry,
		ConnectTimeout: time.Duration(s.ConnectTimeout) * time.Second, Timeout: time.Duration(s.RequestTimeout) * time.Second,
	})
	if err != nil {
		return nil, err
	}
	if s.retires() {
		env.Log.Warn("the connection's management API version retires on 2027-02-27", "apiVersion", s.APIVersion, "use", retiring)
	}
	return &session{conn: conn, env: env, settings: *s, tuning: t, vaults: map[string]*vault{}, locks: map[string]chan struct{}{}}, nil
}

func (s *Settings) retires() bool { return s.APIVersion < retiring }

// Close drops idle connections.
func (s *session) Close(context.Context) error {
	s.conn.Close()
	return nil
}
