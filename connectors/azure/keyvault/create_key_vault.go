package keyvault

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// CreateKeyVaultIn is the input of Create Key Vault.
type CreateKeyVaultIn struct {
	ResourceGroupName string `json:"resourceGroupName,omitempty" label:"Resource Group Name" doc:"Resource group in which the vault is made. The connection's when it is left out." example:"security-vaults" maxLength:"90"`
	KeyVaultName      string `json:"keyVaultName" label:"Key Vault Name" doc:"Name of the vault, shared by all of Azure: 3 to 24 letters, digits and hyphens, beginning with a letter." example:"d3TestpVault-IT" minLength:"1" maxLength:"127" resource:"vault"`
	Location          string `json:"location" label:"Location" doc:"Region, as a display name or a code." example:"East US" minLength:"1" maxLength:"90"`
	SKU               string `json:"sku" label:"SKU" doc:"Tier. Premium has HSM keys too." enum:"Standard,Premium" example:"Standard"`
	CreateMode        string `json:"createMode" label:"Create Mode" doc:"Default makes a new vault. Recover brings a deleted vault of this name back, with all it had." enum:"Default,Recover" default:"Default" example:"Default"`
	PolicyIn
}

// Validate refuses names that no vault can have.
func (in *CreateKeyVaultIn) Validate() []*connector.Error {
	return collect(checkVault(in.KeyVaultName), checkGroup(in.ResourceGroupName), in.checkID())
}

// CreatedVault is the raw data: the vault, and what to know about it.
type CreatedVault struct {
	ID          string          `json:"id" key:"ids" doc:"Resource ID."`
	Name        string          `json:"name" key:"names" col:"Key Vault" doc:"Name of the vault."`
	Location    string          `json:"location" col:"Location" doc:"Region, as a code."`
	Properties  VaultProperties `json:"properties"`
	PrincipalID string          `json:"principalId,omitempty" col:"Principal" doc:"Principal that got the permissions."`
	Warnings    []string        `json:"warnings,omitempty" col:"Warnings" doc:"What to know about the result."`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (v *CreatedVault) UnmarshalJSON(raw []byte) error {
	type plain CreatedVault
	return keep(raw, (*plain)(v), &v.rest)
}

// MarshalJSON writes all that was read.
func (v CreatedVault) MarshalJSON() ([]byte, error) {
	type plain CreatedVault
	return whole(plain(v), v.rest)
}

func createKeyVault() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Create Key Vault",
		Summary:     "Makes a vault in a resource group, or brings a deleted one back.",
		Description: "The vault is made with access policies, and the command waits until its name is registered. Permissions without an Object ID go to the connection's own principal. A vault that exists is never touched.",
		Effect:      connector.Write,
		Permissions: manages(vaultContributor, readVault, "Microsoft.KeyVault/vaults/write", readDeletedVaults),
		Corrections: []string{
			"The API makes or updates: on a vault that exists it overwrites all access policies. The command looks first and answers 409 then.",
			"Names have 3 to 24 letters, digits and single hyphens, begin with a letter and end with a letter or a digit.",
			"From API version 2026-02-01 a vault uses role assignments unless told otherwise; this command asks for access policies explicitly.",
			"Recover needs the location that the vault had, and ignores the permissions.",
			"Purge is a permission for certificates too.",
		},
	}, runCreateKeyVault, planCreateKeyVault)
}

// creation is what a run of the command is about to do.
type creation struct {
	group    string
	policies []AccessPolicy
	tenant   string
}

// prepare looks for the name and works out the access policies.
func (in *CreateKeyVaultIn) prepare(ctx context.Context, s *session) (*creation, error) {
	group, err := s.group(in.ResourceGroupName)
	if err != nil {
		return nil, err
	}
	if err := s.checkNotClient(in.ObjectID); err != nil {
		return nil, err
	}
	if err := in.checkFree(ctx, s, group); err != nil {
		return nil, err
	}
	c := &creation{group: group, policies: []AccessPolicy{}}
	if c.tenant, err = in.tenant(ctx, s); err != nil || in.CreateMode == "Recover" {
		return c, err
	}
	objectID := in.ObjectID
	if objectID == "" && in.any() {
		id, err := s.conn.Identity(ctx)
		if err != nil {
			return nil, err
		}
		objectID = id.ObjectID
	}
	if objectID != "" {
		c.policies = append(c.policies, AccessPolicy{TenantID: c.tenant, ObjectID: objectID, Permissions: in.permissions()})
	}
	return c, nil
}

// tenant is the directory's id; a connection may name it by a domain.
func (in *CreateKeyVaultIn) tenant(ctx context.Context, s *session) (string, error) {
	if guid.MatchString(s.settings.TenantID) {
		return s.settings.TenantID, nil
	}
	id, err := s.conn.Identity(ctx)
	return id.TenantID, err
}

func (c *creation) principal() string {
	if len(c.policies) == 0 {
		return ""
	}
	return c.policies[0].ObjectID
}

// checkFree refuses a vault that exists, whose policies the API would overwrite.
func (in *CreateKeyVaultIn) checkFree(ctx context.Context, s *session, group string) error {
	_, err := s.readVault(ctx, group, in.KeyVaultName)
	if err == nil {
		return &connector.Error{
			Kind: connector.Conflict, Code: "VaultAlreadyExists", Item: in.KeyVaultName, Operation: "vaults.get", Message: taken(in.KeyVaultName),
			Fix: "The vault exists in this resource group and was left as it is. Choose another name, or change it with Update Key Vault Access Policy.",
		}
	}
	if e := connector.AsError(err); e.Code != "ResourceNotFound" {
		return err
	}
	return nil
}

