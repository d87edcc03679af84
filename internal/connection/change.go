package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Update changes a connection. Errors as for Add, and Conflict when it was
// changed since the revision the caller saw.
func (m *Manager) Update(ctx context.Context, actor authz.Actor, nameOrID string, p Patch) (*View, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return nil, err
	}
	c, err := m.Find(ctx, actor.Tenant, nameOrID)
	if err != nil {
		return nil, err
	}
	if p.Revision != 0 && p.Revision != c.Revision {
		return nil, &connector.Error{Kind: connector.Conflict, Message: "The connection was changed by somebody else in the meantime.", Fix: "Load it again and repeat the change."}
	}
	if err := m.apply(ctx, c, p); err != nil {
		return nil, err
	}
	c.UpdatedAt = store.Micros(m.Now())
	if err := m.submit(ctx, actor, audit.KindConnectionUpdated, c, store.Batch{UpdateConnections: []*store.Connection{c}}); err != nil {
		return nil, err
	}
	return viewOf(c)
}

func (m *Manager) apply(ctx context.Context, c *store.Connection, p Patch) error {
	var errs []*connector.Error
	if p.Name != nil {
		errs = append(errs, nameProblem(*p.Name)...)
		c.Name = strings.TrimSpace(*p.Name)
	}
	if p.Description != nil {
		c.Description = *p.Description
	}
	if p.Active != nil {
		c.Active = *p.Active
	}
	g, err := GuardrailsOf(c)
	if err != nil {
		return err
	}
	if p.Guardrails != nil {
		errs = append(errs, p.Guardrails.problems()...)
		g = p.Guardrails
	}
	integ, err := m.Catalog.Integration(c.Integration)
	if err != nil {
		return err
	}
	settings, more, err := m.merged(ctx, c, integ, p.Settings)
	if err != nil {
		return err
	}
	if errs = append(errs, more...); len(errs) > 0 {
		return connector.Join(errs)
	}
	return m.fill(ctx, c, integ, settings, g)
}

func (m *Manager) merged(ctx context.Context, c *store.Connection, integ *connector.Integration, patch json.RawMessage) (map[string]any, []*connector.Error, error) {
	opened, err := m.Open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	old, _ := schema.Decode(opened.Settings)
	change, prob := schema.Decode(patch)
	if prob != nil {
		return nil, []*connector.Error{connector.InvalidField("/settings", prob.Message, prob.Fix)}, nil
	}
	for k, v := range change {
		id := canonicalID(integ.Connection.Settings, k)
		delete(old, id)
		if v != nil {
			old[id] = v
		}
	}
	full, err := json.Marshal(old)
	if err != nil {
		return nil, nil, err
	}
	settings, errs := m.Checked(integ, full)
	return settings, errs, nil
}

func canonicalID(t *schema.Type, name string) string {
	if f, ok := t.Named(name); ok {
		return f.ID
	}
	return name
}

// Delete removes a connection with its secrets. Runs made through it stay.
func (m *Manager) Delete(ctx context.Context, actor authz.Actor, nameOrID string) error {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return err
	}
	c, err := m.Find(ctx, actor.Tenant, nameOrID)
	if err != nil {
		return err
	}
	return m.submit(ctx, actor, audit.KindConnectionDeleted, c, store.Batch{DeleteConnections: []store.Ref{{Tenant: c.Tenant, ID: c.ID}}})
}

// Opened are the settings of a connection with its secrets.
type Opened struct {
	Settings json.RawMessage
	Secrets  []string // the secret values, for redaction
}

// Open decrypts a connection. Only the run path and the manager call it.
func (m *Manager) Open(ctx context.Context, c *store.Connection) (*Opened, error) {
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(c.Settings, &all); err != nil {
		return nil, err
	}
	o := &Opened{}
	for field, sealed := range c.Secrets {
		plain, err := m.Sealer.Open(ctx, c.Tenant, secretAD(c, field), sealed)
		if err != nil {
			return nil, &connector.Error{Kind: connector.Internal, Message: fmt.Sprintf("The secret %q of connection %q cannot be decrypted.", field, c.Name), Fix: "Restore the key file of this data folder, or enter the secret again.", Err: err}
		}
		all[field] = plain
		o.Secrets = append(o.Secrets, secretTexts(plain)...)
	}
	var err error
	o.Settings, err = json.Marshal(all)
	return o, err
}

func secretTexts(plain []byte) []string {
	var v any
	if json.Unmarshal(plain, &v) != nil {
		return []string{string(plain)}
	}
	return schema.Texts(v)
}

// SetHealth records the result of a check; a connection deleted meanwhile is
// not an error.
func (m *Manager) SetHealth(ctx context.Context, tenant, id string, h Health) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	err = m.Store.Submit(ctx, store.Batch{SetHealth: []store.ConnectionHealth{{Tenant: tenant, ID: id, Health: raw}}})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
