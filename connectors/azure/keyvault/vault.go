package keyvault

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// vaultLife is how long it is remembered where a vault is.
const vaultLife = 10 * time.Minute

// newborn is how long the name of a new vault may not be known everywhere.
const newborn = 5 * time.Minute

// vault is what commands on its content need to know.
type vault struct {
	Name, Group string
	URI         string // without a slash at the end
	Tier        string // standard or premium
	RBAC        bool
	until       time.Time
	young       bool
}

// armURL is an address of Resource Manager below the subscription.
func (s *session) armURL(ctx context.Context, version string, segments ...string) (string, error) {
	c, err := s.conn.Cloud(ctx)
	if err != nil {
		return "", connector.AsError(err)
	}
	u := c.Management + "/subscriptions/" + url.PathEscape(s.settings.SubscriptionID)
	for _, seg := range segments {
		u += "/" + url.PathEscape(seg)
	}
	return u + "?api-version=" + url.QueryEscape(version), nil
}

// arm calls Key Vault's part of Resource Manager.
func (s *session) arm(ctx context.Context, call azconn.Call, segments ...string) (*azconn.Answer, error) {
	u, err := s.armURL(ctx, s.settings.APIVersion, segments...)
	if err != nil {
		return nil, err
	}
	call.URL, call.Plane = u, azconn.Management
	return s.conn.Do(ctx, call)
}

// armList lists by Key Vault's part of Resource Manager.
func (s *session) armList(ctx context.Context, operation string, segments ...string) ([]json.RawMessage, error) {
	u, err := s.armURL(ctx, s.settings.APIVersion, segments...)
	if err != nil {
		return nil, err
	}
	return s.conn.List(ctx, azconn.Call{Method: http.MethodGet, URL: u, Plane: azconn.Management, Operation: operation})
}

const provider = "Microsoft.KeyVault"

func vaultPath(group, name string, more ...string) []string {
	return append([]string{"resourceGroups", group, "providers", provider, "vaults", name}, more...)
}

// readVault asks Resource Manager for a vault.
func (s *session) readVault(ctx context.Context, group, name string) (*Vault, error) {
	a, err := s.arm(ctx, azconn.Call{Method: http.MethodGet, Operation: "vaults.get", Item: name}, vaultPath(group, name)...)
	if err != nil {
		return nil, err
	}
	return decodeOne[Vault](a.Body)
}

// find gives the vault of a command, from memory when it was seen lately.
func (s *session) find(ctx context.Context, p place) (*vault, error) {
	group, err := s.group(p.group)
	if err != nil {
		return nil, err
	}
	if v := s.remembered(group, p.vault); v != nil {
		return v, nil
	}
	full, err := s.readVault(ctx, group, p.vault)
	if err != nil {
		return nil, err
	}
	return s.learn(ctx, group, full)
}

// learn checks where a vault is before any token can go there.
func (s *session) learn(ctx context.Context, group string, full *Vault) (*vault, error) {
	c, err := s.conn.Cloud(ctx)
	if err != nil {
		return nil, connector.AsError(err)
	}
	uri, err := checkURI(full.Properties.VaultURI, c)
	if err != nil {
		return nil, err
	}
	now := s.env.Now()
	v := &vault{
		Name: full.Name, Group: group, URI: uri, Tier: strings.ToLower(full.Properties.SKU.Name), RBAC: full.rbac(),
		until: now.Add(vaultLife), young: full.young(now),
	}
	if !v.young {
		s.remember(v)
	}
	return v, nil
}

// checkURI takes the vault's address only if it lies below the cloud's suffix.
func checkURI(text string, c azconn.Cloud) (string, error) {
	u, err := url.Parse(text)
	if err == nil && u.Scheme == "https" && u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" {
		label, rest, ok := strings.Cut(u.Host, ".")
		if ok && vaultName.MatchString(label) && azconn.SameHost("https://"+rest, c.VaultAudience()) {
			return "https://" + u.Host, nil
		}
	}
	return "", &connector.Error{
		Kind: connector.Denied, Operation: "vaults.get",
		Message: "Resource Manager gives the vault the address \"" + text + "\", which is not below " + c.VaultSuffix + ". No token was sent there.",
		Fix:     "Check Cloud and Key Vault DNS Suffix in the connection.",
	}
}

func vaultKey(group, name string) string { return strings.ToLower(group + "/" + name) }

func (s *session) remembered(group, name string) *vault {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.vaults[vaultKey(group, name)]
	if v == nil || !s.env.Now().Before(v.until) {
		return nil
	}
	return v
}

func (s *session) remember(v *vault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.vaults) >= 1000 { // a report over a large subscription; all is found again
		clear(s.vaults)
	}
	s.vaults[vaultKey(v.Group, v.Name)] = v
}

func (s *session) forget(group, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.vaults, vaultKey(group, name))
}

// locked runs f while no other call of this connection changes the vault:
// parallel changes of access policies lose one another.
func (s *session) locked(ctx context.Context, group, name string, f func() error) error {
	s.mu.Lock()
	l := s.locks[vaultKey(group, name)]
	if l == nil {
		l = make(chan struct{}, 1)
		s.locks[vaultKey(group, name)] = l
	}
	s.mu.Unlock()
	select {
	case l <- struct{}{}:
	case <-ctx.Done():
		return connector.AsError(ctx.Err())
	}
	defer func() { <-l }()
	return f()
}

// data calls the vault's own API.
func (s *session) data(ctx context.Context, v *vault, call azconn.Call, segments ...string) (*azconn.Answer, error) {
	a, err := s.conn.Do(ctx, s.dataCall(v, call, "", segments...))
	return a, s.moved(v, err)
}

// dataList lists by the vault's own API. query is added to the first page's.
func (s *session) dataList(ctx context.Context, v *vault, operation, query string, segments ...string) ([]json.RawMessage, error) {
	call := s.dataCall(v, azconn.Call{Method: http.MethodGet, Operation: operation, Item: v.Name}, query, segments...)
	items, err := s.conn.List(ctx, call)
	return items, s.moved(v, err)
}

func (s *session) dataCall(v *vault, call azconn.Call, query string, segments ...string) azconn.Call {
	u := v.URI
	for _, seg := range segments {
		u += "/" + url.PathEscape(seg)
	}
	call.URL = u + "?api-version=" + url.QueryEscape(s.settings.DataPlaneAPIVersion) + query
	call.Plane, call.Young = azconn.Vault, v.young
	return call
}

// moved forgets a vault that could not be reached: it may have been deleted and
// made again elsewhere.
func (s *session) moved(v *vault, err error) error {
	if err == nil {
		return nil
	}
	e := connector.AsError(err)
	if e.Status == 0 && e.Kind == connector.Unavailable || e.Code == "VaultNotFound" {
		s.forget(v.Group, v.Name)
	}
	return err
}
