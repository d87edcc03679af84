package documents

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// newMetadata is the metadata part of an upload. What is not set is left out,
// but for the three that Camunda's client always sends.
type newMetadata struct {
	ContentType         string          `json:"contentType"`
	FileName            string          `json:"fileName"`
	ExpiresAt           *time.Time      `json:"expiresAt,omitempty"`
	ProcessDefinitionID string          `json:"processDefinitionId,omitempty"`
	ProcessInstanceKey  string          `json:"processInstanceKey,omitempty"`
	CustomProperties    json.RawMessage `json:"customProperties"`
}

// describe settles what is said of a new document: name, type and time to live.
func describe(n connector.NewDocument, now time.Time) (newMetadata, error) {
	m := newMetadata{
		ContentType: n.ContentType, FileName: n.Name, ExpiresAt: n.Metadata.ExpiresAt,
		ProcessDefinitionID: n.Metadata.ProcessDefinitionID, ProcessInstanceKey: n.Metadata.ProcessInstanceKey,
		CustomProperties: json.RawMessage("{}"),
	}
	if m.ContentType == "" {
		m.ContentType = n.Metadata.ContentType
	}
	if m.ContentType == "" {
		m.ContentType = octetStream
	}
	if m.FileName == "" {
		m.FileName = n.Metadata.FileName
	}
	if m.FileName == "" {
		m.FileName = randomUUID()
	}
	if c := n.Metadata.CustomProperties; len(c) > 0 && string(c) != "null" {
		var object map[string]json.RawMessage
		if json.Unmarshal(c, &object) != nil {
			return m, connector.InvalidField("/metadata/customProperties", "The document's custom properties are not a JSON object.", "Give an object, or none.")
		}
		m.CustomProperties = c
	}
	switch {
	case n.TTL < 0, m.ExpiresAt != nil && !m.ExpiresAt.After(now):
		return m, connector.InvalidField("/metadata/expiresAt", "The document would have expired already.", "Give a time in the future, or none.")
	case n.TTL > 0:
		at := now.Add(n.TTL).UTC()
		m.ExpiresAt = &at
	}
	return m, nil
}

// Create uploads a document. The content is passed on as it comes. Only its
// beginning is kept, in case that the cluster refuses it for now.
func (c *Cluster) Create(ctx context.Context, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	m, err := describe(n, c.now())
	if err != nil {
		return connector.Document{}, err
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return connector.Document{}, connector.InvalidField("/metadata", "The document's metadata cannot be written as JSON.", "Check its custom properties.")
	}
	k := &keeper{r: content}
	out, err := c.upload(ctx, m, raw, n.Size, k)
	if err != nil && c.passing(ctx, err) {
		if r, whole := k.again(); whole {
			return c.upload(ctx, m, raw, n.Size, r)
		}
	}
	return out, err
}

// upload sends a new document; raw is its metadata as JSON.
func (c *Cluster) upload(ctx context.Context, m newMetadata, raw []byte, size int64, content io.Reader) (connector.Document, error) {
	in := &intake{ctx: ctx, r: content, want: size}
	boundary := rand.Text()
	head, tail := form(boundary, string(raw), m.FileName)
	up := &upload{r: io.MultiReader(strings.NewReader(head), in, strings.NewReader(tail)), over: make(chan struct{})}
	defer up.end()
	req, err := c.uploadRequest(ctx, up, boundary)
	if err != nil {
		return connector.Document{}, err
	}
	if size >= 0 {
		req.ContentLength = int64(len(head)) + size + int64(len(tail))
	}
	res, err := c.http.Do(req) //nolint:bodyclose // created closes it
	if err != nil {
		return connector.Document{}, notSent(ctx, in, err)
	}
	return c.created(ctx, res, m, in)
}

func (c *Cluster) uploadRequest(ctx context.Context, up *upload, boundary string) (*http.Request, error) {
	address := c.base
	if c.store != "" {
		address += "?storeId=" + url.QueryEscape(c.store)
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotFirstResponseByte: up.pause})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, up)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	req.Header.Set("Accept", "application/json, application/problem+json")
	return req, nil
}

// form gives what stands before and after the content.
func form(boundary, metadata, name string) (head, tail string) {
	head = "--" + boundary + "\r\n" +
		"Content-Disposition: form-data; name=\"metadata\"\r\n" +
		"Content-Type: application/json\r\n\r\n" +
		metadata + "\r\n" +
		"--" + boundary + "\r\n" +
		"Content-Disposition: form-data; name=\"file\"; filename=\"" + formName(name) + "\"\r\n" +
		"Content-Type: " + octetStream + "\r\n\r\n"
	return head, "\r\n--" + boundary + "--\r\n"
}

