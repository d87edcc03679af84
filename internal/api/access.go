package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// rule says who may use an operation.
type rule struct {
	public bool // without a token
	scopes []authz.Scope
}

// access is the one table of who may do what. An operation that is not in it
// cannot be registered. Running a command needs write and delete as well when
// the command has these effects; the run path sees to that.
var access = map[string]rule{
	"health":       {public: true},
	"ready":        {public: true},
	"openapi-json": {public: true},
	"openapi-yaml": {public: true},
	"version":      {public: true},
	"metrics":      {scopes: []authz.Scope{authz.Read}}, // public by a setting
	"get-session":  {public: true},

	"get-worker":          {scopes: []authz.Scope{authz.Read}},
	"actuator-health":     {public: true},
	"actuator-readiness":  {public: true},
	"actuator-liveness":   {public: true},
	"actuator-startup":    {public: true},
	"actuator-prometheus": {scopes: []authz.Scope{authz.Read}}, // public by a setting
	"sign-in":             {public: true},
	"sign-out":            {}, // any token
	"me":                  {}, // any token
	"about":               {}, // any token

	"list-integrations": {scopes: []authz.Scope{authz.Read}},
	"get-integration":   {scopes: []authz.Scope{authz.Read}},
	"get-command":       {scopes: []authz.Scope{authz.Read}},
	"write-policy":      {scopes: []authz.Scope{authz.Read}},
	"test-settings":     {scopes: []authz.Scope{authz.Run}},

	"list-connections":  {scopes: []authz.Scope{authz.Read}},
	"get-connection":    {scopes: []authz.Scope{authz.Read}},
	"add-connection":    {scopes: []authz.Scope{authz.Manage}},
	"update-connection": {scopes: []authz.Scope{authz.Manage}},
	"delete-connection": {scopes: []authz.Scope{authz.Manage}},
	"test-connection":   {scopes: []authz.Scope{authz.Run}},

	"test-changed-connection": {scopes: []authz.Scope{authz.Run, authz.Manage}}, // it sends stored secrets where the caller says
	"duplicate-connection":    {scopes: []authz.Scope{authz.Manage}},
	"connection-usage":        {scopes: []authz.Scope{authz.Read}},

	"run-command":   {scopes: []authz.Scope{authz.Run}},
	"list-runs":     {scopes: []authz.Scope{authz.Read}},
	"get-run":       {scopes: []authz.Scope{authz.Read}},
	"list-items":    {scopes: []authz.Scope{authz.Read}},
	"watch-run":     {scopes: []authz.Scope{authz.Read}},
	"cancel-run":    {scopes: []authz.Scope{authz.Run}},
	"resume-run":    {scopes: []authz.Scope{authz.Run}},
	"undo-run":      {scopes: []authz.Scope{authz.Run}},
	"reveal-secret": {scopes: []authz.Scope{authz.Reveal}},
	"list-audit":    {scopes: []authz.Scope{authz.Read}},
	"audit-state":   {scopes: []authz.Scope{authz.Read}},
	"verify-audit":  {scopes: []authz.Scope{authz.Read}},
	"export-audit":  {scopes: []authz.Scope{authz.Read}},
	"list-tokens":   {scopes: []authz.Scope{authz.Manage}},
	"add-token":     {scopes: []authz.Scope{authz.Manage}},
	"revoke-token":  {scopes: []authz.Scope{authz.Manage}},

	"list-checkpoints": {scopes: []authz.Scope{authz.Read}},
	"list-keys":        {scopes: []authz.Scope{authz.Manage}},
	"rotate-keys":      {scopes: []authz.Scope{authz.Manage}},
	"back-up":          {scopes: []authz.Scope{authz.Manage}},
	"apply-retention":  {scopes: []authz.Scope{authz.Manage, authz.Delete}},

	"list-secrets":  {scopes: []authz.Scope{authz.Manage}},
	"get-secret":    {scopes: []authz.Scope{authz.Manage}},
	"set-secret":    {scopes: []authz.Scope{authz.Manage}},
	"delete-secret": {scopes: []authz.Scope{authz.Manage}},

	"get-document": {public: true}, // the link gives access

	"list-files":  {scopes: []authz.Scope{authz.Read}},
	"get-file":    {scopes: []authz.Scope{authz.Read}},
	"get-content": {scopes: []authz.Scope{authz.Read}},
	"add-file":    {scopes: []authz.Scope{authz.Write}},
	"delete-file": {scopes: []authz.Scope{authz.Delete}},
}

type actorKey struct{}

// WithActor marks a request of this process as made by an actor, so that it
// needs no token. It cannot come from outside: contexts do not travel.
func WithActor(ctx context.Context, a authz.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

func actorOf(ctx context.Context) (authz.Actor, bool) {
	a, ok := ctx.Value(actorKey{}).(authz.Actor)
	return a, ok
}

// authorize lets a request on that holds the operation's scopes.
func (a *API) authorize(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	id := ctx.Operation().OperationID
	needed, ok := access[id]
	if ok && needed.public || (id == "metrics" || id == "actuator-prometheus") && a.MetricsAccess == MetricsOpen {
		next(ctx)
		return
	}
	actor, err := a.authenticate(r)
	err = a.admit(r, actor, err)
	if err == nil && !ok {
		err = &connector.Error{Kind: connector.Denied, Message: "This operation is open to nobody."}
	}
	if err == nil {
		if err = authz.Require(actor, needed.scopes...); err != nil {
			err = a.denied(r.Context(), actor, id, err)
		}
	}
	if err != nil {
		a.refused(w, err)
		return
	}
	next(huma.WithContext(ctx, WithActor(r.Context(), actor)))
}

func (a *API) authenticate(r *http.Request) (authz.Actor, error) {
	if actor, ok := actorOf(r.Context()); ok {
		return actor, nil
	}
	if r.Header.Get("Authorization") == "" {
		if s, ok := a.cookieSession(r); ok {
			return a.Tokens.Authenticate(r.Context(), s.token.Reveal())
		}
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return authz.Actor{}, authz.UnknownToken()
	}
	return a.Tokens.Authenticate(r.Context(), strings.TrimSpace(token))
}

// denied records that somebody who is known may not do something.
func (a *API) denied(ctx context.Context, actor authz.Actor, operation string, why error) error {
	e, err := audit.Admin(audit.AdminEvent{
		Tenant: actor.Tenant, At: store.Micros(a.Now()), Kind: audit.KindAccessDenied, Actor: actor.ID,
		Subject: operation, Detail: map[string]any{"message": why.Error()},
	})
	if err == nil {
		err = a.Store.Submit(ctx, store.Batch{Audit: []*store.AuditEntry{&e}})
	}
	if err != nil {
		return errors.Join(why, err) // refused either way
	}
	return why
}

// scopeNames gives an operation's scopes for the document.
func scopeNames(id string) []string {
	out := []string{}
	for _, s := range access[id].scopes {
		out = append(out, string(s))
	}
	slices.Sort(out)
	return out
}
