package kms

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/fairlead-io/fairlead/internal/keys"
)

const (
	keyVaultVersion = "7.4"
	wrapAlgorithm   = "RSA-OAEP-256"
)

// azureKey is an RSA key of Azure Key Vault or a managed HSM.
type azureKey struct {
	host, name string
	scope      string
	credential azcore.TokenCredential
	http       *http.Client
}

func openAzure(name string, query url.Values, client *http.Client) (*azureKey, error) {
	host, path, _ := strings.Cut(name, "/")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if host == "" || len(parts) != 2 || parts[0] != "keys" || parts[1] == "" {
		return nil, invalid("it must be VAULT-HOST/keys/NAME; a version is not given, since the vault's newest wraps and all unwrap")
	}
	o := azcore.ClientOptions{Transport: client, Cloud: cloud.AzurePublic}
	switch suffix(host) {
	case "vault.azure.cn":
		o.Cloud = cloud.AzureChina
	case "vault.usgovcloudapi.net":
		o.Cloud = cloud.AzureGovernment
	}
	own := query.Get("authority")
	if own != "" {
		o.Cloud.ActiveDirectoryAuthorityHost = own
	}
	cred, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: o, DisableInstanceDiscovery: own != ""})
	if err != nil {
		return nil, &keys.Error{Kind: keys.Invalid, Message: "the Azure settings of this machine cannot be read", Err: err}
	}
	return &azureKey{host: host, name: parts[1], scope: "https://" + suffix(host) + "/.default", credential: cred, http: client}, nil
}

// suffix is the domain that tokens for a vault are made for.
func suffix(host string) string {
	_, domain, _ := strings.Cut(host, ".")
	domain, _, _ = strings.Cut(domain, ":")
	if slices.Contains([]string{"vault.azure.cn", "vault.usgovcloudapi.net", "managedhsm.azure.net"}, domain) {
		return domain
	}
	return "vault.azure.net"
}

// ID implements keys.KEK.
func (k *azureKey) ID() string { return "azurekeyvault://" + k.host + "/keys/" + k.name }

// WrapKey implements keys.Remote.
func (k *azureKey) WrapKey(ctx context.Context, key []byte) ([]byte, string, error) {
	out, kid, err := k.call(ctx, "", "wrapkey", key)
	if err != nil {
		return nil, "", err
	}
	return out, kid[strings.LastIndexByte(kid, '/')+1:], nil
}

// UnwrapKey implements keys.Remote.
func (k *azureKey) UnwrapKey(ctx context.Context, wrapped []byte, version string) ([]byte, error) {
	out, _, err := k.call(ctx, version, "unwrapkey", wrapped)
	return out, err
}

func (k *azureKey) call(ctx context.Context, version, operation string, value []byte) (result []byte, kid string, err error) {
	body, err := json.Marshal(map[string]string{"alg": wrapAlgorithm, "value": base64.RawURLEncoding.EncodeToString(value)})
	if err != nil {
		return nil, "", err
	}
	address := "https://" + k.host + "/keys/" + url.PathEscape(k.name) + "/"
	if version != "" {
		address += url.PathEscape(version) + "/"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+operation+"?api-version="+keyVaultVersion, bytes.NewReader(body))
	if err != nil {
		return nil, "", invalid("its host is not one")
	}
	token, err := k.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{k.scope}})
	if err != nil {
		return nil, "", &keys.Error{Kind: keys.Unavailable, Message: "there are no Azure credentials for " + k.ID() +
			": set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give the machine an identity", Err: err}
	}
	req.Header.Set("Authorization", "Bearer "+token.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := k.http.Do(req)
	if err != nil {
		return nil, "", unreachable(k.ID(), err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, "", unreachable(k.ID(), err)
	}
	return k.read(res, raw)
}

func (k *azureKey) read(res *http.Response, raw []byte) ([]byte, string, error) {
	var out struct {
		KID   string `json:"kid"`
		Value string `json:"value"`
		Error struct {
			Code, Message string
			Inner         struct{ Code string } `json:"innererror"`
		} `json:"error"`
	}
	if err := json.Unmarshal(raw, &out); err != nil || res.StatusCode == http.StatusOK && out.Value == "" {
		return nil, "", refusal(k.ID(), res.Status, "the answer is not that of a key vault", false, false)
	}
	if res.StatusCode == http.StatusOK {
		value, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(out.Value, "="))
		return value, out.KID, err
	}
	lost := res.StatusCode == http.StatusNotFound || out.Error.Inner.Code == "KeyDisabled"
	wrong := out.Error.Code == "BadParameter"
	return nil, "", refusal(k.ID(), out.Error.Code, strings.TrimSuffix(out.Error.Message, "."), lost, wrong)
}
