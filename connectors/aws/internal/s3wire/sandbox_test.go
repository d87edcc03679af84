package s3wire

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// world is a real S3 server in this process and a client of it.
type world struct {
	*Client
	sim    *s3sim.Server
	sdk    *awss3.Client
	bucket string
}

func newWorld(t testing.TB, adjust ...func(*Config)) *world {
	t.Helper()
	sim, err := s3sim.Start(t.Context(), s3sim.Options{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	keys := credentials.NewStaticCredentialsProvider(sim.AccessKey(), sim.SecretKey(), "")
	cfg := Config{HTTP: transport(t), Credentials: keys, Region: sim.Region(), Endpoint: sim.Endpoint(), Now: time.Now}
	for _, f := range adjust {
		f(&cfg)
	}
	endpoint := sim.Endpoint()
	sdk := awss3.New(awss3.Options{Region: sim.Region(), Credentials: keys, BaseEndpoint: &endpoint, UsePathStyle: true, HTTPClient: &http.Client{Transport: transport(t)}})
	_, err = sdk.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String("bucket")})
	must(t, err)
	return &world{Client: New(cfg), sim: sim, sdk: sdk, bucket: "bucket"}
}

func transport(t testing.TB) http.RoundTripper {
	t.Helper()
	c, err := egress.New(egress.Policy{}).Client(connector.HTTPOptions{})
	must(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return refusals{c.Transport, t}
}

// refusals logs why a signature was refused: the sandbox tells what it made of
// the request.
type refusals struct {
	next http.RoundTripper
	t    testing.TB
}

// RoundTrip passes on.
func (r refusals) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.next.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusForbidden {
		raw, _ := io.ReadAll(res.Body)
		r.t.Logf("%s %s\n%v\n%s", req.Method, req.URL, req.Header, raw)
		_ = res.Body.Close()
		res.Body = io.NopCloser(bytes.NewReader(raw))
	}
	return res, err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) ref(key string) Ref { return Ref{Bucket: w.bucket, Key: key} }

func (w *world) put(t testing.TB, key, content string) *Written {
	t.Helper()
	out, err := w.Put(t.Context(), &PutInput{Ref: w.ref(key), Body: Bytes([]byte(content))})
	must(t, err)
	return out
}

func (w *world) content(t testing.TB, key string) string {
	t.Helper()
	_, body, err := w.Get(t.Context(), &GetInput{Ref: w.ref(key)})
	must(t, err)
	defer body.Close()
	raw, err := io.ReadAll(body)
	must(t, err)
	return string(raw)
}

