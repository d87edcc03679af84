package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
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

func (nullSink) ItemChanged(connector.ItemEvent) {}
func (nullSink) ItemBytes(int, int64)            {}
func (nullSink) ItemsTotal(int, int64)           {}

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

func smallLimits() *transferLimits { return &transferLimits{part: 5 << 20, threshold: 6 << 20, copyMax: 8 << 20} }

func randomText(t testing.TB, n int) string {
	t.Helper()
	raw := make([]byte, n)
	_, err := rand.Read(raw)
	must(t, err)
	return string(raw)
}

func TestMultipartThereAndBack(t *testing.T) {
	b := newBench(t, stage{limits: smallLimits()})
	bucket := b.bucket(t, "large")
	content := randomText(t, 12<<20+3)
	id := b.store(t, "large.bin", content)
	rec, out := do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": bucket, "fileIds": []string{id}})
	wantVerdict(t, rec, run.Successful)
	if !strings.HasSuffix(out.Files[0].ETag, `-3"`) || rec.Items[0].Bytes != int64(len(content)) {
		t.Errorf("ETag %s, %d bytes", out.Files[0].ETag, rec.Items[0].Bytes)
	}
	rec, down := do1[DownloadFilesOut](t, b, "download-files", in{"bucketName": bucket, "filePaths": []string{"large.bin"}})
	wantVerdict(t, rec, run.Successful)
	if b.fileText(t, down.Files[0].FileID) != content {
		t.Error("the content came back changed")
	}
	if n := b.uploads(t, bucket); n != 0 {
		t.Errorf("%d uploads are left open", n)
	}
}

// brokenBlob gives an error from an offset on.
type brokenBlob struct {
	connector.Blob
	from int64
}

// Open implements connector.Blob.
func (b brokenBlob) Open(ctx context.Context, offset int64) (io.ReadCloser, error) {
	if offset >= b.from {
		return nil, &connector.Error{Kind: connector.Unavailable, Message: "The disk is gone."}
	}
	return b.Blob.Open(ctx, offset)
}

func TestFailedMultipartLeavesNoParts(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "large")
	blob, err := b.files.Open(t.Context(), b.store(t, "large.bin", randomText(t, 12<<20)), "")
	must(t, err)
	send := func(ctx context.Context, blob connector.Blob) error {
		u := &upload{blob: blob, to: ref{Bucket: bucket, Key: "large.bin"}, plane: b.raw, limits: *smallLimits(), workers: 2}
		u.item = connector.NewItems(nullSink{}, testEnv().Now).Start("1")
		_, err := u.send(ctx, false)
		return err
	}
	if err := send(t.Context(), brokenBlob{blob, 8 << 20}); err == nil || err.Error() != "The disk is gone." {
		t.Errorf("error: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := send(ctx, cancelBlob{blob, cancel}); connector.AsError(err).Kind != connector.Canceled {
		t.Errorf("canceled: %v", err)
	}
	if n := b.uploads(t, bucket); n != 0 {
		t.Errorf("%d uploads are left open", n)
	}
	if keys := b.keys(t, bucket); len(keys) != 0 {
		t.Errorf("objects: %v", keys)
	}
}

// cancelBlob cancels when its second part is read.
type cancelBlob struct {
	connector.Blob
	cancel context.CancelFunc
}

// Open implements connector.Blob.
func (b cancelBlob) Open(ctx context.Context, offset int64) (io.ReadCloser, error) {
	if offset > 5<<20 {
		b.cancel()
	}
	return b.Blob.Open(ctx, offset)
}

func TestDownloadFiles(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "downloads")
	key, kind, body := "a/report.txt", "text/x-special", "hello"
	_, err := b.sdk().PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(body)), ContentType: &kind, Metadata: map[string]string{"case": "42"},
	})
	must(t, err)
	b.put(t, bucket, "b/report.txt", "other")
	paths := []string{key, "missing.txt", "b/report.txt"}
	if diff := cmp.Diff(map[string]string{key: "create", "missing.txt": "none", "b/report.txt": "create"}, steps(b.plan(t, "download-files", in{"bucketName": bucket, "filePaths": paths}))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, out := do1[DownloadFilesOut](t, b, "download-files", in{"bucketName": bucket, "filePaths": paths})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if len(out.Files) != 2 {
		t.Fatalf("raw data: %+v", out)
	}
	f := out.Files[0]
	want := DownloadedFile{
		FileID: f.FileID, FileName: "report.txt", Key: key, ContentLength: 5, ContentType: kind, ETag: `"5d41402abc4b2a76b9719d911017c592"`,
		LastModified: f.LastModified, VersionID: f.VersionID, StorageClass: f.StorageClass, Metadata: map[string]string{"case": "42"}, Checksums: f.Checksums, Verified: f.Verified,
		MD5: "5d41402abc4b2a76b9719d911017c592", SHA1: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", SHA256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	if f.Verified == "size" || out.Files[1].FileName != "report (2).txt" || b.fileText(t, out.Files[1].FileID) != "other" {
		t.Errorf("verified by %s; second %+v", f.Verified, out.Files[1])
	}
	if e := rec.Error.Items[0]; e.Message != `Download file "missing.txt" in bucket "downloads" failed: An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.` || e.StatusCode != 404 {
		t.Errorf("missing: %+v", e)
	}
}

