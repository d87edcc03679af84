package azconn

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// Cloud says where the parts of one Azure are. URLs end without a slash.
type Cloud struct {
	Name        string
	Authority   string // Entra
	Management  string // Azure Resource Manager
	Audience    string // what tokens for Resource Manager are made for
	VaultSuffix string // what follows "<vault>." in a host; may carry a port
}

// The names of the clouds that need no further settings.
const (
	Public       = "Public"
	USGovernment = "US Government"
	China        = "China"
	Custom       = "Custom"
)

// VaultAudience is what tokens for vaults are made for. A slash at its end
// would make another audience, which vaults refuse.
func (c Cloud) VaultAudience() string { return "https://" + c.VaultSuffix }

func known(name string) (Cloud, bool) {
	for _, c := range []Cloud{
		{Public, "https://login.microsoftonline.com", "https://management.azure.com", "https://management.azure.com", "vault.azure.net"},
		{USGovernment, "https://login.microsoftonline.us", "https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net", "vault.usgovcloudapi.net"},
		{China, "https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn", "vault.azure.cn"},
	} {
		if c.Name == name {
			return c, true
		}
	}
	return Cloud{}, false
}

// complete gives the cloud of the settings. A custom one describes itself; what
// the settings say of it comes first.
func (c *Conn) complete(ctx context.Context) (Cloud, error) {
	if k, ok := known(c.cfg.Cloud.Name); ok {
		return k, nil
	}
	out := c.cfg.Cloud
	if out.Authority != "" && out.VaultSuffix != "" {
		out.Audience = first(out.Audience, out.Management)
		return out, nil
	}
	m, err := c.discover(ctx, out.Management)
	if err != nil {
		return Cloud{}, err
	}
	out.Authority = strings.TrimRight(first(out.Authority, m.Authentication.LoginEndpoint), "/")
	out.VaultSuffix = strings.TrimLeft(first(out.VaultSuffix, m.Suffixes.KeyVaultDNS), ".")
	if len(m.Authentication.Audiences) > 0 {
		out.Audience = first(out.Audience, m.Authentication.Audiences[0])
	}
	out.Audience = first(out.Audience, out.Management)
	return out, out.check()
}

func (c Cloud) check() error {
	u, err := url.Parse(c.Authority)
	if err != nil || u.Scheme != "https" || u.Host == "" || c.VaultSuffix == "" || strings.ContainsAny(c.VaultSuffix, "/@ ") {
		return &connector.Error{
			Kind: connector.Invalid, Field: "/resourceManagerEndpoint",
			Message: c.Management + " does not say where its login and its vaults are.",
			Fix:     "Fill in Authority Host and Key Vault DNS Suffix in the connection.",
		}
	}
	return nil
}

// metadata is how a cloud describes itself.
type metadata struct {
	ResourceManager string `json:"resourceManager"`
	Authentication  struct {
		LoginEndpoint string   `json:"loginEndpoint"`
		Audiences     []string `json:"audiences"`
	} `json:"authentication"`
	Suffixes struct {
		KeyVaultDNS string `json:"keyVaultDns"`
	} `json:"suffixes"`
}

// discover asks Resource Manager; the answer is public and needs no token.
func (c *Conn) discover(ctx context.Context, management string) (metadata, error) {
	call := Call{Method: http.MethodGet, URL: management + "/metadata/endpoints?api-version=2019-05-01", Operation: "metadata.endpoints"}
	a, err := c.repeat(ctx, call, func(ctx context.Context, call Call) (*Answer, *failure) { return c.attempt(ctx, c.plain, call) })
	if err != nil {
		return metadata{}, err
	}
	var list []metadata
	if json.Unmarshal(a.Body, &list) != nil {
		var one metadata
		if err := json.Unmarshal(a.Body, &one); err != nil {
			return metadata{}, notAzure(management)
		}
		list = []metadata{one}
	}
	for _, m := range list {
		if strings.EqualFold(strings.TrimRight(m.ResourceManager, "/"), management) {
			return m, nil
		}
	}
	if len(list) == 0 {
		return metadata{}, notAzure(management)
	}
	return list[0], nil
}

func notAzure(management string) error {
	return &connector.Error{
		Kind: connector.Unavailable, Message: management + " does not answer like Azure Resource Manager.",
		Fix: "Check Resource Manager Endpoint in the connection.",
	}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
