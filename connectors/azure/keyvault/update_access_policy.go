package keyvault

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// UpdateAccessPolicyIn is the input of Update Key Vault Access Policy.
type UpdateAccessPolicyIn struct {
	GroupTarget
	OperationKind string `json:"operationKind" label:"Operation Kind" doc:"Add gives the principal further permissions. Replace sets its permissions to those given. Remove takes those given away from it. Other principals keep theirs in all three." enum:"Add,Replace,Remove" example:"Add"`
	PolicyIn
	AllowLockOut bool `json:"allowLockOut" label:"Allow Lock Out" doc:"Take permissions away even from the connection's own principal." default:"false"`
}

// Validate refuses what could not be carried out.
func (in *UpdateAccessPolicyIn) Validate() []*connector.Error {
	var none *connector.Error
	if !in.any() && in.OperationKind != kindReplace {
		none = connector.InvalidField("/permissionOfKeys", "No permissions are given.", "Give Permission Of Keys, Permission Of Secrets or Permission Of Certificates.")
	}
	if in.OperationKind == kindReplace && !in.any() && in.ObjectID == "" {
		none = connector.InvalidField("/objectId", "Neither a principal nor permissions are given.", "Give Object ID; Replace without permissions takes all of them away.")
	}
	return in.place().validate(in.checkID(), none)
}

// AccessPolicyOut is the raw data: what the API answered, what the vault says
// afterwards, and the difference.
type AccessPolicyOut struct {
	ID         string             `json:"id,omitempty" doc:"Resource ID of the change."`
	Type       string             `json:"type,omitempty" doc:"Microsoft.KeyVault/vaults/accessPolicies."`
	Properties AccessPoliciesBody `json:"properties"`
	ObjectID   string             `json:"objectId" key:"objectIds" col:"Object ID" doc:"The principal whose entry was changed."`
	Before     *AccessPolicy      `json:"before,omitzero"`
	After      *AccessPolicy      `json:"after,omitzero"`
	Diff       []string           `json:"diff" col:"Difference" doc:"Permissions that were added (+) and taken away (-)."`
	Warnings   []string           `json:"warnings,omitempty" col:"Warnings" doc:"What to know about the result."`
}

// AccessPoliciesBody is the body that the API takes and gives.
type AccessPoliciesBody struct {
	AccessPolicies []AccessPolicy `json:"accessPolicies"`
}

func updateAccessPolicy() *connector.Command {
	c := connector.NewPlanned(connector.Meta{
		Name:        "Update Key Vault Access Policy",
		Summary:     "Adds, replaces or removes a principal's permissions in a vault's access policies.",
		Description: "The vault is read before and after, and the difference is shown. Permissions that the connection's own principal has are not taken away without Allow Lock Out. The run can be undone: the principal's old entry is put back. Permission names are taken in any case.",
		Effect:      connector.Write,
		Permissions: manages(vaultContributor, readVault, "Microsoft.KeyVault/vaults/accessPolicies/write"),
		Corrections: []string{
			"Replace sets the permissions of the one principal that is named. It does not remove the entries of others.",
			"Object ID and permissions are optional in form only: without Object ID the connection's own principal is meant.",
			"Purge is a permission for certificates too.",
			"Remove takes away exactly the spelling that the vault has stored; the stored spelling is looked up here.",
			"In a vault that uses role assignments (Azure RBAC) access policies have no effect, though the change is accepted.",
		},
	}, runUpdateAccessPolicy, planUpdateAccessPolicy)
	return connector.WithUndo(c, undoAccessPolicy)
}

// change is a change of one principal's entry.
type change struct {
	group, vault  string
	objectID      string
	kind          string
	send          AccessPolicy // as the request has it
	before, after *AccessPolicy
	rbac          bool
	own           bool // the entry is the connection's own principal's
}

// prepare reads the vault and works out the change.
func (in *UpdateAccessPolicyIn) prepare(ctx context.Context, s *session) (*change, error) {
	group, err := s.group(in.ResourceGroupName)
	if err != nil {
		return nil, err
	}
	if err := s.checkNotClient(in.ObjectID); err != nil {
		return nil, err
	}
	full, err := s.readVault(ctx, group, in.KeyVaultName)
	if err != nil {
		return nil, err
	}
	c := &change{group: group, vault: full.Name, objectID: in.ObjectID, kind: in.OperationKind, rbac: full.rbac()}
	if err := c.identify(ctx, s); err != nil {
		return nil, err
	}
	want := AccessPolicy{TenantID: full.Properties.TenantID, ObjectID: c.objectID, Permissions: in.permissions()}
	c.compute(full, want)
	if len(diff(c.before, c.after)) > 0 {
		return c, c.guard(in.AllowLockOut)
	}
	return c, nil
}

