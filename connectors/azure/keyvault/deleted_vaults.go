package keyvault

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// DeletedVault is a vault that was deleted and can still be brought back.
type DeletedVault struct {
	ID         string                 `json:"id" key:"ids" doc:"Resource ID of the deleted vault."`
	Name       string                 `json:"name" key:"names" doc:"Name of the vault."`
	Type       string                 `json:"type,omitempty" doc:"Microsoft.KeyVault/deletedVaults."`
	Properties DeletedVaultProperties `json:"properties"`

	rest json.RawMessage
}

// DeletedVaultProperties say where it was and how long it is kept.
type DeletedVaultProperties struct {
	VaultID                string            `json:"vaultId,omitempty"`
	Location               string            `json:"location,omitempty"`
	DeletionDate           string            `json:"deletionDate,omitempty"`
	ScheduledPurgeDate     string            `json:"scheduledPurgeDate,omitempty"`
	PurgeProtectionEnabled bool              `json:"purgeProtectionEnabled,omitempty"`
	Tags                   map[string]string `json:"tags,omitempty"`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (p *DeletedVaultProperties) UnmarshalJSON(raw []byte) error {
	type plain DeletedVaultProperties
	return keep(raw, (*plain)(p), &p.rest)
}

// MarshalJSON writes all that was read.
func (p DeletedVaultProperties) MarshalJSON() ([]byte, error) {
	type plain DeletedVaultProperties
	return whole(plain(p), p.rest)
}

// UnmarshalJSON keeps what is not known here.
func (v *DeletedVault) UnmarshalJSON(raw []byte) error {
	type plain DeletedVault
	return keep(raw, (*plain)(v), &v.rest)
}

// MarshalJSON writes all that was read.
func (v DeletedVault) MarshalJSON() ([]byte, error) {
	type plain DeletedVault
	return whole(plain(v), v.rest)
}

// DeletedVaultRow is a deleted vault in a few words.
type DeletedVaultRow struct {
	Name          string `json:"name" col:"Key Vault" doc:"Name of the vault."`
	ResourceGroup string `json:"resourceGroup" col:"Resource Group" doc:"Group that it was in."`
	Location      string `json:"location" col:"Location" doc:"Region that it was in."`
	Deleted       string `json:"deleted" col:"Deleted" doc:"When it was deleted."`
	Purged        string `json:"purged" col:"Gone On" doc:"When it goes for good."`
	Protected     bool   `json:"protected" col:"Purge Protection" doc:"It cannot be purged before."`
}

// ListDeletedKeyVaultsOut is the raw data: the API's list with all pages
// merged, and the same in a few words.
type ListDeletedKeyVaultsOut struct {
	Summary []DeletedVaultRow `json:"summary"`
	Value   []DeletedVault    `json:"value"`
}

func listDeletedKeyVaults() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Deleted Key Vaults",
		Summary:     "Lists the deleted vaults of the subscription that can still be brought back.",
		Description: "Create Key Vault brings a vault back with Create Mode Recover; Purge Key Vault removes it for good and frees its name.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: manages(vaultContributor, readDeletedVaults),
	}, func(ctx context.Context, _ *connector.Call, s *session, _ *connector.NoInput) (*ListDeletedKeyVaultsOut, error) {
		list, err := s.deletedVaults(ctx)
		if err != nil {
			return nil, err
		}
		out := &ListDeletedKeyVaultsOut{Summary: []DeletedVaultRow{}, Value: list}
		for _, v := range list {
			p := v.Properties
			out.Summary = append(out.Summary, DeletedVaultRow{v.Name, groupOf(p.VaultID), p.Location, p.DeletionDate, p.ScheduledPurgeDate, p.PurgeProtectionEnabled})
		}
		return out, nil
	})
}

func (s *session) deletedVaults(ctx context.Context) ([]DeletedVault, error) {
	raw, err := s.armList(ctx, "deletedVaults.list", "providers", provider, "deletedVaults")
	if err != nil {
		return nil, err
	}
	return decodeAll[DeletedVault](raw)
}

// deletedNamed is the deleted vault of a name; nil when there is none or it
// cannot be seen.
func (s *session) deletedNamed(ctx context.Context, name string) *DeletedVault {
	list, err := s.deletedVaults(ctx)
	if err != nil {
		return nil
	}
	for i := range list {
		if strings.EqualFold(list[i].Name, name) {
			return &list[i]
		}
	}
	return nil
}

// PurgeKeyVaultIn is the input of Purge Key Vault.
type PurgeKeyVaultIn struct {
	KeyVaultName string `json:"keyVaultName" label:"Key Vault Name" doc:"Name of the deleted vault; List Deleted Key Vaults gives it at $.value[*].name." example:"d3testvault" minLength:"1" maxLength:"127" resource:"vault"`
	Location     string `json:"location,omitempty" label:"Location" doc:"Region that the vault was in. Looked up when it is left out." example:"East US" maxLength:"90"`
}

