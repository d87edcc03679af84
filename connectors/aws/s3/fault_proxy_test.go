package s3

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/run"
)

// faulty puts a proxy in front of the sandbox that spoils answers: spoil gives
// true when it has answered itself.
func faulty(t *testing.T, b *bench, spoil func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool) {
	t.Helper()
	target, err := url.Parse(b.sim.Endpoint())
	must(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host // Host stays: it is signed
	}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !spoil(w, r, proxy) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	settings := simSettings(b.sim)
	settings["endpointUrl"] = srv.URL
	b.Connect(t, "aws-s3", "faulty", settings)
}

func (b *bench) doFaulty(t *testing.T, command string, input in) *run.Record {
	t.Helper()
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "aws-s3", Command: command, Connection: "faulty", Input: mustJSON(t, input), Origin: "test"})
	must(t, err)
	return rec
}

// The answer breaks off; the rest is fetched, and the whole is right.
func TestCutDownloadIsResumed(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "cut")
	content := randomText(t, 3<<20)
	b.put(t, bucket, "a.bin", content)
	var ranges []string
	faulty(t, b, func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		if r.Method != http.MethodGet {
			return false
		}
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) > 2 {
			return false
		}
		rec := httptest.NewRecorder()
		pass.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/3])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // cuts the connection
	})
	rec := b.doFaulty(t, "download-files", in{"bucketName": bucket, "filePaths": []string{"a.bin"}})
	wantVerdict(t, rec, run.Successful)
	out := rawData[DownloadFilesOut](t, rec)
	if b.fileText(t, out.Files[0].FileID) != content || rec.Items[0].Bytes != int64(len(content)) {
		t.Error("the content is not the object's")
	}
	if len(ranges) != 3 || ranges[0] != "" || !strings.HasPrefix(ranges[2], "bytes=") {
		t.Errorf("ranges %q", ranges)
	}
}

// A byte is changed on the way: nothing is kept.
func TestDamagedDownloadIsRefused(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "damaged")
	b.put(t, bucket, "a.txt", "hello")
	faulty(t, b, func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		if r.Method != http.MethodGet {
			return false
		}
		rec := httptest.NewRecorder()
		pass.ServeHTTP(rec, r)
		body := bytes.Replace(rec.Body.Bytes(), []byte("hello"), []byte("hullo"), 1)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
		return true
	})
	rec := b.doFaulty(t, "download-files", in{"bucketName": bucket, "filePaths": []string{"a.txt"}})
	wantVerdict(t, rec, run.Failed)
	if !strings.Contains(rec.Error.Message, `Download file "a.txt" in bucket "damaged" failed: The content does not agree with the service's word`) {
		t.Errorf("message %q", rec.Error.Message)
	}
}

// CopyObject may answer 200 and fail all the same; the source stays.
func TestCopyErrorInside200(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "copied")
	b.put(t, bucket, "a.txt", "hello")
	faulty(t, b, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Header.Get("X-Amz-Copy-Source") == "" {
			return false
		}
		_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>R1</RequestId></Error>`)
		return true
	})
	rec := b.doFaulty(t, "move-files", in{"sourceBucketName": bucket, "sourceFilePaths": []string{"a.txt"}, "destinationBucketName": bucket, "destinationPath": "to"})
	wantVerdict(t, rec, run.Failed)
	if it := rec.Error.Items[0]; it.StatusCode != 403 || it.Message != "An error occurred (AccessDenied) when calling the CopyObject operation: Access Denied." {
		t.Errorf("%+v", it)
	}
	if b.content(t, bucket, "a.txt") != "hello" {
		t.Error("the source is gone")
	}
}

// SlowDown is waited out.
func TestSlowDownIsRetried(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "slow")
	n := 0
	faulty(t, b, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if n++; n > 1 {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		xmlError(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.").ServeHTTP(w, r)
		return true
	})
	id := b.store(t, "a.txt", "hello")
	rec := b.doFaulty(t, "upload-files", in{"bucketName": bucket, "fileIds": []string{id}})
	wantVerdict(t, rec, run.Successful)
	if b.content(t, bucket, "a.txt") != "hello" || rec.Items[0].Bytes != 5 {
		t.Errorf("after a repeat: %d bytes counted", rec.Items[0].Bytes)
	}
}
