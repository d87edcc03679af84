package tokens

import (
	"context"
	"errors"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

const (
	// cacheFor bounds how long another process's revocation stays unseen here.
	cacheFor = 30 * time.Second
	// cacheSize bounds memory; a full cache is emptied.
	cacheSize = 4096
	// touchEvery is how exact the time of last use is.
	touchEvery = time.Minute
)

type cached struct {
	record authz.TokenRecord
	at     time.Time
}

// Authenticate gives the actor a bearer token stands for. An unknown, revoked
// or expired one is Denied with status 401.
func (m *Manager) Authenticate(ctx context.Context, bearer string) (authz.Actor, error) {
	if !authz.WellFormed(bearer) {
		return authz.Actor{}, authz.UnknownToken()
	}
	hash, now := authz.HashToken(bearer), m.Now()
	if actor, ok := m.session(hash); ok {
		return actor, nil
	}
	rec, changes, ok := m.recall(hash, now)
	if !ok {
		row, err := m.Store.TokenByHash(ctx, hash)
		if errors.Is(err, store.ErrNotFound) {
			return authz.Actor{}, authz.UnknownToken()
		}
		if err != nil {
			return authz.Actor{}, store.AsConnectorError(err)
		}
		rec = recordOf(row)
		m.remember(rec, changes, now)
		m.touch(ctx, row, now)
	}
	return rec.Verify(bearer, now)
}

func (m *Manager) session(hash authz.TokenHash) (authz.Actor, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.sessions[hash]
	return a, ok
}

// recall looks in the cache. The number of changes seen goes to remember.
func (m *Manager) recall(hash authz.TokenHash, now time.Time) (authz.TokenRecord, uint64, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.cache[hash]
	return c.record, m.changes, ok && now.Sub(c.at) < cacheFor
}

// remember keeps what was read from the store, unless a token was revoked
// while it was being read: then what was read may be out of date.
func (m *Manager) remember(rec authz.TokenRecord, changes uint64, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if changes != m.changes {
		return
	}
	if len(m.cache) >= cacheSize {
		clear(m.cache)
	}
	m.cache[rec.Hash] = cached{rec, now}
}

func (m *Manager) forget(hash authz.TokenHash) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes++
	delete(m.cache, hash)
}

// touch records the use of a token. That it fails must not keep a caller out.
func (m *Manager) touch(ctx context.Context, row store.Token, now time.Time) {
	if row.LastUsedAt != nil && now.Sub(store.Time(*row.LastUsedAt)) < touchEvery {
		return
	}
	err := m.Store.Submit(ctx, store.Batch{TouchTokens: []store.TokenTime{{Tenant: row.Tenant, ID: row.ID, At: store.Micros(now)}}})
	if err != nil && ctx.Err() == nil {
		m.Log.WarnContext(ctx, "the use of a token was not recorded", "token", row.ID, "error", err)
	}
}

// MintSession makes a token with all scopes that lives in memory only and so
// ends with the process. name says who asked for it.
func (m *Manager) MintSession(ctx context.Context, tenant, name string) (connector.Secret, error) {
	text, hash, err := authz.MintToken(m.Random)
	if err != nil {
		return connector.Secret{}, err
	}
	actor := authz.Actor{ID: store.NewID(), Name: name, Kind: authz.KindToken, Tenant: tenant, Scopes: authz.AllScopes()}
	e, err := audit.Admin(audit.AdminEvent{
		Tenant: tenant, At: store.Micros(m.Now()), Kind: audit.KindTokenCreated, Actor: authz.System(tenant).ID, Subject: actor.ID,
		Detail: map[string]any{"name": name, "scopes": actor.Scopes.Strings(), "endsWithProcess": true},
	})
	if err != nil {
		return connector.Secret{}, err
	}
	if err := m.Store.Submit(ctx, store.Batch{Audit: []*store.AuditEntry{&e}}); err != nil {
		return connector.Secret{}, store.AsConnectorError(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[hash] = actor
	return text, nil
}

func recordOf(r store.Token) authz.TokenRecord {
	rec := authz.TokenRecord{ID: r.ID, Tenant: r.Tenant, Name: r.Name, Hash: r.Hash, ExpiresAt: timeOf(r.ExpiresAt), RevokedAt: timeOf(r.RevokedAt)}
	for _, s := range r.Scopes {
		rec.Scopes = append(rec.Scopes, authz.Scope(s))
	}
	return rec
}
