package api

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/files"
)

// LinkedDocuments gives the content that a link leads to; *documents.Service
// does.
type LinkedDocuments interface {
	OpenLinked(ctx context.Context, l documents.Linked) (*connector.DocumentContent, error)
}

type documentLink struct {
	Document  string `path:"document" doc:"ID of the document."`
	Store     string `query:"store" doc:"Store that keeps it."`
	Expires   string `query:"exp" doc:"When the link ends, in seconds since 1970."`
	Signature string `query:"sig" doc:"What makes the link one of ours."`
}

func (a *API) documentOps() {
	register(a, operation{
		id: "get-document", method: http.MethodGet, path: Base + "/documents/{document}/content", tag: "Documents", summary: "Download a document by a link",
		text:    "Needs no token: the link itself gives access, until it ends. Links are made for processes, by the function createLink.",
		answers: map[string]*huma.Response{"200": {Description: "The content.", Content: binaryContent()}},
	}, a.getDocument)
}

func (a *API) getDocument(ctx context.Context, _ authz.Actor, in *documentLink) (*huma.StreamResponse, error) {
	if a.Documents == nil {
		return nil, &connector.Error{Kind: connector.NotFound, Message: "There are no documents here.", Fix: "Use the link at the server that it was made for."}
	}
	c, err := a.Documents.OpenLinked(ctx, documents.Linked{Store: in.Store, ID: in.Document, Expires: in.Expires, Signature: in.Signature})
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer func() { _ = c.Body.Close() }()
		r, w := humago.Unwrap(hc)
		a.sendDocument(w, r, c)
	}}, nil
}

// sendDocument sends content as it comes. When it breaks off so does the
// connection, so that nobody takes the part for the whole.
func (a *API) sendDocument(w http.ResponseWriter, r *http.Request, c *connector.DocumentContent) {
	h := w.Header()
	h.Set("Content-Type", safeType(c.ContentType))
	h.Set("Content-Disposition", attachment(files.SafeName(c.Name)))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-store") // the link ends
	if c.Size >= 0 {
		h.Set("Content-Length", strconv.FormatInt(c.Size, 10))
	}
	if r.Method == http.MethodHead {
		return
	}
	ctl := http.NewResponseController(w)
	defer forget(ctl)
	in := &failing{Reader: c.Body}
	if _, err := io.CopyBuffer(&steady{w, ctl, a.Now, a.Limits.Patience}, in, make([]byte, 64<<10)); err != nil {
		if in.err != nil && r.Context().Err() == nil {
			a.Log.WarnContext(r.Context(), "a document broke off while it was sent", "error", in.err)
		}
		panic(http.ErrAbortHandler)
	}
}

// failing tells who broke a copy off, the source or the client.
type failing struct {
	io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}
