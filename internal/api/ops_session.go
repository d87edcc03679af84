package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

type signIn struct {
	Token string `json:"token" doc:"A token; it is not kept by the browser."`
}

type sessionView struct {
	SignedIn bool       `json:"signedIn" doc:"Whether the browser's cookie stands for a session."`
	Identity *me        `json:"identity,omitempty" doc:"Who the session stands for."`
	EndsAt   *time.Time `json:"endsAt,omitempty" doc:"When the session ends unless it is used before."`
}

// Resolve keeps the request and the answer for the handler.
func (x *exchange) Resolve(ctx huma.Context) []error {
	x.req, x.res = humago.Unwrap(ctx)
	return nil
}

func (a *API) sessionOps() {
	const tag = "Session"
	path := Base + "/session"
	register(a, operation{
		id: "get-session", method: http.MethodGet, path: path, tag: tag, summary: "Tell whether the browser is signed in",
		text: "Answers 200 either way.",
	}, a.getSession)
	register(a, operation{
		id: "sign-in", method: http.MethodPost, path: path, tag: tag, summary: "Sign a browser in", body: reflect.TypeFor[signIn](),
		text: "Sets a cookie that pages cannot read. The session ends after an hour without a request, after twelve hours, with its token, and with the process.",
	}, a.signIn)
	register(a, operation{
		id: "sign-out", method: http.MethodDelete, path: path, tag: tag, summary: "Sign a browser out", status: http.StatusNoContent,
	}, a.signOut)
}

func (a *API) getSession(ctx context.Context, _ authz.Actor, in *struct{ HTTP exchange }) (*answer[sessionView], error) {
	s, found := a.cookieSession(in.HTTP.req)
	if !found {
		return ok(sessionView{})
	}
	actor, err := a.Tokens.Authenticate(ctx, s.token.Reveal())
	if err != nil {
		a.drop(in.HTTP)
		return ok(sessionView{})
	}
	return ok(viewOfSession(actor, s))
}

func viewOfSession(actor authz.Actor, s browserSession) sessionView {
	who, ends := meOf(actor), s.endsAt()
	return sessionView{SignedIn: true, Identity: &who, EndsAt: &ends}
}

func (a *API) signIn(ctx context.Context, _ authz.Actor, in *struct{ JSON rawJSON }) (*answer[sessionView], error) {
	body, err := decode[signIn](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	body.Token = strings.TrimSpace(body.Token) // it was pasted
	if body.Token == "" {
		return nil, invalid("/token", "The token is missing.", "Paste the token that the server printed at its first start, or one made with: fairlead tokens add.")
	}
	x := exchange{in.JSON.req, in.JSON.res}
	actor, err := a.Tokens.Authenticate(ctx, body.Token)
	if err != nil {
		if err = a.admit(x.req, actor, err); connector.AsError(err).Kind != connector.Limited {
			a.failedSignIn(ctx, x.req)
		}
		return nil, err
	}
	a.drop(x) // a new session never has an ID that was there before
	if err := a.auditSession(ctx, audit.KindSignedIn, actor); err != nil {
		return nil, err
	}
	now := a.Now()
	id := a.sessions.begin(body.Token, now)
	http.SetCookie(x.res, sessionCookie(x.req, id, int(sessionLife/time.Second)))
	return ok(viewOfSession(actor, browserSession{began: now, used: now}))
}

func (a *API) signOut(ctx context.Context, actor authz.Actor, in *struct{ HTTP exchange }) (*none, error) {
	if a.drop(in.HTTP) {
		return nil, a.auditSession(ctx, audit.KindSignedOut, actor)
	}
	return nil, nil
}

func (a *API) auditSession(ctx context.Context, kind string, actor authz.Actor) error {
	e, err := audit.Admin(audit.AdminEvent{
		Tenant: actor.Tenant, At: store.Micros(a.Now()), Kind: kind, Actor: actor.ID, Subject: actor.ID,
		Detail: map[string]any{"name": actor.Name},
	})
	if err != nil {
		return err
	}
	return store.AsConnectorError(a.Store.Submit(ctx, store.Batch{Audit: []*store.AuditEntry{&e}}))
}
