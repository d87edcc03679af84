package s3

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

// A redirect of a HEAD has no body: the region is in a header only.
func TestRedirectOfHead(t *testing.T) {
	b := newBench(t, stage{})
	far, err := b.raw.s.at(Target{RegionName: "eu-west-2"})
	must(t, err)
	_, err = far.createBucket(t.Context(), "far-away")
	must(t, err)
	_, err = far.Copy(t.Context(), copyRequest{From: ref{Bucket: "far-away", Key: "none"}, To: ref{Bucket: "far-away", Key: "k"}})
	if !notFound(err) {
		t.Fatalf("the bucket is not there: %v", err)
	}
	redirects := 0
	faulty(t, b, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodHead || !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/") {
			return false
		}
		redirects++
		w.Header().Set("X-Amz-Bucket-Region", "eu-west-2")
		w.WriteHeader(http.StatusMovedPermanently)
		return true
	})
	rec := b.doFaulty(t, "get-object-details", in{"bucketName": "far-away", "key": "gone"})
	if rec.Error == nil || rec.Error.Kind != connector.NotFound || redirects != 1 {
		t.Errorf("after %d redirects: %s", redirects, line(rec))
	}
	rec = b.doFaulty(t, "generate-presigned-url", in{"bucketName": "far-away", "key": "new", "method": "PUT"})
	if wantVerdict(t, rec, run.Successful); redirects != 2 || rawData[struct{ BucketRegion string }](t, rec).BucketRegion != "eu-west-2" {
		t.Errorf("after %d redirects", redirects)
	}
}

// A clock that is wrong is said to be so by every command, not only by Test
// Connection.
func TestClockSkewOfCommands(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "skewed")
	faulty(t, b, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		xmlError(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.").ServeHTTP(w, r)
		return true
	})
	for command, input := range map[string]in{
		"list-bucket-objects":            {"bucketName": bucket},
		"get-bucket-policy":              {"bucketName": bucket},
		"get-bucket-public-access-block": {"bucketName": bucket},
		"put-bucket-versioning":          {"bucketName": bucket, "status": "Enabled"},
		"delete-bucket-objects":          {"bucketName": bucket, "filePaths": []string{"a"}},
	} {
		rec := b.doFaulty(t, command, input)
		if rec.Error == nil || rec.Error.Kind != connector.Denied || !strings.Contains(rec.Error.Items[0].Fix, "clock") {
			t.Errorf("%s: %+v", command, rec.Error)
		}
	}
}

// CompleteMultipartUpload may answer 200 and fail all the same: no object is
// there, and no parts stay.
func TestCompleteErrorInside200(t *testing.T) {
	b := newBench(t, stage{limits: smallLimits()})
	bucket := b.bucket(t, "in-parts")
	id := b.store(t, "large.bin", randomText(t, 11<<20))
	faulty(t, b, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodPost || r.URL.Query().Get("uploadId") == "" {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message><RequestId>R1</RequestId></Error>`)
		return true
	})
	rec := b.doFaulty(t, "upload-files", in{"bucketName": bucket, "fileIds": []string{id}})
	wantVerdict(t, rec, run.Failed)
	if it := rec.Error.Items[0]; it.Code != "InternalError" || it.Operation != "CompleteMultipartUpload" || it.StatusCode != 500 {
		t.Errorf("%+v", it)
	}
	if n, keys := b.uploads(t, bucket), b.keys(t, bucket); n != 0 || len(keys) != 0 {
		t.Errorf("%d uploads and the objects %v are left", n, keys)
	}
}

// DeleteObjects answers 200 with what failed inside: each is an item, and the
// others are deleted.
func TestDeleteErrorsInside200(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "inside")
	b.put(t, bucket, "a", "x")
	b.put(t, bucket, "b", "x")
	faulty(t, b, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodPost || !r.URL.Query().Has("delete") {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `<?xml version="1.0"?><DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error></DeleteResult>`)
		return true
	})
	rec := b.doFaulty(t, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": []string{"a", "b"}})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if it := rec.Error.Items; len(it) != 1 || it[0].Item != "b" || it[0].Code != "SlowDown" || it[0].StatusCode != 503 {
		t.Errorf("%+v", it)
	}
	rec = b.doFaulty(t, "empty-bucket", in{"bucketName": bucket, "confirmation": bucket})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if out := rawData[EmptyBucketOut](t, rec); out.Failed != 1 || out.Errors[0].Key != "b" {
		t.Errorf("emptied: %+v", out)
	}
}
