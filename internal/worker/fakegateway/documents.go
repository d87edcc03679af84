package fakegateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
)

// storeID is the name of the only document store.
const storeID = "in-memory"

// documents are kept by their ids.
type documents map[string]*document

type document struct {
	content  []byte
	hash     string
	metadata map[string]any
}

// AddDocument stores a document and gives its reference.
func (e *Engine) AddDocument(content []byte, metadata map[string]any) map[string]any {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.store("", content, metadata)
}

// Document gives the content of a document; false when there is none.
func (e *Engine) Document(id string) ([]byte, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, ok := e.docs[id]
	if !ok {
		return nil, false
	}
	return d.content, true
}

func (e *Engine) store(id string, content []byte, metadata map[string]any) map[string]any {
	if id == "" {
		id = "doc-" + strconv.FormatInt(e.key(), 36)
	}
	sum := sha256.Sum256(content)
	if metadata == nil {
		metadata = map[string]any{}
	}
	metadata["size"] = len(content)
	d := &document{content, hex.EncodeToString(sum[:]), metadata}
	e.docs[id] = d
	return map[string]any{"camunda.document.type": "camunda", "storeId": storeID, "documentId": id, "contentHash": d.hash, "metadata": metadata}
}

func (e *Engine) restAddDocument(w http.ResponseWriter, r *http.Request) {
	if s := r.URL.Query().Get("storeId"); s != "" && s != storeID {
		problem(w, http.StatusBadRequest, "INVALID_ARGUMENT", "No such document store: "+s)
		return
	}
	parts, err := r.MultipartReader()
	if err != nil {
		problem(w, http.StatusUnsupportedMediaType, "Unsupported Media Type", err.Error())
		return
	}
	content, metadata, err := documentParts(parts)
	if err != nil || content == nil {
		problem(w, http.StatusBadRequest, "Bad Request", "Required part 'file' is not present.")
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	id := r.URL.Query().Get("documentId")
	if _, taken := e.docs[id]; taken {
		problem(w, http.StatusConflict, "ALREADY_EXISTS", "Document already exists: "+id)
		return
	}
	answer(w, http.StatusCreated, e.store(id, content, metadata))
}

// documentParts reads the part of the content and the one that describes it.
func documentParts(parts *multipart.Reader) (content []byte, metadata map[string]any, err error) {
	metadata = map[string]any{}
	for {
		p, err := parts.NextPart()
		if err == io.EOF { //nolint:errorlint // NextPart gives it as it is
			return content, metadata, nil
		}
		if err != nil {
			return nil, nil, err
		}
		raw, err := io.ReadAll(p)
		if err != nil {
			return nil, nil, err
		}
		if p.FormName() == "metadata" {
			if err := json.Unmarshal(raw, &metadata); err != nil {
				return nil, nil, err
			}
			continue
		}
		content = append([]byte{}, raw...)
		fill(metadata, "fileName", p.FileName())
		fill(metadata, "contentType", p.Header.Get("Content-Type"))
	}
}

func fill(m map[string]any, name, v string) {
	if m[name] == nil && v != "" {
		m[name] = v
	}
}

// found gives a document, or answers that there is none.
func (e *Engine) found(w http.ResponseWriter, r *http.Request) (*document, bool) {
	d := e.docs[r.PathValue("id")]
	if d == nil {
		problem(w, http.StatusNotFound, "NOT_FOUND", "Document with id '"+r.PathValue("id")+"' not found")
	}
	return d, d != nil
}

func (e *Engine) restDocument(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	d, ok := e.found(w, r)
	e.mu.Unlock()
	if !ok {
		return
	}
	if h := r.URL.Query().Get("contentHash"); h != d.hash {
		problem(w, http.StatusBadRequest, "INVALID_ARGUMENT", "Document hash does not match")
		return
	}
	kind, _ := d.metadata["contentType"].(string)
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(d.content)))
	_, _ = w.Write(d.content)
}

func (e *Engine) restDeleteDocument(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.found(w, r); !ok {
		return
	}
	delete(e.docs, r.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
}
