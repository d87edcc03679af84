package cli

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

// What the simulated Azure holds from the start. Its state is new at each one.
const (
	azureConnection = "vault-sandbox"
	azureVault      = "harbour-vault" // access policies
	azureRoleVault  = "harbour-roles" // Azure RBAC
	azureSecret     = "crane-api-key"
)

func azureSandbox(now func() time.Time) func(context.Context, string) (*sandbox, error) {
	return func(ctx context.Context, _ string) (*sandbox, error) {
		s, err := azuresim.Start(ctx, azuresim.Options{Clock: now})
		if err != nil {
			return nil, err
		}
		if err := furnish(s, now()); err != nil {
			_ = s.Close() // the first error is the one to tell
			return nil, err
		}
		return &sandbox{
			connection: azureConnection, integration: "azure-key-vault", settings: azureSettings(s),
			fill: func(r *app.Ready) {
				r.Azure = map[string]string{
					"authority": s.Authority(), "management": s.Management(), "tenantId": s.TenantID, "clientId": s.ClientID, "clientSecret": s.ClientSecret,
					"subscriptionId": s.SubscriptionID, "resourceGroup": s.ResourceGroup, "ca": string(s.CAPEM()),
				}
			},
			about: fmt.Sprintf("Azure Key Vault at %s, vaults %s and %s, connection %q", s.Management(), azureVault, azureRoleVault, azureConnection),
			close: s.Close,
		}, nil
	}
}

func azureSettings(s *azuresim.Server) map[string]any {
	return map[string]any{
		"tenantId": s.TenantID, "clientId": s.ClientID, "clientSecret": s.ClientSecret, "subscriptionId": s.SubscriptionID, "resourceGroupName": s.ResourceGroup,
		"cloud": "Custom", "authorityHost": strings.TrimRight(s.Authority(), "/"), "resourceManagerEndpoint": s.Management(),
		"keyVaultDnsSuffix": strings.TrimPrefix(s.VaultAudience(), "https://"), "caBundle": string(s.CAPEM()),
	}
}

// furnish fills the vaults, one of each permission model.
func furnish(s *azuresim.Server, now time.Time) error {
	sub := "/subscriptions/" + s.SubscriptionID
	roles := []azuresim.Assignment{{Role: azuresim.RoleContributor, Scope: sub}, {Role: azuresim.RoleKeyVaultPurger, Scope: sub}, {Role: azuresim.RoleKeyVaultAdmin, Scope: sub}}
	own := azuresim.AccessPolicy{ObjectID: s.ObjectID, Permissions: azuresim.AllPermissions()}
	var err error
	do := func(_ string, e error) {
		if err == nil {
			err = e
		}
	}
	do("", s.SetRoles(s.ClientID, roles...))
	do(s.AddVault(azuresim.VaultSpec{Name: azureVault, Premium: true, Policies: []azuresim.AccessPolicy{own}}))
	do(s.AddVault(azuresim.VaultSpec{Name: azureRoleVault, RBAC: true}))
	do(s.AddSecret(azureVault, azuresim.ObjectSpec{Name: azureSecret, Created: now.AddDate(0, -2, 0)}, "k-1f0a-first", "api key"))
	do(s.AddSecret(azureVault, azuresim.ObjectSpec{Name: azureSecret, Expires: now.AddDate(0, 5, 0)}, "k-93c7-second", "api key"))
	do(s.AddSecret(azureRoleVault, azuresim.ObjectSpec{Name: "dock-password", Expires: now.AddDate(0, 0, 4)}, "rope-and-anchor-42", "password"))
	do(s.AddKey(azureVault, azuresim.ObjectSpec{Name: "manifest-signing"}, "EC", 0, "P-256"))
	do(s.AddCertificate(azureVault, azuresim.ObjectSpec{Name: "harbour-tls", Expires: now.AddDate(0, 0, 9)}, pkix.Name{CommonName: "harbour.example"}, "harbour.example"))
	return err
}
