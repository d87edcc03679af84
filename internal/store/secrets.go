package store

import (
	"context"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

func (t *transaction) secrets(b *Batch) error {
	return inOrder(
		each(t, "add secret", b.InsertSecrets, func(x *Secret) string { return x.ID }, func(x *Secret) error {
			return t.q.InsertSecret(t.ctx, db.InsertSecretParams{
				TenantID: x.Tenant, ID: x.ID, Name: x.Name, CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt, CreatedBy: x.CreatedBy,
				UpdatedBy: x.UpdatedBy, Sealed: notNil(x.Sealed),
			})
		}),
		each(t, "change secret", b.UpdateSecrets, func(u SecretUpdate) string { return u.ID }, func(u SecretUpdate) error {
			rows, err := t.q.UpdateSecret(t.ctx, db.UpdateSecretParams{
				TenantID: u.Tenant, ID: u.ID, Sealed: notNil(u.Sealed), UpdatedAt: u.UpdatedAt, UpdatedBy: u.UpdatedBy,
			})
			return must(rows, err)("change secret", u.ID, "secret")
		}),
		each(t, "delete secret", b.DeleteSecrets, func(r Ref) string { return r.ID }, func(r Ref) error {
			return must(t.q.DeleteSecret(t.ctx, r.Tenant, r.ID))("delete secret", r.ID, "secret")
		}),
	)
}

// SecretByName returns a secret by its name, which counts to the byte.
func (s *Store) SecretByName(ctx context.Context, tenant, name string) (Secret, error) {
	r, err := s.read.SecretByName(ctx, tenant, name)
	if err != nil {
		return Secret{}, s.readFailed(ctx, "read secret", name, "secret", err)
	}
	return toSecret(r), nil
}

// FirstSecret returns the secret called name or, if there is none, the one called otherwise; in one query, since jobs
// wait for it.
func (s *Store) FirstSecret(ctx context.Context, tenant, name, otherwise string) (Secret, error) {
	rows, err := s.read.SecretsNamed(ctx, tenant, name, otherwise)
	if err == nil && len(rows) == 0 {
		return Secret{}, notFound("read secret", name, "secret")
	}
	if err != nil {
		return Secret{}, s.readFailed(ctx, "read secret", name, "secret", err)
	}
	best := rows[0]
	if len(rows) > 1 && rows[1].Name == name {
		best = rows[1]
	}
	return toSecret(best), nil
}

// Secrets returns a tenant's secrets in the order of their names, without Sealed.
func (s *Store) Secrets(ctx context.Context, tenant string) ([]Secret, error) {
	rows, err := s.read.Secrets(ctx, tenant)
	if err != nil {
		return nil, s.readFailed(ctx, "list secrets", "", "secret", err)
	}
	return convert(rows, func(r db.SecretsRow) Secret {
		return toSecret(db.Secret{
			TenantID: r.TenantID, ID: r.ID, Name: r.Name, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, CreatedBy: r.CreatedBy, UpdatedBy: r.UpdatedBy,
		})
	}), nil
}

func toSecret(r db.Secret) Secret {
	return Secret{
		ID: r.ID, Tenant: r.TenantID, Name: r.Name, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, CreatedBy: r.CreatedBy, UpdatedBy: r.UpdatedBy, Sealed: r.Sealed,
	}
}
