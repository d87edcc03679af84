package s3

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func TestCreateBuckets(t *testing.T) {
	b := newBench(t, stage{sim: func(o *s3sim.Options) { o.ForeignBuckets = []string{"somebody-elses"} }})
	names := []string{"first-made", "Mybucketbbb", "somebody-elses", "second.made"}
	plan := steps(b.plan(t, "create-buckets", in{"bucketNames": names}))
	if diff := cmp.Diff(map[string]string{"first-made": "create", "Mybucketbbb": "none", "somebody-elses": "none", "second.made": "create"}, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}

	rec, out := do1[CreateBucketsOut](t, b, "create-buckets", in{"bucketNames": names})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if diff := cmp.Diff(map[string]connector.ItemState{"first-made": "done", "Mybucketbbb": "failed", "somebody-elses": "failed", "second.made": "done"}, itemStates(rec)); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if len(out.Buckets) != 2 || out.Buckets[0].Name != "first-made" || out.Buckets[0].Location == "" || out.Buckets[1].Region != "us-east-1" {
		t.Errorf("raw data: %+v", out.Buckets)
	}
	if diff := cmp.Diff([]any{"first-made", "second.made"}, rec.KeyFields["BucketNames"]); diff != "" {
		t.Errorf("key fields (-want +got):\n%s", diff)
	}
	bad := rec.Error.Items
	if len(bad) != 2 || bad[0].Code != "InvalidBucketName" || bad[0].StatusCode != 400 || !strings.Contains(bad[0].Message, "upper-case") || bad[1].Code != "BucketAlreadyExists" || bad[1].StatusCode != 409 {
		t.Errorf("errors: %+v", bad)
	}
}

func TestCreateBucketsInAnotherRegion(t *testing.T) {
	b := newBench(t, stage{})
	rec, out := do1[CreateBucketsOut](t, b, "create-buckets", in{"bucketNames": []string{"in-ireland"}, "regionName": "Europe (Ireland)"})
	wantVerdict(t, rec, run.Successful)
	if out.Buckets[0].Region != "eu-west-1" {
		t.Errorf("region %q", out.Buckets[0].Region)
	}
	if region, err := b.raw.headBucket(t.Context(), "in-ireland"); err != nil || region != "eu-west-1" {
		t.Errorf("the bucket is in %q, %v", region, err)
	}
	rec, _ = do1[ListBucketObjectsOut](t, b, "list-bucket-objects", in{"bucketName": "in-ireland"})
	wantVerdict(t, rec, run.Successful)
}

func TestCreateTooManyBuckets(t *testing.T) {
	b := newBench(t, stage{sim: func(o *s3sim.Options) { o.MaxBuckets = 1 }})
	b.bucket(t, "the-only-one")
	rec, _ := do1[CreateBucketsOut](t, b, "create-buckets", in{"bucketNames": []string{"one-too-many"}})
	wantVerdict(t, rec, run.Failed)
	wantLine(t, rec, "Create Buckets failed. Status Code: 400. Message: An error occurred (TooManyBuckets) when calling the CreateBucket operation: You have attempted to create more buckets than allowed.")
	if rec.Error.Kind != connector.Limited {
		t.Errorf("kind %s", rec.Error.Kind)
	}
}

func TestNameRules(t *testing.T) {
	for name, want := range map[string]string{
		"abc":                         "",
		"my.bucket-1":                 "",
		strings.Repeat("a", 63):       "",
		"1-numbers-first":             "",
		"ab":                          "3 to 63",
		strings.Repeat("a", 64):       "3 to 63",
		"Mybucketbbb":                 "upper-case",
		"my bucket":                   "spaces",
		"my_bucket":                   "not \"_\"",
		"bücket":                      "not \"ü\"",
		"-bucket":                     "begin and end",
		"bucket.":                     "begin and end",
		"my..bucket":                  "two dots",
		"192.168.5.4":                 "IP address",
		"xn--bucket":                  "reserved",
		"sthree-bucket":               "reserved",
		"amzn-s3-demo-bucket":         "reserved",
		"bucket-s3alias":              "reserved",
		"bucket--ol-s3":               "reserved",
		"bucket.mrap":                 "reserved",
		"bucket--x-s3":                "reserved",
		"bucket--table-s3":            "reserved",
		"mine-123456789012-eu-cen-an": "reserved",
	} {
		got := nameProblem(name)
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