// Validate refuses names that no vault has.
func (in *PurgeKeyVaultIn) Validate() []*connector.Error { return collect(checkVault(in.KeyVaultName)) }

// PurgedVault is the raw data.
type PurgedVault struct {
	Name     string `json:"name" key:"names" col:"Key Vault" doc:"Name of the vault that is gone."`
	Location string `json:"location" col:"Location" doc:"Region that it was in."`
	Purged   bool   `json:"purged" col:"Purged" doc:"Whether it is gone; false while Azure is still at it."`
}

func purgeKeyVault() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Purge Key Vault",
		Summary:     "Removes a deleted vault and all it holds for good.",
		Description: "This cannot be undone. A vault with purge protection stays until its retention is over. Purging needs a permission that Key Vault Contributor does not hold.",
		Effect:      connector.Delete,
		Permissions: manages("Key Vault Purge Operator", readDeletedVaults, "Microsoft.KeyVault/locations/deletedVaults/purge/action"),
	}, runPurgeKeyVault, planPurgeKeyVault)
}

// find gives the location of the deleted vault.
func (in *PurgeKeyVaultIn) find(ctx context.Context, s *session) (*DeletedVault, error) {
	if in.Location != "" {
		a, err := s.arm(ctx, azconn.Call{Method: http.MethodGet, Operation: "deletedVaults.get", Item: in.KeyVaultName}, deletedPath(in.Location, in.KeyVaultName)...)
		if err != nil {
			return nil, err
		}
		return decodeOne[DeletedVault](a.Body)
	}
	list, err := s.deletedVaults(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if strings.EqualFold(list[i].Name, in.KeyVaultName) {
			return &list[i], nil
		}
	}
	return nil, &connector.Error{
		Kind: connector.NotFound, Item: in.KeyVaultName, Operation: "deletedVaults.list", Message: "The subscription has no deleted vault '" + in.KeyVaultName + "'.",
		Fix: "See List Deleted Key Vaults. A vault must be deleted before it can be purged.",
	}
}

func deletedPath(location, name string, more ...string) []string {
	location = strings.ToLower(strings.ReplaceAll(location, " ", ""))
	return append([]string{"providers", provider, "locations", location, "deletedVaults", name}, more...)
}

func runPurgeKeyVault(ctx context.Context, _ *connector.Call, s *session, in *PurgeKeyVaultIn) (*PurgedVault, error) {
	d, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	if d.Properties.PurgeProtectionEnabled {
		return nil, protected(d)
	}
	call := azconn.Call{Method: http.MethodPost, Operation: "deletedVaults.purge", Item: d.Name}
	a, err := s.arm(ctx, call, deletedPath(d.Properties.Location, d.Name, "purge")...)
	if err != nil {
		return nil, err
	}
	done, err := s.awaitPurge(ctx, d.Name, a)
	return &PurgedVault{Name: d.Name, Location: d.Properties.Location, Purged: done}, err
}

// awaitPurge looks at the list until the vault is gone from it: the address for
// the operation may lie on another host, where no token goes.
func (s *session) awaitPurge(ctx context.Context, name string, a *azconn.Answer) (bool, error) {
	if a.Status != http.StatusAccepted {
		return true, nil
	}
	pause, end := s.tuning.poll, s.env.Now().Add(s.tuning.patience)
	for {
		list, err := s.deletedVaults(ctx)
		if err != nil {
			return false, err
		}
		gone := true
		for _, v := range list {
			gone = gone && !strings.EqualFold(v.Name, name)
		}
		if gone || s.env.Now().After(end) {
			return gone, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return false, err
		}
		pause = min(2*pause, s.tuning.pollMost)
	}
}

func protected(d *DeletedVault) error {
	return &connector.Error{
		Kind: connector.Conflict, Item: d.Name, Message: "The vault '" + d.Name + "' has purge protection: it goes for good on " + d.Properties.ScheduledPurgeDate + " and not before.",
		Fix: "Wait until then, or bring it back with Create Mode Recover.",
	}
}

func planPurgeKeyVault(ctx context.Context, _ *connector.Call, s *session, in *PurgeKeyVaultIn) ([]connector.PlanStep, error) {
	d, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	step := connector.PlanStep{Item: d.Name, Action: connector.PlanDelete, Note: "For good, with all it holds."}
	if d.Properties.PurgeProtectionEnabled {
		step.Action, step.Note = connector.PlanNone, "Purge protection keeps it until "+d.Properties.ScheduledPurgeDate+"."
	}
	return []connector.PlanStep{step}, nil
}
