package s3sim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestGatewayInternals(t *testing.T) {
	// Start fails when the fiber app is not where fiberApp looks; versioning would be off if its folder were not.
	s := sandbox(t)
	if s.regions[DefaultRegion].app.Server() == nil {
		t.Error("the fiber app has no server")
	}
	if _, err := os.Stat(s.opts.sidecarRoot()); err == nil {
		t.Log("this file system has no extended attributes; metadata is kept in files")
	}
}

func TestTwoSandboxesKeepTheWorkingDirectory(t *testing.T) {
	before, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	a, b := sandbox(t), sandbox(t)
	ca, cb := client(t, a, "us-east-1"), client(t, b, "us-east-1")
	mustCreate(t, ca, "same-name")
	mustCreate(t, cb, "same-name")
	mustPut(t, ca, "same-name", "k", "of a")
	mustPut(t, cb, "same-name", "k", "of b")
	if got := content(t, ca, "same-name", "k"); got != "of a" {
		t.Errorf("a holds %q", got)
	}
	if got := content(t, cb, "same-name", "k"); got != "of b" {
		t.Errorf("b holds %q", got)
	}
	if after, _ := os.Getwd(); after != before {
		t.Errorf("the working directory moved from %s to %s", before, after)
	}
}

func TestFallbackRestoresTheWorkingDirectory(t *testing.T) {
	before, _ := os.Getwd()
	dir := t.TempDir()
	err := changeAndRestore(func() error { return os.Chdir(dir) }) //nolint:usetesting // undoing it is what is tested
	if after, _ := os.Getwd(); err != nil || after != before {
		t.Errorf("now in %s, %v; want %s", after, err, before)
	}
}

func TestNothingIsPrinted(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	out, errOut := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = file, file
	restore := func() { os.Stdout, os.Stderr = out, errOut }
	defer restore()

	s := sandbox(t)
	c := client(t, s, "eu-west-1")
	mustCreate(t, c, "quiet")
	mustPut(t, c, "quiet", "k", "v")
	_ = s.storage.fail("Probe", io.ErrUnexpectedEOF)
	abortUpload(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	restore()
	if b, _ := os.ReadFile(file.Name()); len(b) > 0 {
		t.Errorf("printed: %s", b)
	}
}

// abortUpload sends half of what it announced and hangs up, which versitygw would report on standard error.
func abortUpload(t *testing.T, s *Server) {
	t.Helper()
	req, err := s3.NewPresignClient(client(t, s, "eu-west-1")).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("quiet"), Key: aws.String("half")})
	if err != nil {
		t.Fatal(err)
	}
	body := io.MultiReader(strings.NewReader(strings.Repeat("x", 64<<10)), failingReader{})
	hr, err := http.NewRequestWithContext(t.Context(), http.MethodPut, req.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	hr.ContentLength = 128 << 10
	if res, err := httpClient(t).Do(hr); err == nil {
		_ = res.Body.Close()
		t.Errorf("half an upload was answered with %d", res.StatusCode)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestCloseLeavesNoGoroutine(t *testing.T) {
	warm := sandbox(t) // starts what lives as long as the process
	mustCreate(t, client(t, warm, "us-east-1"), "warm")
	_ = warm.Close()
	before := runtime.NumGoroutine()
	for range 3 {
		s, err := Start(t.Context(), Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			hc := &http.Client{Transport: &http.Transport{}}
			c := s3.New(client(t, s, region).Options(), func(o *s3.Options) { o.HTTPClient = hc })
			mustCreate(t, c, "in-"+region)
			mustPut(t, c, "in-"+region, "k", "v")
			defer hc.CloseIdleConnections()
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close with idle clients: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close again: %v", err)
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines before, %d after:\n%s", before, n, buf[:runtime.Stack(buf, true)])
	}
}

func TestCloseEndsTransfersUnderWay(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "us-east-1")
	mustCreate(t, c, "slow")
	stuck, w := io.Pipe()
	defer func() { _ = w.Close() }()
	req, err := s3.NewPresignClient(c).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("slow"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	hr, err := http.NewRequestWithContext(t.Context(), http.MethodPut, req.URL, stuck)
	if err != nil {
		t.Fatal(err)
	}
	hr.ContentLength = 1 << 20
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if res, err := httpClient(t).Do(hr); err == nil {
			_ = res.Body.Close()
		}
	}()
	if _, err := w.Write(make([]byte, 32<<10)); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("Close took %s", d)
	}
	_ = w.Close()
	<-ended
}

func TestContextEndsTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	cancel()
	select {
	case <-s.served:
	case <-time.After(5 * time.Second):
		t.Error("still serving")
	}
	if _, err := Start(ctx, Options{Dir: t.TempDir()}); err == nil {
		t.Error("started although the context had ended")
	}
}

