package s3

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func TestListBuckets(t *testing.T) {
	b := newBench(t, stage{})
	b.bucket(t, "alpha")
	b.bucket(t, "beta")
	_, _ = do1[CreateBucketsOut](t, b, "create-buckets", in{"bucketNames": []string{"alps"}, "regionName": "eu-central-2"})

	rec, out := do1[ListBucketsOut](t, b, "list-buckets", in{})
	wantVerdict(t, rec, run.Successful)
	if diff := cmp.Diff([]any{"alpha", "alps", "beta"}, rec.KeyFields["BucketNames"]); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if when, err := time.Parse(time.RFC3339, out.Buckets[0].CreationDate); err != nil || when.Location() != time.UTC {
		t.Errorf("creation date %q", out.Buckets[0].CreationDate)
	}
	if len(rec.Result.Rows) != 3 || rec.Result.Columns[0] != "Bucket" {
		t.Errorf("table: %+v", rec.Result)
	}
	_, out = do1[ListBucketsOut](t, b, "list-buckets", in{"prefix": "al"})
	if len(out.Buckets) != 2 || out.Prefix != "al" {
		t.Errorf("by prefix: %+v", out)
	}
	_, out = do1[ListBucketsOut](t, b, "list-buckets", in{"bucketRegion": "Europe (Zurich)"})
	if len(out.Buckets) != 1 || out.Buckets[0].Name != "alps" {
		t.Errorf("by region: %+v", out.Buckets)
	}
}

// The seed's own sample: parameters of the role are refused before any call.
func TestListBucketsBadRole(t *testing.T) {
	b := newBench(t, stage{})
	b.sim.ResetRequests()
	rec, _ := do1[ListBucketsOut](t, b, "list-buckets", in{"roleArn": "x", "sessionDurationTime": 10})
	wantVerdict(t, rec, run.Failed)
	wantLine(t, rec, "List Buckets failed. Status Code: 400. Message: Invalid length for parameter RoleArn, value: 1, valid min length: 20 Invalid value for parameter DurationSeconds, value: 10, valid min value: 900.")
	if n := len(b.sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestListBucketsDenied(t *testing.T) {
	who := s3sim.Identity{Name: "nobody", AccessKey: "AKIANOBODY", SecretKey: "nobody-secret-key"}
	b := newBench(t, stage{
		sim:      func(o *s3sim.Options) { o.Identities = []s3sim.Identity{who} },
		settings: map[string]any{"accessKey": who.AccessKey, "secretKey": who.SecretKey},
	})
	rec, _ := do1[ListBucketsOut](t, b, "list-buckets", in{})
	wantVerdict(t, rec, run.Failed)
	it := rec.Error.Items
	if rec.Error.StatusCode != 403 || len(it) != 1 || it[0].Operation != "ListBuckets" || it[0].Code != "AccessDenied" {
		t.Errorf("%+v", rec.Error)
	}
}
