package documents_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

// outside serves content and says of it what the query tells.
func outside(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("sent %v", r.Header)
		}
		q := r.URL.Query()
		for name, h := range map[string]string{"type": "Content-Type", "disposition": "Content-Disposition"} {
			if q.Has(name) {
				w.Header()[h] = []string{q.Get(name)}
			}
		}
		if to := q.Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		if q.Has("chunked") {
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = io.WriteString(w, "just text")
	}))
	t.Cleanup(s.Close)
	return s
}

func TestExternalDocuments(t *testing.T) {
	srv := outside(t)
	s := service(t, documents.Deps{Setting: setting(t, "memory"), Web: web(t, egress.Policy{})})
	uuid := `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`
	for _, tc := range []struct {
		reason, query, given string
		name, contentType    string // the name as a regular expression
		size                 int64
	}{
		{"the name that is given", "type=text/plain&disposition=attachment%3Bfilename%3Da.txt", "ext.txt", "ext.txt", "text/plain", 9},
		{"the name that the server gives", "type=text/plain&disposition=attachment%3Bfilename%3Da.txt", "", "a.txt", "text/plain", 9},
		{"a blank name is none", "type=text/plain&disposition=attachment%3Bfilename%3Da.txt", " ", "a.txt", "text/plain", 9},
		{"no name at all", "type=text/csv%3B+charset%3Dutf-8", "", uuid + `\.csv`, "text/csv; charset=utf-8", 9},
		{"no name and a type that is none", "type=nonsense", "", uuid, "nonsense", 9},
		{"no name and a type that is a path", "type=a/..%2Fb", "", uuid, "a/../b", 9},
		{"size not known", "type=text/plain&chunked", "n", "n", "text/plain", -1},
	} {
		got, c := documentstest.Get(t, s, connector.Document{Type: "external", URL: srv.URL + "/?" + tc.query, Name: tc.given})
		if got != "just text" || c.Size != tc.size || c.ContentType != tc.contentType || !regexp.MustCompile("^"+tc.name+"$").MatchString(c.Name) {
			t.Errorf("%s: %q, %+v", tc.reason, got, c)
		}
	}
}

func TestExternalRedirects(t *testing.T) {
	one, two := outside(t), outside(t)
	s := service(t, documents.Deps{Setting: setting(t, "memory"), Web: web(t, egress.Policy{})})
	if got, _ := documentstest.Get(t, s, connector.Document{Type: "external", URL: one.URL + "/?to=" + two.URL}); got != "just text" {
		t.Errorf("to another host: %q", got)
	}
	for reason, to := range map[string]string{"metadata": "http://169.254.169.254/latest/", "a file": "file:///etc/passwd", "a circle": "/?to=%2F%3Fto%3D"} {
		if reason == "a circle" {
			loop := httptest.NewServer(http.RedirectHandler("/", http.StatusFound))
			t.Cleanup(loop.Close)
			to = loop.URL
		}
		_, err := s.Open(t.Context(), connector.Document{Type: "external", URL: one.URL + "/?to=" + to})
		if err == nil {
			t.Errorf("%s was followed", reason)
		}
		if reason == "metadata" {
			documentstest.WantKind(t, err, connector.Denied)
		}
	}
	secure := httptest.NewTLSServer(http.RedirectHandler(one.URL, http.StatusFound))
	t.Cleanup(secure.Close)
	_, err := service(t, documents.Deps{Setting: setting(t, "memory"), Web: secure.Client()}).Open(t.Context(), connector.Document{Type: "external", URL: secure.URL})
	documentstest.WantKind(t, err, connector.Denied)
}

func TestExternalAddressesAreJudged(t *testing.T) {
	srv := outside(t)
	open := service(t, documents.Deps{Setting: setting(t, "memory"), Web: web(t, egress.Policy{})})
	closed := service(t, documents.Deps{Setting: setting(t, "memory"), Web: web(t, egress.Policy{ForbidLoopback: true})})
	none := service(t, documents.Deps{Setting: setting(t, "memory")})
	for _, tc := range []struct {
		reason, url string
		s           *documents.Service
		kind        connector.Kind
	}{
		{"metadata of the cloud", "http://169.254.169.254/latest/meta-data/", open, connector.Denied},
		{"the same, disguised", "http://[::ffff:a9fe:a9fe]/", open, connector.Denied},
		{"this machine, where it is forbidden", srv.URL, closed, connector.Denied},
		{"no web", srv.URL, none, connector.Denied},
		{"not a url", "not a url", open, connector.Invalid},
		{"no url", "", open, connector.Invalid},
		{"another scheme", "file:///etc/passwd", open, connector.Invalid},
		{"no host", "http:///x", open, connector.Invalid},
		{"control characters", "http://h/\x01", open, connector.Invalid},
		{"nobody there", "http://127.0.0.1:1/x", open, connector.Unavailable},
	} {
		_, err := tc.s.Open(t.Context(), connector.Document{Type: "external", URL: tc.url, Name: "n"})
		if e := documentstest.WantKind(t, err, tc.kind); e.Fix == "" {
			t.Errorf("%s: %+v", tc.reason, e)
		}
	}
}

