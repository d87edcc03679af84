package store

import (
	"context"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

// Connection returns a connection by id.
func (s *Store) Connection(ctx context.Context, tenant, id string) (Connection, error) {
	return s.remember1(ctx, connectionQuery{tenant: tenant, id: id}, func() (Connection, error) {
		r, err := s.read.Connection(ctx, tenant, id)
		if err != nil {
			return Connection{}, s.readFailed(ctx, "read connection", id, "connection", err)
		}
		return toConnection(r)
	})
}

// ConnectionByName returns a connection by name, without regard to case.
func (s *Store) ConnectionByName(ctx context.Context, tenant, name string) (Connection, error) {
	return s.remember1(ctx, connectionQuery{tenant: tenant, name: fold(name)}, func() (Connection, error) {
		r, err := s.read.ConnectionByName(ctx, tenant, fold(name))
		if err != nil {
			return Connection{}, s.readFailed(ctx, "read connection", name, "connection", err)
		}
		return toConnection(r)
	})
}

// Connections returns a tenant's connections in the order of their names.
func (s *Store) Connections(ctx context.Context, tenant string, f ConnectionFilter) ([]Connection, error) {
	q := connectionQuery{tenant: tenant, integration: f.Integration, active: activeCode(f.Active)}
	return s.remembered(ctx, q, func() ([]Connection, error) {
		rows, err := s.read.Connections(ctx, tenant, optional(f.Integration), f.Active)
		if err != nil {
			return nil, s.readFailed(ctx, "list connections", "", "connection", err)
		}
		return convertAll(rows, toConnection)
	})
}

// TokenByHash returns the token, of any tenant, with this SHA-256, whether or not it has expired or was revoked.
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte) (Token, error) {
	r, err := s.read.TokenByHash(ctx, hash[:])
	if err != nil {
		return Token{}, s.readFailed(ctx, "read token", "", "token", err)
	}
	return toToken(r)
}

// Tokens returns a tenant's tokens, oldest first.
func (s *Store) Tokens(ctx context.Context, tenant string) ([]Token, error) {
	rows, err := s.read.Tokens(ctx, tenant)
	if err != nil {
		return nil, s.readFailed(ctx, "list tokens", "", "token", err)
	}
	return convertAll(rows, toToken)
}

// Setting returns a setting by name.
func (s *Store) Setting(ctx context.Context, tenant, name string) (Setting, error) {
	r, err := s.read.Setting(ctx, tenant, name)
	if err != nil {
		return Setting{}, s.readFailed(ctx, "read setting", name, "setting", err)
	}
	return toSetting(r), nil
}

// Settings returns a tenant's settings in the order of their names.
func (s *Store) Settings(ctx context.Context, tenant string) ([]Setting, error) {
	rows, err := s.read.Settings(ctx, tenant)
	if err != nil {
		return nil, s.readFailed(ctx, "list settings", "", "setting", err)
	}
	return convert(rows, toSetting), nil
}

func toSetting(r db.Setting) Setting {
	return Setting{Tenant: r.TenantID, Name: r.Name, Value: notNil(r.Value)}
}

// LoadKeyset returns a tenant's wrapped keyset and the id of the key that wraps it; both are empty if it has none. With
// InsertKeyset, KeysetKEKs and SampleKeyset it makes Store a keys.KeysetStore.
func (s *Store) LoadKeyset(ctx context.Context, tenant, purpose string) (wrapped []byte, kek string, err error) {
	r, err := s.read.Keyset(ctx, tenant, purpose)
	if noRows(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", s.readFailed(ctx, "read keyset", purpose, "keyset", err)
	}
	return r.Wrapped, r.KEK, nil
}

// InsertKeyset adds a tenant's first keyset of a purpose. The first one wins: false means that there was one.
func (s *Store) InsertKeyset(ctx context.Context, tenant, purpose string, wrapped []byte, kek string, createdAt int64) (bool, error) {
	k := &KeysetInsert{Keyset: Keyset{ID: NewID(), Tenant: tenant, Purpose: purpose, Wrapped: wrapped, KEK: kek, CreatedAt: createdAt}}
	err := s.Submit(ctx, Batch{InsertKeysets: []*KeysetInsert{k}})
	return k.Inserted, err
}

// KeysetKEKs returns the ids of all keys that wrap a keyset.
func (s *Store) KeysetKEKs(ctx context.Context) ([]string, error) {
	ids, err := s.read.KeysetKEKs(ctx)
	if err != nil {
		return nil, s.readFailed(ctx, "list keysets", "", "keyset", err)
	}
	return ids, nil
}

// SampleKeyset returns any keyset that a key wraps, so that the key can be tried; NotFound if there is none.
func (s *Store) SampleKeyset(ctx context.Context, kek string) (tenant, purpose string, err error) {
	r, err := s.read.KeysetOfKEK(ctx, kek)
	if err != nil {
		return "", "", s.readFailed(ctx, "read keyset wrapped by", kek, "keyset", err)
	}
	return r.TenantID, r.Purpose, nil
}

// Keysets returns the wrapped keysets of all tenants.
func (s *Store) Keysets(ctx context.Context) ([]Keyset, error) {
	rows, err := s.read.Keysets(ctx)
	if err != nil {
		return nil, s.readFailed(ctx, "list keysets", "", "keyset", err)
	}
	return convert(rows, toKeyset), nil
}
