package s3job

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/camundas3"
	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/intrinsic"
	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/test/camunda/recorded"
)

const (
	rootKey    = "AKIATESTROOT"
	rootSecret = "test-root-secret"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is what stands around a function: the run path over a real S3 server
// behind a door that can misbehave, a cluster's documents, and a web server.
type world struct {
	bench *runtest.Bench
	sim   *s3sim.Server
	sdk   *awss3.Client
	s3    *door
	docs  *cluster
	web   *httptest.Server
	store *documents.Service
	mu    sync.Mutex
	env   map[string]string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{docs: &cluster{}}
	sim, err := s3sim.Start(t.Context(), s3sim.Options{Dir: t.TempDir(), AccessKey: rootKey, SecretKey: rootSecret})
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	out := egress.New(egress.Policy{})
	t.Cleanup(out.Close)
	client, err := out.Client(connector.HTTPOptions{})
	must(t, err)
	endpoint := sim.Endpoint()
	w.sim, w.s3 = sim, openDoor(t, endpoint, client.Transport)
	w.sdk = awss3.New(awss3.Options{
		Region: sim.Region(), BaseEndpoint: &endpoint, UsePathStyle: true, HTTPClient: client,
		Credentials: credentials.NewStaticCredentialsProvider(rootKey, rootSecret, ""),
	})
	docServer := httptest.NewServer(w.docs)
	t.Cleanup(docServer.Close)
	w.web = httptest.NewServer(http.HandlerFunc(answerWeb))
	t.Cleanup(w.web.Close)
	c, err := documents.NewCluster(documents.ClusterConfig{Base: docServer.URL, HTTP: client, Now: time.Now})
	must(t, err)
	w.store, err = documents.New(documents.Deps{Cluster: c, Web: client, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, w.store.Close()) })
	w.bench = runtest.New(t, runtest.Options{Integrations: []*connector.Integration{camundas3.Integration()}, LookupEnv: w.lookup})
	w.profile("default")
	return w
}

func answerWeb(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/json":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":1,"b":"two","c":[1,2,3],"d":{"e":null,"f":true},"g":12345678901234567890,"h":1.50}`)
	case "/text":
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "just text")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// profile sets the environment of a recording.
func (w *world) profile(name string) {
	env := map[string]string{
		"AWS_ENDPOINT_URL_S3": w.s3.URL, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
	}
	switch name {
	case "saas":
		env[saasVariable] = "true"
	case "refused":
		env["AWS_ENDPOINT_URL_S3"] = "http://127.0.0.1:9"
	}
	if name != "nocreds" {
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = rootKey, rootSecret
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.env = env
}

func (w *world) lookup(name string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.env[name]
	return v, ok
}

// call calls the function as the worker does.
func (w *world) call(t testing.TB, v compat.Version, variables []byte, o Options) (json.RawMessage, *job.Fault) {
	t.Helper()
	functions := intrinsic.New(intrinsic.Deps{Documents: w.store, Engine: feel.New(), Compat: v})
	raw, err := New(o, w.lookup).Call(t.Context(), job.Invocation{
		Job: job.Job{Key: 1, Retries: 3, Variables: variables}, Variables: variables, Compat: v, Documents: w.store, Intrinsic: functions.Evaluate,
		Run: func(ctx context.Context, req run.Request) (*run.Record, error) {
			req.Origin, req.Documents = "worker", w.store
			return w.bench.Run(ctx, w.bench.Owner, req)
		},
	})
	if err == nil {
		return raw, nil
	}
	var f *job.Fault
	if !errors.As(err, &f) {
		t.Fatalf("%T is no fault: %v", err, err)
	}
	return nil, f
}

// empty removes all buckets.
func (w *world) empty(t testing.TB) {
	t.Helper()
	list, err := w.sdk.ListBuckets(t.Context(), &awss3.ListBucketsInput{})
	must(t, err)
	for _, b := range list.Buckets {
		for _, o := range w.objects(t, *b.Name) {
			_, err := w.sdk.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: b.Name, Key: &o})
			must(t, err)
		}
		_, err := w.sdk.DeleteBucket(t.Context(), &awss3.DeleteBucketInput{Bucket: b.Name})
		must(t, err)
	}
}

func (w *world) objects(t testing.TB, bucket string) []string {
	t.Helper()
	list, err := w.sdk.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: &bucket})
	must(t, err)
	var keys []string
	for _, o := range list.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func (w *world) fill(t testing.TB, before []bucketState) {
	t.Helper()
	for _, b := range before {
		_, err := w.sdk.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &b.Bucket})
		must(t, err)
		for _, o := range b.Objects {
			req := &awss3.PutObjectInput{Bucket: &b.Bucket, Key: &o.Key, Body: bytes.NewReader(o.Content.bytes())}
			if o.ContentType != "" {
				req.ContentType = &o.ContentType
			}
			_, err := w.sdk.PutObject(t.Context(), req)
			must(t, err)
		}
	}
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// door stands before the S3 server: it notes what comes, answers from a script,
// then lets requests through.
type door struct {
	*httptest.Server
	mu     sync.Mutex
	script []answer
	seen   []string
}

func openDoor(t testing.TB, target string, transport http.RoundTripper) *door {
	t.Helper()
	u, err := url.Parse(target)
	must(t, err)
	d := &door{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = u.Scheme, u.Host, r.In.Host
		},
		Transport: transport, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte("cut off")
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		a := d.take(r, body)
		switch {
		case a == nil:
			proxy.ServeHTTP(w, r)
		case a.CutConnection:
			if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = c.Close()
			}
		default:
			a.write(w)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

func (a *answer) write(w http.ResponseWriter) {
	h := w.Header()
	h["Content-Type"] = nil // no guess
	for k, v := range a.Headers {
		h.Set(k, v)
	}
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body)
}

var authorization = regexp.MustCompile(`Credential=([^/]+)/\d+/([^/]*)/([^/]+)/aws4_request`)

// line is how a request is compared.
func line(method, path, contentType, hash string, signed []string) string {
	return strings.Join(append([]string{method, path, contentType, hash}, signed...), " ")
}

func (d *door) take(r *http.Request, body []byte) *answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	hash := ""
	if len(body) > 0 {
		hash = sum(recorded.Decoded(r, body))
	}
	var signed []string
	if m := authorization.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		signed = m[1:]
	}
	d.seen = append(d.seen, line(r.Method, r.URL.EscapedPath(), r.Header.Get("Content-Type"), hash, signed))
	if len(d.script) == 0 {
		return nil
	}
	a := d.script[0]
	if d.script[0].Times--; d.script[0].Times <= 0 {
		d.script = d.script[1:]
	}
	return &a
}

func (d *door) reset(script []answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.script, d.seen = append([]answer(nil), script...), nil
}

func (d *door) requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.seen...)
}

func (w *world) object(t testing.TB, bucket, key string) (body []byte, contentType string) {
	t.Helper()
	o, err := w.sdk.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: &bucket, Key: &key})
	must(t, err)
	defer o.Body.Close()
	body, err = io.ReadAll(o.Body)
	must(t, err)
	return body, *o.ContentType
}
