package s3job

import (
	"encoding/base64"
	"io"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/camundas3/jackson"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

const (
	documentType = "camunda.document.type"
	functionType = "camunda.function.type"
)

// document is a reference to content as a process holds it.
type document struct {
	kind                             string
	storeID, documentID, contentHash *string
	metadata                         *metadata // nil: missing or null
	url, name, contentType           *string
	content                          *string
}

type metadata struct {
	contentType, fileName *string
	size                  *int64
}

func isFunction(v *jackson.Value) bool {
	_, ok := v.Get(functionType)
	return ok
}

// document binds a reference to a document, or a function that gives one.
func (b *binder) document(v *jackson.Value, path []string) (*document, error) {
	switch v.Kind {
	case jackson.Null:
		return nil, nil
	case jackson.List:
		if len(v.Items) != 1 {
			return nil, inputFault("Cant bind a multi element document array to a single document.")
		}
		return b.document(&v.Items[0], path)
	case jackson.Object:
		if isFunction(v) {
			return b.documentOfFunction(v, path)
		}
		if kind, ok := v.Get(documentType); ok {
			return b.reference(v, kind, path)
		}
	}
	return nil, inputFault("Unsupported node format, expected either a document reference or an operation, got: " + string(v.Append(nil)))
}

func (b *binder) reference(v, kind *jackson.Value, path []string) (*document, error) {
	d := &document{kind: kind.Text}
	known := kind.Kind == jackson.Text && (d.kind == connector.ClusterDocument || d.kind == connector.ExternalDocument ||
		d.kind == connector.InlineDocument && b.in.Compat >= compat.V810)
	if !known {
		return nil, invalidField(path, "")
	}
	for i, name := range v.Keys {
		if err := b.referenceMember(d, name, &v.Items[i], append(path[:len(path):len(path)], name)); err != nil {
			return nil, err
		}
	}
	if d.kind == connector.InlineDocument && d.content == nil {
		return nil, inputFault("Inline document content must not be null")
	}
	return d, nil
}

func (b *binder) referenceMember(d *document, name string, v *jackson.Value, path []string) (err error) {
	switch d.kind + " " + name {
	case "camunda storeId":
		d.storeID, err = b.text(v, path)
	case "camunda documentId":
		d.documentID, err = b.text(v, path)
	case "camunda contentHash":
		d.contentHash, err = b.text(v, path)
	case "camunda metadata":
		d.metadata, err = b.metadata(v, path)
	case "external url":
		d.url, err = b.text(v, path)
	case "external name", "inline name":
		d.name, err = b.text(v, path)
	case "inline contentType":
		d.contentType, err = b.text(v, path)
	case "inline content":
		d.content, err = b.inlineContent(v)
	}
	return err
}

// inlineContent is a text as it is, and the compact text of any other JSON.
func (b *binder) inlineContent(v *jackson.Value) (*string, error) {
	switch {
	case v.Kind == jackson.Null:
		return nil, nil
	case v.Kind == jackson.Text:
		return &v.Text, nil
	case isFunction(v):
		return b.textOfFunction(v)
	}
	s := string(v.Append(nil))
	return &s, nil
}

func (b *binder) metadata(v *jackson.Value, path []string) (*metadata, error) {
	o, err := object(v, "io.camunda.connector.api.document.DocumentMetadata", path)
	if o == nil || err != nil {
		return nil, err
	}
	m := &metadata{}
	for i, name := range o.Keys {
		at := append(path[:len(path):len(path)], name)
		switch name {
		case "contentType":
			m.contentType, err = b.text(&o.Items[i], at)
		case "fileName":
			m.fileName, err = b.text(&o.Items[i], at)
		case "size":
			m.size, err = long(&o.Items[i], at)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

// long binds a whole number, or a text that is one.
func long(v *jackson.Value, path []string) (*int64, error) {
	text := strings.TrimSpace(v.Text)
	switch {
	case v.Kind == jackson.Null, v.Kind == jackson.Text && (text == "" || text == "null"):
		return nil, nil
	case v.Kind == jackson.List && len(v.Items) == 1:
		return long(&v.Items[0], path)
	case v.Kind == jackson.List || v.Kind == jackson.Object:
		return nil, wrongKind("java.lang.Long", v)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return &n, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && v.Kind == jackson.Number && f > -1<<63 && f < 1<<63 {
		n := int64(f)
		return &n, nil
	}
	return nil, invalidField(path, "java.lang.Long")
}

// open gives the reference as the stores of documents take it.
func (d *document) open() connector.Document {
	out := connector.Document{
		Type: d.kind, StoreID: value(d.storeID), DocumentID: value(d.documentID), ContentHash: value(d.contentHash),
		URL: value(d.url), Name: value(d.name), Content: d.content, ContentType: value(d.contentType),
	}
	if m := d.metadata; m != nil {
		out.Metadata = &connector.DocumentMetadata{ContentType: value(m.contentType), FileName: value(m.fileName), Size: m.size}
	}
	return out
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// maxTextDocument is how many bytes of a document a text field takes. No field
// of this job has a use for more.
const maxTextDocument = 1 << 20

// base64 is what a document becomes in a text field.
func (b *binder) base64(d *document, path []string) (*string, error) {
	if d == nil {
		return nil, nil
	}
	if err := d.readable(b.in.Compat); err != nil {
		return nil, err
	}
	if b.in.Documents == nil {
		return nil, noStore()
	}
	content, err := b.in.Documents.Open(b.ctx, d.open())
	if err != nil {
		return nil, ofDocuments(err, b.in.Compat)
	}
	defer content.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(content.Body, maxTextDocument+1))
	if err != nil {
		return nil, ofDocuments(err, b.in.Compat)
	}
	if len(raw) > maxTextDocument {
		return nil, inputFault("The document in " + strings.Join(path, ".") + " is larger than 1 MiB, which is too much for a text.")
	}
	s := base64.StdEncoding.EncodeToString(raw)
	return &s, nil
}

// readable finds what the runtime refuses when it reads a document.
func (d *document) readable(v compat.Version) error {
	switch {
	case d.kind == connector.ClusterDocument && d.documentID == nil:
		return fault("java.lang.IllegalArgumentException", "documentId must not be null")
	case d.kind == connector.ExternalDocument:
		return d.readableURL(v)
	}
	return nil
}

func (d *document) readableURL(v compat.Version) error {
	class, message := "java.lang.IllegalArgumentException", ""
	switch {
	case d.url == nil:
		class, message = "java.lang.NullPointerException", `Cannot invoke "String.length()" because "this.input" is null`
	default:
		message = badURI(*d.url)
	}
	if message == "" {
		return nil
	}
	if v >= compat.V89 {
		return fault(class, message)
	}
	// The older runtime lets its HTTP connector report the failure, which puts
	// its own text where the code belongs.
	f := fault(classConnector, class+": "+message)
	url := "null"
	if d.url != nil {
		url = *d.url
	}
	f.Code = "Failed to execute request: HttpRequest{url='" + url + "', method='GET', authentication=null, connectionTimeoutInSeconds='null', headers=null', readTimeoutInSeconds='null, body=null, queryParameters=null, storeResponse=false}. An error occurred: " + message
	return f
}
