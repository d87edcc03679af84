package camundas3

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/internal/store"
)

type in = map[string]any

// bench is the whole path over a real S3 server in this process, which stands
// behind a door that can misbehave.
type bench struct {
	*runtest.Bench
	pool  *pool
	sim   *s3sim.Server
	sdk   *awss3.Client
	door  *door
	files connector.Files
	env   map[string]string
}

func newBench(t testing.TB, adjust ...func(*s3sim.Options)) *bench {
	t.Helper()
	b := &bench{pool: newPool(50*time.Millisecond, mostClients), env: map[string]string{"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}}
	b.start(t, adjust...)
	b.Bench = runtest.New(t, b.options(t))
	b.files = b.Service.Files(b.Owner, "")
	return b
}

func (b *bench) start(t testing.TB, adjust ...func(*s3sim.Options)) {
	t.Helper()
	o := s3sim.Options{Dir: t.TempDir()}
	for _, f := range adjust {
		f(&o)
	}
	sim, err := s3sim.Start(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	b.sim, b.door = sim, openDoor(t, sim.Endpoint())
	endpoint := sim.Endpoint()
	b.sdk = awss3.New(awss3.Options{
		Region: sim.Region(), BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(sim.AccessKey(), sim.SecretKey(), ""), HTTPClient: client0(t),
	})
	bucket := "bkt"
	_, err = b.sdk.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &bucket})
	must(t, err)
}

func client0(t testing.TB) *http.Client {
	t.Helper()
	c, err := egress.New(egress.Policy{}).Client(connector.HTTPOptions{})
	must(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func (b *bench) options(t testing.TB) runtest.Options {
	return runtest.Options{
		Integrations: []*connector.Integration{integration(b.pool)}, Files: realFiles(t),
		LookupEnv: func(name string) (string, bool) { v, ok := b.env[name]; return v, ok },
	}
}

func realFiles(t testing.TB) func(*store.Store, string) func(authz.Actor, string) connector.Files {
	return func(st *store.Store, dir string) func(authz.Actor, string) connector.Files {
		blobs, err := files.OpenLocal(filepath.Join(dir, "files"))
		must(t, err)
		t.Cleanup(func() { must(t, blobs.Close()) })
		svc := files.New(files.Config{Blobs: blobs, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		return func(a authz.Actor, runID string) connector.Files {
			return svc.For(files.Owner{Tenant: store.DefaultTenant, Actor: "tester", RunID: runID})
		}
	}
}

// access are the parameters that lead to the door.
func (b *bench) access(more in) in {
	out := in{"accessKey": b.sim.AccessKey(), "secretKey": b.sim.SecretKey(), "region": b.sim.Region(), "endpoint": b.door.URL, "bucket": "bkt"}
	for k, v := range more {
		out[k] = v
		if v == nil {
			delete(out, k)
		}
	}
	return out
}

func (b *bench) put(t testing.TB, key, contentType, body string) {
	t.Helper()
	bucket := "bkt"
	req := &awss3.PutObjectInput{Bucket: &bucket, Key: &key, Body: stringReader(body)}
	if contentType != "" {
		req.ContentType = &contentType
	}
	_, err := b.sdk.PutObject(t.Context(), req)
	must(t, err)
}

// object gives the content and the type of an object; absent says so.
func (b *bench) object(t testing.TB, key string) (body, contentType string) {
	t.Helper()
	bucket := "bkt"
	o, err := b.sdk.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "absent", ""
	}
	defer o.Body.Close()
	raw, err := io.ReadAll(o.Body)
	must(t, err)
	return string(raw), *o.ContentType
}

func (b *bench) store(t testing.TB, name, content string) string {
	t.Helper()
	w, err := b.files.Create(t.Context(), connector.NewFile{Name: name})
	must(t, err)
	_, err = io.WriteString(w, content)
	must(t, err)
	info, err := w.Commit(t.Context())
	must(t, err)
	return strconv.FormatInt(info.ID, 10)
}

// do runs a command; with documents as a job does.
func (b *bench) do(t testing.TB, command string, input in, docs connector.Documents) *run.Record {
	t.Helper()
	raw, err := json.Marshal(input)
	must(t, err)
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "camunda-aws-s3", Command: command, Input: raw, Origin: "test", Documents: docs})
	must(t, err)
	return rec
}

// ok runs a command that succeeds and reads its raw data.
func ok[Out any](t testing.TB, b *bench, command string, input in, docs connector.Documents) Out {
	t.Helper()
	rec := b.do(t, command, input, docs)
	if rec.Error != nil {
		t.Fatalf("%s: %s", command, rec.Error.Line())
	}
	var out Out
	raw, err := json.Marshal(rec.RawData)
	must(t, err)
	must(t, json.Unmarshal(raw, &out))
	return out
}

// fails runs a command that does not, and gives its error and failure.
func (b *bench) fails(t testing.TB, command string, input in, docs connector.Documents) (*run.ErrorView, *Failure) {
	t.Helper()
	rec := b.do(t, command, input, docs)
	if rec.Error == nil {
		raw, _ := json.Marshal(rec.RawData)
		t.Fatalf("%s succeeded: %s", command, raw)
	}
	if rec.Error.Fix == "" && rec.Error.Kind != connector.Canceled {
		t.Errorf("no fix: %s", rec.Error.Message)
	}
	f, _ := errors.AsType[*Failure](rec.Error.Cause)
	return rec.Error, f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// door stands before the S3 server: it answers as it was told, then lets
// requests through.
type door struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc
	log     []string
}

func openDoor(t testing.TB, target string) *door {
	t.Helper()
	u, err := url.Parse(target)
	must(t, err)
	c := client0(t)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = u.Scheme, u.Host, r.In.Host
		},
		Transport: c.Transport, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	d := &door{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := d.next(r); h != nil {
			h(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *door) next(r *http.Request) http.HandlerFunc {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = append(d.log, r.Method+" "+r.URL.EscapedPath())
	if len(d.answers) == 0 {
		return nil
	}
	h := d.answers[0]
	d.answers = d.answers[1:]
	return h
}

// script sets the next answers.
func (d *door) script(times int, h http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers, d.log = nil, nil
	for range times {
		d.answers = append(d.answers, h)
	}
}

func (d *door) requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string{}, d.log...)
}

// refusal answers with an error of S3's protocol.
func refusal(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the sender may be in the middle of it
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Amz-Request-Id", "REQ1")
		w.Header().Set("X-Amz-Id-2", "HOST1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>"+message+"</Message></Error>")
	}
}

// cut closes the connection without an answer.
func cut(w http.ResponseWriter, _ *http.Request) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

// shelf is a store of documents.
type shelf struct {
	mu     sync.Mutex
	held   map[string]string
	opened int
	made   []connector.NewDocument
	fail   error
}

// Open implements connector.Documents.
func (s *shelf) Open(_ context.Context, d connector.Document) (*connector.DocumentContent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	if s.fail != nil {
		return nil, s.fail
	}
	text, ok := s.held[d.DocumentID]
	if d.Content != nil {
		text, ok = *d.Content, true
	}
	if !ok {
		return nil, &connector.Error{Kind: connector.NotFound, Message: "There is no document " + d.DocumentID + ".", Fix: "Store it."}
	}
	return &connector.DocumentContent{Body: io.NopCloser(stringReader(text)), Size: int64(len(text)), ContentType: "text/x-shelf", Name: "shelf.txt"}, nil
}

// Create implements connector.Documents.
func (s *shelf) Create(_ context.Context, n connector.NewDocument, content io.Reader) (connector.Document, error) {
	if s.fail != nil {
		return connector.Document{}, s.fail
	}
	raw, err := io.ReadAll(content)
	if err != nil {
		return connector.Document{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := "made-" + strconv.Itoa(len(s.made))
	s.made, s.held[id] = append(s.made, n), string(raw)
	size := int64(len(raw))
	return connector.Document{Type: connector.ClusterDocument, StoreID: "shelf", DocumentID: id, Metadata: &connector.DocumentMetadata{ContentType: n.ContentType, FileName: n.Name, Size: &size}}, nil
}

// Link implements connector.Documents.
func (s *shelf) Link(context.Context, connector.Document, time.Duration) (string, error) {
	return "", errors.New("a shelf has no links")
}

// Delete implements connector.Documents.
func (s *shelf) Delete(context.Context, connector.Document) error {
	return errors.New("a shelf keeps everything")
}

func stringReader(s string) *strings.Reader { return strings.NewReader(s) }

// reference is a document of the shelf.
func reference0(id string, size any) in {
	meta := in{"contentType": "text/plain", "fileName": id + ".txt"}
	if size != nil {
		meta["size"] = size
	}
	return in{"camunda.document.type": "camunda", "storeId": "shelf", "documentId": id, "metadata": meta}
}
