package keyvault

import (
	"context"
	"net/http"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// resourcesVersion is the API version of resource groups, which is not Key
// Vault's.
const resourcesVersion = "2021-04-01"

// ListResourceGroupsOut is the raw data, in the API's shape with all pages
// merged.
type ListResourceGroupsOut struct {
	Value []ResourceGroup `json:"value"`
}

func listResourceGroups() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Resource Groups",
		Summary:     "Lists the resource groups of the subscription.",
		Description: "Other commands take the names from the raw data at `$.value[*].name`.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: manages("Reader", "Microsoft.Resources/subscriptions/resourceGroups/read"),
		Corrections: []string{
			"The command needs a permission too: to read resource groups, which Key Vault Contributor holds.",
			"The connection's API Version is Key Vault's; resource groups have a version of their own.",
		},
	}, runListResourceGroups)
}

func runListResourceGroups(ctx context.Context, _ *connector.Call, s *session, _ *connector.NoInput) (*ListResourceGroupsOut, error) {
	u, err := s.armURL(ctx, resourcesVersion, "resourcegroups")
	if err != nil {
		return nil, err
	}
	raw, err := s.conn.List(ctx, azconn.Call{Method: http.MethodGet, URL: u, Plane: azconn.Management, Operation: "resourceGroups.list"})
	if err != nil {
		return nil, err
	}
	groups, err := decodeAll[ResourceGroup](raw)
	if err != nil {
		return nil, err
	}
	return &ListResourceGroupsOut{Value: groups}, nil
}
