package documents

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

// BucketConfig says where documents are kept in S3.
type BucketConfig struct {
	Bucket string
	Prefix string // begins the keys; empty, or ends with a slash
	// Region and Endpoint are left to the environment when empty, as the
	// credentials always are.
	Region, Endpoint string
	// Run takes the one path as the identity that keeps documents. Runs for
	// documents stand within others, so that it must be run.Service.RunWithin.
	Run func(ctx context.Context, req run.Request) (*run.Record, error)
}

// NewBucket keeps objects in a bucket, through runs of camunda-aws-s3.
func NewBucket(c BucketConfig) Objects { return &bucket{c} }

type bucket struct{ BucketConfig }

var _ Sorted = (*bucket)(nil)

// wholeLimit is up to which size content is held in memory, so that it can be
// sent again when S3 fails for a moment; and how much of larger content.
const wholeLimit = 1 << 20

func (b *bucket) Put(ctx context.Context, name string, content io.Reader, size int64, contentType string) error {
	head, err := io.ReadAll(io.LimitReader(content, wholeLimit+1))
	if err != nil {
		return err
	}
	out := &sending{head: head, rest: content, size: size}
	if len(head) <= wholeLimit {
		out.rest, out.size = nil, int64(len(head))
	}
	ref := connector.Document{Type: connector.ClusterDocument, StoreID: BucketStore, DocumentID: name, Metadata: &connector.DocumentMetadata{ContentType: contentType, FileName: name}}
	if out.size >= 0 {
		ref.Metadata.Size = &out.size
	}
	return b.run(ctx, "upload-object", name, map[string]any{"document": ref}, out)
}

func (b *bucket) Delete(ctx context.Context, name string) error {
	err := b.run(ctx, "delete-object", name, nil, nil)
	if errors.Is(err, ErrNoObject) {
		return nil
	}
	return err
}

func (b *bucket) run(ctx context.Context, command, name string, more map[string]any, docs connector.Documents) error {
	in := map[string]any{"key": b.Prefix + name}
	maps.Copy(in, more)
	_, err := b.do(ctx, "document:"+name, command, in, docs)
	return err
}

// do takes the one path.
func (b *bucket) do(ctx context.Context, ref, command string, in map[string]any, docs connector.Documents) (*run.Record, error) {
	in["bucket"], in["authenticationType"] = b.Bucket, "Default Credentials Chain"
	for k, v := range map[string]string{"region": b.Region, "endpoint": b.Endpoint} {
		if v != "" {
			in[k] = v
		}
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	rec, err := b.Run(ctx, run.Request{
		Integration: "camunda-aws-s3", Command: command, Input: raw, Documents: docs, Origin: "worker", ExternalRef: ref,
	})
	if err != nil {
		return nil, err
	}
	return rec, failureOf(rec)
}

// failureOf is what kept a run from its end.
func failureOf(rec *run.Record) error {
	if rec.ReturnData != nil && *rec.ReturnData == run.Successful {
		return nil
	}
	if rec.Error == nil {
		return &connector.Error{Kind: connector.Canceled, Message: "The run " + rec.RunID + " for the document was canceled."}
	}
	e := rec.Error.Cause
	if e == nil {
		e = &connector.Error{Kind: rec.Error.Kind, Status: rec.Error.StatusCode, Message: rec.Error.Message, Fix: rec.Error.Fix}
	}
	if e.Status == http.StatusNotFound && e.Code != "NoSuchBucket" {
		return ErrNoObject
	}
	return e
}

// Get begins a run that downloads, and gives what it reads. The run ends with
// the reader.
func (b *bucket) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	in := &receiving{began: make(chan struct{}), ended: make(chan struct{}), cancel: cancel}
	in.r, in.w = io.Pipe()
	go func() {
		defer close(in.ended)
		in.err = b.run(ctx, "download-object", name, map[string]any{"asFile": true}, in)
		_ = in.w.CloseWithError(in.err) // nil is the end of the content
	}()
	select {
	case <-in.began:
		return in, nil
	case <-in.ended:
		cancel()
		if in.err == nil { // it gave no content and yet ended well
			return nil, ErrNoObject
		}
		return nil, in.err
	}
}

// errOneWay is what a document that is on its way does not do.
func errOneWay() error {
	return &connector.Error{Kind: connector.Internal, Message: "A document on its way to or from S3 was used for something else."}
}

// oneWay are documents of which each side overrides one method.
type oneWay struct{}

func (oneWay) Open(context.Context, connector.Document) (*connector.DocumentContent, error) {
	return nil, errOneWay()
}

func (oneWay) Create(context.Context, connector.NewDocument, io.Reader) (connector.Document, error) {
	return connector.Document{}, errOneWay()
}

func (oneWay) Link(context.Context, connector.Document, time.Duration) (string, error) {
	return "", errOneWay()
}

func (oneWay) Delete(context.Context, connector.Document) error { return errOneWay() }

// sending is content that a run uploads.
type sending struct {
	oneWay
	head []byte
	rest io.Reader // after the head; nil: the head is all
	size int64
	mu   sync.Mutex
	sent bool
}

// Open gives the content, again and again while it is held in memory.
func (s *sending) Open(context.Context, connector.Document) (*connector.DocumentContent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := io.Reader(bytes.NewReader(s.head))
	if s.rest != nil {
		if s.sent {
			return nil, &connector.Error{Kind: connector.Unavailable, Message: "S3 failed in the middle of a document, whose content cannot be read again.", Fix: "Try again."}
		}
		s.sent = true
		body = io.MultiReader(body, s.rest)
	}
	return &connector.DocumentContent{Body: io.NopCloser(body), Size: s.size}, nil
}

// receiving is content that a run downloads.
type receiving struct {
	oneWay
	r      *io.PipeReader
	w      *io.PipeWriter
	begin  sync.Once
	began  chan struct{}
	passed int64 // bytes that were read from the pipe
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // of the run, once it has ended
}

// Create passes content on. A run that takes a broken download up again comes
// here again with the whole content; what was passed on already is left out.
func (r *receiving) Create(_ context.Context, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	r.begin.Do(func() { close(r.began) })
	if _, err := io.CopyN(io.Discard, content, r.passed); err != nil {
		return connector.Document{}, err
	}
	k, err := io.CopyBuffer(onlyWriter{r.w}, onlyReader{content}, make([]byte, 64<<10))
	r.passed += k
	return connector.Document{Type: connector.ClusterDocument, StoreID: BucketStore, DocumentID: n.Name, Metadata: &connector.DocumentMetadata{}}, err
}

// Read gives what the run has read.
func (r *receiving) Read(p []byte) (int, error) { return r.r.Read(p) }

// Close ends the run, if it has not ended, and waits for it.
func (r *receiving) Close() error {
	r.cancel()
	_ = r.r.Close() // never fails
	<-r.ended
	return nil
}
