package keyvault

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Vault is a vault as Resource Manager shows it.
type Vault struct {
	ID         string            `json:"id" key:"ids" doc:"Resource ID."`
	Name       string            `json:"name" key:"names" col:"Key Vault"`
	Type       string            `json:"type,omitempty" doc:"Microsoft.KeyVault/vaults."`
	Location   string            `json:"location,omitempty" col:"Location"`
	Tags       map[string]string `json:"tags,omitempty" doc:"Tags of the vault."`
	SystemData *SystemData       `json:"systemData,omitzero"`
	Properties VaultProperties   `json:"properties"`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (v *Vault) UnmarshalJSON(raw []byte) error {
	type plain Vault
	return keep(raw, (*plain)(v), &v.rest)
}

// MarshalJSON writes all that was read.
func (v Vault) MarshalJSON() ([]byte, error) {
	type plain Vault
	return whole(plain(v), v.rest)
}

// SystemData says who made and changed a vault, and when.
type SystemData struct {
	CreatedAt      string `json:"createdAt,omitempty"`
	CreatedBy      string `json:"createdBy,omitempty"`
	LastModifiedAt string `json:"lastModifiedAt,omitempty"`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (d *SystemData) UnmarshalJSON(raw []byte) error {
	type plain SystemData
	return keep(raw, (*plain)(d), &d.rest)
}

// MarshalJSON writes all that was read.
func (d SystemData) MarshalJSON() ([]byte, error) {
	type plain SystemData
	return whole(plain(d), d.rest)
}

// SKU is the tier of a vault.
type SKU struct {
	Family string `json:"family,omitempty"`
	Name   string `json:"name,omitempty" key:"skus"`
}

// VaultProperties are the properties that commands use, and all others.
type VaultProperties struct {
	VaultURI                string         `json:"vaultUri,omitempty" key:"vaultUris" doc:"Address of the vault's content."`
	TenantID                string         `json:"tenantId,omitempty" doc:"Tenant that its callers belong to."`
	SKU                     SKU            `json:"sku,omitzero"`
	AccessPolicies          []AccessPolicy `json:"accessPolicies,omitempty"`
	EnableRbacAuthorization *bool          `json:"enableRbacAuthorization,omitempty" doc:"Whether role assignments decide instead of access policies."`
	EnablePurgeProtection   *bool          `json:"enablePurgeProtection,omitempty" doc:"Whether nothing can be purged before its retention is over."`
	RetentionInDays         int            `json:"softDeleteRetentionInDays,omitempty" doc:"Days that deleted vaults and objects are kept."`
	ProvisioningState       string         `json:"provisioningState,omitempty" key:"provisioningStates" doc:"Succeeded, or RegisteringDns while the vault is being made."`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (p *VaultProperties) UnmarshalJSON(raw []byte) error {
	type plain VaultProperties
	return keep(raw, (*plain)(p), &p.rest)
}

// MarshalJSON writes all that was read.
func (p VaultProperties) MarshalJSON() ([]byte, error) {
	type plain VaultProperties
	return whole(plain(p), p.rest)
}

// AccessPolicy is what one principal may do with the content of a vault.
type AccessPolicy struct {
	TenantID      string            `json:"tenantId"`
	ObjectID      string            `json:"objectId"`
	ApplicationID string            `json:"applicationId,omitempty"`
	Permissions   PolicyPermissions `json:"permissions"`
}

// PolicyPermissions are names of permissions, spelled as the vault stores them.
type PolicyPermissions struct {
	Keys         []string `json:"keys,omitzero"`
	Secrets      []string `json:"secrets,omitzero"`
	Certificates []string `json:"certificates,omitzero"`
	Storage      []string `json:"storage,omitempty"`
}

func (v *Vault) rbac() bool {
	b := v.Properties.EnableRbacAuthorization
	return b != nil && *b
}

func (v *Vault) ready() bool { return strings.EqualFold(v.Properties.ProvisioningState, "Succeeded") }

// young tells whether the vault's name may not be known everywhere yet.
func (v *Vault) young(now time.Time) bool {
	if v.Properties.ProvisioningState != "" && !v.ready() {
		return true
	}
	if v.SystemData == nil {
		return false
	}
	at, err := time.Parse(time.RFC3339Nano, v.SystemData.CreatedAt)
	return err == nil && now.Sub(at) < newborn
}

// groupOf is the resource group in a resource ID.
func groupOf(id string) string {
	seg := strings.Split(id, "/")
	for i := 0; i+1 < len(seg); i++ {
		if strings.EqualFold(seg[i], "resourceGroups") {
			return seg[i+1]
		}
	}
	return ""
}

func notAzure(err error) error {
	return &connector.Error{
		Kind: connector.Unavailable, Message: "The answer is not one of Azure's.", Fix: "Check the endpoints and the proxy in the connection.", Err: err,
	}
}
