package camundas3

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// openDocument opens a document where the call finds it: in the stores of the
// caller's process, or outside of one among the stored files, at its address or
// in the reference itself.
func openDocument(ctx context.Context, call *connector.Call, d connector.Document) (*connector.DocumentContent, error) {
	switch {
	case call.Documents != nil:
		return call.Documents.Open(ctx, d)
	case d.Type == connector.InlineDocument:
		return inlineDocument(d), nil
	case d.Type == connector.ExternalDocument:
		return fetch(ctx, call, d)
	case d.StoreID != "" && d.StoreID != filesStore:
		return nil, connector.InvalidField("/document/storeId", fmt.Sprintf("The store %q belongs to a Camunda cluster, which is at hand in jobs only.", d.StoreID), "Use a stored file (storeId fairlead), or an external or inline document.")
	case call.Files == nil:
		return nil, &connector.Error{Kind: connector.Invalid, Field: "/document", Message: "There are no stored files here.", Fix: "Use an external or inline document."}
	}
	return openFile(ctx, call, d)
}

// anySource finds a file whatever its source is.
const anySource = "*"

func openFile(ctx context.Context, call *connector.Call, d connector.Document) (*connector.DocumentContent, error) {
	blob, err := call.Files.Open(ctx, d.DocumentID, anySource)
	if err != nil {
		return nil, err
	}
	info := blob.Info()
	if d.ContentHash != "" && !strings.EqualFold(d.ContentHash, info.SHA256) {
		return nil, connector.InvalidField("/document/contentHash", "The stored file "+d.DocumentID+" has another content than the reference says.", "Pass the reference on as it was given.")
	}
	body, err := blob.Open(ctx, 0)
	if err != nil {
		return nil, err
	}
	return &connector.DocumentContent{Body: body, Size: info.Size, ContentType: info.ContentType, Name: info.Name}, nil
}

func inlineDocument(d connector.Document) *connector.DocumentContent {
	c := &connector.DocumentContent{
		Body: io.NopCloser(strings.NewReader(*d.Content)), Size: int64(len(*d.Content)), ContentType: d.ContentType, Name: d.Name,
	}
	if c.ContentType == "" {
		c.ContentType = mime.TypeByExtension(path.Ext(d.Name))
	}
	return c
}

// fetch gets an external document through the egress rules.
func fetch(ctx context.Context, call *connector.Call, d connector.Document) (*connector.DocumentContent, error) {
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, connector.InvalidField("/document/url", "The document's url is not an http:// or https:// address.", "Write it like https://files.example.com/offer.pdf.")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, connector.InvalidField("/document/url", "The document's url cannot be asked for.", "Check its characters.")
	}
	web, err := call.HTTP(connector.HTTPOptions{})
	if err != nil {
		return nil, err
	}
	res, err := web.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 != 2 {
		_ = res.Body.Close() // the status says it all
		return nil, refusedBy(u.Host, res)
	}
	c := &connector.DocumentContent{Body: res.Body, Size: res.ContentLength, ContentType: res.Header.Get("Content-Type"), Name: d.Name}
	if c.Name == "" {
		c.Name = nameIn(res.Header.Get("Content-Disposition"), u)
	}
	return c, nil
}

func refusedBy(host string, res *http.Response) error {
	kind := connector.KindOfStatus(res.StatusCode)
	if kind == connector.Internal { // a redirect to another host
		kind = connector.Unavailable
	}
	return &connector.Error{
		Kind: kind, Operation: http.MethodGet, Status: res.StatusCode, Code: strconv.Itoa(res.StatusCode), Field: "/document/url",
		Message: host + " answered " + res.Status + " when asked for the document.", Fix: "Check the address, and that it can be read without signing in.",
	}
}

func nameIn(disposition string, u *url.URL) string {
	if _, params, err := mime.ParseMediaType(disposition); err == nil && params["filename"] != "" {
		return path.Base(params["filename"])
	}
	if name := path.Base(u.Path); name != "/" && name != "." {
		return name
	}
	return ""
}

// createDocument stores content for the caller's process, or outside of one as
// a stored file.
func createDocument(ctx context.Context, call *connector.Call, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	if call.Documents != nil {
		return call.Documents.Create(ctx, n, content)
	}
	if call.Files == nil {
		return connector.Document{}, &connector.Error{Kind: connector.Invalid, Field: "/asFile", Message: "There are no stored files here.", Fix: "Ask for the content instead of a document."}
	}
	w, err := call.Files.Create(ctx, connector.NewFile{Name: path.Base(n.Name), ContentType: n.ContentType})
	if err != nil {
		return connector.Document{}, err
	}
	defer w.Abort()
	if _, err := io.Copy(w, content); err != nil {
		return connector.Document{}, err
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return connector.Document{}, err
	}
	return connector.Document{
		Type: connector.ClusterDocument, StoreID: filesStore, DocumentID: strconv.FormatInt(info.ID, 10), ContentHash: info.SHA256,
		Metadata: &connector.DocumentMetadata{ContentType: info.ContentType, Size: &info.Size, FileName: n.Name},
	}, nil
}
