package s3job

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// cluster is a stand-in for a cluster's documents as the recordings had it.
type cluster struct {
	mu     sync.Mutex
	kept   map[string][]byte
	prefix string
	fails  int
	made   int
	seen   []string
}

func (c *cluster) reset(r *recording) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept, c.prefix, c.fails, c.made, c.seen = map[string][]byte{}, r.ID, r.DocumentStoreFails, 0, nil
	for _, d := range r.Documents {
		c.kept[d.DocumentID] = d.Content.bytes()
	}
}

func (c *cluster) requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.seen...)
}

// ServeHTTP implements http.Handler.
func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	status := c.answer(w, r)
	c.seen = append(c.seen, strings.Join([]string{r.Method, r.URL.Path, r.URL.RawQuery, strconv.Itoa(status)}, " "))
}

func (c *cluster) answer(w http.ResponseWriter, r *http.Request) int {
	if r.Method == http.MethodPost && r.URL.Path == "/v2/documents" {
		if c.fails != 0 {
			return problem(w, r, c.fails, "scripted", "the document store refused")
		}
		return c.create(w, r)
	}
	id := strings.TrimPrefix(r.URL.Path, "/v2/documents/")
	content, ok := c.kept[strings.TrimSuffix(id, "/links")]
	hash := r.URL.Query().Get("contentHash")
	switch {
	case !ok:
		return problem(w, r, 404, "io.camunda.document.api.DocumentError$DocumentNotFound", "Document with id '"+id+"' not found")
	case hash != "" && hash != sum(content):
		return problem(w, r, 400, "io.camunda.document.api.DocumentError$InvalidInput", "Document hash for document "+id+" doesn't match the provided hash "+hash)
	case r.Method == http.MethodPost:
		return encoded(w, 201, map[string]any{"url": "http://docs.invalid/" + strings.TrimSuffix(id, "/links"), "expiresAt": "2030-01-01T00:00:00Z"})
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content)
	return 200
}

func (c *cluster) create(w http.ResponseWriter, r *http.Request) int {
	if err := r.ParseMultipartForm(64 << 20); err != nil {
		return problem(w, r, 400, "BAD_REQUEST", err.Error())
	}
	meta := map[string]any{}
	text := r.FormValue("metadata")
	if files := r.MultipartForm.File["metadata"]; len(files) > 0 {
		if f, err := files[0].Open(); err == nil {
			raw, _ := io.ReadAll(f)
			text = string(raw)
		}
	}
	_ = json.Unmarshal([]byte(text), &meta)
	file := r.MultipartForm.File["file"][0]
	f, err := file.Open()
	if err != nil {
		return problem(w, r, 400, "BAD_REQUEST", err.Error())
	}
	body, _ := io.ReadAll(f)
	if meta["contentType"] == nil {
		meta["contentType"] = file.Header.Get("Content-Type")
	}
	delete(meta, "customProperties")
	meta["size"] = len(body)
	c.made++
	id := c.prefix + "-created-" + strconv.Itoa(c.made)
	c.kept[id] = body
	return encoded(w, 201, map[string]any{"camunda.document.type": "camunda", "storeId": "in-memory", "documentId": id, "contentHash": sum(body), "metadata": meta})
}

func problem(w http.ResponseWriter, r *http.Request, status int, title, detail string) int {
	w.Header().Set("Content-Type", "application/problem+json")
	return encoded(w, status, map[string]any{"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": r.URL.Path})
}

func encoded(w http.ResponseWriter, status int, v any) int {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
	return status
}
