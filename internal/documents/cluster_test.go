package documents_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
	"github.com/fairlead-io/fairlead/internal/egress"
)

// Requests and references as Camunda's own runtime and its clusters make them.
func TestClusterRequests(t *testing.T) {
	c := documentstest.NewCluster(t)
	d := cluster(t, c)
	ref := documentstest.Put(t, d, connector.NewDocument{Name: "k.txt", ContentType: "text/plain", Size: 5}, "hello")
	raw, err := json.Marshal(ref)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"camunda.document.type":"camunda","storeId":"in-memory","documentId":"created-1","contentHash":"` + documentstest.Sum("hello") + `","metadata":{"contentType":"text/plain","size":5,"fileName":"k.txt"}}`
	if string(raw) != want {
		t.Errorf("reference\n%s\nwant\n%s", raw, want)
	}
	documentstest.Get(t, d, ref)
	ref.StoreID = ""
	documentstest.Get(t, d, ref)
	for _, ttl := range []time.Duration{0, 90 * time.Minute, time.Microsecond} {
		if link, err := d.Link(t.Context(), ref, ttl); err != nil || link != "http://docs.invalid/created-1" {
			t.Errorf("link %q, %v", link, err)
		}
	}
	ref.StoreID = "in memory"
	if err := d.Delete(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	sum := documentstest.Sum("hello")
	type seen struct{ Method, Path, Query, Metadata, PartType, Body string }
	var got []seen
	for _, e := range c.Exchanges() {
		got = append(got, seen{e.Method, e.Path, e.Query, e.Metadata, e.PartType, e.Body})
	}
	if d := cmp.Diff([]seen{
		{"POST", "/v2/documents", "", `{"contentType":"text/plain","fileName":"k.txt","customProperties":{}}`, "application/octet-stream", ""},
		{"GET", "/v2/documents/created-1", "storeId=in-memory&contentHash=" + sum, "", "", ""},
		{"GET", "/v2/documents/created-1", "contentHash=" + sum, "", "", ""},
		{"POST", "/v2/documents/created-1/links", "contentHash=" + sum, "", "", "{}"},
		{"POST", "/v2/documents/created-1/links", "contentHash=" + sum, "", "", `{"timeToLive":5400000}`},
		{"POST", "/v2/documents/created-1/links", "contentHash=" + sum, "", "", `{"timeToLive":1}`},
		{"DELETE", "/v2/documents/created-1", "storeId=in+memory", "", "", ""},
	}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestClusterUploadsInOnePiece(t *testing.T) {
	c := documentstest.NewCluster(t)
	d, err := documents.NewCluster(documents.ClusterConfig{Base: c.URL, HTTP: web(t, egress.Policy{}), StoreID: "my store", Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	documentstest.Put(t, d, connector.NewDocument{Name: "a\"b\r\n.txt", Size: 5}, "hello")
	documentstest.Put(t, d, connector.NewDocument{Name: "b", Size: -1}, "hello")
	got := c.Exchanges()
	if got[0].ContentLength <= 5 || got[1].ContentLength != -1 {
		t.Errorf("content lengths %d, %d", got[0].ContentLength, got[1].ContentLength)
	}
	if got[0].Query != "storeId=my+store" || got[0].Disposition != `form-data; name="file"; filename="a%22b%0D%0A.txt"` {
		t.Errorf("%+v", got[0])
	}
}

func TestClusterOf86(t *testing.T) {
	c := documentstest.NewCluster(t)
	c.AnswerAs86()
	d := cluster(t, c)
	ref := documentstest.Put(t, d, connector.NewDocument{Name: "k", Size: -1}, "hello")
	if ref.Type != "camunda" || ref.ContentHash != "" || ref.DocumentID != "created-1" || *ref.Metadata.Size != 5 {
		t.Errorf("%+v", ref)
	}
	documentstest.Get(t, d, ref)
	if q := c.Exchanges()[1].Query; q != "storeId=in-memory" {
		t.Errorf("asked with %q", q)
	}
}

func TestClusterReferences(t *testing.T) {
	size, at := int64(7), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		reason, body string
		want         connector.Document
	}{
		{
			"numbers for keys, times with an offset, unknown members", `{"storeId":"s","documentId":12,"more":{},"metadata":{"size":7,"processInstanceKey":2251799813685249,"expiresAt":"2026-06-01T02:00:00+02:00","x":1}}`,
			connector.Document{Type: "camunda", StoreID: "s", DocumentID: "12", Metadata: &connector.DocumentMetadata{Size: &size, ProcessInstanceKey: "2251799813685249", ExpiresAt: &at}},
		},
		{"nulls", `{"storeId":null,"documentId":"d","contentHash":null,"metadata":null}`, connector.Document{Type: "camunda", DocumentID: "d"}},
		{"empty metadata stays", `{"documentId":"d","metadata":{"customProperties":{},"size":null}}`, connector.Document{Type: "camunda", DocumentID: "d", Metadata: &connector.DocumentMetadata{}}},
		{"things of other types", `{"documentId":"d","storeId":{},"metadata":{"fileName":[1],"expiresAt":"soon"}}`, connector.Document{Type: "camunda", DocumentID: "d", Metadata: &connector.DocumentMetadata{}}},
	} {
		c := documentstest.NewCluster(t)
		c.Script(answer(201, "application/json", tc.body))
		got := documentstest.Put(t, cluster(t, c), connector.NewDocument{Size: 1}, "x")
		if got.Metadata != nil && got.Metadata.ExpiresAt != nil {
			*got.Metadata.ExpiresAt = got.Metadata.ExpiresAt.UTC()
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", tc.reason, d)
		}
	}
}

// answer reads the request whole and then answers.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// calls are all that can be asked of a cluster.
func calls(d connector.Documents) map[string]func(context.Context) error {
	ref := connector.Document{Type: "camunda", StoreID: "in-memory", DocumentID: "doc"}
	return map[string]func(context.Context) error{
		"open": func(ctx context.Context) error {
			c, err := d.Open(ctx, ref)
			if err == nil {
				_ = c.Body.Close()
			}
			return err
		},
		"create": func(ctx context.Context) error {
			_, err := d.Create(ctx, connector.NewDocument{Name: "doc", Size: 5}, strings.NewReader("hello"))
			return err
		},
		"link":   func(ctx context.Context) error { _, err := d.Link(ctx, ref, 0); return err },
		"delete": func(ctx context.Context) error { return d.Delete(ctx, ref) },
	}
}

func TestClusterFailures(t *testing.T) {
	const problem = `{"type":"about:blank","title":"scripted","status":%d,"detail":"the store refused","instance":"/v2/documents"}`
	for _, tc := range []struct {
		reason       string
		status       int
		kind         connector.Kind
		contentType  string
		body, detail string
	}{
		{"bad request", 400, connector.Invalid, "application/problem+json", problem, "the store refused"},
		{"not signed in", 401, connector.Denied, "application/problem+json", problem, "the store refused"},
		{"not allowed", 403, connector.Denied, "application/problem+json", problem, "the store refused"},
		{"not there", 404, connector.NotFound, "application/problem+json", problem, "the store refused"},
		{"there already", 409, connector.Conflict, "application/problem+json", problem, "the store refused"},
		{"too large", 413, connector.Invalid, "application/problem+json", problem, "the store refused"},
		{"too much", 429, connector.Limited, "application/problem+json", problem, "the store refused"},
		{"broken", 500, connector.Unavailable, "application/problem+json", problem, "the store refused"},
		{"away", 503, connector.Unavailable, "application/problem+json", problem, "the store refused"},
		{"a proxy's time-out", 504, connector.Timeout, "application/problem+json", problem, "the store refused"},
		{"a server that knows no such path", 404, connector.NotFound, "application/json", `{"timestamp":"2026-01-01","status":%d,"error":"Not Found","message":"No endpoint","path":"/v2/documents"}`, "No endpoint"},
		{"a proxy's page", 502, connector.Unavailable, "text/html", "<html>\n<b>Bad   Gateway</b>\xff %d</html>", "<html> <b>Bad Gateway</b>? 502</html>"},
		{"nothing", 500, connector.Unavailable, "", "", ""},
		{"a redirect", 307, connector.Unavailable, "text/plain", "", ""},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			c := documentstest.NewCluster(t)
			for name, call := range calls(cluster(t, c)) {
				body := tc.body
				if strings.Contains(body, "%d") {
					body = fmt.Sprintf(body, tc.status)
				}
				c.Script(answer(tc.status, tc.contentType, body))
				if tc.status == 429 || tc.status == 503 { // asked once more
					c.Script(answer(tc.status, tc.contentType, body))
				}
				err := call(t.Context())
				e := documentstest.WantKind(t, err, tc.kind)
				p, ok := errors.AsType[*documents.Problem](err)
				if !ok || p.Code != tc.status || p.Status != tc.status || p.Detail != tc.detail || e.Status != tc.status || e.Fix == "" || e.Operation == "" {
					t.Errorf("%s: %+v, %+v", name, e, p)
				}
			}
		})
	}
}

func TestClusterTooLarge(t *testing.T) {
	const limit = 10 << 20
	for _, tc := range []struct {
		reason string
		size   int64
		told   int64
	}{
		{"size known: refused before it is read", 100 << 20, 100 << 20},
		{"size not known: refused while it is read", 100 << 20, -1},
		{"just too large", limit, limit},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			c := documentstest.NewCluster(t)
			c.SetLimit(limit)
			_, err := cluster(t, c).Create(t.Context(), connector.NewDocument{Name: "big.bin", Size: tc.told}, documentstest.Pattern(tc.size))
			e := documentstest.WantKind(t, err, connector.Invalid)
			if e.Status != 413 || !strings.Contains(e.Message, `"big.bin" is larger than the cluster takes`) || !strings.Contains(e.Fix, "MAX_REQUEST_SIZE") || c.Count() != 0 {
				t.Errorf("%+v", e)
			}
		})
	}
}

// hijack takes the connection, writes what is given and closes it.
func hijack(t *testing.T, read int64, text string) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, read)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

func TestClusterCutsOff(t *testing.T) {
	c := documentstest.NewCluster(t)
	d := cluster(t, c)
	for name, call := range calls(d) {
		c.Script(hijack(t, 0, ""))
		documentstest.WantKind(t, call(t.Context()), connector.Unavailable)
		if name == "open" || name == "delete" {
			continue
		}
		c.Script(hijack(t, 0, "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"documentId\":"))
		documentstest.WantKind(t, call(t.Context()), connector.Unavailable)
		c.Script(answer(201, "text/html", "<p>welcome</p>"))
		documentstest.WantKind(t, call(t.Context()), connector.Unavailable)
		c.Script(answer(201, "application/json", "{}"))
		documentstest.WantKind(t, call(t.Context()), connector.Unavailable)
	}
	for _, head := range []string{"Content-Length: 100\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"} {
		c.Script(hijack(t, 0, "HTTP/1.1 200 OK\r\n"+head))
		got, err := d.Open(t.Context(), connector.Document{Type: "camunda", DocumentID: "doc"})
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if documentstest.WantKind(t, err, connector.Unavailable); string(b) != "half" {
			t.Errorf("%q", b)
		}
	}
	// In the middle of an upload; after some megabytes the limit is the likely reason.
	c.Script(hijack(t, 6<<20, ""))
	_, err := d.Create(t.Context(), connector.NewDocument{Name: "big", Size: 64 << 20}, documentstest.Pattern(64<<20))
	if e := documentstest.WantKind(t, err, connector.Unavailable); !strings.Contains(e.Message, "bytes of a document") || !strings.Contains(e.Fix, "MAX_REQUEST_SIZE") {
		t.Errorf("%+v", e)
	}
}

func TestClusterIsSlow(t *testing.T) {
	c := documentstest.NewCluster(t)
	d := cluster(t, c)
	for name, call := range calls(d) {
		done := make(chan struct{})
		c.Script(func(http.ResponseWriter, *http.Request) { <-done })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := call(ctx)
		cancel()
		close(done)
		if e := documentstest.WantKind(t, err, connector.Timeout); e.Fix == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	// A client's own limit is for answers, not for contents.
	client := *web(t, egress.Policy{})
	client.Timeout = time.Millisecond
	patient, err := documents.NewCluster(documents.ClusterConfig{Base: c.URL, HTTP: &client, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	c.Script(func(w http.ResponseWriter, _ *http.Request) {
		for range 5 {
			_, _ = io.WriteString(w, "slow ")
			_ = http.NewResponseController(w).Flush()
			<-time.After(10 * time.Millisecond)
		}
	})
	if got, _ := documentstest.Get(t, patient, connector.Document{Type: "camunda", DocumentID: "doc"}); got != "slow slow slow slow slow " {
		t.Errorf("%q", got)
	}
}

// A server that remarks something before its answer still gets all of the body.
func TestClusterRemarksBeforeItsAnswer(t *testing.T) {
	c := documentstest.NewCluster(t)
	c.Script(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 1000)
		w.WriteHeader(http.StatusEarlyHints)
		n, err := io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"documentId":"%d %v"}`, n, err)
	})
	ref := documentstest.Put(t, cluster(t, c), connector.NewDocument{Name: "n", Size: 32 << 20}, strings.Repeat("x", 32<<20))
	if !strings.HasSuffix(ref.DocumentID, " <nil>") {
		t.Errorf("the body broke off: %s", ref.DocumentID)
	}
}