func TestDownloadSample(t *testing.T) {
	b := newBench(t, stage{})
	rec, _ := do1[DownloadFilesOut](t, b, "download-files", in{"bucketName": "no-such", "filePaths": []string{"a.txt"}})
	wantVerdict(t, rec, run.Failed)
	wantLine(t, rec, `Download Files failed. Status Code: 404. Message: Download file "a.txt" in bucket "no-such" failed: An error occurred (NoSuchBucket) when calling the GetObject operation: The specified bucket does not exist.`)
}

// liar is a plane whose object is not what it says.
type liar struct {
	plane
	body string
	o    object
	cuts int // answers that end early
	gets []int64
}

// Get implements reader.
func (l *liar) Get(_ context.Context, _ ref, offset int64, _ string) (*object, io.ReadCloser, error) {
	l.gets = append(l.gets, offset)
	rest := l.body[offset:]
	if len(l.gets) <= l.cuts {
		rest = rest[:len(rest)/2]
	}
	return &l.o, io.NopCloser(strings.NewReader(rest)), nil
}

func TestDownloadVerifies(t *testing.T) {
	b := newBench(t, stage{})
	sized := func(o object) object { o.Size = 5; return o }
	for _, tc := range []struct {
		name string
		o    object
		cuts int
		err  string
		by   string
	}{
		{"right ETag", sized(object{ETag: "5d41402abc4b2a76b9719d911017c592"}), 0, "", "ETag"},
		{"wrong ETag", sized(object{ETag: "00000000000000000000000000000000"}), 0, "does not agree", ""},
		{"an ETag of parts says nothing", sized(object{ETag: "0123-3"}), 0, "", "size"},
		{"an ETag under KMS says nothing", sized(object{ETag: "00000000000000000000000000000000", SSE: "aws:kms"}), 0, "", "size"},
		{"right CRC32", sized(object{Checksum: map[string]string{"CRC32": "NhCmhg=="}}), 0, "", "CRC32"},
		{"wrong CRC32", sized(object{Checksum: map[string]string{"CRC32": "AAAAAA=="}}), 0, "does not agree", ""},
		{"right CRC32C", sized(object{Checksum: map[string]string{"CRC32C": "mnG7TA=="}}), 0, "", "CRC32C"},
		{"right CRC64NVME", sized(object{Checksum: map[string]string{"CRC64NVME": "M3eFcAZSQlc="}}), 0, "", "CRC64NVME"},
		{"right SHA256", sized(object{Checksum: map[string]string{"SHA256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}}), 0, "", "SHA256"},
		{"cut twice, resumed", sized(object{ETag: "5d41402abc4b2a76b9719d911017c592"}), 2, "", "ETag"},
		{"cut for good", object{Size: 6}, 0, "The connection broke after 5 of 6 bytes", ""},
		{"too long", object{Size: 4}, 0, "announced 4", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before, err := b.files.List(t.Context(), connector.FileQuery{})
			must(t, err)
			l := &liar{body: "hello", o: tc.o, cuts: tc.cuts}
			d := download{plane: l, files: b.files, from: ref{Bucket: "b", Key: "k"}, name: "k", item: connector.NewItems(nullSink{}, testEnv().Now).Start("k")}
			f, err := d.run(t.Context())
			switch {
			case tc.err == "" && (err != nil || f.Verified != tc.by):
				t.Errorf("%+v, %v; want verified by %s", f, err, tc.by)
			case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
				t.Errorf("error %v, want %q", err, tc.err)
			}
			after, lerr := b.files.List(t.Context(), connector.FileQuery{})
			must(t, lerr)
			if kept := len(after) - len(before); (kept == 1) != (tc.err == "") {
				t.Errorf("%d files were kept", kept)
			}
			if tc.cuts > 0 {
				if diff := cmp.Diff([]int64{0, 2, 3}, l.gets); diff != "" {
					t.Errorf("offsets (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestFileNames(t *testing.T) {
	got := fileNames([]string{"a/x.txt", "b/x.txt", "x.txt", "x (2).txt", "dir/", "noext", "d/noext"})
	want := []string{"x.txt", "x (2).txt", "x (3).txt", "x (2) (2).txt", "dir", "noext", "noext (2)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestPartSize(t *testing.T) {
	const mib = 1 << 20
	for _, tc := range []struct{ size, want int64 }{{100 * mib, 8 * mib}, {80000 * mib, 8 * mib}, {80001 * mib, 9 * mib}, {5 << 40, 525 * mib}} {
		got := partSize(8*mib, tc.size)
		if got != tc.want || (tc.size+got-1)/got > maxParts {
			t.Errorf("%d MiB: parts of %d, want %d", tc.size/mib, got, tc.want)
		}
	}
}

func TestThousandFiles(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "thousand")
	var ids, paths []string
	for i := range 1000 {
		name := fmt.Sprintf("f%04d.txt", i)
		ids, paths = append(ids, b.store(t, name, name)), append(paths, "in/"+name)
	}
	rec, _ := do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": bucket, "fileIds": ids, "bucketFolder": "in"})
	wantVerdict(t, rec, run.Successful)
	rec, out := do1[DownloadFilesOut](t, b, "download-files", in{"bucketName": bucket, "filePaths": paths})
	wantVerdict(t, rec, run.Successful)
	if len(rec.Items) != 1000 || len(out.Files) != 1000 || out.Files[999].Key != paths[999] || rec.Items[500].Item != paths[500] {
		t.Errorf("%d items, %d files", len(rec.Items), len(out.Files))
	}
}