// once is a body that opens a single time.
func once(content []byte) *Body {
	opened := false
	return &Body{Size: int64(len(content)), Once: true, Open: func() (io.ReadCloser, error) {
		if opened {
			return nil, errors.New("opened twice")
		}
		opened = true
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}

func TestObjectRoundTrip(t *testing.T) {
	w := newWorld(t)
	for _, key := range []string{"plain.txt", "a b+c%d/ü \U0001F600.txt", "q?x=1&y#z", "(1)!*'.bin", "deep/er//x"} {
		expires := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
		h := Headers{
			ContentType: "text/x-probe", ContentEncoding: "identity", ContentDisposition: "attachment", ContentLanguage: "de", CacheControl: "no-store",
			Metadata: map[string]string{"case": "42", "two-words": "a  b"}, Expires: &expires,
		}
		out, err := w.Put(t.Context(), &PutInput{Ref: w.ref(key), Headers: h, Body: Bytes([]byte("hello"))})
		must(t, err)
		if out.ETag != `"5d41402abc4b2a76b9719d911017c592"` {
			t.Errorf("%s: ETag %s", key, out.ETag)
		}
		o, err := w.Head(t.Context(), &GetInput{Ref: w.ref(key), Checksums: true})
		must(t, err)
		want := h
		want.StorageClass = o.StorageClass
		want.Metadata = map[string]string{"case": "42", "two-words": "a b"} // signing joins blanks
		if o.Metadata["two-words"] == "a  b" {
			want.Metadata["two-words"] = "a  b" // and the service need not
		}
		if d := cmp.Diff(want, o.Headers); d != "" || o.Size != 5 || o.ETag != out.ETag || o.Modified.IsZero() {
			t.Errorf("%s: %+v\n%s", key, o, d)
		}
		if got := w.content(t, key); got != "hello" {
			t.Errorf("%s: content %q", key, got)
		}
		_, err = w.Delete(t.Context(), &DeleteInput{Ref: w.ref(key)})
		must(t, err)
		_, err = w.Head(t.Context(), &GetInput{Ref: w.ref(key)})
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != 404 || !e.Empty() || e.Code != "404" || e.Attempts != 1 || e.Explain("").Kind != connector.NotFound {
			t.Errorf("%s after deletion: %+v", key, err)
		}
	}
}

func TestBodySizes(t *testing.T) {
	w := newWorld(t)
	for _, size := range []int{0, 1, smallBody, smallBody + 1, chunkSize * 3, 5<<20 + 7} {
		content := bytes.Repeat([]byte("0123456789abcdef!"), size/17+1)[:size]
		for name, body := range map[string]*Body{"again": Bytes(content), "once": once(content)} {
			_, err := w.Put(t.Context(), &PutInput{Ref: w.ref("sized"), Body: body, Headers: Headers{ContentEncoding: "x-probe"}})
			if err != nil {
				t.Fatalf("%s %d: %v", name, size, err)
			}
			o, rc, err := w.Get(t.Context(), &GetInput{Ref: w.ref("sized")})
			must(t, err)
			got, err := io.ReadAll(rc)
			must(t, err)
			must(t, rc.Close())
			if !bytes.Equal(got, content) || o.ContentEncoding != "x-probe" {
				t.Errorf("%s %d: %d bytes came back, encoding %q", name, size, len(got), o.ContentEncoding)
			}
		}
	}
}

func TestRangesAndConditions(t *testing.T) {
	w := newWorld(t)
	etag := w.put(t, "k", "0123456789").ETag
	for rng, want := range map[string]string{"bytes=2-4": "234", "bytes=7-": "789", "bytes=-2": "89"} {
		o, rc, err := w.Get(t.Context(), &GetInput{Ref: w.ref("k"), Range: rng, IfMatch: etag})
		must(t, err)
		got, err := io.ReadAll(rc)
		must(t, err)
		must(t, rc.Close())
		if string(got) != want || o.Size != int64(len(want)) || o.ContentRange == "" {
			t.Errorf("%s: %q, %+v", rng, got, o)
		}
	}
	wantError := func(err error, status int, code string) {
		t.Helper()
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != status || e.Code != code || e.Attempts != 1 {
			t.Errorf("%+v, want %d %s", err, status, code)
		}
	}
	_, _, err := w.Get(t.Context(), &GetInput{Ref: w.ref("k"), Range: "bytes=100-"})
	wantError(err, 416, "InvalidRange")
	_, _, err = w.Get(t.Context(), &GetInput{Ref: w.ref("k"), IfMatch: `"other"`})
	wantError(err, 412, "PreconditionFailed")
	_, err = w.Put(t.Context(), &PutInput{Ref: w.ref("k"), Body: Bytes([]byte("x")), IfNoneMatch: "*"})
	wantError(err, 412, "PreconditionFailed")
	_, err = w.Delete(t.Context(), &DeleteInput{Ref: w.ref("k"), IfMatch: `"other"`})
	wantError(err, 412, "PreconditionFailed")
	_, _, err = w.Get(t.Context(), &GetInput{Ref: w.ref("absent")})
	wantError(err, 404, "NoSuchKey")
	_, _, err = w.Get(t.Context(), &GetInput{Ref: Ref{Bucket: "absent", Key: "k"}})
	wantError(err, 404, "NoSuchBucket")
}