// identify finds out who the connection is: for a blank Object ID, and for the
// guard against locking itself out.
func (c *change) identify(ctx context.Context, s *session) error {
	id, err := s.conn.Identity(ctx)
	if err != nil {
		if c.objectID == "" {
			return err
		}
		return nil //nolint:nilerr // an unreadable token leaves the principal unknown, and the one named is another then
	}
	if c.objectID == "" {
		c.objectID = id.ObjectID
	}
	c.own = strings.EqualFold(c.objectID, id.ObjectID)
	return nil
}

func (c *change) compute(full *Vault, want AccessPolicy) {
	c.before = policyOf(full.Properties.AccessPolicies, c.objectID)
	c.after, c.send = changed(c.before, c.kind, want), want
	if c.kind == kindRemove {
		c.send.Permissions = storedSpelling(c.before, want.Permissions)
	}
}

// guard refuses to take permissions away from the connection itself.
func (c *change) guard(allowed bool) error {
	if !c.own || allowed || c.rbac {
		return nil
	}
	var lost []string
	for _, d := range diff(c.before, c.after) {
		if name, ok := strings.CutPrefix(d, "- "); ok {
			lost = append(lost, name)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return &connector.Error{
		Kind: connector.Conflict, Item: c.objectID, Operation: "vaults.accessPolicies",
		Message: "This would take " + strings.Join(lost, ", ") + " away from the connection's own principal " + c.objectID + " in the vault " + c.vault + ".",
		Fix:     "Set Allow Lock Out if that is what you want.",
	}
}

func runUpdateAccessPolicy(ctx context.Context, call *connector.Call, s *session, in *UpdateAccessPolicyIn) (*AccessPolicyOut, error) {
	group, err := s.group(in.ResourceGroupName)
	if err != nil {
		return nil, err
	}
	var out *AccessPolicyOut
	err = s.locked(ctx, group, in.KeyVaultName, func() error {
		c, err := in.prepare(ctx, s)
		if err != nil {
			return err
		}
		if !samePolicy(c.before, c.after) {
			if err := c.save(ctx, call); err != nil {
				return err
			}
		}
		out, err = c.apply(ctx, s)
		return err
	})
	return out, err
}

// save keeps the entry as it was, with what it will be.
func (c *change) save(ctx context.Context, call *connector.Call) error {
	before, err := json.Marshal(c.before)
	if err != nil {
		return err
	}
	after, err := json.Marshal(c.after)
	if err != nil {
		return err
	}
	return call.SaveUndo(ctx, connector.UndoStep{Item: c.objectID, Before: before, After: after})
}

// apply sends the change, unless there is none, and reads the vault again.
func (c *change) apply(ctx context.Context, s *session) (*AccessPolicyOut, error) {
	out := &AccessPolicyOut{ObjectID: c.objectID, Before: c.before, Diff: []string{}, Properties: AccessPoliciesBody{[]AccessPolicy{}}}
	if c.rbac {
		out.Warnings = append(out.Warnings, "The vault "+c.vault+" uses role assignments (Azure RBAC): access policies have no effect there. Assign a role instead.")
	}
	if samePolicy(c.before, c.after) {
		out.After = c.before
		out.Warnings = append(out.Warnings, "The vault had it so already; nothing was sent.")
		return out, nil
	}
	if err := c.put(ctx, s, out); err != nil {
		return nil, err
	}
	full, err := s.readVault(ctx, c.group, c.vault)
	if err != nil {
		return nil, err
	}
	out.After = policyOf(full.Properties.AccessPolicies, c.objectID)
	out.Diff = diff(c.before, out.After)
	if !samePolicy(out.After, c.after) {
		out.Warnings = append(out.Warnings, "The vault shows another result than this change makes: somebody else changed it at the same time.")
	}
	return out, nil
}

func (c *change) put(ctx context.Context, s *session, out *AccessPolicyOut) error {
	raw, err := json.Marshal(map[string]any{"properties": AccessPoliciesBody{[]AccessPolicy{c.send}}})
	if err != nil {
		return err
	}
	call := azconn.Call{Method: http.MethodPut, Operation: "vaults.accessPolicies", Item: c.vault, Body: raw}
	a, err := s.arm(ctx, call, vaultPath(c.group, c.vault, "accessPolicies", strings.ToLower(c.kind))...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(a.Body, out); err != nil {
		return notAzure(err)
	}
	return nil
}

func planUpdateAccessPolicy(ctx context.Context, _ *connector.Call, s *session, in *UpdateAccessPolicyIn) ([]connector.PlanStep, error) {
	c, err := in.prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	return []connector.PlanStep{c.step()}, nil
}

func (c *change) step() connector.PlanStep {
	p := connector.PlanStep{Item: c.objectID, Action: connector.PlanReplace, Note: strings.Join(diff(c.before, c.after), ", ")}
	switch {
	case samePolicy(c.before, c.after):
		p.Action, p.Note = connector.PlanNone, "The vault has it so already."
	case c.before == nil:
		p.Action = connector.PlanCreate
	case c.after == nil:
		p.Action = connector.PlanDelete
	}
	if c.rbac {
		p.Note += " The vault uses role assignments: access policies have no effect there."
	}
	return p
}
