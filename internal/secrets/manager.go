package secrets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/store"
)

// valueVersion is the version of how a value is laid out; part of the
// associated data of every sealed value.
const valueVersion = 1

// Deps are what a Manager works with.
type Deps struct {
	Store  *store.Store
	Sealer *keys.Sealer
	Now    func() time.Time
}

// Manager keeps the named secrets of the own store. It takes values and never
// gives one back, except to a Resolver (see For). Every change is audited in
// the transaction that makes it. It is safe for concurrent use.
type Manager struct{ Deps }

// NewManager makes a Manager.
func NewManager(d Deps) *Manager { return &Manager{d} }

// View is a secret as people see it: without its value.
type View struct {
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy"`
	UpdatedAt time.Time `json:"updatedAt" doc:"When it was given its value."`
	UpdatedBy string    `json:"updatedBy"`
}

func viewOf(x *store.Secret) View {
	return View{Name: x.Name, CreatedAt: store.Time(x.CreatedAt), CreatedBy: x.CreatedBy, UpdatedAt: store.Time(x.UpdatedAt), UpdatedBy: x.UpdatedBy}
}

// setTries is how often Set begins again because somebody made or deleted the
// secret at the same time.
const setTries = 5

// Set gives a secret a value and makes the secret if there is none of this
// name; created tells which. Errors: Invalid at /name or /value, Denied without
// the scope manage.
func (m *Manager) Set(ctx context.Context, actor authz.Actor, name string, value connector.Secret) (v View, created bool, err error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return View{}, false, err
	}
	name = cleanName(name)
	if err := problems(checkName(name), checkValue(value.Reveal())); err != nil {
		return View{}, false, err
	}
	for try := 1; ; try++ {
		v, created, err = m.set(ctx, actor, name, value)
		if try == setTries || !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
			return v, created, store.AsConnectorError(err)
		}
	}
}

func problems(list ...*connector.Error) error {
	var errs []*connector.Error
	for _, e := range list {
		if e != nil {
			errs = append(errs, e)
		}
	}
	if e := connector.Join(errs); e != nil {
		return e
	}
	return nil
}

func (m *Manager) set(ctx context.Context, actor authz.Actor, name string, value connector.Secret) (View, bool, error) {
	x, err := m.Store.SecretByName(ctx, actor.Tenant, name)
	created := errors.Is(err, store.ErrNotFound)
	if err != nil && !created {
		return View{}, false, err
	}
	now := store.Micros(m.Now())
	if created {
		x = store.Secret{ID: store.NewID(), Tenant: actor.Tenant, Name: name, CreatedAt: now, CreatedBy: actor.ID}
	}
	x.UpdatedAt, x.UpdatedBy = now, actor.ID
	if x.Sealed, err = m.Sealer.Seal(ctx, x.Tenant, placeOf(&x), []byte(value.Reveal())); err != nil {
		return View{}, false, err
	}
	if created {
		err = m.submit(ctx, actor, audit.KindSecretCreated, &x, store.Batch{InsertSecrets: []*store.Secret{&x}})
	} else {
		change := store.SecretUpdate{Tenant: x.Tenant, ID: x.ID, Sealed: x.Sealed, UpdatedAt: x.UpdatedAt, UpdatedBy: x.UpdatedBy}
		err = m.submit(ctx, actor, audit.KindSecretUpdated, &x, store.Batch{UpdateSecrets: []store.SecretUpdate{change}})
	}
	return viewOf(&x), created, err
}

// placeOf binds a sealed value to its secret.
func placeOf(x *store.Secret) keys.AD {
	return keys.AD{Tenant: x.Tenant, Kind: "secret", Owner: x.ID, Field: "value", SchemaVersion: valueVersion}
}

func (m *Manager) submit(ctx context.Context, actor authz.Actor, kind string, x *store.Secret, b store.Batch) error {
	e, err := audit.Admin(audit.AdminEvent{
		Tenant: x.Tenant, At: store.Micros(m.Now()), Kind: kind, Actor: actor.ID, Subject: x.ID, Detail: map[string]any{"name": x.Name},
	})
	if err != nil {
		return err
	}
	b.Audit = []*store.AuditEntry{&e}
	return m.Store.Submit(ctx, b)
}

// Get tells of one secret. Errors: NotFound, Denied without the scope manage.
func (m *Manager) Get(ctx context.Context, actor authz.Actor, name string) (View, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return View{}, err
	}
	x, err := m.find(ctx, actor.Tenant, name)
	if err != nil {
		return View{}, err
	}
	return viewOf(&x), nil
}

// List tells of all secrets, in the order of their names. Errors: Denied
// without the scope manage.
func (m *Manager) List(ctx context.Context, actor authz.Actor) ([]View, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return nil, err
	}
	rows, err := m.Store.Secrets(ctx, actor.Tenant)
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	out := make([]View, len(rows))
	for i := range rows {
		out[i] = viewOf(&rows[i])
	}
	return out, nil
}

// Delete removes a secret. Errors: NotFound, Denied without the scope manage.
func (m *Manager) Delete(ctx context.Context, actor authz.Actor, name string) error {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return err
	}
	x, err := m.find(ctx, actor.Tenant, name)
	if err != nil {
		return err
	}
	err = m.submit(ctx, actor, audit.KindSecretDeleted, &x, store.Batch{DeleteSecrets: []store.Ref{{Tenant: x.Tenant, ID: x.ID}}})
	if errors.Is(err, store.ErrNotFound) { // somebody else was faster
		return m.notFound(ctx, x.Tenant, x.Name)
	}
	return store.AsConnectorError(err)
}

// find takes names to the letter: what is changed or deleted must be what was
// named, also where a job would find it under a like name.
func (m *Manager) find(ctx context.Context, tenant, name string) (store.Secret, error) {
	name = cleanName(name)
	if e := checkName(name); e != nil { // no stored secret is called so
		return store.Secret{}, e
	}
	x, err := m.Store.SecretByName(ctx, tenant, name)
	if errors.Is(err, store.ErrNotFound) {
		return x, m.notFound(ctx, tenant, name)
	}
	return x, store.AsConnectorError(err)
}

func (m *Manager) notFound(ctx context.Context, tenant, name string) error {
	fix := "List those there are: fairlead secrets list."
	if rows, err := m.Store.Secrets(ctx, tenant); err == nil {
		names := make([]string, len(rows))
		for i := range rows {
			names[i] = rows[i].Name
		}
		if n := schema.Nearest(name, names); n != "" {
			fix = fmt.Sprintf("Did you mean %q?", n)
		}
	}
	return &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("There is no secret called %q.", name), Fix: fix}
}
