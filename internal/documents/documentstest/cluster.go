package documentstest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Cluster is a stand-in for the document API of a cluster: a server on a real
// socket that answers as clusters do. What is larger than 16 MiB is not kept:
// it must be a Pattern, which is made again.
type Cluster struct {
	*httptest.Server

	mu      sync.Mutex
	now     time.Time
	kept    map[string]*clusterDocument
	made    int
	seen    []Exchange
	scripts []http.HandlerFunc
	// Limit is the largest request taken, in bytes; 0: any.
	limit int64
	// old answers as 8.6 does.
	old bool
}

// Exchange is a request that the cluster took.
type Exchange struct {
	Method, Path, Query string
	Metadata            string // the part as it was sent
	Disposition         string // of the part file
	PartType            string // of the part file
	ContentLength       int64  // of the request; -1: chunked
	Authorization       string
	SHA256              string
	Size                int64
	Body                string // of a link
	Status              int
}

type clusterDocument struct {
	content  []byte
	size     int64
	sum      string
	metadata map[string]any
	until    time.Time
}

const keptWhole = 16 << 20

// NewCluster starts one that ends with the test.
func NewCluster(t *testing.T) *Cluster {
	t.Helper()
	c := &Cluster{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC), kept: map[string]*clusterDocument{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/documents", c.create)
	mux.HandleFunc("GET /v2/documents/{id}", c.get)
	mux.HandleFunc("DELETE /v2/documents/{id}", c.remove)
	mux.HandleFunc("POST /v2/documents/{id}/links", c.link)
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if script := c.script(); script != nil {
			script(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

// Script answers the next request in place of the cluster.
func (c *Cluster) Script(h http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scripts = append(c.scripts, h)
}

func (c *Cluster) script() http.HandlerFunc {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.scripts) == 0 {
		return nil
	}
	h := c.scripts[0]
	c.scripts = c.scripts[1:]
	return h
}

// SetLimit sets the largest request that is taken, in bytes.
func (c *Cluster) SetLimit(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = n
}

// AnswerAs86 makes it answer as 8.6 does.
func (c *Cluster) AnswerAs86() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.old = true
}

// Now is the cluster's clock.
func (c *Cluster) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Forward moves the cluster's clock.
func (c *Cluster) Forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Count tells how many documents there are.
func (c *Cluster) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.kept)
}

// Exchanges are the requests that were taken, in order.
func (c *Cluster) Exchanges() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Exchange{}, c.seen...)
}

// Add puts a document there under an ID of the test's choice.
func (c *Cluster) Add(id, content string, metadata map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[id] = &clusterDocument{content: []byte(content), size: int64(len(content)), sum: Sum(content), metadata: metadata}
}

func (c *Cluster) note(e Exchange, r *http.Request, status int) {
	e.Method, e.Path, e.Query, e.Authorization, e.ContentLength, e.Status = r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), r.ContentLength, status
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, e)
}

// Refuse answers with a problem.
func Refuse(w http.ResponseWriter, r *http.Request, status int, title, detail string) {
	body, _ := json.Marshal(map[string]any{"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": r.URL.Path})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (c *Cluster) refuse(w http.ResponseWriter, r *http.Request, status int, title, detail string) {
	c.note(Exchange{}, r, status)
	Refuse(w, r, status, title, detail)
}

func (c *Cluster) create(w http.ResponseWriter, r *http.Request) {
	if limit := c.limitNow(); limit > 0 {
		if r.ContentLength > limit {
			c.refuse(w, r, http.StatusRequestEntityTooLarge, "Payload Too Large", "Maximum upload size exceeded")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
	}
	e, doc, err := receive(r)
	if err != nil {
		status := http.StatusBadRequest
		if strings.Contains(err.Error(), "too large") {
			status = http.StatusRequestEntityTooLarge
		}
		c.refuse(w, r, status, "Bad Request", err.Error())
		return
	}
	c.mu.Lock()
	c.made++
	id := "created-" + strconv.Itoa(c.made)
	c.kept[id] = doc
	answer := map[string]any{"storeId": cmp.Or(r.URL.Query().Get("storeId"), "in-memory"), "documentId": id, "metadata": doc.metadata}
	if c.old {
		answer["documentType"] = "camunda"
	} else {
		answer["camunda.document.type"], answer["contentHash"] = "camunda", doc.sum
	}
	c.mu.Unlock()
	c.note(e, r, http.StatusCreated)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(answer)
}

func (c *Cluster) limitNow() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.limit
}

// receive reads the parts as strictly as a server may.
func receive(r *http.Request) (Exchange, *clusterDocument, error) {
	var e Exchange
	doc := &clusterDocument{metadata: map[string]any{}}
	parts, err := r.MultipartReader()
	if err != nil {
		return e, nil, err
	}
	found := map[string]bool{}
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return e, nil, err
		}
		found[p.FormName()] = true
		if err := doc.take(p, &e); err != nil {
			return e, nil, err
		}
	}
	if !found["file"] || !found["metadata"] {
		return e, nil, fmt.Errorf("the parts are %v", found)
	}
	if _, err := r.Body.Read(make([]byte, 1)); err != io.EOF {
		return e, nil, fmt.Errorf("after the last part: %w", err)
	}
	doc.metadata["size"] = doc.size
	return e, doc, nil
}