func TestClusterAddresses(t *testing.T) {
	client := web(t, egress.Policy{})
	for _, base := range []string{"", "localhost:8080", "ftp://h", "http://", "http://h/?x=1", "http://h/#f", "http://h\x01/"} {
		_, err := documents.NewCluster(documents.ClusterConfig{Base: base, HTTP: client})
		if e := documentstest.WantKind(t, err, connector.Invalid); e.Fix == "" {
			t.Errorf("%q: %+v", base, e)
		}
	}
	c := documentstest.NewCluster(t)
	for id, path := range map[string]string{"a/b c?d": "/v2/documents/a/b c?d", "..": "/v2/documents/..", "x%2F": "/v2/documents/x%2F"} {
		c.Script(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/cluster"+path {
				t.Errorf("%q was asked for as %q", id, r.URL.Path)
			}
		})
		d, err := documents.NewCluster(documents.ClusterConfig{Base: c.URL + "/cluster/", HTTP: client})
		if err != nil {
			t.Fatal(err)
		}
		documentstest.Get(t, d, connector.Document{Type: "camunda", DocumentID: id})
	}
}

// Texts of failures as Camunda's runtimes gave them.
func TestRecordedProblems(t *testing.T) {
	dir := os.Getenv("FAIRLEAD_TEST_DATA")
	raw, err := os.ReadFile(filepath.Join(dir, "camunda", "recordings.json"))
	if dir == "" || err != nil {
		fmt.Println("SKIPPED: camunda/recordings.json")
		return
	}
	var cases []struct {
		ID       string `json:"id"`
		Fails    int    `json:"documentStoreFails"`
		Observed []struct {
			Outcome struct {
				Variables struct {
					Error json.RawMessage `json:"error"`
				} `json:"variables"`
			} `json:"outcome"`
		} `json:"observed"`
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, rec := range cases {
		for _, o := range rec.Observed {
			var e struct{ Message string }
			if json.Unmarshal(o.Outcome.Variables.Error, &e) == nil && strings.HasPrefix(e.Message, "Failed with code") {
				compared++
				if got := playProblem(t, rec.ID, rec.Fails); got != e.Message {
					t.Errorf("%s: got\n%s\nrecorded\n%s", rec.ID, got, e.Message)
				}
			}
		}
	}
	if compared < 5 {
		t.Errorf("%d texts compared", compared)
	}
}

func playProblem(t *testing.T, id string, fails int) string {
	t.Helper()
	c := documentstest.NewCluster(t)
	d := cluster(t, c)
	var err error
	if fails != 0 {
		for range 2 { // a refusal for now is asked again, once
			c.Script(func(w http.ResponseWriter, r *http.Request) {
				documentstest.Refuse(w, r, fails, "scripted", "the document store refused")
			})
		}
		_, err = d.Create(t.Context(), connector.NewDocument{Name: "k.txt", Size: 1}, strings.NewReader("x"))
	} else {
		_, err = d.Open(t.Context(), connector.Document{Type: "camunda", StoreID: "in-memory", DocumentID: "a/b c?d"})
	}
	p, ok := errors.AsType[*documents.Problem](err)
	if !ok {
		t.Errorf("%s: %v", id, err)
		return ""
	}
	return p.ExceptionText()
}

func TestProblemText(t *testing.T) {
	p := &documents.Problem{Code: 404, Status: 404, Detail: "line 1\nline 2"}
	want := "Failed with code 404: ''. Details: 'class ProblemDetail {\n    type: null\n    title: null\n    status: 404\n    detail: line 1\n    line 2\n    instance: null\n}'"
	if got := p.ExceptionText(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := p.Error(); got != "404 Not Found: line 1\nline 2" {
		t.Error(got)
	}
}
