package documents_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/camundas3"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// s3 is a bucket of a real S3 server in this process, reached through real
// runs, with a door before it that can misbehave.
type s3 struct {
	*runtest.Bench
	sdk  *awss3.Client
	door *door
}

func newS3(t *testing.T, limits run.Limits) *s3 {
	t.Helper()
	sim, err := s3sim.Start(t.Context(), s3sim.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	endpoint, name := sim.Endpoint(), "documents"
	s := &s3{door: openDoor(t, endpoint), sdk: awss3.New(awss3.Options{
		Region: sim.Region(), BaseEndpoint: &endpoint, UsePathStyle: true, HTTPClient: web(t, egress.Policy{}),
		Credentials: credentials.NewStaticCredentialsProvider(sim.AccessKey(), sim.SecretKey(), ""),
	})}
	if _, err := s.sdk.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"AWS_ACCESS_KEY_ID": sim.AccessKey(), "AWS_SECRET_ACCESS_KEY": sim.SecretKey(), "AWS_REGION": sim.Region(), "AWS_ENDPOINT_URL_S3": s.door.URL,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
	}
	s.Bench = runtest.New(t, runtest.Options{
		Integrations: []*connector.Integration{camundas3.Integration()}, Limits: limits,
		LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	return s
}

// left counts the documents' objects.
func (s *s3) left(t *testing.T) int {
	t.Helper()
	name, prefix := "documents", "docs/"
	list, err := s.sdk.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: &name, Prefix: &prefix})
	if err != nil {
		t.Fatal(err)
	}
	return len(list.Contents)
}

func (s *s3) objects(bucket string) documents.Objects {
	return documents.NewBucket(documents.BucketConfig{Bucket: bucket, Prefix: "docs/", Run: func(ctx context.Context, req run.Request) (*run.Record, error) {
		return s.RunWithin(ctx, s.Owner, req)
	}})
}

// door stands before a server: it answers as it was told, then lets requests
// through.
type door struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc
}

func openDoor(t *testing.T, target string) *door {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = u.Scheme, u.Host, r.In.Host
		},
		Transport: web(t, egress.Policy{}).Transport, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	d := &door{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		h := http.Handler(proxy)
		if len(d.answers) > 0 {
			h = d.answers[0]
			d.answers = d.answers[1:]
		}
		d.mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *door) script(h ...http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers = append(d.answers, h...)
}

func TestBucketStore(t *testing.T) {
	documentstest.Run(t, func(t *testing.T) documentstest.Bench {
		k, s := newClock(), newS3(t, run.Limits{})
		open := func() *documents.Service {
			return service(t, documents.Deps{Setting: setting(t, "s3:documents"), Objects: s.objects("documents"), Now: k.Now, Links: links()})
		}
		d := open()
		return documentstest.Bench{
			Documents: d, Now: k.Now, Forward: k.Forward, Left: func() int { return s.left(t) }, Each: 2, Sweep: sweeps(d, open()),
		}
	})
}

// away says that S3 has no time at the moment.
func away(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
}

func TestBucketMeetsFailures(t *testing.T) {
	s := newS3(t, run.Limits{})
	d := service(t, documents.Deps{Setting: setting(t, "s3:documents"), Objects: s.objects("documents")})
	// What fits into memory is sent again, and so is what is read.
	s.door.script(away)
	ref := documentstest.Put(t, d, connector.NewDocument{Size: -1}, "small")
	s.door.script(away)
	if got, _ := documentstest.Get(t, d, ref); got != "small" {
		t.Errorf("%q", got)
	}
	// What does not is the caller's to send again.
	s.door.script(away)
	_, err := d.Create(t.Context(), connector.NewDocument{Size: 5 << 20}, documentstest.Pattern(5<<20))
	documentstest.WantKind(t, err, connector.Unavailable)
	// A bucket that is not there is no document that is not there.
	other := service(t, documents.Deps{Setting: setting(t, "s3:other"), Objects: s.objects("no-such-bucket")})
	_, err = other.Create(t.Context(), connector.NewDocument{Size: 1}, strings.NewReader("x"))
	if e := documentstest.WantKind(t, err, connector.NotFound); e.Code != "NoSuchBucket" {
		t.Errorf("%+v", e)
	}
	_, err = other.Open(t.Context(), connector.Document{Type: "camunda", StoreID: "fairlead-s3", DocumentID: ref.DocumentID})
	if e := documentstest.WantKind(t, err, connector.NotFound); e.Code != "NoSuchBucket" {
		t.Errorf("%+v", e)
	}
	if n, err := d.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
}

// cutAfter lets so many bytes of an answer through and then ends the connection.
func cutAfter(t *testing.T, target *door, n int64) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		target.Config.Handler.ServeHTTP(rec, r)
		for name, v := range rec.Header() {
			w.Header()[name] = v
		}
		w.Header().Set("Content-Length", fmt.Sprint(rec.Body.Len()))
		w.WriteHeader(rec.Code)
		_, _ = io.CopyN(w, rec.Body, n)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestBucketTakesUpADownloadThatWasCut(t *testing.T) {
	s := newS3(t, run.Limits{})
	d := service(t, documents.Deps{Setting: setting(t, "s3:documents"), Objects: s.objects("documents")})
	text := strings.Repeat("0123456789abcdef", 200_000)
	ref := documentstest.Put(t, d, connector.NewDocument{Size: int64(len(text))}, text)
	straight := func(w http.ResponseWriter, r *http.Request) { s.door.Config.Handler.ServeHTTP(w, r) }
	s.door.script(straight, cutAfter(t, s.door, 1_000_000), cutAfter(t, s.door, 500_000)) // the record, and twice the content
	if got, _ := documentstest.Get(t, d, ref); got != text {
		t.Errorf("%d bytes of %d", len(got), len(text))
	}
}

// Runs for documents stand within others: however few may go on at a time, they
// do not wait for each other.
func TestBucketTakesNoTurns(t *testing.T) {
	s := newS3(t, run.Limits{AtOnce: 1, Queue: -1})
	d := service(t, documents.Deps{Setting: setting(t, "s3:documents"), Objects: s.objects("documents")})
	source := documentstest.Put(t, d, connector.NewDocument{Size: -1}, "from one to the other")
	rec, err := s.Run(t.Context(), s.Owner, run.Request{
		Integration: "camunda-aws-s3", Command: "upload-object", Documents: d,
		Input: []byte(`{"authenticationType":"Default Credentials Chain","bucket":"documents","key":"copy","document":{"camunda.document.type":"camunda","storeId":"fairlead-s3","documentId":"` + source.DocumentID + `"}}`),
	})
	if err != nil || rec.Error != nil {
		t.Fatalf("%v, %+v", err, rec)
	}
	bucket, key := "documents", "copy"
	o, err := s.sdk.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(o.Body)
	_ = o.Body.Close()
	if string(raw) != "from one to the other" || err != nil {
		t.Errorf("%q, %v", raw, err)
	}
}

func TestBucketWithoutRuns(t *testing.T) {
	o := documents.NewBucket(documents.BucketConfig{Bucket: "b", Run: func(context.Context, run.Request) (*run.Record, error) {
		return nil, errors.New("no runs today")
	}})
	d := service(t, documents.Deps{Setting: setting(t, "s3:b"), Objects: o})
	_, err := d.Create(t.Context(), connector.NewDocument{Size: 1}, strings.NewReader("x"))
	documentstest.WantKind(t, err, connector.Unavailable)
	_, err = d.Open(t.Context(), connector.Document{Type: "camunda", DocumentID: strings.Repeat("a", 32)})
	documentstest.WantKind(t, err, connector.Unavailable)
}