// formName escapes a name as browsers do.
func formName(name string) string {
	return strings.NewReplacer("\"", "%22", "\r", "%0D", "\n", "%0A").Replace(name)
}

// notSent tells apart who broke an upload off. A server that does not want all
// of a body often ends the connection in the middle of it.
func notSent(ctx context.Context, in *intake, err error) error {
	if f := in.failure(); f != nil {
		return f
	}
	e := connector.AsError(networkError(ctx, err))
	if e.Kind == connector.Unavailable && in.n >= likelyLimit {
		c := *e
		c.Message = fmt.Sprintf("%s It did so after %d bytes of a document.", e.Message, in.n)
		c.Fix = "The cluster may take no document as large as this. " + tooLargeFix
		return &c
	}
	return e
}

// likelyLimit is below the smallest limit that clusters have by default.
const likelyLimit = 4 << 20

func (c *Cluster) created(ctx context.Context, res *http.Response, m newMetadata, in *intake) (connector.Document, error) {
	if res.StatusCode/100 != 2 {
		err := c.failed(res, "CreateDocument", m.FileName)
		if e, ok := errors.AsType[*connector.Error](err); ok && res.StatusCode == http.StatusRequestEntityTooLarge {
			e.Message = "The document " + quote(m.FileName) + " is larger than the cluster takes" + sizeText(in.want) + "."
		}
		return connector.Document{}, err
	}
	var ref reference
	if err := readAnswer(ctx, res, &ref); err != nil {
		return connector.Document{}, err
	}
	if ref.DocumentID == "" {
		return connector.Document{}, strange(res, "a reference without a documentId")
	}
	return ref.document(), nil
}

func sizeText(size int64) string {
	if size < 0 {
		return ""
	}
	return fmt.Sprintf(": it has %d bytes", size)
}

// upload is the body of an upload. It stops at the first byte of an answer: a
// server that answers early does not want the rest, and the answer would be
// lost if the connection broke under more of it.
type upload struct {
	r        io.Reader
	answered atomic.Bool
	over     chan struct{} // the call has its answer
	reading  sync.Mutex    // held while the content is read
	ended    bool
}

// patience is for how long an answer that began may take to be read. It only
// matters where what began was no answer but a remark before one.
const patience = 2 * time.Second

var errUploadEnded = errors.New("documents: the upload has ended")

func (u *upload) pause() { u.answered.Store(true) }

func (u *upload) Read(p []byte) (int, error) {
	if u.answered.Swap(false) {
		t := time.NewTimer(patience)
		defer t.Stop()
		select {
		case <-u.over:
		case <-t.C:
		}
	}
	u.reading.Lock()
	defer u.reading.Unlock()
	if u.ended {
		return 0, errUploadEnded
	}
	return u.r.Read(p)
}

// Close is for the transport; the content is the caller's to close.
func (u *upload) Close() error { return nil }

// end waits until nobody reads the content any more, so that the caller may do
// with it what it wants.
func (u *upload) end() {
	close(u.over)
	u.reading.Lock()
	defer u.reading.Unlock()
	u.ended = true
}

// reference is a document as clusters describe it, from 8.6 on.
type reference struct {
	StoreID     text `json:"storeId"`
	DocumentID  text `json:"documentId"`
	ContentHash text `json:"contentHash"`
	Metadata    *struct {
		ContentType         text            `json:"contentType"`
		ExpiresAt           text            `json:"expiresAt"`
		Size                json.Number     `json:"size"`
		FileName            text            `json:"fileName"`
		ProcessDefinitionID text            `json:"processDefinitionId"`
		ProcessInstanceKey  text            `json:"processInstanceKey"`
		CustomProperties    json.RawMessage `json:"customProperties"`
	} `json:"metadata"`
}

// document leaves out what is empty, as Camunda's runtime does when it passes a
// reference on.
func (r *reference) document() connector.Document {
	d := connector.Document{Type: connector.ClusterDocument, StoreID: string(r.StoreID), DocumentID: string(r.DocumentID), ContentHash: string(r.ContentHash)}
	m := r.Metadata
	if m == nil {
		return d
	}
	d.Metadata = &connector.DocumentMetadata{
		ContentType: string(m.ContentType), FileName: string(m.FileName),
		ProcessDefinitionID: string(m.ProcessDefinitionID), ProcessInstanceKey: string(m.ProcessInstanceKey),
	}
	if n, err := m.Size.Int64(); err == nil {
		d.Metadata.Size = &n
	}
	if at, err := time.Parse(time.RFC3339Nano, string(m.ExpiresAt)); err == nil {
		d.Metadata.ExpiresAt = &at
	}
	d.Metadata.CustomProperties = unlessEmpty(m.CustomProperties)
	return d
}

func unlessEmpty(object json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil || len(members) == 0 {
		return nil
	}
	return object
}
