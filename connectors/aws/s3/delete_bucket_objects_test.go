package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

func TestDeleteBucketObjects(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "plain")
	for _, k := range []string{"a", "dir/b", "dir/b2", "kept"} {
		b.put(t, bucket, k, "12345")
	}
	paths := []string{"dir/b", "missing", "a", "a"}
	plan := b.plan(t, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": paths})
	if diff := cmp.Diff([]connector.PlanStep{{Item: "dir/b", Action: "delete", Size: 5}, {Item: "missing", Action: "none"}, {Item: "a", Action: "delete", Size: 5}, {Item: "a", Action: "none"}}, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, out := do1[DeleteBucketObjectsOut](t, b, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": paths, "enableAllVersionsDeletion": true})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if diff := cmp.Diff([]string{"dir/b2", "kept"}, b.keys(t, bucket)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	var states []connector.ItemState
	for _, i := range rec.Items {
		states = append(states, i.State)
	}
	if diff := cmp.Diff([]connector.ItemState{"done", "failed", "done", "skipped"}, states); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if len(out.Deleted) != 2 || len(out.Errors) != 0 {
		t.Errorf("raw data: %+v", out)
	}
	if e := rec.Error.Items[0]; e.Item != "missing" || e.StatusCode != 404 || !strings.Contains(e.Message, `"missing" does not exist in bucket "plain"`) {
		t.Errorf("missing: %+v", e)
	}
	rec, _ = do1[DeleteBucketObjectsOut](t, b, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": []string{"missing", "kept"}, "ignoreMissing": true})
	wantVerdict(t, rec, run.Successful)
	if s := itemStates(rec); s["missing"] != "skipped" || s["kept"] != "done" {
		t.Errorf("with Ignore Missing: %v", s)
	}
}

func TestDeleteAllVersions(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.versionedBucket(t, "versioned")
	for i := range 3 {
		b.put(t, bucket, "doc", strings.Repeat("x", i+1))
	}
	b.put(t, bucket, "doc-2", "kept")
	b.put(t, bucket, "other", "1")

	rec, out := do1[DeleteBucketObjectsOut](t, b, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": []string{"doc"}})
	wantVerdict(t, rec, run.Successful)
	if len(out.Deleted) != 1 || !out.Deleted[0].DeleteMarker || out.Deleted[0].DeleteMarkerVersionID == "" {
		t.Errorf("a plain deletion: %+v", out.Deleted)
	}
	if diff := cmp.Diff([]any{out.Deleted[0].DeleteMarkerVersionID}, rec.KeyFields["DeleteMarkerVersionIds"]); diff != "" {
		t.Errorf("key fields (-want +got):\n%s", diff)
	}
	b.setVersioning(t, bucket, types.BucketVersioningStatusSuspended) // old versions are there all the same
	rec, out = do1[DeleteBucketObjectsOut](t, b, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": []string{"doc", "other", "gone"}, "enableAllVersionsDeletion": true})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if len(out.Deleted) != 5 {
		t.Errorf("deleted %+v, want 3 versions and a marker of doc and 1 of other", out.Deleted)
	}
	p, err := b.raw.ListVersions(t.Context(), versionQuery{Bucket: bucket})
	must(t, err)
	if len(p.Versions) != 1 || p.Versions[0].Key != "doc-2" {
		t.Errorf("left: %+v", p.Versions)
	}
}

func TestDeleteManyWithAllVersions(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t, stage{})
	bucket := b.versionedBucket(t, "many")
	var paths []string
	for i := range 1100 {
		paths = append(paths, fmt.Sprintf("k%04d", i))
	}
	must(t, connector.Each(t.Context(), 16, len(paths), func(i int) { b.put(t, bucket, paths[i], "1") }))
	b.put(t, bucket, paths[0], "2")
	hidden := b.deleteObjects(t, bucket, paths, nil)
	wantVerdict(t, hidden, run.Successful)
	undone := b.undo(t, hidden, false)
	if wantVerdict(t, undone, run.Successful); len(undone.Plan) != 1100 || b.count("DeleteObjects") != 2 {
		t.Errorf("undone: %d steps in %d requests", len(undone.Plan), b.count("DeleteObjects"))
	}
	b.sim.ResetRequests()
	rec, out := do1[DeleteBucketObjectsOut](t, b, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": paths, "enableAllVersionsDeletion": true})
	wantVerdict(t, rec, run.Successful)
	if len(rec.Items) != 1100 || len(out.Deleted) != 1101 {
		t.Errorf("%d items, %d deleted", len(rec.Items), len(out.Deleted))
	}
	if n := b.count("DeleteObjects"); n != 2 {
		t.Errorf("%d DeleteObjects, want 2", n)
	}
	full, err := b.raw.full(t.Context(), bucket)
	if err != nil || full {
		t.Errorf("the bucket still holds something (%v)", err)
	}
}

// Existence is found by listing where paths are dense and by single questions
// where they are not; never are more than ten times the paths listed.
func TestExistence(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t, stage{})
	bucket := b.bucket(t, "crowd")
	var all []string
	for i := range 1500 {
		all = append(all, fmt.Sprintf("d/%04d", i))
	}
	must(t, connector.Each(t.Context(), 16, len(all), func(i int) { b.put(t, bucket, all[i], "x") }))
	for _, tc := range []struct {
		name         string
		wanted       []string
		exist        int
		lists, heads int
	}{
		{"all of them", all, 1500, 2, 0},
		{"one", []string{"d/0007"}, 1, 1, 0},
		{"the two ends", []string{"d/0000", "d/1499"}, 2, 1, 1},
		{"absent ones among them", []string{"d/0003", "d/0003x", "d/0004"}, 2, 1, 0},
		{"one in a thousand", []string{"d/0000", "d/0700", "d/1400", "e/none"}, 3, 1, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.sim.ResetRequests()
			wanted := map[string]int{}
			for i, k := range tc.wanted {
				wanted[k] = i
			}
			found, err := b.raw.existing(t.Context(), bucket, wanted)
			must(t, err)
			if len(found) != tc.exist || b.count("ListObjectsV2") != tc.lists || b.count("HeadObject") != tc.heads {
				t.Errorf("%d exist, %d lists, %d heads; want %d, %d, %d", len(found), b.count("ListObjectsV2"), b.count("HeadObject"), tc.exist, tc.lists, tc.heads)
			}
		})
	}
}

func TestDeleteLockedObject(t *testing.T) {
	b := newBench(t, stage{})
	bucket, lock := "locked", true
	_, err := b.sdk().CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &bucket, ObjectLockEnabledForBucket: &lock})
	must(t, err)
	b.put(t, bucket, "held", "1")
	b.put(t, bucket, "free", "1")
	until, key := time.Now().Add(time.Hour), "held"
	_, err = b.sdk().PutObjectRetention(t.Context(), &awss3.PutObjectRetentionInput{
		Bucket: &bucket, Key: &key, Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: &until},
	})
	must(t, err)
	rec, out := do1[DeleteBucketObjectsOut](t, b, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": []string{"held", "free"}, "enableAllVersionsDeletion": true})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if len(out.Errors) != 1 || out.Errors[0].Key != "held" || len(out.Deleted) != 1 {
		t.Fatalf("raw data: %+v", out)
	}
	if e := rec.Error.Items[0]; e.Item != "held" || e.Operation != "DeleteObjects" || e.StatusCode != 403 || !strings.Contains(e.Fix, "Object Lock") {
		t.Errorf("held: %+v", e)
	}
}

// The seed's own sample: who may not list fails as a whole.
func TestDeleteBucketObjectsDenied(t *testing.T) {
	who := s3sim.Identity{Name: "deleter", AccessKey: "AKIADELETER", SecretKey: "deleter-secret-key", Allow: s3sim.AllowActions("s3:DeleteObject")}
	b := newBench(t, stage{
		sim:      func(o *s3sim.Options) { o.Identities = []s3sim.Identity{who} },
		settings: map[string]any{"accessKey": who.AccessKey, "secretKey": who.SecretKey},
	})
	bucket := b.bucket(t, "guarded")
	b.put(t, bucket, "a", "1")
	rec, _ := do1[DeleteBucketObjectsOut](t, b, "delete-bucket-objects", in{"bucketName": bucket, "filePaths": []string{"a"}})
	wantVerdict(t, rec, run.Failed)
	if !strings.HasPrefix(line(rec), "Delete Bucket Objects failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: ") {
		t.Errorf("the run says %s", line(rec))
	}
	if !slices.Contains(b.keys(t, bucket), "a") {
		t.Error("the object is gone")
	}
}
