package s3

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

func (b *bench) deleteObjects(t testing.TB, bucket string, paths []string, more in) *run.Record {
	t.Helper()
	rec, _ := do1[DeleteBucketObjectsOut](t, b, "delete-bucket-objects", with(in{"bucketName": bucket, "filePaths": paths}, more))
	return rec
}

func TestUndoDelete(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.versionedBucket(t, "undone")
	for _, k := range []string{"a", "dir/b", "dir/b", "dir/b2"} {
		b.put(t, bucket, k, k)
	}
	rec := b.deleteObjects(t, bucket, []string{"a", "dir/b", "missing"}, nil)
	wantVerdict(t, rec, run.PartiallySuccessful)
	plan := b.undo(t, rec, true).Plan
	want := []connector.PlanStep{
		{Item: "a", Action: "create", Size: 1, Note: "The delete marker is removed."},
		{Item: "dir/b", Action: "create", Size: 5, Note: "The delete marker is removed."},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	undone := b.undo(t, rec, false)
	wantVerdict(t, undone, run.Successful)
	if diff := cmp.Diff([]string{"a", "dir/b", "dir/b2"}, b.keys(t, bucket)); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	if len(b.versions(t, bucket)) != 4 {
		t.Errorf("nothing else is left behind: %+v", b.versions(t, bucket))
	}
	if again := b.undo(t, rec, true); again.Plan[0].Action != "none" || !strings.Contains(again.Plan[0].Note, "there again already") {
		t.Errorf("undone twice: %+v", again.Plan)
	}
	wantConflict(t, b.undo(t, rec, false))
}

func TestUndoDeleteRefuses(t *testing.T) {
	t.Parallel() // it waits more than it works
	for why, c := range map[string]struct {
		change  func(*testing.T, *bench, string)
		more    in
		note    string
		changed bool
	}{
		"a new object stands there": {change: func(t *testing.T, b *bench, bucket string) { b.put(t, bucket, "k", "new") }, changed: true},
		"it was deleted once more": {change: func(t *testing.T, b *bench, bucket string) {
			b.put(t, bucket, "k", "new")
			_, err := b.raw.DeleteMany(t.Context(), bucket, []ref{{Key: "k"}})
			must(t, err)
		}, changed: true},
		"the versions are gone": {change: func(t *testing.T, b *bench, bucket string) {
			for _, v := range b.versions(t, bucket) {
				if !v.Marker && v.Key == "k" {
					_, err := b.raw.DeleteMany(t.Context(), bucket, []ref{{Key: "k", Version: v.Version}})
					must(t, err)
				}
			}
		}, note: "No version of it is left."},
		"all versions were removed": {change: func(*testing.T, *bench, string) {}, more: in{"enableAllVersionsDeletion": true}, note: "removed for good"},
	} {
		t.Run(why, func(t *testing.T) {
			b := newBench(t, stage{})
			bucket := b.versionedBucket(t, "refused")
			b.put(t, bucket, "k", "old")
			b.put(t, bucket, "other", "old")
			rec := b.deleteObjects(t, bucket, []string{"other", "k"}, c.more)
			c.change(t, b, bucket)
			before := b.versions(t, bucket)
			u := b.undo(t, rec, true)
			if c.changed {
				wantConflict(t, u)
				wantConflict(t, b.undo(t, rec, false))
				if diff := cmp.Diff(before, b.versions(t, bucket)); diff != "" {
					t.Errorf("the other one was touched:\n%s", diff)
				}
				return
			}
			if wantVerdict(t, u, run.Successful); u.Plan[1].Action != "none" || !strings.Contains(u.Plan[1].Note, c.note) {
				t.Errorf("plan: %+v", u.Plan)
			}
		})
	}
}

func TestUndoDeleteWithoutVersions(t *testing.T) {
	b := newBench(t, stage{})
	plain := b.bucket(t, "plain")
	b.put(t, plain, "k", "x")
	rec := b.deleteObjects(t, plain, []string{"k"}, nil)
	if u := b.undo(t, rec, true); u.Plan[0].Action != "none" || !strings.Contains(u.Plan[0].Note, "removed for good") {
		t.Errorf("plan: %+v", u.Plan)
	}
	u := b.undo(t, rec, false)
	wantConflict(t, u)
	if len(u.Plan) != 1 || u.Plan[0].Action != "none" {
		t.Errorf("the plan says why: %+v", u.Plan)
	}

	paused := b.versionedBucket(t, "paused")
	b.put(t, paused, "k", "x")
	b.setVersioning(t, paused, types.BucketVersioningStatusSuspended)
	rec = b.deleteObjects(t, paused, []string{"k"}, nil)
	if u := b.undo(t, rec, true); !strings.Contains(u.Plan[0].Note, "Restore Object Version") {
		t.Errorf("plan: %+v", u.Plan)
	}
}

// A run that was cut after it sent the deletion does not know the markers; they
// are found by their time.
func TestUndoDeleteAfterACut(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.versionedBucket(t, "cut-off")
	b.put(t, bucket, "k", "x")
	b.put(t, bucket, "never", "x")
	_, err := b.raw.DeleteMany(t.Context(), bucket, []ref{{Key: "k"}})
	must(t, err)
	call := &connector.Call{Env: testEnv(), DryRun: true}
	steps := func(at time.Time) []connector.UndoStep {
		var out []connector.UndoStep
		for _, k := range []string{"k", "never"} {
			s, err := deletedMark{At: at}.step(k)
			must(t, err)
			out = append(out, s)
		}
		return out
	}
	input := &DeleteBucketObjectsIn{BucketName: bucket}
	plan, err := undoDelete(t.Context(), call, b.raw.s, input, steps(time.Now().Add(-time.Minute)))
	must(t, err)
	if plan[0].Action != "create" || plan[1].Action != "none" {
		t.Errorf("plan: %+v", plan)
	}
	if _, err = undoDelete(t.Context(), call, b.raw.s, input, steps(time.Now().Add(time.Hour))); connector.AsError(err).Kind != connector.Conflict {
		t.Errorf("an older marker is not the run's: %v", err)
	}
}

// failingSink cannot keep anything.
type failingSink struct{}

// SaveUndo implements connector.UndoSink.
func (failingSink) SaveUndo(context.Context, ...connector.UndoStep) error {
	return &connector.Error{Kind: connector.Unavailable, Message: "The disk is full."}
}

// Nothing is deleted that could not be kept for undo.
func TestDeleteNeedsTheUndoRecord(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.versionedBucket(t, "kept")
	b.put(t, bucket, "k", "x")
	d := &deletion{
		c: b.raw, in: &DeleteBucketObjectsIn{BucketName: bucket}, out: &DeleteBucketObjectsOut{},
		call: &connector.Call{Env: testEnv(), Undo: failingSink{}, Items: connector.NewItems(nullItems{}, time.Now)},
	}
	must(t, d.run(t.Context(), []doomed{{path: "k", refs: []ref{{Bucket: bucket, Key: "k"}}}}))
	if len(b.keys(t, bucket)) != 1 {
		t.Error("it was deleted")
	}
}

type nullItems struct{}

// ItemChanged implements connector.ItemSink.
func (nullItems) ItemChanged(connector.ItemEvent) {}

// ItemBytes implements connector.ItemSink.
func (nullItems) ItemBytes(int, int64) {}

// ItemsTotal implements connector.ItemSink.
func (nullItems) ItemsTotal(int, int64) {}
