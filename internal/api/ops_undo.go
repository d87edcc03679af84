package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/internal/authz"
)

type undoBody struct {
	DryRun bool `json:"dryRun,omitempty" doc:"Say what would be put back and send only reads."`
}

func (a *API) undoOps() {
	register(a, operation{
		id: "undo-run", method: http.MethodPost, path: Base + "/runs/{run}/undo", tag: "Runs", summary: "Put back what a run changed",
		text: "Makes a new run that names this one as its parent. A target that has changed since is not touched: the run fails with Conflict. " +
			"Needs the scopes of the command's effects.",
		body: reflect.TypeFor[undoBody](), answers: a.runAnswers(),
	}, a.undoRun)
}

func (a *API) undoRun(ctx context.Context, actor authz.Actor, in *struct {
	RunPath
	RunHeaders
	JSON rawJSON
},
) (*huma.StreamResponse, error) {
	body, err := decode[undoBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	req, err := a.Runs.UndoRequest(ctx, actor, in.Run, body.DryRun)
	if err != nil {
		return nil, err
	}
	return a.run(ctx, actor, in.RunHeaders, req)
}
