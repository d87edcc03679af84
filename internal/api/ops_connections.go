package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/run"
)

type connectionList struct {
	Connections []connection.View `json:"connections"`
}

// ConnectionPath is part of addresses.
type ConnectionPath struct {
	Connection string `path:"connection" doc:"Name or ID of the connection."`
}

type testBody struct {
	Timeout duration `json:"timeout,omitempty"`
}

type testSettingsBody struct {
	Settings json.RawMessage `json:"settings" doc:"Parameters of the connection, secrets included; nothing of them is stored."`
	Timeout  duration        `json:"timeout,omitempty"`
}

func (a *API) connectionOps() {
	const tag = "Connections"
	one := Base + "/connections/{connection}"
	register(a, operation{id: "list-connections", method: http.MethodGet, path: Base + "/connections", tag: tag, summary: "List connections"}, a.listConnections)
	register(a, operation{
		id: "add-connection", method: http.MethodPost, path: Base + "/connections", tag: tag, summary: "Add a connection", status: http.StatusCreated,
		body: reflect.TypeFor[connection.Input](),
	}, a.addConnection)
	register(a, operation{id: "get-connection", method: http.MethodGet, path: one, tag: tag, summary: "Show a connection without its secrets"}, a.getConnection)
	register(a, operation{
		id: "update-connection", method: http.MethodPatch, path: one, tag: tag, summary: "Change a connection", body: reflect.TypeFor[connection.Patch](),
		text: "Members that are left out stay as they are. Settings are merged: a parameter that is left out keeps its value, null removes it.",
	}, a.updateConnection)
	register(a, operation{id: "delete-connection", method: http.MethodDelete, path: one, tag: tag, summary: "Delete a connection with its secrets", status: http.StatusNoContent}, a.deleteConnection)
	register(a, operation{id: "test-connection", method: http.MethodPost, path: one + "/test", tag: tag, summary: "Test a connection", body: reflect.TypeFor[testBody](), answers: a.runAnswers()}, a.testConnection)
	register(a, operation{
		id: "test-settings", method: http.MethodPost, path: Base + "/integrations/{integration}/test", tag: tag, summary: "Test settings that are not saved",
		body: reflect.TypeFor[testSettingsBody](), answers: a.runAnswers(),
	}, a.testSettings)
}

func (a *API) listConnections(ctx context.Context, actor authz.Actor, in *struct {
	Integration string `query:"integration" doc:"Only those of this integration."`
},
) (*answer[connectionList], error) {
	list, err := a.Connections.List(ctx, actor, in.Integration)
	if err != nil {
		return nil, err
	}
	return ok(connectionList{list})
}

func (a *API) addConnection(ctx context.Context, actor authz.Actor, in *struct{ JSON rawJSON }) (*answer[connection.View], error) {
	body, err := decode[connection.Input](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	v, err := a.Connections.Add(ctx, actor, body)
	if err != nil {
		return nil, a.withoutSecrets(body.Integration, body.Settings, err)
	}
	return &answer[connection.View]{http.StatusCreated, *v}, nil
}

func (a *API) getConnection(ctx context.Context, actor authz.Actor, in *ConnectionPath) (*answer[connection.View], error) {
	v, err := a.Connections.Get(ctx, actor, in.Connection)
	if err != nil {
		return nil, err
	}
	return ok(*v)
}

func (a *API) updateConnection(ctx context.Context, actor authz.Actor, in *struct {
	ConnectionPath
	JSON rawJSON
},
) (*answer[connection.View], error) {
	patch, err := decode[connection.Patch](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	v, err := a.Connections.Update(ctx, actor, in.Connection, patch)
	if err == nil {
		return ok(*v)
	}
	if conn, lookup := a.Connections.Find(ctx, actor.Tenant, in.Connection); lookup == nil {
		err = a.withoutSecrets(conn.Integration, patch.Settings, err)
	}
	return nil, err
}

func (a *API) deleteConnection(ctx context.Context, actor authz.Actor, in *ConnectionPath) (*none, error) {
	return nil, a.Connections.Delete(ctx, actor, in.Connection)
}

func (a *API) testConnection(ctx context.Context, actor authz.Actor, in *struct {
	ConnectionPath
	RunHeaders
	JSON rawJSON
},
) (*huma.StreamResponse, error) {
	body, err := decode[testBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	conn, err := a.Connections.Find(ctx, actor.Tenant, in.Connection)
	if err != nil {
		return nil, err
	}
	return a.run(ctx, actor, in.RunHeaders, run.Request{
		Integration: conn.Integration, Command: connector.TestConnectionID, Connection: conn.ID, Timeout: body.Timeout.value(),
	})
}

func (a *API) testSettings(ctx context.Context, actor authz.Actor, in *struct {
	IntegrationPath
	RunHeaders
	JSON rawJSON
},
) (*huma.StreamResponse, error) {
	body, err := decode[testSettingsBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	i, err := a.Catalog.Integration(in.Integration)
	if err != nil {
		return nil, err
	}
	if i.Connection == nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: i.Name + " needs no connection.", Fix: "There is nothing to test."}
	}
	if len(body.Settings) == 0 {
		body.Settings = json.RawMessage("{}") // refused by the run path, which names what is missing
	}
	return a.run(ctx, actor, in.RunHeaders, run.Request{
		Integration: i.ID, Command: connector.TestConnectionID, Inline: body.Settings, Timeout: body.Timeout.value(),
	})
}
