package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/tokens"
)

type tokenList struct {
	Tokens []tokens.Token `json:"tokens"`
}

type newToken struct {
	Name      string     `json:"name"`
	Scopes    []string   `json:"scopes" doc:"read, run, write, delete, reveal, manage, or all."`
	ExpiresAt *time.Time `json:"expiresAt,omitempty" doc:"When it ends (RFC 3339); absent: never."`
}

type madeToken struct {
	tokens.Token
	Text string `json:"token" doc:"The token itself, shown this once."`
}

func (a *API) tokenOps() {
	const tag = "Tokens"
	register(a, operation{id: "list-tokens", method: http.MethodGet, path: Base + "/tokens", tag: tag, summary: "List tokens"}, a.listTokens)
	register(a, operation{
		id: "add-token", method: http.MethodPost, path: Base + "/tokens", tag: tag, summary: "Make a token", status: http.StatusCreated,
		body: reflect.TypeFor[newToken](),
	}, a.addToken)
	register(a, operation{
		id: "revoke-token", method: http.MethodDelete, path: Base + "/tokens/{token}", tag: tag, summary: "Revoke a token, at once", status: http.StatusNoContent,
	}, a.revokeToken)
}

func (a *API) listTokens(ctx context.Context, actor authz.Actor, _ *none) (*answer[tokenList], error) {
	list, err := a.Tokens.List(ctx, actor)
	if err != nil {
		return nil, err
	}
	return ok(tokenList{list})
}

func (a *API) addToken(ctx context.Context, actor authz.Actor, in *struct{ JSON rawJSON }) (*answer[madeToken], error) {
	body, err := decode[newToken](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	tok, text, err := a.Tokens.Add(ctx, actor, tokens.Input(body))
	if err != nil {
		return nil, err
	}
	return &answer[madeToken]{http.StatusCreated, madeToken{tok, text.Reveal()}}, nil
}

func (a *API) revokeToken(ctx context.Context, actor authz.Actor, in *struct {
	Token string `path:"token" doc:"ID of the token, or its name when only one has it."`
},
) (*none, error) {
	return nil, a.Tokens.Revoke(ctx, actor, in.Token)
}
