package s3

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

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