func (d *clusterDocument) take(p *multipart.Part, e *Exchange) error {
	switch p.FormName() {
	case "metadata":
		raw, err := io.ReadAll(p)
		e.Metadata = string(raw)
		if err != nil || p.Header.Get("Content-Type") != "application/json" {
			return fmt.Errorf("metadata: %w", err)
		}
		if err := json.Unmarshal(raw, &d.metadata); err != nil {
			return err
		}
		if s, ok := d.metadata["expiresAt"].(string); ok {
			d.until, err = time.Parse(time.RFC3339, s)
		}
		return err
	case "file":
		e.Disposition, e.PartType = p.Header.Get("Content-Disposition"), p.Header.Get("Content-Type")
		if _, params, err := mime.ParseMediaType(e.Disposition); err != nil || params["filename"] == "" {
			return fmt.Errorf("the part file has no file name: %s, %w", e.Disposition, err)
		}
		h := sha256.New()
		head := &bytes.Buffer{}
		n, err := io.Copy(h, io.TeeReader(p, limited{head}))
		if err != nil {
			return err
		}
		d.size, d.sum = n, hex.EncodeToString(h.Sum(nil))
		e.Size, e.SHA256 = d.size, d.sum
		if n <= keptWhole {
			d.content = head.Bytes()
		}
		return nil
	}
	return fmt.Errorf("a part %q", p.FormName())
}

type limited struct{ *bytes.Buffer }

func (l limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) <= keptWhole {
		return l.Buffer.Write(p)
	}
	return len(p), nil
}

// find gives the document that is meant, or answers.
func (c *Cluster) find(w http.ResponseWriter, r *http.Request) *clusterDocument {
	id := r.PathValue("id")
	c.mu.Lock()
	doc, ok := c.kept[id]
	if ok && !doc.until.IsZero() && !c.now.Before(doc.until) {
		ok = false
	}
	c.mu.Unlock()
	if !ok {
		c.refuse(w, r, http.StatusNotFound, "io.camunda.document.api.DocumentError$DocumentNotFound", "Document with id '"+id+"' not found")
		return nil
	}
	if h := r.URL.Query().Get("contentHash"); h != "" && h != doc.sum {
		c.refuse(w, r, http.StatusBadRequest, "io.camunda.document.api.DocumentError$InvalidInput", "Document hash for document "+id+" doesn't match the provided hash "+h)
		return nil
	}
	return doc
}

func (c *Cluster) get(w http.ResponseWriter, r *http.Request) {
	doc := c.find(w, r)
	if doc == nil {
		return
	}
	c.note(Exchange{Size: doc.size, SHA256: doc.sum}, r, http.StatusOK)
	if t, ok := doc.metadata["contentType"].(string); ok {
		w.Header().Set("Content-Type", t)
	}
	w.Header().Set("Content-Length", strconv.FormatInt(doc.size, 10))
	if doc.content != nil || doc.size == 0 {
		_, _ = w.Write(doc.content)
		return
	}
	_, _ = io.CopyBuffer(onlyWriter{w}, Pattern(doc.size), make([]byte, 64<<10))
}

func (c *Cluster) remove(w http.ResponseWriter, r *http.Request) {
	if c.find(w, r) == nil {
		return
	}
	c.note(Exchange{}, r, http.StatusNoContent)
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.kept, func(id string, _ *clusterDocument) bool { return id == r.PathValue("id") })
	w.WriteHeader(http.StatusNoContent)
}

func (c *Cluster) link(w http.ResponseWriter, r *http.Request) {
	if c.find(w, r) == nil {
		return
	}
	body, _ := io.ReadAll(r.Body)
	c.note(Exchange{Body: string(body)}, r, http.StatusCreated)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"url":"http://docs.invalid/`+r.PathValue("id")+`","expiresAt":"2026-05-01T13:00:00Z"}`)
}
