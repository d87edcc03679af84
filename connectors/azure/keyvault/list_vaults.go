package keyvault

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
)

// ListKeyVaultsIn is the input of List Key Vaults.
type ListKeyVaultsIn struct {
	ResourceGroupName string `json:"resourceGroupName,omitempty" label:"Resource Group Name" doc:"Resource group whose vaults are listed. The connection's when it is left out." example:"security-vaults" maxLength:"90"`
	AllResourceGroups bool   `json:"allResourceGroups" label:"All Resource Groups" doc:"List the vaults of the whole subscription instead of one group's." default:"false"`
}

// Validate refuses names that no group has.
func (in *ListKeyVaultsIn) Validate() []*connector.Error {
	return collect(checkGroup(in.ResourceGroupName))
}

// ListKeyVaultsOut is the raw data, in the API's shape with all pages merged.
type ListKeyVaultsOut struct {
	Value []Vault `json:"value"`
}

func listKeyVaults() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Key Vaults",
		Summary:     "Lists the vaults of a resource group or of the subscription.",
		Description: "Other commands take the names from the raw data at `$.value[*].name`. Without All Resource Groups a resource group is needed, from the parameter or the connection.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: manages(vaultContributor, readVault),
		Corrections: []string{
			"A blank Resource Group Name never lists the subscription: the connection's group is taken, and without one the command fails with 400. All Resource Groups lists the subscription.",
		},
	}, runListKeyVaults)
}

func runListKeyVaults(ctx context.Context, _ *connector.Call, s *session, in *ListKeyVaultsIn) (*ListKeyVaultsOut, error) {
	vaults, err := s.vaultsOf(ctx, in.ResourceGroupName, in.AllResourceGroups)
	if err != nil {
		return nil, err
	}
	return &ListKeyVaultsOut{Value: vaults}, nil
}

// vaultsOf lists the vaults of a group, or of the subscription.
func (s *session) vaultsOf(ctx context.Context, given string, all bool) ([]Vault, error) {
	segments := []string{"providers", provider, "vaults"}
	operation := "vaults.listBySubscription"
	if !all {
		group, err := s.group(given)
		if err != nil {
			e := *connector.AsError(err)
			e.Fix = "Name a group, or set All Resource Groups to list the whole subscription."
			return nil, &e
		}
		operation, segments = "vaults.listByResourceGroup", append([]string{"resourceGroups", group}, segments...)
	}
	raw, err := s.armList(ctx, operation, segments...)
	if err != nil {
		return nil, err
	}
	return decodeAll[Vault](raw)
}

// ResourceGroup is a resource group.
type ResourceGroup struct {
	ID         string            `json:"id" key:"ids" doc:"Resource ID."`
	Name       string            `json:"name" key:"names" col:"Resource Group"`
	Location   string            `json:"location,omitempty" key:"locations" col:"Location"`
	Tags       map[string]string `json:"tags,omitempty" doc:"Tags of the group."`
	Properties json.RawMessage   `json:"properties,omitempty" doc:"Its provisioning state."`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (g *ResourceGroup) UnmarshalJSON(raw []byte) error {
	type plain ResourceGroup
	return keep(raw, (*plain)(g), &g.rest)
}

// MarshalJSON writes all that was read.
func (g ResourceGroup) MarshalJSON() ([]byte, error) {
	type plain ResourceGroup
	return whole(plain(g), g.rest)
}
