package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/yaml"

	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/derive"
	"github.com/fairlead-io/fairlead/internal/run"
)

type openAPI struct{ json, yaml []byte }

// document is huma's document with one more operation a command.
func (a *API) document() (openAPI, error) {
	doc := a.huma.OpenAPI()
	for _, t := range []reflect.Type{reflect.TypeFor[run.Record](), reflect.TypeFor[Problem]()} {
		doc.Components.Schemas.Schema(t, true, "") // the commands refer to them
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return openAPI{}, err
	}
	if raw, err = a.withCommands(raw); err != nil {
		return openAPI{}, err
	}
	var y bytes.Buffer
	if err := yaml.Convert(&y, bytes.NewReader(raw)); err != nil {
		return openAPI{}, err
	}
	return openAPI{raw, y.Bytes()}, nil
}

func (a *API) withCommands(raw []byte) ([]byte, error) {
	var top, paths map[string]json.RawMessage
	if err := json.Unmarshal(raw, &top); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(top["paths"], &paths); err != nil {
		return nil, err
	}
	for _, i := range a.Catalog.All() {
		for _, c := range i.Commands {
			item, err := json.Marshal(schema.Ordered{{Name: "post", Value: derive.Operation(i, c)}})
			if err != nil {
				return nil, err
			}
			paths[derive.OperationPath(i, c)] = item
		}
	}
	var err error
	if top["paths"], err = json.Marshal(paths); err != nil {
		return nil, err
	}
	return json.Marshal(top)
}

// documentRoutes serves the document as JSON and YAML. The two operations are
// of this package and not huma's, whose copies are made without a lock.
func (a *API) documentRoutes() {
	for _, f := range []struct {
		id, path, kind string
		pick           func(openAPI) []byte
	}{
		{"openapi-json", "/openapi.json", "application/openapi+json", func(o openAPI) []byte { return o.json }},
		{"openapi-yaml", "/openapi.yaml", "application/openapi+yaml", func(o openAPI) []byte { return o.yaml }},
	} {
		op := &huma.Operation{
			OperationID: f.id, Method: http.MethodGet, Path: f.path, Tags: []string{"System"}, Summary: "This document", Security: []map[string][]string{},
			Responses: map[string]*huma.Response{"200": {Description: "OpenAPI 3.1.", Content: map[string]*huma.MediaType{f.kind: {}}}},
		}
		a.huma.OpenAPI().AddOperation(op)
		a.mux.HandleFunc("GET "+f.path, func(w http.ResponseWriter, r *http.Request) {
			doc, err := a.doc()
			if err != nil {
				a.Log.ErrorContext(r.Context(), "the API document cannot be made", "error", err)
				writeProblem(w, problemOf(err))
				return
			}
			w.Header().Set("Content-Type", f.kind)
			_, _ = w.Write(f.pick(doc)) // the client may be gone
		})
	}
}
