package camundas3

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// Choices of Size Mismatch.
const (
	sizeRefuse = "Refuse"
	sizeCut    = "Cut"
)

// UploadObjectIn is the input of Upload Object.
type UploadObjectIn struct {
	Bucket       string           `json:"bucket" label:"Bucket" doc:"Bucket to store the object in." minLength:"1" example:"contracts" resource:"bucket"`
	Key          string           `json:"key,omitempty" label:"Key" doc:"Key of the object, folders included. When left out, it is the document's file name." example:"2026/offer.pdf"`
	Document     json.RawMessage  `json:"document,omitempty" label:"Document" doc:"Reference to the content, as processes carry it. A JSON object with camunda.document.type: camunda (with storeId and documentId; the store fairlead holds stored files), external (with url and name) or inline (with content, name and contentType)." example:"{\"camunda.document.type\":\"inline\",\"content\":\"Hello\",\"name\":\"hello.txt\"}"`
	FileID       connector.FileID `json:"fileId,omitempty" label:"File ID" doc:"A stored file to upload, in place of a document."`
	FixKey       bool             `json:"fixKey" label:"Fix Key" doc:"When the key was left out, answer with the file name that was used. Camunda's own connector answers with null." default:"true"`
	SizeMismatch string           `json:"sizeMismatch" label:"Size Mismatch" doc:"What happens when a document is longer than the size in its reference. Refuse fails, Cut stores the bytes up to that size as Camunda's own connector does. One that is shorter always fails." enum:"Refuse,Cut" default:"Refuse"`
	Access
}

// Validate checks what the tags cannot say.
func (in *UploadObjectIn) Validate() []*connector.Error {
	errs := in.validate()
	switch given := len(in.Document) > 0; {
	case !given && in.FileID == "":
		errs = append(errs, connector.InvalidField("/document", "There is nothing to upload.", "Give a Document or a File ID."))
	case given && in.FileID != "":
		errs = append(errs, connector.InvalidField("/fileId", "Both a Document and a File ID are given.", "Leave one of the two out."))
	case given:
		if _, err := readReference(in.Document); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// UploadObjectOut is the raw data.
type UploadObjectOut struct {
	Bucket string  `json:"bucket" col:"Bucket" doc:"Bucket, as given."`
	Key    *string `json:"key" col:"Key" key:"Keys" doc:"Key of the object. Null when it was left out and Fix Key is off."`
	Link   string  `json:"link" col:"Link" doc:"Address of the object at AWS. It is neither signed nor encoded, and does not know of regions or other endpoints."`
}

func (p *pool) uploadObject() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Upload Object",
		Summary:     "Stores a document or a file as an object in a bucket.",
		Description: "The content streams from where it is to S3. A failure that may pass is met by reading the document again, up to four times in all. An object with the same key is replaced.",
		Effect:      connector.Write | connector.Idempotent,
		Permissions: append(permissions("s3:PutObject"), connector.Permission{Name: "s3:AbortMultipartUpload", When: "for content above 5 GiB, or of a size that nobody tells"}),
	}, p.runUpload, p.planUpload)
}

func (p *pool) runUpload(ctx context.Context, call *connector.Call, _ connector.NoSession, in *UploadObjectIn) (*UploadObjectOut, error) {
	u, err := p.openUpload(ctx, call, in)
	if err != nil {
		return nil, err
	}
	defer u.close()
	if err := u.c.store(ctx, in.Bucket, u.key, u.src); err != nil {
		return nil, err
	}
	return in.answer(u.key), nil
}

// upload is what an upload works with: a client, the content and the key.
type upload struct {
	c       *client
	release func()
	src     *source
	key     string
}

func (p *pool) openUpload(ctx context.Context, call *connector.Call, in *UploadObjectIn) (*upload, error) {
	c, release, err := p.of(ctx, call, &in.Access)
	if err != nil {
		return nil, err
	}
	u := &upload{c: c, release: release}
	if u.src, err = in.source(ctx, call); err != nil {
		release()
		return nil, err
	}
	if u.key, err = in.keyFor(u.src); err != nil {
		u.close()
		return nil, err
	}
	return u, nil
}

func (u *upload) close() {
	u.src.close()
	u.release()
}

func (in *UploadObjectIn) keyFor(src *source) (string, error) {
	if in.Key != "" {
		return in.Key, nil
	}
	if src.name == "" {
		return "", connector.InvalidField("/key", "There is neither a key nor a file name.", "Give Key, or a document with a file name.")
	}
	return src.name, nil
}

func (in *UploadObjectIn) answer(key string) *UploadObjectOut {
	out := &UploadObjectOut{Bucket: in.Bucket, Key: &key, Link: "https://" + in.Bucket + ".s3.amazonaws.com/" + key}
	if in.Key == "" && !in.FixKey {
		out.Key, out.Link = nil, "https://"+in.Bucket+".s3.amazonaws.com/null"
	}
	return out
}

// store sends the content; what it is sent from is opened again for a repeat.
func (c *client) store(ctx context.Context, bucket, key string, src *source) error {
	req := &s3wire.PutInput{Ref: s3wire.Ref{Bucket: bucket, Key: key}}
	if req.ContentType = src.contentType; req.ContentType == "" {
		req.ContentType = octetStream
	}
	if src.size < 0 || src.size > maxPut {
		return c.storeParts(ctx, req, src)
	}
	err := c.send(ctx, func(w *s3wire.Client) error {
		req.Body = &s3wire.Body{Size: src.size, Once: true, Open: src.open(ctx)}
		_, err := w.Put(ctx, req)
		return err
	})
	if err != nil {
		return src.explain(err)
	}
	return nil
}

func (p *pool) planUpload(ctx context.Context, call *connector.Call, _ connector.NoSession, in *UploadObjectIn) ([]connector.PlanStep, error) {
	u, err := p.openUpload(ctx, call, in)
	if err != nil {
		return nil, err
	}
	defer u.close()
	step := connector.PlanStep{Item: u.key, Action: connector.PlanCreate, Size: max(0, u.src.size)}
	found, err := u.c.head(ctx, in.Bucket, u.key)
	if found != nil {
		step.Action = connector.PlanReplace
	}
	return []connector.PlanStep{step}, err
}
