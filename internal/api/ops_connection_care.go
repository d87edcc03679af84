package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/run"
)

type duplicateBody struct {
	Name string `json:"name" doc:"Name of the new connection."`
}

type testChangedBody struct {
	Settings json.RawMessage `json:"settings" doc:"Changes as in an update: what is left out is taken from the stored connection, secrets included. Nothing is stored."`
	Timeout  duration        `json:"timeout,omitempty"`
}

type connectionUsage struct {
	Going    int        `json:"going" doc:"Runs that use it right now, up to 1,000."`
	Runs     int        `json:"runs" doc:"Runs that used it, up to 1,000."`
	More     bool       `json:"more" doc:"Whether there are more runs."`
	LastRun  *time.Time `json:"lastRunAt,omitempty"`
	Commands []string   `json:"commands" doc:"Commands among these runs."`
}

// connectionCareOps are what the form of a connection needs besides storing it.
func (a *API) connectionCareOps() {
	const tag = "Connections"
	one := Base + "/connections/{connection}"
	register(a, operation{
		id: "duplicate-connection", method: http.MethodPost, path: one + "/duplicate", tag: tag, summary: "Copy a connection with its secrets",
		status: http.StatusCreated, body: reflect.TypeFor[duplicateBody](),
	}, a.duplicateConnection)
	register(a, operation{
		id: "test-changed-connection", method: http.MethodPost, path: one + "/test-changed", tag: tag, summary: "Test changes to a connection that are not saved",
		body: reflect.TypeFor[testChangedBody](), answers: a.runAnswers(),
	}, a.testChanged)
	register(a, operation{id: "connection-usage", method: http.MethodGet, path: one + "/usage", tag: tag, summary: "Tell what uses a connection"}, a.connectionUsage)
}

func (a *API) duplicateConnection(ctx context.Context, actor authz.Actor, in *struct {
	ConnectionPath
	JSON rawJSON
},
) (*answer[connection.View], error) {
	body, err := decode[duplicateBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	v, err := a.Connections.Duplicate(ctx, actor, in.Connection, body.Name)
	if err != nil {
		return nil, err
	}
	return &answer[connection.View]{http.StatusCreated, *v}, nil
}

func (a *API) testChanged(ctx context.Context, actor authz.Actor, in *struct {
	ConnectionPath
	RunHeaders
	JSON rawJSON
},
) (*huma.StreamResponse, error) {
	body, err := decode[testChangedBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	conn, settings, err := a.Connections.Changed(ctx, actor, in.Connection, body.Settings)
	if err != nil {
		return nil, err
	}
	return a.run(ctx, actor, in.RunHeaders, run.Request{
		Integration: conn.Integration, Command: connector.TestConnectionID, Inline: settings, Timeout: body.Timeout.value(),
	})
}

func (a *API) connectionUsage(ctx context.Context, actor authz.Actor, in *ConnectionPath) (*answer[connectionUsage], error) {
	conn, err := a.Connections.Find(ctx, actor.Tenant, in.Connection)
	if err != nil {
		return nil, err
	}
	page, err := a.Runs.List(ctx, actor, run.Filter{Connection: conn.Name, Limit: 1000})
	if err != nil {
		return nil, err
	}
	out := connectionUsage{Runs: len(page.Runs), More: page.Next != "", Commands: []string{}}
	seen := map[string]bool{}
	for i := range page.Runs {
		r := &page.Runs[i]
		if i == 0 {
			out.LastRun = &r.CreatedAt
		}
		if !r.State.Ended() {
			out.Going++
		}
		if !seen[r.Command] {
			seen[r.Command] = true
			out.Commands = append(out.Commands, r.Command)
		}
	}
	return ok(out)
}