// taken is the service's text for a name that is in use.
func taken(name string) string {
	return "The vault name '" + name + "' is already in use. Vault names are globally unique so it is possible that the name is already taken. " +
		"If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged " +
		"after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name. " +
		"For more information about VaultAlreadyExists, soft delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740."
}

func (in *CreateKeyVaultIn) body(c *creation) map[string]any {
	p := map[string]any{"tenantId": c.tenant, "sku": SKU{Family: "A", Name: strings.ToLower(in.SKU)}}
	if in.CreateMode == "Recover" {
		p["createMode"] = "recover"
		return map[string]any{"location": in.Location, "properties": p}
	}
	p["accessPolicies"], p["enableRbacAuthorization"] = c.policies, false
	return map[string]any{"location": in.Location, "properties": p}
}

func runCreateKeyVault(ctx context.Context, _ *connector.Call, s *session, in *CreateKeyVaultIn) (*CreatedVault, error) {
	c, err := in.prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(in.body(c))
	if err != nil {
		return nil, err
	}
	call := azconn.Call{Method: http.MethodPut, Operation: "vaults.put", Item: in.KeyVaultName, Body: raw}
	a, err := s.arm(ctx, call, vaultPath(c.group, in.KeyVaultName)...)
	if err != nil {
		return nil, in.explain(ctx, s, err)
	}
	s.forget(c.group, in.KeyVaultName)
	full, err := s.awaitVault(ctx, c.group, in.KeyVaultName, a.Body)
	if err != nil {
		return nil, err
	}
	return in.created(c, full)
}

func (in *CreateKeyVaultIn) created(c *creation, full *Vault) (*CreatedVault, error) {
	raw, err := json.Marshal(full)
	if err != nil {
		return nil, err
	}
	out, err := decodeOne[CreatedVault](raw)
	if err != nil {
		return nil, err
	}
	out.PrincipalID = c.principal()
	if in.CreateMode == "Recover" && in.any() {
		out.Warnings = append(out.Warnings, "The vault came back with the access policies it had; the permissions given were not used.")
	}
	if full.rbac() {
		out.Warnings = append(out.Warnings, "The vault uses role assignments (Azure RBAC): access policies have no effect there.")
	}
	return out, nil
}

// awaitVault waits until the vault is registered.
func (s *session) awaitVault(ctx context.Context, group, name string, first []byte) (*Vault, error) {
	full, err := decodeOne[Vault](first)
	if err != nil {
		return nil, err
	}
	pause, end := s.tuning.poll, s.env.Now().Add(s.tuning.patience)
	for !full.ready() && !strings.EqualFold(full.Properties.ProvisioningState, "Failed") {
		if s.env.Now().After(end) {
			return nil, &connector.Error{
				Kind: connector.Timeout, Item: name, Operation: "vaults.put",
				Message: "The vault " + name + " was made, but its name is still not registered after " + s.tuning.patience.String() + ".",
				Fix:     "Look again with Get Key Vault; the vault need not be made again.",
			}
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause = min(2*pause, s.tuning.pollMost)
		if full, err = s.readVault(ctx, group, name); err != nil {
			return nil, err
		}
	}
	return full, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return connector.AsError(ctx.Err())
	}
}

// explain adds to a conflict when the deleted vault of this name goes for good.
func (in *CreateKeyVaultIn) explain(ctx context.Context, s *session, err error) error {
	e := *connector.AsError(err)
	if e.Kind != connector.Conflict {
		return &e
	}
	if d := s.deletedNamed(ctx, in.KeyVaultName); d != nil {
		e.Fix = "The vault was deleted on " + d.Properties.DeletionDate + " in " + groupOf(d.Properties.VaultID) + " (" + d.Properties.Location + ") and goes for good on " +
			d.Properties.ScheduledPurgeDate + ". Bring it back with Create Mode Recover, or free the name with Purge Key Vault."
	}
	return &e
}

func planCreateKeyVault(ctx context.Context, _ *connector.Call, s *session, in *CreateKeyVaultIn) ([]connector.PlanStep, error) {
	c, err := in.prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	step := connector.PlanStep{Item: in.KeyVaultName, Action: connector.PlanCreate}
	gone := s.deletedNamed(ctx, in.KeyVaultName)
	switch {
	case in.CreateMode == "Recover" && gone == nil:
		step.Action, step.Note = connector.PlanNone, "No deleted vault of this name can be seen in the subscription."
	case in.CreateMode == "Recover":
		step.Note = "The vault deleted on " + gone.Properties.DeletionDate + " comes back."
	case gone != nil:
		step.Action, step.Note = connector.PlanNone, "A deleted vault holds the name until "+gone.Properties.ScheduledPurgeDate+"."
	case c.principal() != "":
		step.Note = "Principal " + c.principal() + " gets " + countPermissions(c.policies[0].Permissions) + "."
	}
	return []connector.PlanStep{step}, nil
}

func countPermissions(p PolicyPermissions) string {
	return strconv.Itoa(len(p.Keys)) + " permissions on keys, " + strconv.Itoa(len(p.Secrets)) + " on secrets and " + strconv.Itoa(len(p.Certificates)) + " on certificates"
}
