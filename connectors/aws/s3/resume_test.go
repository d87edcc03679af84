package s3

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

// Of 600 files one is missing in the middle; when it is there, resuming moves
// that one and no other.
func TestMoveManyIsResumed(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t, stage{})
	src, dst := b.bucket(t, "move-from"), b.bucket(t, "move-to")
	paths := make([]string, 600)
	for i := range paths {
		paths[i] = fmt.Sprintf("in/%03d", i)
	}
	must(t, connector.Each(t.Context(), 16, len(paths), func(i int) {
		if i != 300 {
			b.put(t, src, paths[i], paths[i])
		}
	}))
	rec, _ := do1[MoveFilesOut](t, b, "move-files", in{"sourceBucketName": src, "sourceFilePaths": paths, "destinationBucketName": dst})
	wantVerdict(t, rec, run.PartiallySuccessful)
	if keys := b.keys(t, dst); len(keys) != 599 || len(b.keys(t, src)) != 0 {
		t.Errorf("%d moved", len(keys))
	}
	b.put(t, src, paths[300], "late")
	b.sim.ResetRequests()
	again, err := b.Resume(t.Context(), b.Owner, rec.RunID)
	must(t, err)
	wantVerdict(t, again, run.Successful)
	if *again.ParentRunID != rec.RunID || len(again.Items) != 1 || again.Items[0].Item != "in/300" || b.count("CopyObject") != 1 {
		t.Errorf("resumed: %+v after %d copies", again.Items, b.count("CopyObject"))
	}
	if b.content(t, dst, "300") != "late" || len(b.keys(t, dst)) != 600 {
		t.Error("the last file is not there")
	}
}

// A large upload in parts breaks off at 60 %: no parts stay. Resumed, it is
// there byte for byte.
func TestCutMultipartIsResumed(t *testing.T) {
	t.Parallel() // it waits more than it works
	const size, cutAt = 200 << 20, 120 << 20
	b := newBench(t, stage{})
	bucket := b.bucket(t, "large")
	w, err := b.files.Create(t.Context(), connector.NewFile{Name: "huge.bin"})
	must(t, err)
	_, err = io.CopyN(w, rand.NewChaCha8([32]byte{7}), size)
	must(t, err)
	info, err := w.Commit(t.Context())
	must(t, err)

	var sent atomic.Int64
	var whole atomic.Bool
	faulty(t, b, func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodPut || whole.Load() || sent.Add(r.ContentLength) <= cutAt {
			return false
		}
		panic(http.ErrAbortHandler) // cuts the connection
	})
	input := in{"bucketName": bucket, "fileIds": []string{strconv.FormatInt(info.ID, 10)}}
	rec := b.doFaulty(t, "upload-files", input)
	wantVerdict(t, rec, run.Failed)
	if n, keys := b.uploads(t, bucket), b.keys(t, bucket); n != 0 || len(keys) != 0 {
		t.Errorf("%d uploads and the objects %v are left", n, keys)
	}
	whole.Store(true)
	again, err := b.Resume(t.Context(), b.Owner, rec.RunID)
	must(t, err)
	wantVerdict(t, again, run.Successful)
	if *again.ParentRunID != rec.RunID || b.uploads(t, bucket) != 0 {
		t.Errorf("%d uploads are left", b.uploads(t, bucket))
	}
	rec = b.doFaulty(t, "download-files", in{"bucketName": bucket, "filePaths": []string{"huge.bin"}})
	wantVerdict(t, rec, run.Successful)
	if f := rawData[DownloadFilesOut](t, rec).Files[0]; f.SHA256 != info.SHA256 || f.ContentLength != size {
		t.Errorf("came back as %s of %d bytes", f.SHA256, f.ContentLength)
	}
}
