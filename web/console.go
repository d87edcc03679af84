// Package web is the console: pages that work with the API in a browser. What
// is in dist was built from src and is part of the program, so that building
// the program needs no Node.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Text is kept compressed, in both encodings; whoever takes neither gets it
// unpacked. Other files are kept as they are.
const (
	brotli  = "br"
	gzipped = "gzip"
	plain   = ""
)

const indexPage = "/index.html"

// file is one address of the console.
type file struct {
	content map[string][]byte // by encoding
	kind    string            // media type
	tag     string
	fixed   bool // its name changes with its content
}

type console struct{ files map[string]*file }

func newConsole(dir fs.FS) *console {
	c := &console{map[string]*file{}}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(dir, name)
		if err == nil {
			c.add("/"+name, raw)
		}
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return c
}

func (c *console) add(name string, raw []byte) {
	encoding := plain
	switch path.Ext(name) {
	case ".br":
		name, encoding = strings.TrimSuffix(name, ".br"), brotli
	case ".gz":
		name, encoding = strings.TrimSuffix(name, ".gz"), gzipped
	}
	f := c.files[name]
	if f == nil {
		f = &file{content: map[string][]byte{}, kind: kindOf(name), fixed: strings.HasPrefix(name, "/assets/")}
		c.files[name] = f
	}
	f.content[encoding] = raw
	if encoding != brotli { // one encoding names the content for all
		sum := sha256.Sum256(raw)
		f.tag = hex.EncodeToString(sum[:12])
	}
}

// kindOf does not ask the machine, whose tables differ.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// ServeHTTP answers with a file, or with the page, which shows what belongs to
// the address.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "The console takes GET only.", http.StatusMethodNotAllowed)
		return
	}
	name := path.Clean("/" + r.URL.Path)
	f := c.files[name]
	if f == nil && isPage(name) {
		f = c.files[indexPage]
	}
	if f == nil {
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	f.serve(w, r)
}

// isPage tells addresses of the console's pages from those of missing files.
func isPage(p string) bool {
	return !strings.HasPrefix(p, "/assets/") && (strings.Count(p, "/") > 1 || path.Ext(p) == "")
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	encoding, body := f.choose(r.Header.Get("Accept-Encoding"))
	tag := `"` + strings.TrimRight(f.tag+"-"+encoding, "-") + `"`
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	if f.fixed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if len(f.content) > 1 {
		h.Set("Vary", "Accept-Encoding")
	}
	if slices.Contains(strings.Split(strings.ReplaceAll(r.Header.Get("If-None-Match"), " ", ""), ","), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if encoding != plain {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the client may be gone
}

// choose takes the smallest encoding that the client takes.
func (f *file) choose(accept string) (string, []byte) {
	for _, e := range []string{brotli, gzipped} {
		if body, ok := f.content[e]; ok && accepts(accept, e) {
			return e, body
		}
	}
	if body, ok := f.content[plain]; ok {
		return plain, body
	}
	return plain, unpack(f.content[gzipped])
}

func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
		v, err := strconv.ParseFloat(q, 64)
		return !found || (err == nil && v > 0)
	}
	return false
}

func unpack(packed []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	return out
}