func TestStartIsFast(t *testing.T) {
	sandbox(t) // the first one pays for the process
	begun := time.Now()
	s := sandbox(t)
	ready := time.Since(begun)
	if _, err := client(t, s, "us-east-1").ListBuckets(t.Context(), &s3.ListBucketsInput{}); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", ready)
	if ready > 500*time.Millisecond {
		t.Errorf("ready after %s, want less than 500ms", ready)
	}
}

func TestLargeObjectStreams(t *testing.T) {
	const size, bound = 200 << 20, 32 << 20
	s := sandbox(t)
	c := client(t, s, "eu-west-1")
	mustCreate(t, c, "large")
	stop := make(chan struct{})
	peak := make(chan uint64)
	runtime.GC()
	var base runtime.MemStats
	runtime.ReadMemStats(&base)
	go watchHeap(stop, peak)

	body := io.NewSectionReader(pattern{}, 0, size)
	if _, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("large"), Key: aws.String("k"), Body: body}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("large"), Key: aws.String("copy"), CopySource: aws.String("large/k")}); err != nil {
		t.Fatal(err)
	}
	out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("large"), Key: aws.String("copy")})
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, out.Body)
	_ = out.Body.Close()
	if err != nil || n != size {
		t.Errorf("read %d bytes, %v", n, err)
	}
	close(stop)
	grown := int64(<-peak) - int64(base.HeapInuse)
	t.Logf("heap grew by at most %d KiB for a 200 MiB object, client included", grown>>10)
	if grown > bound {
		t.Errorf("heap grew by %d MiB, want at most %d", grown>>20, bound>>20)
	}
}

// pattern is a content of any length that nobody has to hold.
type pattern struct{}

func (pattern) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		p[i] = byte(off) + byte(i)
	}
	return len(p), nil
}

// watchHeap samples until stop and then sends the highest value.
func watchHeap(stop <-chan struct{}, peak chan<- uint64) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var highest uint64
	for {
		select {
		case <-stop:
			peak <- highest
			return
		case <-tick.C:
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			highest = max(highest, m.HeapInuse)
		}
	}
}

func TestKeysCannotLeaveTheBucket(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "us-east-1")
	mustCreate(t, c, "walls")
	mustCreate(t, c, "other")
	mustPut(t, c, "other", "k", "v")
	for _, key := range []string{"../other/k", "x/../../other/k", "../../buckets.json"} {
		out, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String("walls"), Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: &key}}}})
		if err != nil || len(out.Deleted) != 1 {
			t.Errorf("delete %q, which cannot exist: %+v, %v", key, out, err)
		}
		if _, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("walls"), Key: &key, Body: strings.NewReader("x")}); err == nil {
			t.Errorf("put %q was accepted", key)
		}
		if _, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("walls"), Key: &key}); err == nil {
			t.Errorf("get %q was accepted", key)
		}
	}
	mustPut(t, c, "walls", "k", "v")
	for _, id := range []string{"../../../other", "..", "../../../../../buckets.json"} {
		_, err := c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: aws.String("walls"), Key: aws.String("k"), UploadId: &id})
		if got := failure(err); got.Code != "NoSuchUpload" || got.Status != 404 {
			t.Errorf("abort %q: %+v", id, got)
		}
	}
	if got := content(t, c, "other", "k"); got != "v" {
		t.Errorf("another bucket's object is now %q", got)
	}
	if _, err := os.Stat(s.opts.stateFile()); err != nil {
		t.Errorf("the list of buckets: %v", err)
	}
	for _, path := range []string{"/..", "/%2e%2e", "/..%2f", "/.no-bucket", "/%2e%2e/buckets.json", "/walls/%2e%2e/%2e%2e/buckets.json", "/..?cors"} {
		if res := get(t, s.Endpoint()+path); res.StatusCode < 400 {
			t.Errorf("GET %s: %d", path, res.StatusCode)
		}
	}
}

func TestParallelClients(t *testing.T) {
	s := sandbox(t)
	var wg sync.WaitGroup
	for i := range 12 {
		c := client(t, s, fmt.Sprintf("region-%d", i%4))
		wg.Go(func() {
			bucket := fmt.Sprintf("parallel-%d", i)
			mustCreate(t, c, bucket)
			for k := range 10 {
				mustPut(t, c, bucket, fmt.Sprintf("d/%d", k), bucket)
			}
			if keys := listKeys(t, c, bucket); len(keys) != 10 {
				t.Errorf("%s: %v", bucket, keys)
			}
			if got := content(t, c, bucket, "d/3"); got != bucket {
				t.Errorf("%s holds %q", bucket, got)
			}
		})
	}
	wg.Wait()
	out, err := client(t, s, "us-east-1").ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil || len(out.Buckets) != 12 {
		t.Errorf("%d buckets, %v", len(out.Buckets), err)
	}
}
