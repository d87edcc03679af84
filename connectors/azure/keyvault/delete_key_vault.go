package keyvault

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// DeleteKeyVaultIn is the input of Delete Key Vault.
type DeleteKeyVaultIn struct{ GroupTarget }

// DeletedKeyVault is the raw data. The API answers nothing; it says what was
// found before and afterwards.
type DeletedKeyVault struct {
	Name               string `json:"name" key:"names" col:"Key Vault" doc:"Name of the vault."`
	Deleted            bool   `json:"deleted" col:"Deleted" doc:"Whether there was such a vault."`
	Message            string `json:"message" col:"Result" doc:"What happened, in words."`
	RetentionInDays    int    `json:"softDeleteRetentionInDays,omitempty" col:"Kept Days" doc:"How long it can be brought back."`
	ScheduledPurgeDate string `json:"scheduledPurgeDate,omitempty" col:"Gone On" doc:"When it goes for good."`
}

func deleteKeyVault() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Delete Key Vault",
		Summary:     "Deletes a vault; it can be brought back until its retention is over.",
		Description: "The vault and all it holds stay recoverable, and its name taken, for 7 to 90 days: Create Key Vault brings it back with Create Mode Recover, Purge Key Vault removes it for good. A vault that does not exist is no failure; the result tells the two apart.",
		Effect:      connector.Delete | connector.Idempotent,
		Permissions: manages(vaultContributor, readVault, "Microsoft.KeyVault/vaults/delete", readDeletedVaults),
		Corrections: []string{
			"Deleting a vault is not final: it is kept for its retention, 90 days unless set otherwise.",
			"The service tells \"deleted\" (200) from \"did not exist\" (204), and so does the result here.",
		},
	}, runDeleteKeyVault, planDeleteKeyVault)
}

func runDeleteKeyVault(ctx context.Context, _ *connector.Call, s *session, in *DeleteKeyVaultIn) (*DeletedKeyVault, error) {
	group, err := s.group(in.ResourceGroupName)
	if err != nil {
		return nil, err
	}
	call := azconn.Call{Method: http.MethodDelete, Operation: "vaults.delete", Item: in.KeyVaultName}
	a, err := s.arm(ctx, call, vaultPath(group, in.KeyVaultName)...)
	if err != nil {
		return nil, err
	}
	s.forget(group, in.KeyVaultName)
	out := &DeletedKeyVault{Name: in.KeyVaultName, Deleted: a.Status != http.StatusNoContent}
	if !out.Deleted {
		out.Message = "The vault did not exist."
		return out, nil
	}
	out.describe(s.deletedNamed(ctx, in.KeyVaultName))
	return out, nil
}

// describe says until when the vault can be brought back, where that can be
// seen.
func (o *DeletedKeyVault) describe(d *DeletedVault) {
	o.Message = "The vault was deleted. It can be brought back with Create Mode Recover until its retention is over."
	if d == nil {
		return
	}
	p := d.Properties
	o.ScheduledPurgeDate = p.ScheduledPurgeDate
	from, err1 := time.Parse(time.RFC3339, p.DeletionDate)
	to, err2 := time.Parse(time.RFC3339, p.ScheduledPurgeDate)
	if err1 == nil && err2 == nil {
		o.RetentionInDays = int(to.Sub(from).Hours()/24 + 0.5)
		o.Message = "The vault was deleted. It can be brought back with Create Mode Recover for " + strconv.Itoa(o.RetentionInDays) + " days, until " + p.ScheduledPurgeDate + "."
	}
}

func planDeleteKeyVault(ctx context.Context, _ *connector.Call, s *session, in *DeleteKeyVaultIn) ([]connector.PlanStep, error) {
	group, err := s.group(in.ResourceGroupName)
	if err != nil {
		return nil, err
	}
	full, err := s.readVault(ctx, group, in.KeyVaultName)
	if err != nil {
		if connector.AsError(err).Code == "ResourceNotFound" {
			return []connector.PlanStep{{Item: in.KeyVaultName, Action: connector.PlanNone, Note: "The vault does not exist."}}, nil
		}
		return nil, err
	}
	note := "It can be brought back for " + strconv.Itoa(full.Properties.RetentionInDays) + " days."
	return []connector.PlanStep{{Item: full.Name, Action: connector.PlanDelete, Note: note}}, nil
}
