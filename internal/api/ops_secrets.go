package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/secrets"
)

// SecretPath names a secret. A slash in a name is written %2F.
type SecretPath struct {
	Name string `path:"name" doc:"Name of the secret; a slash in it is written %2F." example:"API_KEY"`
}

type secretList struct {
	Secrets []secrets.View `json:"secrets"`
}

type newSecretValue struct {
	Value string `json:"value" format:"password" writeOnly:"true" minLength:"1" doc:"The value; no answer ever shows it."`
}

func (a *API) secretOps() {
	const tag, one = "Secrets", Base + "/secrets/{name}"
	register(a, operation{
		id: "list-secrets", method: http.MethodGet, path: Base + "/secrets", tag: tag, summary: "List secrets for jobs",
		text: "Names and times; no answer shows a value.",
	}, a.listSecrets)
	register(a, operation{id: "get-secret", method: http.MethodGet, path: one, tag: tag, summary: "Show a secret, without its value"}, a.getSecret)
	register(a, operation{
		id: "set-secret", method: http.MethodPut, path: one, tag: tag, summary: "Give a secret a value",
		text: "Makes the secret if there is none of this name. Jobs that look it up from now on get this value.",
		body: reflect.TypeFor[newSecretValue](), answers: a.secretAnswers(),
	}, a.setSecret)
	register(a, operation{id: "delete-secret", method: http.MethodDelete, path: one, tag: tag, summary: "Delete a secret", status: http.StatusNoContent}, a.deleteSecret)
}

func (a *API) secretAnswers() map[string]*huma.Response {
	view := &huma.MediaType{Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[secrets.View](), true, "")}
	return map[string]*huma.Response{
		"200": {Description: "The secret has another value.", Content: map[string]*huma.MediaType{"application/json": view}},
		"201": {Description: "The secret was made.", Content: map[string]*huma.MediaType{"application/json": view}},
	}
}

func (a *API) listSecrets(ctx context.Context, actor authz.Actor, _ *none) (*answer[secretList], error) {
	list, err := a.Secrets.List(ctx, actor)
	if err != nil {
		return nil, err
	}
	return ok(secretList{list})
}

func (a *API) getSecret(ctx context.Context, actor authz.Actor, in *SecretPath) (*answer[secrets.View], error) {
	v, err := a.Secrets.Get(ctx, actor, in.Name)
	if err != nil {
		return nil, nameInPath(err)
	}
	return ok(v)
}

func (a *API) setSecret(ctx context.Context, actor authz.Actor, in *struct {
	SecretPath
	JSON rawJSON
},
) (*answer[secrets.View], error) {
	raw, err := in.JSON.read(a)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(raw) { // the decoder would put other characters into the value
		return nil, invalid("", "The body is not UTF-8 text.", "Encode a value that is no text first, for example in Base64.")
	}
	value, err := valueOf(raw)
	if err != nil {
		return nil, err
	}
	v, created, err := a.Secrets.Set(ctx, actor, in.Name, value)
	if err != nil {
		return nil, nameInPath(err)
	}
	if created {
		return &answer[secrets.View]{http.StatusCreated, v}, nil
	}
	return ok(v)
}

// valueOf reads a newSecretValue. It names no member that it does not know: the
// value may stand in its place.
func valueOf(raw []byte) (connector.Secret, error) {
	body, err := decodeRaw[map[string]json.RawMessage](raw)
	if err != nil {
		return connector.Secret{}, err
	}
	given := body["value"]
	if delete(body, "value"); len(body) > 0 {
		return connector.Secret{}, invalid("", `The body has a member besides "value".`, `Send {"value": "..."}.`)
	}
	if given == nil {
		return connector.Secret{}, nil // what checks values says that it is missing
	}
	var v connector.Secret
	if err := json.Unmarshal(given, &v); err != nil {
		return v, invalid("/value", "The value of the secret is no text.", "It must be a string.")
	}
	return v, nil
}

func (a *API) deleteSecret(ctx context.Context, actor authz.Actor, in *SecretPath) (*none, error) {
	return nil, nameInPath(a.Secrets.Delete(ctx, actor, in.Name))
}

// nameInPath says where a request has the name of a secret.
func nameInPath(err error) error {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		return err
	}
	moved := *e
	if moved.Field == "/name" {
		moved.Field = "path.name"
	}
	moved.Causes = make([]*connector.Error, len(e.Causes))
	for i, c := range e.Causes {
		at := *c
		if at.Field == "/name" {
			at.Field = "path.name"
		}
		moved.Causes[i] = &at
	}
	return &moved
}
