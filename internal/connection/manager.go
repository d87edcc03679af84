package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/validate"
)

// secretVersion is the version of how secret fields are laid out; part of the
// associated data of every sealed field.
const secretVersion = 1

// Deps are what a Manager works with.
type Deps struct {
	Catalog  *catalog.Catalog
	Store    *store.Store
	Sealer   *keys.Sealer
	Validate *validate.Validator
	Now      func() time.Time
}

// Manager adds, changes and finds connections. Every change is audited in the
// transaction that makes it.
type Manager struct{ Deps }

// NewManager makes a Manager.
func NewManager(d Deps) *Manager { return &Manager{d} }

// Add stores a new connection. Errors: Invalid with located fields, Conflict
// when the name is taken, Denied without the scope manage.
func (m *Manager) Add(ctx context.Context, actor authz.Actor, in Input) (*View, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return nil, err
	}
	integ, err := m.Catalog.Integration(in.Integration)
	if err != nil {
		return nil, err
	}
	if integ.Connection == nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: integ.Name + " needs no connection.", Fix: "Run its commands without one."}
	}
	settings, errs := m.Checked(integ, in.Settings)
	errs = append(errs, nameProblem(in.Name)...)
	errs = append(errs, in.Guardrails.problems()...)
	if len(errs) > 0 {
		return nil, connector.Join(errs)
	}
	now := store.Micros(m.Now())
	c := &store.Connection{
		ID: store.NewID(), Tenant: actor.Tenant, Integration: integ.ID, Name: strings.TrimSpace(in.Name), Description: in.Description,
		Active: in.Active == nil || *in.Active, CreatedAt: now, UpdatedAt: now, CreatedBy: actor.ID,
	}
	if err := m.fill(ctx, c, integ, settings, in.Guardrails); err != nil {
		return nil, err
	}
	if err := m.submit(ctx, actor, audit.KindConnectionCreated, c, store.Batch{InsertConnections: []*store.Connection{c}}); err != nil {
		return nil, err
	}
	return viewOf(c)
}

// Checked gives an integration's settings in canonical form, or what is wrong
// with them. It is used for unsaved settings too.
func (m *Manager) Checked(integ *connector.Integration, raw json.RawMessage) (map[string]any, []*connector.Error) {
	settings, errs := m.Validate.Input(integ.Connection.Settings, raw)
	if len(errs) > 0 {
		return settings, errs
	}
	full, err := json.Marshal(settings)
	if err != nil {
		return settings, []*connector.Error{connector.AsError(err)}
	}
	return settings, integ.Connection.Validate(full)
}

func nameProblem(name string) []*connector.Error {
	n := strings.TrimSpace(name)
	switch {
	case n == "":
		return []*connector.Error{connector.InvalidField("/name", "Connection Name is required.", "Give a name (--name).")}
	case len(n) > 128 || strings.ContainsAny(n, "/\n\r\t"):
		return []*connector.Error{connector.InvalidField("/name", "Connection Name is too long or holds a slash or a control character.", "Use up to 128 characters without them.")}
	}
	return nil
}

// fill splits settings into open ones and sealed secrets.
func (m *Manager) fill(ctx context.Context, c *store.Connection, integ *connector.Integration, settings map[string]any, g *Guardrails) error {
	open := map[string]any{}
	c.Secrets = map[string][]byte{}
	for id, v := range settings {
		f, _ := integ.Connection.Settings.Field(id)
		if !f.HasSecrets() {
			open[id] = v
			continue
		}
		plain, err := json.Marshal(v)
		if err != nil {
			return err
		}
		sealed, err := m.Sealer.Seal(ctx, c.Tenant, secretAD(c, id), plain)
		if err != nil {
			return err
		}
		c.Secrets[id] = sealed
	}
	var err error
	if c.Settings, err = json.Marshal(open); err != nil {
		return err
	}
	c.Guardrails = nil
	if g != nil {
		c.Guardrails, err = json.Marshal(g)
	}
	return err
}

func secretAD(c *store.Connection, field string) keys.AD {
	return keys.AD{Tenant: c.Tenant, Kind: "connection", Owner: c.ID, Field: field, SchemaVersion: secretVersion}
}

func (m *Manager) submit(ctx context.Context, actor authz.Actor, kind string, c *store.Connection, b store.Batch) error {
	e, err := audit.Admin(audit.AdminEvent{
		Tenant: c.Tenant, At: store.Micros(m.Now()), Kind: kind, Actor: actor.ID, Subject: c.ID,
		Detail: map[string]any{"name": c.Name, "integration": c.Integration, "active": c.Active},
	})
	if err != nil {
		return err
	}
	b.Audit = []*store.AuditEntry{&e}
	return m.explain(m.Store.Submit(ctx, b), c.Name)
}

func (m *Manager) explain(err error, name string) error {
	if err == nil {
		return nil
	}
	se, ok := errors.AsType[*store.Error](err)
	if !ok {
		return err
	}
	switch {
	case se.Constraint == store.UniqueConnectionName:
		return &connector.Error{Kind: connector.Conflict, Field: "/name", Message: fmt.Sprintf("A connection called %q exists already.", name), Fix: "Choose another name, or update that connection.", Err: err}
	case se.Kind == store.Conflict:
		return &connector.Error{Kind: connector.Conflict, Message: "The connection was changed by somebody else in the meantime.", Fix: "Load it again and repeat the change.", Err: err}
	}
	return store.AsConnectorError(err)
}

// Get finds a connection by name or ID.
func (m *Manager) Get(ctx context.Context, actor authz.Actor, nameOrID string) (*View, error) {
	if err := authz.Require(actor, authz.Read); err != nil {
		return nil, err
	}
	c, err := m.Find(ctx, actor.Tenant, nameOrID)
	if err != nil {
		return nil, err
	}
	return viewOf(c)
}

// Find is Get for other parts of the program.
func (m *Manager) Find(ctx context.Context, tenant, nameOrID string) (*store.Connection, error) {
	c, err := m.Store.ConnectionByName(ctx, tenant, nameOrID)
	if errors.Is(err, store.ErrNotFound) {
		c, err = m.Store.Connection(ctx, tenant, nameOrID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, m.notFound(ctx, tenant, nameOrID)
	}
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	return &c, nil
}

func (m *Manager) notFound(ctx context.Context, tenant, name string) error {
	fix := "Add one: fairlead connections add INTEGRATION --name NAME --from FILE."
	if list, err := m.Store.Connections(ctx, tenant, store.ConnectionFilter{}); err == nil && len(list) > 0 {
		names := make([]string, len(list))
		for i := range list {
			names[i] = list[i].Name
		}
		fix = "Known: " + strings.Join(names, ", ") + "."
		if n := schema.Nearest(name, names); n != "" {
			fix = fmt.Sprintf("Did you mean %q?", n)
		}
	}
	return &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("There is no connection called %q.", name), Fix: fix}
}

// List gives the connections of an integration, or all.
func (m *Manager) List(ctx context.Context, actor authz.Actor, integration string) ([]View, error) {
	if err := authz.Require(actor, authz.Read); err != nil {
		return nil, err
	}
	list, err := m.Store.Connections(ctx, actor.Tenant, store.ConnectionFilter{Integration: integration})
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	views := make([]View, 0, len(list))
	for i := range list {
		v, err := viewOf(&list[i])
		if err != nil {
			return nil, err
		}
		views = append(views, *v)
	}
	return views, nil
}
