package connection

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Duplicate stores a copy of a connection, its secrets included, under a new
// name. The secrets are sealed anew, because a sealed value is bound to its
// connection. Errors as for Add.
func (m *Manager) Duplicate(ctx context.Context, actor authz.Actor, nameOrID, name string) (*View, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return nil, err
	}
	c, err := m.Find(ctx, actor.Tenant, nameOrID)
	if err != nil {
		return nil, err
	}
	opened, err := m.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	g, err := GuardrailsOf(c)
	if err != nil {
		return nil, err
	}
	return m.Add(ctx, actor, Input{
		Integration: c.Integration, Name: name, Description: c.Description, Active: &c.Active, Settings: opened.Settings, Guardrails: g,
	})
}

// Changed gives a connection's settings, secrets included, with a change that
// is not stored. It needs the scope manage, like the change itself: a changed
// address would be sent the stored secrets.
func (m *Manager) Changed(ctx context.Context, actor authz.Actor, nameOrID string, change json.RawMessage) (*store.Connection, json.RawMessage, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return nil, nil, err
	}
	c, err := m.Find(ctx, actor.Tenant, nameOrID)
	if err != nil {
		return nil, nil, err
	}
	integ, err := m.Catalog.Integration(c.Integration)
	if err != nil {
		return nil, nil, err
	}
	settings, errs, err := m.merged(ctx, c, integ, change)
	if err == nil && len(errs) > 0 {
		err = connector.Join(errs)
	}
	if err != nil {
		return nil, nil, err
	}
	full, err := json.Marshal(settings)
	return c, full, err
}
