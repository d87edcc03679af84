package s3

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

func (nullSink) ItemChanged(connector.ItemEvent) {}
func (nullSink) ItemBytes(int, int64)            {}
func (nullSink) ItemsTotal(int, int64)           {}

func smallLimits() *transferLimits {
	return &transferLimits{part: 5 << 20, threshold: 6 << 20, copyMax: 8 << 20}
}

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
	if size := int64(len(content)); !strings.HasSuffix(out.Files[0].ETag, `-3"`) || rec.Items[0].Bytes != size || rec.Progress.BytesTotal != size {
		t.Errorf("ETag %s, %d bytes of %d", out.Files[0].ETag, rec.Items[0].Bytes, rec.Progress.BytesTotal)
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
	t.Parallel() // it waits more than it works
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
