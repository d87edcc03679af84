package keyvault

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// GetKeyVaultIn is the input of Get Key Vault.
type GetKeyVaultIn struct{ GroupTarget }

func getKeyVault() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "Get Key Vault",
		Summary:     "Shows a vault: tier, address, permission model, access policies and networking.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: manages(vaultContributor, readVault),
		Corrections: []string{"Names come from List Key Vaults; there is no List Key Vault command."},
	}, runGetKeyVault)
}

func runGetKeyVault(ctx context.Context, _ *connector.Call, s *session, in *GetKeyVaultIn) (*Vault, error) {
	group, err := s.group(in.ResourceGroupName)
	if err != nil {
		return nil, err
	}
	return s.readVault(ctx, group, in.KeyVaultName)
}
