package s3

import (
	"fmt"
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

func TestBucketVersioning(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "kept")
	name := in{"bucketName": bucket}
	rec, got := do1[GetVersioningOut](t, b, "get-bucket-versioning", name)
	if wantVerdict(t, rec, run.Successful); got.Status != "" {
		t.Errorf("never on: %+v", got)
	}
	on := in{"bucketName": bucket, "status": "enabled"}
	if diff := cmp.Diff([]connector.PlanStep{{Item: bucket, Action: "create", Note: "- Status: (never on)\n+ Status: Enabled"}}, b.plan(t, "put-bucket-versioning", on)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	first, put := do1[PutVersioningOut](t, b, "put-bucket-versioning", on)
	if wantVerdict(t, first, run.Successful); put.Status != "Enabled" || put.Previous != "" {
		t.Errorf("put: %+v", put)
	}
	if plan := b.plan(t, "put-bucket-versioning", on); plan[0].Action != "none" {
		t.Errorf("plan of the same: %+v", plan)
	}
	again, _ := do1[PutVersioningOut](t, b, "put-bucket-versioning", on)
	if again.CanUndo || b.count("PutBucketVersioning") != 0 {
		t.Error("the same state was sent again")
	}
	second, _ := do1[PutVersioningOut](t, b, "put-bucket-versioning", in{"bucketName": bucket, "status": "Suspended"})
	wantVerdict(t, b.undo(t, second, false), run.Successful)
	if _, got = do1[GetVersioningOut](t, b, "get-bucket-versioning", name); got.Status != "Enabled" {
		t.Errorf("undone: %+v", got)
	}
	if plan := b.undo(t, first, true).Plan; plan[0].Action != "replace" || !strings.Contains(plan[0].Note, "can only be suspended") {
		t.Errorf("what undoing would do: %+v", plan)
	}
	wantVerdict(t, b.undo(t, first, false), run.Successful)
	if _, got = do1[GetVersioningOut](t, b, "get-bucket-versioning", name); got.Status != "Suspended" {
		t.Errorf("what was never on is suspended: %+v", got)
	}
	if again := b.undo(t, first, false); again.Plan[0].Action != "none" {
		t.Errorf("undone twice: %+v", again.Plan)
	}
	if rec, _ = do1[GetVersioningOut](t, b, "get-bucket-versioning", in{"bucketName": "no-such-bucket"}); rec.Error == nil || rec.Error.Kind != connector.NotFound {
		t.Errorf("no bucket: %s", line(rec))
	}
}

func TestListObjectVersions(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.versionedBucket(t, "listed")
	for _, k := range []string{"doc", "doc", "doc 2", "a/ü+ %", "zebra"} {
		b.put(t, bucket, k, k)
	}
	_, err := b.raw.DeleteMany(t.Context(), bucket, []ref{{Key: "doc"}})
	must(t, err)
	rec, all := do1[ListObjectVersionsOut](t, b, "list-object-versions", in{"bucketName": bucket})
	wantVerdict(t, rec, run.Successful)
	if len(all.Versions) != 5 || len(all.DeleteMarkers) != 1 || all.IsTruncated || len(rec.Result.Rows) != 5 {
		t.Errorf("all: %+v", all)
	}
	if all.Versions[0].Key != "a/ü+ %" || !all.DeleteMarkers[0].IsLatest {
		t.Errorf("keys are decoded: %+v", all)
	}
	_, one := do1[ListObjectVersionsOut](t, b, "list-object-versions", in{"bucketName": bucket, "key": "doc"})
	if len(one.Versions) != 2 || len(one.DeleteMarkers) != 1 || one.IsTruncated {
		t.Errorf("exactly one key: %+v", one)
	}
	var keys []string
	token := in{}
	for range 10 {
		_, p := do1[ListObjectVersionsOut](t, b, "list-object-versions", with(in{"bucketName": bucket, "maxKeys": 2}, token))
		for _, v := range p.Versions {
			keys = append(keys, v.Key)
		}
		if !p.IsTruncated {
			break
		}
		if p.NextKeyMarker == "" {
			t.Fatalf("a cut list says where it goes on: %+v", p)
		}
		token = in{"keyMarker": p.NextKeyMarker, "versionIdMarker": p.NextVersionIDMarker}
	}
	if diff := cmp.Diff([]string{"a/ü+ %", "doc", "doc", "doc 2", "zebra"}, keys); diff != "" {
		t.Errorf("page by page (-want +got):\n%s", diff)
	}
	rec, _ = do1[ListObjectVersionsOut](t, b, "list-object-versions", in{"bucketName": bucket, "key": "doc", "prefix": "d"})
	if rec.Error == nil || rec.Error.Items[0].Field != "/prefix" {
		t.Errorf("two selections: %s", line(rec))
	}
}

func TestRestoreObjectVersion(t *testing.T) {
	small := transferLimits{part: 5 << 20, threshold: 16 << 20, copyMax: 4}
	b := newBench(t, stage{limits: &small})
	bucket := b.versionedBucket(t, "restored")
	key, meta := "doc", map[string]string{"case": "42"}
	_, err := b.sdk().PutObject(t.Context(), &awss3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("first, in parts"), Metadata: meta, Tagging: ptr("a=b")})
	must(t, err)
	b.put(t, bucket, key, "2")
	versions := b.versions(t, bucket)
	old, latest := versions[1].Version, versions[0].Version
	input := in{"bucketName": bucket, "key": key, "versionId": old}
	if diff := cmp.Diff([]connector.PlanStep{{Item: key, Action: "replace", Size: 15}}, b.plan(t, "restore-object-version", input)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, out := do1[RestoreObjectVersionOut](t, b, "restore-object-version", input)
	wantVerdict(t, rec, run.Successful)
	if b.content(t, bucket, key) != "first, in parts" || out.Change != "replaced" || out.VersionID == old || out.VersionID == "" {
		t.Errorf("restored: %+v", out)
	}
	rec, details := do1[ObjectDetailsOut](t, b, "get-object-details", in{"bucketName": bucket, "key": key})
	wantVerdict(t, rec, run.Successful)
	if details.Metadata["case"] != "42" || len(details.TagSet) != 1 || details.TagSet[0].Value != "b" {
		t.Errorf("metadata and tags: %+v", details)
	}
	if plan := b.plan(t, "restore-object-version", in{"bucketName": bucket, "key": key, "versionId": out.VersionID}); plan[0].Action != "none" {
		t.Errorf("it is current: %+v", plan)
	}
	d, err := b.raw.DeleteMany(t.Context(), bucket, []ref{{Key: key}})
	must(t, err)
	if plan := b.plan(t, "restore-object-version", in{"bucketName": bucket, "key": key, "versionId": latest}); plan[0].Action != "create" {
		t.Errorf("it was deleted: %+v", plan)
	}
	rec, out = do1[RestoreObjectVersionOut](t, b, "restore-object-version", in{"bucketName": bucket, "key": key, "versionId": latest})
	if wantVerdict(t, rec, run.Successful); b.content(t, bucket, key) != "2" || out.Change != "created" {
		t.Errorf("back again: %+v", out)
	}
	for id, want := range map[string]string{d.Deleted[0].DeleteMarkerVersionID: "is a delete marker", "01BX5ZZKBKACTAV9WEVGEMMVRZ": "There is no version"} {
		rec, _ = do1[RestoreObjectVersionOut](t, b, "restore-object-version", in{"bucketName": bucket, "key": key, "versionId": id})
		if rec.Error == nil || !strings.Contains(rec.Error.Message, want) || rec.Error.Items[0].Fix == "" {
			t.Errorf("%s: %s", want, line(rec))
		}
	}
}

func TestObjectDetails(t *testing.T) {
	b := newBench(t, stage{})
	bucket := "locked"
	on := true
	_, err := b.sdk().CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &bucket, ObjectLockEnabledForBucket: &on})
	must(t, err)
	_, err = b.sdk().PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: &bucket, Key: ptr("held"), Body: strings.NewReader("12345"), ContentType: ptr("text/x-held"), CacheControl: ptr("no-store"),
		ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn, ContentMD5: ptr("gnzLDuqKcGxMNKFokfhOew=="),
	})
	must(t, err)
	rec, out := do1[ObjectDetailsOut](t, b, "get-object-details", in{"bucketName": bucket, "key": "held"})
	wantVerdict(t, rec, run.Successful)
	if out.ContentLength != 5 || out.ContentType != "text/x-held" || out.CacheControl != "no-store" || out.LegalHold != "ON" || out.VersionID == "" || out.LastModified == "" || out.ETag != `"827ccb0eea8a706c4c34a16891f84e7b"` {
		t.Errorf("details: %+v", out)
	}
	if out.TagSet == nil || len(out.Notes) != 0 {
		t.Errorf("no tags, no notes: %+v", out)
	}
	rec, _ = do1[ObjectDetailsOut](t, b, "get-object-details", in{"bucketName": bucket, "key": "gone"})
	if rec.Error == nil || rec.Error.Kind != connector.NotFound {
		t.Errorf("a missing object: %s", line(rec))
	}
	rec = b.Do(t, "aws-s3", "get-object-details", in{"bucketName": bucket, "key": []string{"held", "gone"}})
	if verdict(rec) != run.PartiallySuccessful || len(rec.Items) != 2 {
		t.Errorf("one run for each: %s %+v", verdict(rec), rec.Items)
	}
}

