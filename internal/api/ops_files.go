package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/files"
)

type fileList struct {
	Files []connector.FileInfo `json:"files"`
	Next  *int64               `json:"next" doc:"Value of after for the next page; null at the end."`
}

type filePath struct {
	File   string `path:"file" doc:"ID of the file."`
	Source string `query:"source" doc:"Only under this source; any when left out."`
}

// source is the one a file is looked up under.
func (p filePath) source() string {
	if p.Source == "" {
		return files.AnySource
	}
	return p.Source
}

func (a *API) fileOps() {
	const tag = "Files"
	one := Base + "/files/{file}"
	register(a, operation{id: "list-files", method: http.MethodGet, path: Base + "/files", tag: tag, summary: "List files, newest first"}, a.listFiles)
	register(a, operation{
		id: "add-file", method: http.MethodPost, path: Base + "/files", tag: tag, summary: "Store a file", status: http.StatusCreated,
		text:        "The body is the content, of any size up to the server's limit; it streams. A multipart form with one file works too.",
		requestBody: binaryBody(),
	}, a.addFile)
	register(a, operation{id: "get-file", method: http.MethodGet, path: one, tag: tag, summary: "Describe a file"}, a.getFile)
	register(a, operation{
		id: "get-content", method: http.MethodGet, path: one + "/content", tag: tag, summary: "Download a file",
		text: "Takes Range, If-Range and If-None-Match; the ETag is the content's SHA-256.",
		answers: map[string]*huma.Response{
			"200": {Description: "The content.", Content: binaryContent()},
			"206": {Description: "The range asked for.", Content: binaryContent()},
			"304": {Description: "The client has it already."},
			"416": {Description: "The range lies outside the content."},
		},
	}, a.getContent)
	register(a, operation{id: "delete-file", method: http.MethodDelete, path: one, tag: tag, summary: "Delete a file", status: http.StatusNoContent}, a.deleteFile)
}

func binaryContent() map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
}

func binaryBody() *huma.RequestBody {
	content := binaryContent()
	content["multipart/form-data"] = &huma.MediaType{Schema: &huma.Schema{
		Type: "object", Properties: map[string]*huma.Schema{"file": {Type: "string", Format: "binary"}},
	}}
	return &huma.RequestBody{Required: true, Content: content}
}

// filesOf are the files of an actor's tenant.
func (a *API) filesOf(actor authz.Actor, source string) *files.Scoped {
	return a.Files.For(files.Owner{Tenant: actor.Tenant, Actor: actor.ID, Source: source})
}

func (a *API) listFiles(ctx context.Context, actor authz.Actor, in *struct {
	Source string `query:"source"`
	Name   string `query:"name" doc:"Part of the name."`
	RunID  string `query:"runId" doc:"Only those that this run stored."`
	After  int64  `query:"after" minimum:"0" doc:"Only files with a smaller ID."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
},
) (*answer[fileList], error) {
	list, err := a.filesOf(actor, "").List(ctx, connector.FileQuery{Source: in.Source, NameContains: in.Name, RunID: in.RunID, Limit: in.Limit, After: in.After})
	if err != nil {
		return nil, err
	}
	out := fileList{Files: list}
	if n := len(list); n == in.Limit {
		out.Next = &list[n-1].ID
	}
	return ok(out)
}

func (a *API) getFile(ctx context.Context, actor authz.Actor, in *filePath) (*answer[connector.FileInfo], error) {
	info, err := a.filesOf(actor, "").Info(ctx, in.File, in.source())
	if err != nil {
		return nil, err
	}
	return ok(info)
}

func (a *API) deleteFile(ctx context.Context, actor authz.Actor, in *filePath) (*none, error) {
	return nil, a.filesOf(actor, "").Delete(ctx, in.File, in.source())
}
