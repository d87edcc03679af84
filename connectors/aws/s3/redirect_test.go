package s3

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

// A bucket in another region is found there, once; the region is remembered
// and named.
func TestWrongRegionIsFollowed(t *testing.T) {
	b := newBench(t, stage{})
	far, err := b.raw.s.at(Target{RegionName: "eu-west-2"})
	must(t, err)
	_, err = far.createBucket(t.Context(), "far-away")
	must(t, err)
	for n, want := range []int{2, 1} {
		b.sim.ResetRequests()
		rec, out := do1[ListBucketObjectsOut](t, b, "list-bucket-objects", in{"bucketName": "far-away"})
		wantVerdict(t, rec, run.Successful)
		if out.BucketRegion != "eu-west-2" || len(b.sim.Requests()) != want {
			t.Errorf("list %d: region %q, %d requests, want %d", n+1, out.BucketRegion, len(b.sim.Requests()), want)
		}
	}
	id := b.store(t, "a.txt", "hello")
	rec, up := do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": "far-away", "fileIds": []string{id}})
	wantVerdict(t, rec, run.Successful)
	if up.BucketRegion != "eu-west-2" {
		t.Errorf("upload: region %q", up.BucketRegion)
	}
}

// AWS's own redirect, as documented: 301 with the region in a header. A second
// one is not followed.
func TestRedirectsAreFollowedOnce(t *testing.T) {
	var calls atomic.Int64
	regions := []string{"eu-west-1", "eu-west-2"}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		w.Header().Set("X-Amz-Bucket-Region", regions[(n-1)%2])
		xmlError(http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.").ServeHTTP(w, r)
	}))
	defer srv.Close()
	s, err := open(testEnv(), &Settings{
		DefaultRegionName: "us-east-1", AccessKey: connector.NewSecret("AKIAX"), SecretKey: connector.NewSecret("secret"), AuthenticationType: accessKeys,
		EndpointURL: srv.URL, PathStyle: pathAutomatic, RequestTimeout: 5, Concurrency: 1,
	}, defaultLimits())
	must(t, err)
	c, err := s.at(Target{})
	must(t, err)
	_, err = c.List(t.Context(), listQuery{Bucket: "wandering"})
	e := connector.AsError(err)
	if e.Status != 301 || e.Kind != connector.Invalid || e.Code != "PermanentRedirect" || !strings.Contains(e.Fix, "Region Name") || calls.Load() != 2 {
		t.Errorf("after %d calls: %+v", calls.Load(), e)
	}
}

// Faults that a healthy sandbox does not make.
func TestFaultsOfServices(t *testing.T) {
	t.Parallel() // it waits more than it works
	for _, tc := range []struct {
		name    string
		handler http.Handler
		message string
		status  int
		kind    connector.Kind
	}{
		{
			"slow down", xmlError(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate."),
			"An error occurred (SlowDown) when calling the ListObjectsV2 operation: Please reduce your request rate.", 503, connector.Limited,
		},
		{
			"an old service without messages", xmlError(http.StatusNotFound, "NoSuchBucket", ""),
			"An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does not exist.", 404, connector.NotFound,
		},
		{
			"not implemented", xmlError(http.StatusNotImplemented, "NotImplemented", ""),
			"An error occurred (NotImplemented) when calling the ListObjectsV2 operation: A header you provided implies functionality that is not implemented.", 501, connector.Invalid,
		},
		{
			"a code nobody knows", xmlError(http.StatusTeapot, "Brewing", "Short and stout"),
			"An error occurred (Brewing) when calling the ListObjectsV2 operation: Short and stout.", 418, connector.Invalid,
		},
		{
			"a page instead of XML", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>hello</html")) }),
			"is not one of this service", 503, connector.Unavailable,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := httptest.NewServer(tc.handler)
			defer srv.Close()
			b := newBench(t, stage{settings: map[string]any{"endpointUrl": srv.URL}})
			rec, _ := do1[ListBucketObjectsOut](t, b, "list-bucket-objects", in{"bucketName": "any-bucket"})
			wantVerdict(t, rec, run.Failed)
			if !strings.Contains(rec.Error.Message, tc.message) || rec.Error.StatusCode != tc.status || rec.Error.Kind != tc.kind {
				t.Errorf("%d %s: %s", rec.Error.StatusCode, rec.Error.Kind, rec.Error.Message)
			}
		})
	}
}

// DeleteObjects carries Content-MD5 and no newer checksum: old services know
// only that.
func TestDeleteObjectsHeaders(t *testing.T) {
	var got http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		_, _ = w.Write([]byte(`<?xml version="1.0"?><DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>InternalError</Code></Error></DeleteResult>`))
	}))
	defer srv.Close()
	s, err := open(testEnv(), &Settings{
		DefaultRegionName: "us-east-1", AccessKey: connector.NewSecret("AKIAX"), SecretKey: connector.NewSecret("secret"),
		EndpointURL: srv.URL, PathStyle: pathAutomatic, RequestTimeout: 5, Concurrency: 1,
	}, defaultLimits())
	must(t, err)
	c, err := s.at(Target{})
	must(t, err)
	a, err := c.DeleteMany(t.Context(), "bucket", []ref{{Key: "a"}, {Key: "b"}})
	must(t, err)
	if got.Get("Content-Md5") == "" || got.Get("X-Amz-Checksum-Crc32") != "" || got.Get("X-Amz-Sdk-Checksum-Algorithm") != "" || got.Get("X-Amz-Trailer") != "" {
		t.Errorf("headers: %v", got)
	}
	if e := connector.AsError(a.Errors[0].explain()); e.Status != 500 || e.Kind != connector.Unavailable || !strings.Contains(e.Message, "We encountered an internal error") {
		t.Errorf("an error inside 200: %+v", e)
	}
}

// Uploads carry the signed hash and MD5 of the content, never a trailer.
func TestUploadHeaders(t *testing.T) {
	var got http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.Header().Set("Etag", `"x"`)
	}))
	defer srv.Close()
	b := newBench(t, stage{settings: map[string]any{"endpointUrl": srv.URL}})
	rec, _ := do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": "bucket", "fileIds": []string{b.store(t, "a.txt", "hello")}})
	wantVerdict(t, rec, run.Successful)
	if got.Get("X-Amz-Content-Sha256") != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" || got.Get("Content-Md5") != "XUFAKrxLKna5cZ2REBfFkg==" || got.Get("Content-Encoding") != "" || got.Get("X-Amz-Trailer") != "" {
		t.Errorf("headers: %v", got)
	}
}
