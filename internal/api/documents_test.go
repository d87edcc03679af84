package api_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/store"
)

// documents are kept in memory, behind links that are signed with the keys of
// the bench.
func (b *bench) documents(t *testing.T) *documents.Service {
	t.Helper()
	s, err := documents.New(documents.Deps{
		Setting: documents.Setting{Kind: documents.KindMemory}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Links: &documents.Links{
			Base: func() string { return "http://fairlead.invalid" },
			Sign: func(ctx context.Context, message []byte) (string, error) {
				return b.Keys.Fingerprint(ctx, store.DefaultTenant, message)
			},
		},
	})
	must(t, err)
	return s
}

// link stores a document and gives the path of a link to it.
func (b *bench) link(t *testing.T, name, content string, ttl time.Duration) string {
	t.Helper()
	ref, err := b.docs.Create(t.Context(), connector.NewDocument{Name: name, ContentType: "text/html", Size: -1}, strings.NewReader(content))
	must(t, err)
	link, err := b.docs.Link(t.Context(), ref, ttl)
	must(t, err)
	path, found := strings.CutPrefix(link, "http://fairlead.invalid")
	if !found {
		t.Fatal(link)
	}
	return path
}

func TestDocumentsByLink(t *testing.T) {
	b := open(t)
	path := b.link(t, "dir/offer <1>.html", "<script>", time.Hour)
	r := b.call(t, "", "GET", path, nil)
	r.is(t, 200)
	for name, want := range map[string]string{
		"Content-Type": "text/html", "Content-Length": "8", "Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store",
	} {
		if r.header.Get(name) != want {
			t.Errorf("%s is %q", name, r.header.Get(name))
		}
	}
	if d := r.header.Get("Content-Disposition"); string(r.body) != "<script>" || !strings.HasPrefix(d, "attachment") || !strings.Contains(d, "offer _1_.html") {
		t.Errorf("%s, %s", r.body, d)
	}
	if strings.Contains(b.Logs.String(), "sig=") {
		t.Error("the log holds the signature")
	}
	u, err := url.Parse(path)
	must(t, err)
	for reason, change := range map[string]func(url.Values){
		"longer":       func(q url.Values) { q.Set("exp", q.Get("exp")+"0") },
		"no signature": func(q url.Values) { q.Del("sig") },
		"nothing":      func(q url.Values) { clear(q) },
	} {
		q := u.Query()
		change(q)
		b.call(t, "", "GET", u.Path+"?"+q.Encode(), nil).problem(t, 403, "Denied")
		// Rights of other kinds do not help.
		if p := b.call(t, b.owner, "GET", u.Path+"?"+q.Encode(), nil).problem(t, 403, "Denied"); p["detail"] == "" {
			t.Errorf("%s: %v", reason, p)
		}
	}
	b.call(t, "", "POST", path, "x").is(t, 405)
}

func TestDocumentsByLinkWhereThereAreNone(t *testing.T) {
	b := open(t, func(d *api.Deps) { d.Documents = nil })
	b.call(t, "", "GET", "/api/v1/documents/x/content?store=fairlead&exp=1&sig=x", nil).problem(t, 404, "NotFound")
}

// breaking gives documents that end in the middle.
type breaking struct{ size int64 }

func (b breaking) OpenLinked(context.Context, documents.Linked) (*connector.DocumentContent, error) {
	return &connector.DocumentContent{Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), errorReader{})), Size: b.size}, nil
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, fmt.Errorf("disk on fire") }

func TestDocumentsThatBreakOffAreNotTakenForWhole(t *testing.T) {
	for _, size := range []int64{-1, 4, 100} {
		b := open(t, func(d *api.Deps) { d.Documents = breaking{size} })
		srv := httptest.NewServer(b.api)
		t.Cleanup(srv.Close)
		req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/api/v1/documents/x/content?store=s&exp=1&sig=x", nil)
		must(t, err)
		res, err := srv.Client().Do(req)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
		if err == nil && size != 4 {
			t.Errorf("size %d: nothing tells that it broke off", size)
		}
		if !strings.Contains(b.Logs.String(), "disk on fire") {
			t.Errorf("size %d: the log does not say why", size)
		}
	}
}