func TestExternalFailures(t *testing.T) {
	for status, kind := range map[int]connector.Kind{301: connector.Unavailable, 401: connector.Denied, 404: connector.NotFound, 429: connector.Limited, 500: connector.Unavailable} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		s := service(t, documents.Deps{Setting: setting(t, "memory"), Web: web(t, egress.Policy{})})
		_, err := s.Open(t.Context(), connector.Document{Type: "external", URL: srv.URL})
		if e := documentstest.WantKind(t, err, kind); status != 301 && (e.Status != status || !strings.Contains(e.Message, fmt.Sprint(status))) {
			t.Errorf("%d: %+v", status, e)
		}
		srv.Close()
	}
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	}))
	t.Cleanup(cut.Close)
	s := service(t, documents.Deps{Setting: setting(t, "memory"), Web: web(t, egress.Policy{})})
	c, err := s.Open(t.Context(), connector.Document{Type: "external", URL: cut.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(c.Body)
	_ = c.Body.Close()
	documentstest.WantKind(t, err, connector.Unavailable)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = s.Open(ctx, connector.Document{Type: "external", URL: cut.URL + "/slow"})
	documentstest.WantKind(t, err, connector.Timeout)
}

func TestExternalStreams(t *testing.T) {
	const size = 100 << 20
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(struct{ io.Writer }{w}, documentstest.Pattern(size))
	}))
	t.Cleanup(srv.Close)
	s := service(t, documents.Deps{Setting: setting(t, "memory"), Web: web(t, egress.Policy{})})
	grown := runtest.Heap(t)
	c, err := s.Open(t.Context(), connector.Document{Type: "external", URL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, c.Body)
	_ = c.Body.Close()
	if g := grown(); n != size || err != nil || g > 16<<20 {
		t.Errorf("%d bytes, %v, the heap grew by %d", n, err, g)
	}
}

func TestInlineDocuments(t *testing.T) {
	s := service(t, documents.Deps{Setting: setting(t, "memory")})
	for _, tc := range []struct {
		reason, content, name, contentType string
		want                               string
	}{
		{"type by name", "<a/>", "n.svg", "", "image/svg+xml"},
		{"type that is given", "x", "n.svg", "text/plain", "text/plain"},
		{"a blank type is none", "x", "n.CSV", " ", "text/csv"},
		{"no name", "x", "", "", "application/octet-stream"},
		{"a blank name is none", "Grüße 世界", "  ", "", "application/octet-stream"},
		{"no content is content", "", "e.txt", "", "text/plain"},
	} {
		got, c := documentstest.Get(t, s, connector.Document{Type: "inline", Content: &tc.content, Name: tc.name, ContentType: tc.contentType})
		if got != tc.content || c.Size != int64(len(tc.content)) || c.ContentType != tc.want {
			t.Errorf("%s: %q, %+v", tc.reason, got, c)
		}
		if blank := strings.TrimSpace(tc.name) == ""; blank && len(c.Name) != 36 || !blank && c.Name != tc.name {
			t.Errorf("%s: named %q", tc.reason, c.Name)
		}
	}
	_, err := s.Open(t.Context(), connector.Document{Type: "inline", Name: "n"})
	if e := documentstest.WantKind(t, err, connector.Invalid); e.Message != "Inline document content must not be null" {
		t.Error(e)
	}
}

// Answers of java.net.URLConnection.
func TestTypesOfNames(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt": "text/plain", "a.json": "application/json", "a.csv": "text/csv", "a.md": "text/markdown", "a.pdf": "application/pdf",
		"a.png": "image/png", "a.jpg": "image/jpeg", "a.svg": "image/svg+xml", "a.webp": "image/webp", "a.zip": "application/zip",
		"a.tar.gz": "application/gzip", "A.TXT": "text/plain", ".txt": "text/plain", `a\b.txt`: "text/plain", "#.txt": "text/plain", "a.js": "text/javascript", "a.c++": "text/plain",
		"a.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"a.yaml": "", "a.log": "", "a.eml": "", "a.parquet": "", "a.ico": "", "": "", "txt": "", "a.": "", "a.txt ": "", "a.php text": "", "d.txt/a": "", "a.txt#b": "", "x.svg#": "", "a.txt?x": "", "a. ": "", "a.gz zip": "",
	} {
		if want == "" {
			want = "application/octet-stream"
		}
		if got := documents.TypeOfName(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
