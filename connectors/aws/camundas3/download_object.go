package camundas3

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// Choices of Document Return Format.
const (
	formatDocument = "DOCUMENT"
	formatText     = "TEXT"
	formatJSON     = "JSON"
)

// DownloadObjectIn is the input of Download Object.
type DownloadObjectIn struct {
	Bucket               string `json:"bucket" label:"Bucket" doc:"Bucket that holds the object." minLength:"1" example:"contracts" resource:"bucket"`
	Key                  string `json:"key" label:"Key" doc:"Key of the object, folders included." minLength:"1" example:"2026/offer.pdf"`
	AsFile               bool   `json:"asFile" label:"As File" doc:"Store the content as a document and answer with its reference, instead of the content itself. Documents of a process go to its store, all others become stored files." default:"false"`
	DocumentReturnFormat string `json:"documentReturnFormat,omitempty" label:"Document Return Format" doc:"What the answer holds, in place of As File: the reference of a document, the content as text, or as JSON, whatever type the object has." enum:"DOCUMENT,TEXT,JSON"`
	Encoding             string `json:"encoding,omitempty" label:"Encoding" doc:"Character set of the text, by its IANA name. When left out, it is UTF-8." when:"documentReturnFormat=TEXT" example:"ISO-8859-1" maxLength:"64"`
	CharsetAware         bool   `json:"charsetAware" label:"Charset Aware" doc:"Take text/plain and application/json for what they are also when a character set stands behind them. Camunda's own connector answers such content as Base64." default:"true"`
	Access
}

// Validate checks what the tags cannot say.
func (in *DownloadObjectIn) Validate() []*connector.Error { return in.validate() }

// DownloadObjectOut is the raw data.
type DownloadObjectOut struct {
	Bucket  string  `json:"bucket" col:"Bucket" doc:"Bucket, as given."`
	Key     string  `json:"key" col:"Key" key:"Keys" doc:"Key, as given."`
	Element Element `json:"element" doc:"The document, or the content."`
}

// Element is one of the two.
type Element struct {
	Document *connector.Document `json:"document,omitempty" doc:"Reference of the document that was stored."`
	Content  json.RawMessage     `json:"content,omitempty" doc:"The text, the JSON, or the bytes as Base64 where the object is neither."`
}

func (p *pool) downloadObject() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "Download Object",
		Summary:     "Reads an object of a bucket, as a document, as text, as JSON or as Base64.",
		Description: "Without As File and Document Return Format the object's content type decides: text/plain is answered as text, application/json as JSON, everything else as Base64. Content that is answered as a value is held in memory; large objects are better stored as documents, which stream. A connection that is cut is taken up again.",
		Effect:      connector.Read,
		Permissions: permissions("s3:GetObject"),
	}, p.runDownload)
}

func (p *pool) runDownload(ctx context.Context, call *connector.Call, _ connector.NoSession, in *DownloadObjectIn) (*DownloadObjectOut, error) {
	c, release, err := p.of(ctx, call, &in.Access)
	if err != nil {
		return nil, err
	}
	defer release()
	out := &DownloadObjectOut{Bucket: in.Bucket, Key: in.Key}
	for t := (tries{wire: c.wire}); ; {
		err := in.attempt(ctx, call, &t, out)
		if err == nil {
			return out, nil
		}
		var retry *again
		if !errors.As(err, &retry) {
			return nil, err
		}
		if !t.failed(ctx, retry.err) {
			return nil, retry.final
		}
	}
}

// again is a failure of S3 after which the object may be asked for once more;
// final is what it comes to when it is not.
type again struct {
	err   *s3wire.Error
	final error
}

// Error is S3's.
func (a *again) Error() string { return a.err.Error() }

func (in *DownloadObjectIn) attempt(ctx context.Context, call *connector.Call, t *tries, out *DownloadObjectOut) error {
	obj, body, err := t.client().Get(ctx, &s3wire.GetInput{Ref: s3wire.Ref{Bucket: in.Bucket, Key: in.Key}})
	if err != nil {
		return in.failed(t, err)
	}
	defer body.Close()
	r := &counted{r: body}
	if in.AsFile && in.DocumentReturnFormat == "" || in.DocumentReturnFormat == formatDocument {
		err = in.store(ctx, call, obj, r, out)
	} else {
		out.Element.Content, err = in.content(obj, r)
	}
	if r.err != nil && ctx.Err() == nil {
		return r.failed(t, obj)
	}
	return err
}

// failed makes the error of a request that has failed; the attempts of earlier
// requests count too.
func (in *DownloadObjectIn) failed(t *tries, err error) error {
	e, ok := errors.AsType[*s3wire.Error](err)
	if !ok {
		return connector.AsError(err)
	}
	shown := *e
	shown.Attempts += t.sent
	return &again{e, ofWire(&shown)}
}

func (in *DownloadObjectIn) store(ctx context.Context, call *connector.Call, obj *s3wire.Object, r io.Reader, out *DownloadObjectOut) error {
	d, err := createDocument(ctx, call, connector.NewDocument{Name: in.Key, ContentType: obj.ContentType, Size: sizeOf(obj)}, r)
	if err != nil {
		return ofDocuments(err)
	}
	out.Element.Document = &d
	return nil
}

// sizeOf is -1 where S3 did not say.
func sizeOf(obj *s3wire.Object) int64 {
	if n, err := strconv.ParseInt(obj.Raw.Get("Content-Length"), 10, 64); err == nil {
		return n
	}
	return -1
}

// counted remembers what kept content from being read to its end.
type counted struct {
	r   io.Reader
	n   int64
	err *s3wire.Error
}

// Read passes on.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if e, ok := errors.AsType[*s3wire.Error](err); ok {
		c.err = e
	}
	return n, err
}

func (c *counted) failed(t *tries, obj *s3wire.Object) error {
	f := &Failure{Reason: CutAnswer, Attempts: t.sent + 1, Want: sizeOf(obj), Got: c.n, Err: c.err}
	return &again{c.err, f.with(*c.err.Explain(""))}
}
