package s3

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// reveal gives the URL of a run that made one.
func (b *bench) reveal(t *testing.T, rec *run.Record) string {
	t.Helper()
	wantVerdict(t, rec, run.Successful)
	out := rawData[map[string]any](t, rec)
	at, ok := out["URL"].(map[string]any)
	if !ok || at["$secret"] != rec.RunID+"#/rawData/URL" {
		t.Fatalf("the URL is no reference: %v", out["URL"])
	}
	if text := string(mustJSON(t, rec)); strings.Contains(text, "X-Amz-Signature") {
		t.Fatalf("the run shows the URL: %s", text)
	}
	s, err := b.Reveal(t.Context(), b.Owner, rec.RunID+"#/rawData/URL")
	must(t, err)
	return s.Reveal()
}

func fetch(t *testing.T, method, address, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	must(t, err)
	client, err := testEnv().HTTP(connector.HTTPOptions{})
	must(t, err)
	res, err := client.Do(req)
	must(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(raw)
}

func TestPresignedURL(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.versionedBucket(t, "shared")
	b.put(t, bucket, "a b/ü.txt", "first")
	old := b.versions(t, bucket)[0].Version
	b.put(t, bucket, "a b/ü.txt", "second")
	get := in{"bucketName": bucket, "key": "a b/ü.txt"}
	if plan := b.plan(t, "generate-presigned-url", get); len(plan) != 1 || plan[0].Action != "none" || !strings.Contains(plan[0].Note, "1h0m0s") {
		t.Errorf("plan: %+v", plan)
	}
	rec, out := do1[struct{ Expires time.Time }](t, b, "generate-presigned-url", with(get, in{"expiresIn": 60}))
	address := b.reveal(t, rec)
	if status, body := fetch(t, "GET", address, ""); status != 200 || body != "second" {
		t.Errorf("GET: %d %s", status, body)
	}
	u, err := url.Parse(address)
	must(t, err)
	if u.Query().Get("X-Amz-Expires") != "60" || time.Until(out.Expires) > time.Minute || time.Until(out.Expires) < 50*time.Second {
		t.Errorf("it ends %s: %s", out.Expires, u.Query())
	}
	if status, _ := fetch(t, "PUT", address, "x"); status != 403 {
		t.Errorf("a URL for GET takes PUT: %d", status)
	}
	if status, body := fetch(t, "GET", b.reveal(t, b.Do(t, "aws-s3", "generate-presigned-url", with(get, in{"versionId": old}))), ""); status != 200 || body != "first" {
		t.Errorf("an old version: %d %s", status, body)
	}
	put := b.Do(t, "aws-s3", "generate-presigned-url", in{"bucketName": bucket, "key": "new", "method": "put"})
	if status, body := fetch(t, "PUT", b.reveal(t, put), "uploaded"); status != 200 {
		t.Errorf("PUT: %d %s", status, body)
	}
	if b.content(t, bucket, "new") != "uploaded" {
		t.Error("the upload is not there")
	}
}

func TestPresignedURLIsChecked(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "checked")
	for why, c := range map[string]struct {
		input in
		kind  connector.Kind
		field string
	}{
		"no object":             {in{"bucketName": bucket, "key": "gone"}, connector.NotFound, ""},
		"no bucket":             {in{"bucketName": "no-such-bucket", "key": "k", "method": "PUT"}, connector.NotFound, ""},
		"longer than S3 allows": {in{"bucketName": bucket, "key": "k", "expiresIn": 604801}, connector.Invalid, "/expiresIn"},
		"no time at all":        {in{"bucketName": bucket, "key": "k", "expiresIn": 0}, connector.Invalid, "/expiresIn"},
		"upload to a version":   {in{"bucketName": bucket, "key": "k", "method": "PUT", "versionId": "1"}, connector.Invalid, "/versionId"},
	} {
		rec := b.Do(t, "aws-s3", "generate-presigned-url", c.input)
		if rec.Error == nil || rec.Error.Kind != c.kind || rec.Error.Items[0].Field != c.field {
			t.Errorf("%s: %+v", why, rec.Error)
		}
	}
}

// A URL does not outlive the credentials that signed it.
func TestPresignedURLOfARole(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/short"
	b := newBench(t, stage{sim: func(o *s3sim.Options) {
		o.Roles = []s3sim.Role{{ARN: role, Trusted: []string{"*"}, Allow: s3sim.AllowActions("s3:*")}}
	}})
	bucket := b.bucket(t, "role")
	b.put(t, bucket, "k", "x")
	rec, out := do1[struct {
		Expires time.Time
		Notes   []string
	}](t, b, "generate-presigned-url", in{"bucketName": bucket, "key": "k", "expiresIn": 7200, "roleArn": role, "sessionDurationTime": 900})
	if status, _ := fetch(t, "GET", b.reveal(t, rec), ""); status != 200 {
		t.Errorf("GET: %d", status)
	}
	if time.Until(out.Expires) > 15*time.Minute || len(out.Notes) != 1 {
		t.Errorf("it ends %s: %v", out.Expires, out.Notes)
	}
}

// The region is found first: a URL that is signed for another one is refused.
func TestPresignedURLInAnotherRegion(t *testing.T) {
	b := newBench(t, stage{})
	far, err := b.raw.s.at(Target{RegionName: "eu-west-2"})
	must(t, err)
	_, err = far.createBucket(t.Context(), "far-away")
	must(t, err)
	rec := b.Do(t, "aws-s3", "generate-presigned-url", in{"bucketName": "far-away", "key": "new", "method": "PUT"})
	if status, body := fetch(t, "PUT", b.reveal(t, rec), "x"); status != 200 {
		t.Errorf("PUT: %d %s", status, body)
	}
	rec = b.Do(t, "aws-s3", "generate-presigned-url", in{"bucketName": "far-away", "key": "new"})
	if status, body := fetch(t, "GET", b.reveal(t, rec), ""); status != 200 || body != "x" {
		t.Errorf("GET: %d %s", status, body)
	}
}
