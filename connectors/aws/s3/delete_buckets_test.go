package s3

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

func TestDeleteBuckets(t *testing.T) {
	b := newBench(t, stage{})
	b.bucket(t, "empty-one")
	full := b.versionedBucket(t, "full-one")
	b.put(t, full, "kept", "1")
	b.put(t, full, "kept", "2")
	b.put(t, full, "hidden", "3")
	_, err := b.raw.DeleteIf(t.Context(), ref{Bucket: full, Key: "hidden"}, "")
	must(t, err)
	names := []string{"empty-one", "full-one", "no-such"}

	if diff := cmp.Diff(map[string]string{"empty-one": "delete", "full-one": "none", "no-such": "none"}, steps(b.plan(t, "delete-buckets", in{"bucketNames": names}))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, out := do1[DeleteBucketsOut](t, b, "delete-buckets", in{"bucketNames": names})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if diff := cmp.Diff([]DeletedBucket{{Name: "empty-one", Deleted: true, Region: "us-east-1"}}, out.Buckets); diff != "" {
		t.Errorf("raw data (-want +got):\n%s", diff)
	}
	notEmpty, absent := rec.Error.Items[0], rec.Error.Items[1]
	begin := `Delete bucket "full-one" failed: An error occurred (BucketNotEmpty) when calling the DeleteBucket operation: The bucket you tried to delete is not empty.`
	if !strings.HasPrefix(notEmpty.Message, begin) || !strings.HasSuffix(notEmpty.Message, " It still holds 1 object, 2 older versions and 1 delete marker.") || notEmpty.StatusCode != 409 || !strings.Contains(notEmpty.Fix, "Enable All Versions Deletion") {
		t.Errorf("not empty: %+v", notEmpty)
	}
	if absent.StatusCode != 404 || absent.Code != "NoSuchBucket" || absent.Operation != "DeleteBucket" || absent.RequestID == "" {
		t.Errorf("absent: %+v", absent)
	}
}

func TestDeleteNoSuchBucket(t *testing.T) {
	b := newBench(t, stage{})
	rec, _ := do1[DeleteBucketsOut](t, b, "delete-buckets", in{"bucketNames": []string{"no-such"}})
	wantVerdict(t, rec, run.Failed)
	wantLine(t, rec, `Delete Buckets failed. Status Code: 404. Message: Delete bucket "no-such" failed: An error occurred (NoSuchBucket) when calling the DeleteBucket operation: The specified bucket does not exist.`)
	if rec.Error.Kind != connector.NotFound {
		t.Errorf("kind %s", rec.Error.Kind)
	}
}

func TestDeleteBucketFoundInAnotherRegion(t *testing.T) {
	b := newBench(t, stage{})
	_, _ = do1[CreateBucketsOut](t, b, "create-buckets", in{"bucketNames": []string{"far-away"}, "regionName": "ap-south-1"})
	rec, out := do1[DeleteBucketsOut](t, b, "delete-buckets", in{"bucketNames": []string{"far-away"}, "regionName": "eu-north-1"})
	wantVerdict(t, rec, run.Successful)
	if out.Buckets[0].Region != "ap-south-1" {
		t.Errorf("region %q", out.Buckets[0].Region)
	}
}

func TestRemainsInWords(t *testing.T) {
	for _, tc := range []struct {
		r    remains
		want string
	}{
		{remains{}, ""},
		{remains{objects: 1}, "1 object"},
		{remains{versions: 2, markers: 1}, "2 older versions and 1 delete marker"},
		{remains{objects: 3, versions: 1, markers: 2, more: true}, "at least 3 objects, 1 older version and 2 delete markers"},
	} {
		if got := tc.r.String(); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.r, got, tc.want)
		}
	}
}
