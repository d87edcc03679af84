package recorded

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// maxUpload is more than any case stores.
const maxUpload = 64 << 20

type storedDocument struct {
	id, contentType string
	content         []byte
	metadata        map[string]any
}

func (d storedDocument) reference() map[string]any {
	return map[string]any{
		"camunda.document.type": "camunda", "storeId": "in-memory", "documentId": d.id,
		"contentHash": sum(d.content), "metadata": d.metadata,
	}
}

// DocumentStore answers the document part of a cluster's REST API from memory, and
// remembers every call.
type DocumentStore struct {
	mu      sync.Mutex
	stored  map[string]storedDocument
	prefix  string // of the ids of what is created
	created int
	fails   int // the status with which creation is refused; 0: it is not
	calls   []DocumentExchange
}

// Reset forgets everything and stores documents.
func (d *DocumentStore) Reset(prefix string, fails int, documents []StoredDocument) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stored, d.prefix, d.created, d.fails, d.calls = map[string]storedDocument{}, prefix, 0, fails, nil
	for _, in := range documents {
		content, err := in.Content.Bytes()
		if err != nil {
			return fmt.Errorf("document %s: %w", in.ID, err)
		}
		contentType, _ := in.Metadata["contentType"].(string)
		d.stored[in.ID] = storedDocument{id: in.ID, contentType: contentType, content: content, metadata: in.Metadata}
	}
	return nil
}

// Calls gives the calls since Reset.
func (d *DocumentStore) Calls() []DocumentExchange {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]DocumentExchange(nil), d.calls...)
}

// reference gives what a process holds of a stored document.
func (d *DocumentStore) reference(id string) map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stored[id].reference()
}

// answer is what the store answers, and what is remembered of the call.
type answer struct {
	w    http.ResponseWriter
	r    *http.Request
	call *DocumentExchange
}

func (a answer) problem(code int, title, detail string) {
	a.call.Status = code
	a.w.Header().Set("Content-Type", "application/problem+json")
	a.w.WriteHeader(code)
	a.encode(map[string]any{"type": "about:blank", "title": title, "status": code, "detail": detail, "instance": a.r.URL.Path})
}

func (a answer) json(code int, v any) {
	a.call.Status = code
	a.w.Header().Set("Content-Type", "application/json")
	a.w.WriteHeader(code)
	a.encode(v)
}

func (a answer) encode(v any) {
	_ = json.NewEncoder(a.w).Encode(v) // the worker sees a cut answer; the case then differs
}

// ServeHTTP answers one call.
func (d *DocumentStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v2/topology" { // asked at any time; not part of a job
		answer{w: w, r: r, call: &DocumentExchange{}}.json(200, topology)
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/v2/documents") {
		answer{w: w, r: r, call: &DocumentExchange{}}.problem(404, "NOT_FOUND", "")
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	call := DocumentExchange{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery}
	a := answer{w: w, r: r, call: &call}
	if r.Method == http.MethodPost && r.URL.Path == "/v2/documents" {
		d.create(a)
	} else {
		d.existing(a, strings.TrimPrefix(r.URL.Path, "/v2/documents/"))
	}
	d.calls = append(d.calls, call)
}

var topology = map[string]any{
	"clusterSize": 1, "partitionsCount": 1, "replicationFactor": 1, "gatewayVersion": "8.8.9",
	"brokers": []any{map[string]any{
		"nodeId": 0, "host": "127.0.0.1", "port": 26501, "version": "8.8.9",
		"partitions": []any{map[string]any{"partitionId": 1, "role": "leader", "health": "healthy"}},
	}},
}

func (d *DocumentStore) create(a answer) {
	if d.fails != 0 {
		a.problem(d.fails, "scripted", "the document store refused")
		return
	}
	if err := a.r.ParseMultipartForm(maxUpload); err != nil {
		a.problem(400, "BAD_REQUEST", err.Error())
		return
	}
	files := a.r.MultipartForm.File["file"]
	if len(files) == 0 {
		a.problem(400, "BAD_REQUEST", "no file part")
		return
	}
	content, err := read(files[0])
	metadata, merr := sentMetadata(a.r)
	if err != nil || merr != nil {
		a.problem(400, "BAD_REQUEST", fmt.Sprint(err, merr))
		return
	}
	size := int64(len(content))
	sent := metadata
	if sent == nil {
		sent = map[string]any{}
	}
	a.call.Metadata, a.call.Size, a.call.SHA256 = json.RawMessage(print(sent)), &size, sum(content)
	d.created++
	doc := storedDocument{id: fmt.Sprintf("%s-created-%d", d.prefix, d.created), content: content, metadata: completed(sent, files[0], size)}
	doc.contentType, _ = doc.metadata["contentType"].(string)
	d.stored[doc.id] = doc
	a.json(201, doc.reference())
}

func read(f *multipart.FileHeader) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it is in memory
	return io.ReadAll(r)
}

// sentMetadata is a part of its own, with or without a file name.
func sentMetadata(r *http.Request) (map[string]any, error) {
	var m map[string]any
	text := []byte(r.FormValue("metadata"))
	if files := r.MultipartForm.File["metadata"]; len(files) > 0 {
		var err error
		if text, err = read(files[0]); err != nil {
			return nil, err
		}
	}
	if len(text) == 0 {
		return nil, nil
	}
	return m, json.Unmarshal(text, &m)
}

// completed is the metadata that a cluster stores.
func completed(sent map[string]any, f *multipart.FileHeader, size int64) map[string]any {
	m := maps.Clone(sent)
	if m["contentType"] == nil {
		m["contentType"] = f.Header.Get("Content-Type")
	}
	if m["fileName"] == nil {
		m["fileName"] = f.Filename
	}
	m["size"] = size
	return m
}

func (d *DocumentStore) existing(a answer, id string) {
	doc, ok := d.stored[strings.TrimSuffix(id, "/links")]
	hash := a.r.URL.Query().Get("contentHash")
	switch {
	case !ok:
		a.problem(404, "io.camunda.document.api.DocumentError$DocumentNotFound", fmt.Sprintf("Document with id '%s' not found", id))
	case hash != "" && hash != sum(doc.content):
		a.problem(400, "io.camunda.document.api.DocumentError$InvalidInput", "Document hash for document "+id+" doesn't match the provided hash "+hash)
	case a.r.Method == http.MethodPost && strings.HasSuffix(id, "/links"):
		a.json(201, map[string]any{"url": "http://docs.invalid/" + doc.id, "expiresAt": "2030-01-01T00:00:00Z"})
	case a.r.Method == http.MethodGet:
		a.content(doc)
	case a.r.Method == http.MethodDelete:
		delete(d.stored, id)
		a.call.Status = 204
		a.w.WriteHeader(204)
	default:
		a.problem(405, "METHOD_NOT_ALLOWED", "")
	}
}

func (a answer) content(doc storedDocument) {
	a.call.Status = 200
	if doc.contentType != "" {
		a.w.Header().Set("Content-Type", doc.contentType)
	}
	a.w.Header().Set("Content-Length", strconv.Itoa(len(doc.content)))
	_, _ = a.w.Write(doc.content) // a reader that goes away has its own reasons
}
