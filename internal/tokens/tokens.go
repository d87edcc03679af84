// Package tokens keeps the tokens of the API: it makes, lists and revokes them
// and tells who a bearer is. Only hashes are stored.
package tokens

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// OwnerName is the name of the token that the first start makes.
const OwnerName = "owner"

// Deps are what a Manager works with.
type Deps struct {
	Store  *store.Store
	Now    func() time.Time
	Random io.Reader // crypto/rand.Reader outside tests
	Log    *slog.Logger
}

// Manager makes, lists, revokes and checks tokens.
type Manager struct {
	Deps
	mu       sync.Mutex
	cache    map[authz.TokenHash]cached
	changes  uint64                          // grows with every revocation; see remember
	sessions map[authz.TokenHash]authz.Actor // end with the process
}

// New makes a Manager.
func New(d Deps) *Manager {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Manager{Deps: d, cache: map[authz.TokenHash]cached{}, sessions: map[authz.TokenHash]authz.Actor{}}
}

// Token is a token as people see it: without its text.
type Token struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  time.Time  `json:"createdAt"`
	ExpiresAt  *time.Time `json:"expiresAt,omitempty" doc:"When it ends; absent: never."`
	LastUsedAt *time.Time `json:"lastUsedAt,omitempty" doc:"To the minute."`
	RevokedAt  *time.Time `json:"revokedAt,omitempty"`
	CreatedBy  string     `json:"createdBy"`
}

// Input is a new token.
type Input struct {
	Name      string
	Scopes    []string // words as authz.ParseScopes reads them
	ExpiresAt *time.Time
}

// Add makes a token; its text is given this once. Errors: Invalid with the
// field, Denied without the scope manage.
func (m *Manager) Add(ctx context.Context, actor authz.Actor, in Input) (Token, connector.Secret, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return Token{}, connector.Secret{}, err
	}
	scopes, err := m.check(in)
	if err != nil {
		return Token{}, connector.Secret{}, err
	}
	return m.insert(ctx, actor, in, scopes)
}

func (m *Manager) check(in Input) (authz.Scopes, error) {
	var errs []*connector.Error
	if name := strings.TrimSpace(in.Name); name == "" || len(name) > 128 || strings.ContainsFunc(name, isControl) {
		errs = append(errs, connector.InvalidField("/name", "The name of the token is missing, too long or holds a control character.", "Give a name of up to 128 characters."))
	}
	scopes, err := authz.ParseScopes(in.Scopes...)
	if err != nil {
		errs = append(errs, connector.AsError(err))
	}
	if in.ExpiresAt != nil && !in.ExpiresAt.After(m.Now()) {
		errs = append(errs, connector.InvalidField("/expiresAt", "The token would have expired already.", "Give a time in the future, or none for a token that does not expire."))
	}
	if e := connector.Join(errs); e != nil {
		return nil, e
	}
	return scopes, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func (m *Manager) insert(ctx context.Context, actor authz.Actor, in Input, scopes authz.Scopes) (Token, connector.Secret, error) {
	text, hash, err := authz.MintToken(m.Random)
	if err != nil {
		return Token{}, connector.Secret{}, err
	}
	row := &store.Token{
		ID: store.NewID(), Tenant: actor.Tenant, Name: strings.TrimSpace(in.Name), Hash: hash, Scopes: scopes.Strings(),
		CreatedAt: store.Micros(m.Now()), CreatedBy: actor.ID,
	}
	if in.ExpiresAt != nil {
		at := store.Micros(*in.ExpiresAt)
		row.ExpiresAt = &at
	}
	b := store.Batch{InsertTokens: []*store.Token{row}}
	if err := m.submit(ctx, actor, audit.KindTokenCreated, *row, b); err != nil {
		return Token{}, connector.Secret{}, err
	}
	return view(*row), text, nil
}

// submit writes the change and its audit entry in one transaction.
func (m *Manager) submit(ctx context.Context, actor authz.Actor, kind string, row store.Token, b store.Batch) error {
	detail := map[string]any{"name": row.Name, "scopes": row.Scopes}
	if row.ExpiresAt != nil {
		detail["expiresAt"] = store.Time(*row.ExpiresAt).Format(time.RFC3339)
	}
	e, err := audit.Admin(audit.AdminEvent{
		Tenant: row.Tenant, At: store.Micros(m.Now()), Kind: kind, Actor: actor.ID, Subject: row.ID, Detail: detail,
	})
	if err != nil {
		return err
	}
	b.Audit = append(b.Audit, &e)
	return store.AsConnectorError(m.Store.Submit(ctx, b))
}

// List gives the tokens, revoked and expired ones too.
func (m *Manager) List(ctx context.Context, actor authz.Actor) ([]Token, error) {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return nil, err
	}
	rows, err := m.Store.Tokens(ctx, actor.Tenant)
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	out := make([]Token, len(rows))
	for i := range rows {
		out[i] = view(rows[i])
	}
	return out, nil
}

// Revoke ends a token, by ID or by a name that only one token in force has. It
// holds at once in this process. Revoking it again does nothing.
func (m *Manager) Revoke(ctx context.Context, actor authz.Actor, idOrName string) error {
	if err := authz.Require(actor, authz.Manage); err != nil {
		return err
	}
	row, err := m.find(ctx, actor.Tenant, idOrName)
	if err != nil || row.RevokedAt != nil {
		return err
	}
	b := store.Batch{RevokeTokens: []store.TokenTime{{Tenant: row.Tenant, ID: row.ID, At: store.Micros(m.Now())}}}
	if err := m.submit(ctx, actor, audit.KindTokenRevoked, row, b); err != nil {
		return err
	}
	m.forget(row.Hash)
	return nil
}

func (m *Manager) find(ctx context.Context, tenant, idOrName string) (store.Token, error) {
	rows, err := m.Store.Tokens(ctx, tenant)
	if err != nil {
		return store.Token{}, store.AsConnectorError(err)
	}
	var named []store.Token
	for _, r := range rows {
		if r.ID == idOrName {
			return r, nil
		}
		if r.RevokedAt == nil && strings.EqualFold(r.Name, idOrName) {
			named = append(named, r)
		}
	}
	switch len(named) {
	case 1:
		return named[0], nil
	case 0:
		return store.Token{}, &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("There is no token %q.", idOrName), Fix: "List them: fairlead tokens list."}
	}
	return store.Token{}, &connector.Error{Kind: connector.Conflict, Message: fmt.Sprintf("%d tokens are called %q.", len(named), idOrName), Fix: "Give the ID: fairlead tokens list."}
}

// EnsureOwner makes a token with all scopes when a tenant has no token yet. The
// text is empty when there was one.
func (m *Manager) EnsureOwner(ctx context.Context, tenant string) (connector.Secret, error) {
	rows, err := m.Store.Tokens(ctx, tenant)
	if err != nil {
		return connector.Secret{}, store.AsConnectorError(err)
	}
	if len(rows) > 0 {
		return connector.Secret{}, nil
	}
	_, text, err := m.insert(ctx, authz.System(tenant), Input{Name: OwnerName}, authz.AllScopes())
	return text, err
}

func view(r store.Token) Token {
	return Token{
		ID: r.ID, Name: r.Name, Scopes: r.Scopes, CreatedAt: store.Time(r.CreatedAt), CreatedBy: r.CreatedBy,
		ExpiresAt: timeOf(r.ExpiresAt), LastUsedAt: timeOf(r.LastUsedAt), RevokedAt: timeOf(r.RevokedAt),
	}
}

func timeOf(micros *int64) *time.Time {
	if micros == nil {
		return nil
	}
	t := store.Time(*micros)
	return &t
}
