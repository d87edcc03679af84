package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

// TestMemory: an object of 200 MiB goes up and comes down while the heap of
// the whole process, server included, grows by less than 64 MiB.
func TestMemory(t *testing.T) {
	const size, limit = 200 << 20, 64 << 20
	b := newBench(t, stage{})
	bucket := b.bucket(t, "huge")
	w, err := b.files.Create(t.Context(), connector.NewFile{Name: "huge.bin"})
	must(t, err)
	_, err = io.Copy(w, io.LimitReader(rand.NewChaCha8([32]byte{1}), size))
	must(t, err)
	info, err := w.Commit(t.Context())
	must(t, err)

	peak := watchHeap(t)
	rec, _ := do1[UploadFilesOut](t, b, "upload-files", in{"bucketName": bucket, "fileIds": []any{info.ID}})
	wantVerdict(t, rec, run.Successful)
	rec, out := do1[DownloadFilesOut](t, b, "download-files", in{"bucketName": bucket, "filePaths": []string{"huge.bin"}})
	wantVerdict(t, rec, run.Successful)
	grown := peak()
	t.Logf("the heap grew by %.1f MiB", float64(grown)/(1<<20))
	if grown > limit {
		t.Errorf("the heap grew by %d MiB, want less than %d", grown>>20, limit>>20)
	}
	if f := out.Files[0]; f.SHA256 != info.SHA256 || f.ContentLength != size {
		t.Errorf("came back as %+v", f)
	}
}

// watchHeap gives a function that tells how far the heap grew meanwhile.
func watchHeap(t *testing.T) func() int64 {
	t.Helper()
	runtime.GC()
	var start, m runtime.MemStats
	runtime.ReadMemStats(&start)
	ctx, stop := context.WithCancel(t.Context())
	var top uint64
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse)
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	return func() int64 {
		stop()
		wg.Wait()
		return int64(top) - int64(start.HeapInuse)
	}
}

func TestSection(t *testing.T) {
	b := newBench(t, stage{})
	content := randomText(t, 10000)
	blob, err := b.files.Open(t.Context(), b.store(t, "x", content), "")
	must(t, err)
	var moved int64
	s := newSection(t.Context(), blob, 1000, 5000, func(n int64) { moved += n })
	first, err := io.ReadAll(s)
	must(t, err)
	s.rewind()
	second, err := io.ReadAll(s)
	must(t, err)
	if string(first) != content[1000:6000] || string(second) != string(first) {
		t.Error("the stretch differs")
	}
	if moved != 5000 {
		t.Errorf("%d bytes moved, want 5000: repeats do not count", moved)
	}
	end, err := s.Seek(-10, io.SeekEnd)
	tail, rerr := io.ReadAll(s)
	if err != nil || rerr != nil || end != 4990 || string(tail) != content[5990:6000] {
		t.Errorf("from %d: %d bytes, %v, %v", end, len(tail), err, rerr)
	}
	sum := sha256.Sum256([]byte(content[1000:6000]))
	if sha, _, err := s.hashes(); err != nil || sha != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s, %v", sha, err)
	}
	s.finish()
	if _, err := s.Read(make([]byte, 1)); err == nil {
		t.Error("it can be read after the end")
	}
}
