package azconn

import (
	"crypto"
	"crypto/x509"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/fairlead-io/fairlead/connector"
)

// Auth is how a connection proves who it is.
type Auth struct {
	Type         string // one of the constants below
	TenantID     string
	ClientID     string
	ClientSecret string
	Certificates []*x509.Certificate
	Key          crypto.PrivateKey
	IdentityID   string // client id of a user-assigned managed identity
}

// The ways to authenticate, as the connection's parameter names them.
const (
	ClientSecret      = "Client Secret"
	ClientCertificate = "Client Certificate"
	ManagedIdentity   = "Managed Identity"
	WorkloadIdentity  = "Workload Identity"
	DefaultChain      = "Default Credentials Chain"
)

func (a Auth) needsMetadata() bool { return a.Type == ManagedIdentity || a.Type == DefaultChain }

// clientOptions leave repetitions to the call that needs the token.
func (c *Conn) clientOptions(cl Cloud) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: cl.Authority + "/"},
		Transport: bounded{c.http}, Retry: policy.RetryOptions{MaxRetries: -1},
	}
}

// credential makes the credential of the settings. The authority is one that is
// known here or that the settings name, so that it need not be looked up first.
func (c *Conn) credential(cl Cloud) (azcore.TokenCredential, error) {
	a, o := c.cfg.Auth, c.clientOptions(cl)
	switch a.Type {
	case ClientCertificate:
		return c.certificateCredential(a.TenantID, a.ClientID, a.Certificates, a.Key, o)
	case ManagedIdentity:
		return c.managedIdentity(a.IdentityID, o)
	case WorkloadIdentity:
		return c.workloadIdentity(a.TenantID, a.ClientID, o)
	case DefaultChain:
		return c.chain(o)
	}
	return c.secretCredential(a.TenantID, a.ClientID, a.ClientSecret, o)
}

func (c *Conn) secretCredential(tenant, client, secret string, o azcore.ClientOptions) (azcore.TokenCredential, error) {
	cred, err := azidentity.NewClientSecretCredential(tenant, client, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: o, DisableInstanceDiscovery: true})
	return made(cred, err)
}

func (c *Conn) certificateCredential(tenant, client string, certs []*x509.Certificate, key crypto.PrivateKey, o azcore.ClientOptions) (azcore.TokenCredential, error) {
	cred, err := azidentity.NewClientCertificateCredential(tenant, client, certs, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions: o, DisableInstanceDiscovery: true, SendCertificateChain: true,
	})
	return made(cred, err)
}

// managedIdentity is the one credential that may reach the machine's metadata
// address; everything else of the connection goes through a client that cannot.
func (c *Conn) managedIdentity(id string, o azcore.ClientOptions) (azcore.TokenCredential, error) {
	o.Transport = bounded{c.meta}
	mo := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: o}
	if id != "" {
		mo.ID = azidentity.ClientID(id)
	}
	cred, err := azidentity.NewManagedIdentityCredential(mo)
	return made(cred, err)
}

// workloadIdentity takes the token file from the environment only: a path in the
// settings would let them send any file of this machine to their authority.
func (c *Conn) workloadIdentity(tenant, client string, o azcore.ClientOptions) (azcore.TokenCredential, error) {
	file := c.lookup("AZURE_FEDERATED_TOKEN_FILE")
	if file == "" {
		return nil, &connector.Error{
			Kind: connector.Invalid, Field: "/authenticationType", Message: "Workload Identity needs AZURE_FEDERATED_TOKEN_FILE, which this process does not have.",
			Fix: "Run where the workload identity webhook sets it, or choose another Authentication Type.",
		}
	}
	cred, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: o, DisableInstanceDiscovery: true, TenantID: tenant, ClientID: client, TokenFilePath: file,
	})
	return made(cred, err)
}

func (c *Conn) lookup(name string) string {
	if c.env.LookupEnv == nil {
		return ""
	}
	v, _ := c.env.LookupEnv(name)
	return v
}

// chain tries what the environment offers, in Microsoft's order: a secret or a
// workload token of the environment, the machine's identity, the az tool.
func (c *Conn) chain(o azcore.ClientOptions) (azcore.TokenCredential, error) {
	var sources []azcore.TokenCredential
	tenant, client := c.lookup("AZURE_TENANT_ID"), c.lookup("AZURE_CLIENT_ID")
	add := func(cred azcore.TokenCredential, err error) {
		if err == nil {
			sources = append(sources, cred)
		}
	}
	if secret := c.lookup("AZURE_CLIENT_SECRET"); secret != "" && tenant != "" && client != "" {
		add(c.secretCredential(tenant, client, secret, o))
	}
	if c.lookup("AZURE_FEDERATED_TOKEN_FILE") != "" && tenant != "" && client != "" {
		add(c.workloadIdentity(tenant, client, o))
	}
	add(c.managedIdentity(client, o))
	add(made(azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: c.cfg.Auth.TenantID})))
	cred, err := azidentity.NewChainedTokenCredential(sources, nil)
	return made(cred, err)
}

// made keeps a nil pointer out of the interface, and the SDK's words, which may
// quote what they were given, out of the error.
func made[C azcore.TokenCredential](cred C, err error) (azcore.TokenCredential, error) {
	if err == nil {
		return cred, nil
	}
	return nil, &connector.Error{
		Kind: connector.Invalid, Message: "The credential cannot be used as it is.", Field: "/authenticationType",
		Fix: "Check Tenant ID, Client ID and the secret or certificate: ids have letters, digits, dots and hyphens.", Err: err,
	}
}
