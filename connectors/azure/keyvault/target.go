package keyvault

import "github.com/fairlead-io/fairlead/connector"

// VaultTarget are the parameters that name a vault whose content is meant.
type VaultTarget struct {
	KeyVaultName      string `json:"keyVaultName" label:"Key Vault Name" doc:"Name of the vault; List Key Vaults gives it at $.value[*].name." example:"kv20230606a" minLength:"1" maxLength:"127" resource:"vault"`
	ResourceGroupName string `json:"resourceGroupName,omitempty" label:"Resource Group Name" doc:"Resource group that holds the vault. The connection's when it is left out." example:"security-vaults" maxLength:"90"`
}

// GroupTarget are the same parameters in the order of commands on vaults
// themselves.
type GroupTarget struct {
	ResourceGroupName string `json:"resourceGroupName,omitempty" label:"Resource Group Name" doc:"Resource group that holds the vault. The connection's when it is left out." example:"security-vaults" maxLength:"90"`
	KeyVaultName      string `json:"keyVaultName" label:"Key Vault Name" doc:"Name of the vault; List Key Vaults gives it at $.value[*].name." example:"kv20230606a" minLength:"1" maxLength:"127" resource:"vault"`
}

// place is a vault in a group, as a command got them.
type place struct{ group, vault string }

func (t VaultTarget) place() place { return place{t.ResourceGroupName, t.KeyVaultName} }
func (t GroupTarget) place() place { return place{t.ResourceGroupName, t.KeyVaultName} }

// Validate refuses names that no vault has.
func (t VaultTarget) Validate() []*connector.Error { return t.place().validate() }

// Validate refuses names that no vault has.
func (t GroupTarget) Validate() []*connector.Error { return t.place().validate() }

func (p place) validate(more ...*connector.Error) []*connector.Error {
	return collect(append([]*connector.Error{checkVault(p.vault), checkGroup(p.group)}, more...)...)
}

// group is the group to use, and the failure of having none.
func (s *session) group(given string) (string, error) {
	if given == "" {
		given = s.settings.ResourceGroupName
	}
	if given != "" {
		return given, nil
	}
	return "", connector.InvalidField("/resourceGroupName",
		"Resource Group Name is required. Please provide a Resource Group name either as a command parameter or in Integration connection.",
		"See List Resource Groups for the names.")
}