func TestCopyFiles(t *testing.T) {
	small := transferLimits{part: 5 << 20, threshold: 16 << 20, copyMax: 4}
	b := newBench(t, stage{limits: &small})
	from, to := b.bucket(t, "from-here"), b.bucket(t, "to-there")
	for _, k := range []string{"a/one", "b/two", "b/three"} {
		b.put(t, from, k, "content of "+k)
	}
	b.put(t, to, "in/two", "old")
	input := in{"sourceBucketName": from, "sourceFilePaths": []string{"a/one", "b/two", "missing"}, "destinationBucketName": to, "destinationPath": "in/"}
	want := []connector.PlanStep{{Item: "a/one", Action: "create", Size: 16}, {Item: "b/two", Action: "replace", Size: 16}, {Item: "missing", Action: "none"}}
	if diff := cmp.Diff(want, b.plan(t, "copy-files", input)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, out := do1[CopyFilesOut](t, b, "copy-files", input)
	wantVerdict(t, rec, run.PartiallySuccessful)
	if len(out.Files) != 2 || b.content(t, to, "in/two") != "content of b/two" || b.content(t, from, "b/two") != "content of b/two" {
		t.Errorf("copied: %+v", out)
	}
	if n := b.uploads(t, to); n != 0 {
		t.Errorf("%d uploads are left", n)
	}
	b.put(t, to, "in/two", "old")
	skip := with(input, in{"ifExists": "Skip", "sourceFilePaths": []string{"b/two", "b/three"}})
	if s := steps(b.plan(t, "copy-files", skip)); s["b/two"] != "none" || s["b/three"] != "create" {
		t.Errorf("plan: %v", s)
	}
	rec, _ = do1[CopyFilesOut](t, b, "copy-files", skip)
	if s := itemStates(rec); s["b/two"] != "skipped" || s["b/three"] != "done" || b.content(t, to, "in/two") != "old" {
		t.Errorf("skipped: %v", s)
	}
	rec, _ = do1[CopyFilesOut](t, b, "copy-files", with(skip, in{"ifExists": "Fail"}))
	if rec.Error == nil || rec.Error.Kind != connector.Conflict {
		t.Errorf("taken: %s", line(rec))
	}
	rec, _ = do1[CopyFilesOut](t, b, "copy-files", in{"sourceBucketName": from, "sourceFilePaths": []string{"a/one"}, "destinationBucketName": from, "destinationPath": "a"})
	if rec.Error == nil || !strings.Contains(rec.Error.Message, "cannot be copied onto itself") {
		t.Errorf("onto itself: %s", line(rec))
	}
}

func TestEmptyBucket(t *testing.T) {
	t.Parallel() // it waits more than it works
	small := defaultLimits()
	small.page = 50
	b := newBench(t, stage{limits: &small})
	bucket := b.versionedBucket(t, "full")
	must(t, connector.Each(t.Context(), 16, 110, func(i int) { b.put(t, bucket, fmt.Sprintf("k%04d", i), "12") }))
	for range 3 {
		b.put(t, bucket, "often", "x")
	}
	_, err := b.raw.DeleteMany(t.Context(), bucket, []ref{{Key: "k0000"}})
	must(t, err)
	_, err = b.raw.Begin(t.Context(), ref{Bucket: bucket, Key: "unfinished"}, headers{})
	must(t, err)

	plan := b.plan(t, "empty-bucket", in{"bucketName": bucket, "abortUploads": true})
	if len(plan) != 115 {
		t.Errorf("%d steps, want 113 versions, a marker and an upload", len(plan))
	}
	for _, confirmation := range []string{"", "Full", "full "} {
		b.sim.ResetRequests()
		rec, _ := do1[EmptyBucketOut](t, b, "empty-bucket", in{"bucketName": bucket, "confirmation": confirmation})
		if rec.Error == nil || rec.Error.Items[0].Field != "/confirmation" || len(b.sim.Requests()) > 0 {
			t.Errorf("confirmed with %q: %s after %v", confirmation, line(rec), b.operations())
		}
	}
	rec, out := do1[EmptyBucketOut](t, b, "empty-bucket", in{"bucketName": bucket, "confirmation": bucket, "prefix": "often"})
	if wantVerdict(t, rec, run.Successful); out.Objects != 1 || out.Versions != 2 || out.Bytes != 3 {
		t.Errorf("below the prefix: %+v", out)
	}
	rec, out = do1[EmptyBucketOut](t, b, "empty-bucket", in{"bucketName": bucket, "confirmation": bucket, "abortUploads": true})
	wantVerdict(t, rec, run.Successful)
	if out.Objects != 109 || out.Versions != 1 || out.DeleteMarkers != 1 || out.AbortedUploads != 1 || len(out.Deleted) != 111 || rec.CanUndo {
		t.Errorf("emptied: %d objects, %d versions, %d markers, %d uploads", out.Objects, out.Versions, out.DeleteMarkers, out.AbortedUploads)
	}
	must(t, b.raw.deleteBucket(t.Context(), bucket))
}

// The versions of one key may fill many pages.
func TestEmptyBucketOfOneKey(t *testing.T) {
	small := defaultLimits()
	small.page = 5
	b := newBench(t, stage{limits: &small})
	bucket := b.versionedBucket(t, "busy")
	for range 23 {
		b.put(t, bucket, "log", "1")
	}
	if plan := b.plan(t, "empty-bucket", in{"bucketName": bucket}); len(plan) != 23 {
		t.Errorf("%d steps", len(plan))
	}
	rec, out := do1[EmptyBucketOut](t, b, "empty-bucket", in{"bucketName": bucket, "confirmation": bucket})
	wantVerdict(t, rec, run.Successful)
	if out.Objects != 1 || out.Versions != 22 {
		t.Errorf("%d objects, %d versions", out.Objects, out.Versions)
	}
	must(t, b.raw.deleteBucket(t.Context(), bucket))
}

func TestEmptyBucketWithLocks(t *testing.T) {
	b := newBench(t, stage{})
	bucket := "held"
	on := true
	_, err := b.sdk().CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &bucket, ObjectLockEnabledForBucket: &on})
	must(t, err)
	_, err = b.sdk().PutObject(t.Context(), &awss3.PutObjectInput{Bucket: &bucket, Key: ptr("held"), Body: strings.NewReader("x"), ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn}, contentMD5)
	must(t, err)
	_, err = b.sdk().PutObject(t.Context(), &awss3.PutObjectInput{Bucket: &bucket, Key: ptr("free"), Body: strings.NewReader("x")}, contentMD5)
	must(t, err)
	rec, out := do1[EmptyBucketOut](t, b, "empty-bucket", in{"bucketName": bucket, "confirmation": bucket})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if out.Objects != 1 || out.Failed != 1 || len(out.Errors) != 1 || out.Errors[0].Key != "held" || !strings.Contains(rec.Error.Items[0].Item, "held") {
		t.Errorf("%+v: %+v", out, rec.Error)
	}
	rec, _ = do1[EmptyBucketOut](t, b, "empty-bucket", in{"bucketName": bucket, "confirmation": bucket})
	wantVerdict(t, rec, run.Failed)
}
