package azuresim

import (
	"net"
	"regexp"
	"strings"
	"time"
)

// vault is a key vault with its content.
type vault struct {
	name  string
	sub   *subscription
	group string
	vaultInput
	uri              string
	created, updated time.Time
	createdBy        string
	// polls is how many GETs still find RegisteringDns.
	polls int
	// deletedAt and purgeAt are set while the vault is soft-deleted.
	deletedAt, purgeAt time.Time

	keys, secrets, certificates collection
}

// vaultInput is the body of a PUT.
type vaultInput struct {
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags"`
	Properties vaultProperties   `json:"properties"`
}

// vaultProperties are the properties that a client may set; pointers tell what it left out.
type vaultProperties struct {
	TenantID                     string          `json:"tenantId"`
	SKU                          vaultSKU        `json:"sku"`
	AccessPolicies               *[]AccessPolicy `json:"accessPolicies"`
	CreateMode                   string          `json:"createMode"`
	EnabledForDeployment         *bool           `json:"enabledForDeployment"`
	EnabledForDiskEncryption     *bool           `json:"enabledForDiskEncryption"`
	EnabledForTemplateDeployment *bool           `json:"enabledForTemplateDeployment"`
	EnableSoftDelete             *bool           `json:"enableSoftDelete"`
	SoftDeleteRetentionInDays    *int            `json:"softDeleteRetentionInDays"`
	EnableRbacAuthorization      *bool           `json:"enableRbacAuthorization"`
	EnablePurgeProtection        *bool           `json:"enablePurgeProtection"`
	NetworkACLs                  *NetworkACLs    `json:"networkAcls"`
	PublicNetworkAccess          string          `json:"publicNetworkAccess"`
}

type vaultSKU struct {
	Family string `json:"family"`
	Name   string `json:"name"`
}

// NetworkACLs are the firewall of a vault.
type NetworkACLs struct {
	// DefaultAction is Allow or Deny.
	DefaultAction string `json:"defaultAction,omitempty"`
	// Bypass is AzureServices or None; the simulator takes no caller for an Azure service.
	Bypass string `json:"bypass,omitempty"`
	// IPRules are the addresses and networks let through under Deny.
	IPRules             []IPRule `json:"ipRules"`
	VirtualNetworkRules []any    `json:"virtualNetworkRules"`
}

// IPRule is one address ("10.1.2.3") or network ("10.1.0.0/16").
type IPRule struct {
	Value string `json:"value"`
}

// vaultBody is a vault as ARM shows it.
type vaultBody struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags"`
	SystemData systemData        `json:"systemData"`
	Properties shownProperties   `json:"properties"`
}

type systemData struct {
	CreatedBy          string `json:"createdBy"`
	CreatedByType      string `json:"createdByType"`
	CreatedAt          string `json:"createdAt"`
	LastModifiedBy     string `json:"lastModifiedBy"`
	LastModifiedByType string `json:"lastModifiedByType"`
	LastModifiedAt     string `json:"lastModifiedAt"`
}

type shownProperties struct {
	SKU                          vaultSKU       `json:"sku"`
	TenantID                     string         `json:"tenantId"`
	NetworkACLs                  *NetworkACLs   `json:"networkAcls,omitempty"`
	AccessPolicies               []AccessPolicy `json:"accessPolicies"`
	EnabledForDeployment         bool           `json:"enabledForDeployment"`
	EnabledForDiskEncryption     *bool          `json:"enabledForDiskEncryption,omitempty"`
	EnabledForTemplateDeployment *bool          `json:"enabledForTemplateDeployment,omitempty"`
	EnableSoftDelete             bool           `json:"enableSoftDelete"`
	SoftDeleteRetentionInDays    int            `json:"softDeleteRetentionInDays"`
	EnableRbacAuthorization      *bool          `json:"enableRbacAuthorization,omitempty"`
	EnablePurgeProtection        *bool          `json:"enablePurgeProtection,omitempty"`
	VaultURI                     string         `json:"vaultUri"`
	ProvisioningState            string         `json:"provisioningState"`
	PublicNetworkAccess          string         `json:"publicNetworkAccess"`
}

var vaultNamePattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$`)

func validVaultName(name string) bool {
	return vaultNamePattern.MatchString(name) && !strings.Contains(name, "--")
}

func (v *vault) id() string {
	return v.sub.groupID(v.group) + "/providers/Microsoft.KeyVault/vaults/" + v.name
}

// host is the vault's name in DNS, without a port.
func (v *vault) host() string { return strings.ToLower(v.name) + "." + vaultSuffix }

func (v *vault) collections() []*collection {
	return []*collection{&v.keys, &v.secrets, &v.certificates}
}

func (v *vault) rbac() bool    { return isTrue(v.Properties.EnableRbacAuthorization) }
func (v *vault) premium() bool { return strings.EqualFold(v.Properties.SKU.Name, "premium") }
func (v *vault) protected() bool {
	return isTrue(v.Properties.EnablePurgeProtection)
}

func (v *vault) policies() []AccessPolicy {
	if v.Properties.AccessPolicies == nil {
		return []AccessPolicy{}
	}
	return *v.Properties.AccessPolicies
}

func (v *vault) retentionDays() int {
	if v.Properties.SoftDeleteRetentionInDays == nil {
		return 90
	}
	return *v.Properties.SoftDeleteRetentionInDays
}

// recoveryLevel is what Azure writes into the attributes of every object of the vault.
func (v *vault) recoveryLevel() string {
	level := "Recoverable"
	if v.retentionDays() < 90 {
		level = "CustomizedRecoverable"
	}
	if v.protected() {
		return level
	}
	return level + "+Purgeable"
}

// body shows the vault; while DNS is being registered its URI has the name as given and no slash.
func (v *vault) body(registering bool) vaultBody {
	p := v.Properties
	uri, provisioning := v.uri, "Succeeded"
	if registering {
		uri, provisioning = strings.Replace(strings.TrimSuffix(v.uri, "/"), strings.ToLower(v.name), v.name, 1), "RegisteringDns"
	}
	tags := v.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	return vaultBody{
		ID: v.id(), Name: v.name, Type: "Microsoft.KeyVault/vaults", Location: v.Location, Tags: tags,
		SystemData: systemData{
			CreatedBy: v.createdBy, CreatedByType: "Application", CreatedAt: v.created.UTC().Format(time.RFC3339Nano),
			LastModifiedBy: v.createdBy, LastModifiedByType: "Application", LastModifiedAt: v.updated.UTC().Format(time.RFC3339Nano),
		},
		Properties: shownProperties{
			SKU: p.SKU, TenantID: p.TenantID, NetworkACLs: p.NetworkACLs, AccessPolicies: v.policies(),
			EnabledForDeployment: isTrue(p.EnabledForDeployment), EnabledForDiskEncryption: p.EnabledForDiskEncryption,
			EnabledForTemplateDeployment: p.EnabledForTemplateDeployment,
			EnableSoftDelete:             true, SoftDeleteRetentionInDays: v.retentionDays(),
			EnableRbacAuthorization: p.EnableRbacAuthorization, EnablePurgeProtection: p.EnablePurgeProtection,
			VaultURI: uri, ProvisioningState: provisioning, PublicNetworkAccess: or(p.PublicNetworkAccess, "Enabled"),
		},
	}
}

// firewallRefuses tells whether the vault's network rules keep the client out.
func (v *vault) firewallRefuses(remote string) bool {
	acls := v.Properties.NetworkACLs
	if acls == nil || !strings.EqualFold(acls.DefaultAction, "Deny") {
		return false
	}
	ip := net.ParseIP(remote)
	for _, rule := range acls.IPRules {
		if _, network, err := net.ParseCIDR(rule.Value); err == nil && network.Contains(ip) {
			return false
		}
		if one := net.ParseIP(rule.Value); one != nil && one.Equal(ip) {
			return false
		}
	}
	return true
}

func isTrue(b *bool) bool { return b != nil && *b }
