package s3

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

func TestUploadFiles(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "uploads")
	b.put(t, bucket, "temp/sub/old.json", "{}")
	report, old := b.store(t, "report.txt", "hello"), b.store(t, "old.json", `{"a":1}`)
	input := in{"bucketName": bucket, "bucketFolder": "temp/sub/", "d3FileIds": []any{report, old, "abc", "4711"}, "fileSource": "playbook file"}

	plan := b.plan(t, "upload-files", input)
	if diff := cmp.Diff([]connector.PlanStep{{Item: report, Action: "create", Size: 5}, {Item: old, Action: "replace", Size: 7}, {Item: "abc", Action: "none"}, {Item: "4711", Action: "none"}}, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, out := do1[UploadFilesOut](t, b, "upload-files", input)
	wantVerdict(t, rec, run.PartiallySuccessful)
	if got := b.content(t, bucket, "temp/sub/report.txt"); got != "hello" {
		t.Errorf("content %q", got)
	}
	if len(out.Files) != 2 || out.Files[0].Key != "temp/sub/report.txt" || out.Files[0].ETag != `"5d41402abc4b2a76b9719d911017c592"` {
		t.Errorf("raw data: %+v", out)
	}
	o, err := b.raw.Head(t.Context(), ref{Bucket: bucket, Key: "temp/sub/old.json"})
	must(t, err)
	if !strings.HasPrefix(o.ContentType, "application/json") {
		t.Errorf("content type %q", o.ContentType)
	}
	if diff := cmp.Diff([]any{"temp/sub/report.txt", "temp/sub/old.json"}, rec.KeyFields["Keys"]); diff != "" {
		t.Errorf("key fields (-want +got):\n%s", diff)
	}
	bad, unknown := rec.Error.Items[0], rec.Error.Items[1]
	if bad.Item != "abc" || bad.StatusCode != 400 || bad.Message != `Upload file with ID "abc" to bucket "uploads" failed: Download file failed:"Error converting data type nvarchar to bigint.` {
		t.Errorf("bad ID: %+v", bad)
	}
	if unknown.StatusCode != 404 || !strings.HasPrefix(unknown.Message, `Upload file with ID "4711" to bucket "uploads" failed: `) {
		t.Errorf("unknown ID: %+v", unknown)
	}
}

func TestUploadSample(t *testing.T) {
	b := newBench(t, stage{})
	rec, _ := do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": b.bucket(t, "uploads"), "fileIds": []string{"x1"}})
	wantVerdict(t, rec, run.Failed)
	wantLine(t, rec, `Upload Files failed. Status Code: 400. Message: Upload file with ID "x1" to bucket "uploads" failed: Download file failed:"Error converting data type nvarchar to bigint.`)
}

func TestUploadIfExists(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "uploads")
	for _, tc := range []struct {
		choice  string
		state   connector.ItemState
		content string
	}{
		{"Skip", "skipped", "old"},
		{"Fail", "failed", "old"},
		{"Overwrite", "done", "new"},
	} {
		t.Run(tc.choice, func(t *testing.T) {
			b.put(t, bucket, "a.txt", "old")
			id := b.store(t, "a.txt", "new")
			rec, _ := do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": bucket, "fileIds": []string{id}, "ifExists": tc.choice})
			if s := itemStates(rec)[id]; s != tc.state {
				t.Errorf("state %q, want %q", s, tc.state)
			}
			if got := b.content(t, bucket, "a.txt"); got != tc.content {
				t.Errorf("content %q, want %q", got, tc.content)
			}
			if tc.state == "failed" && (rec.Error.Kind != connector.Conflict || rec.Error.StatusCode != 409) {
				t.Errorf("error %+v", rec.Error)
			}
		})
	}
	// The look before is not the only guard: the write itself is conditional.
	id := b.store(t, "raced.txt", "new")
	b.put(t, bucket, "raced.txt", "old")
	blob, err := b.files.Open(t.Context(), id, "")
	must(t, err)
	u := &upload{id: id, ifExists: "Fail", blob: blob, to: ref{Bucket: bucket, Key: "raced.txt"}, plane: b.raw, limits: defaultLimits(), workers: 1}
	u.item = connector.NewItems(nullSink{}, testEnv().Now).Start(id)
	if _, err := u.send(t.Context(), true); connector.AsError(err).Status != 412 {
		t.Errorf("a conditional write onto an object: %v", err)
	}
}

type nullSink struct{}

func TestUploadRefusals(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "uploads")
	one, two := b.store(t, "same.txt", "1"), b.store(t, "same.txt", "2")
	b.sim.ResetRequests()
	rec, _ := do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": bucket, "fileIds": []string{one}, "bucketFolder": "/temp"})
	wantVerdict(t, rec, run.Failed)
	wantLine(t, rec, `Upload Files failed. Status Code: 400. Message: Bucket Folder must not begin with "/".`)
	if f := rec.Error.Items[0].Field; f != "/bucketFolder" || len(b.sim.Requests()) != 0 {
		t.Errorf("field %q, %d requests", f, len(b.sim.Requests()))
	}
	rec, _ = do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": bucket, "fileIds": []string{one, two, one}})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if got := b.content(t, bucket, "same.txt"); got != "1" {
		t.Errorf("content %q: the second file took the place of the first", got)
	}
	if s := rec.Items[2].State; s != "skipped" {
		t.Errorf("the same file again is %s", s)
	}
}
