package keyvault

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
)

// undoAccessPolicy puts a principal's old entry back.
func undoAccessPolicy(ctx context.Context, call *connector.Call, s *session, in *UpdateAccessPolicyIn, steps []connector.UndoStep) ([]connector.PlanStep, error) {
	group, err := s.group(in.ResourceGroupName)
	if err != nil {
		return nil, err
	}
	var plan []connector.PlanStep
	err = s.locked(ctx, group, in.KeyVaultName, func() error {
		for _, step := range steps {
			c, err := s.reverse(ctx, group, in.KeyVaultName, step)
			if err != nil {
				return err
			}
			plan = append(plan, c.step())
			if call.DryRun {
				continue
			}
			if _, err := c.apply(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	return plan, err
}

// reverse works out the change that brings an entry back to what it was, and
// refuses when it is no longer what the run made of it.
func (s *session) reverse(ctx context.Context, group, name string, step connector.UndoStep) (*change, error) {
	var before, after *AccessPolicy
	if err := json.Unmarshal(step.Before, &before); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(step.After, &after); err != nil {
		return nil, err
	}
	full, err := s.readVault(ctx, group, name)
	if err != nil {
		return nil, err
	}
	c := &change{group: group, vault: full.Name, objectID: step.Item, kind: kindReplace, rbac: full.rbac()}
	c.before = policyOf(full.Properties.AccessPolicies, step.Item)
	if !samePolicy(c.before, after) && !samePolicy(c.before, before) { // the second: the run never came to its change
		return nil, &connector.Error{
			Kind: connector.Conflict, Item: step.Item,
			Message: "The access policy of " + step.Item + " in the vault " + full.Name + " has changed since that run.",
			Fix:     "Change it with Update Key Vault Access Policy.",
		}
	}
	c.after = before
	if before != nil {
		c.send = *before
		return c, nil
	}
	c.kind = kindRemove // an entry cannot be replaced by none
	if c.before != nil {
		c.send = *c.before
	}
	return c, nil
}
