package s3

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
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

	peak := runtest.Heap(t)
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

func TestSection(t *testing.T) {
	b := newBench(t, stage{})
	content := randomText(t, 10000)
	blob, err := b.files.Open(t.Context(), b.store(t, "x", content), "")
	must(t, err)
	var moved int64
	s := newSection(t.Context(), blob, 1000, 5000, func(n int64) { moved += n })
	read := func() string {
		rc, err := s.open()
		must(t, err)
		defer rc.Close()
		raw, err := io.ReadAll(rc)
		must(t, err)
		return string(raw)
	}
	first, second := read(), read()
	if first != content[1000:6000] || second != first {
		t.Error("the stretch differs")
	}
	if moved != 5000 {
		t.Errorf("%d bytes moved, want 5000: repeats do not count", moved)
	}
	sum := md5.Sum([]byte(content[1000:6000]))
	if got, err := s.md5(); err != nil || got != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s, %v", got, err)
	}
	beyond := newSection(t.Context(), blob, 9000, 5000, func(int64) {})
	rc, err := beyond.open()
	must(t, err)
	defer rc.Close()
	if got, err := io.ReadAll(rc); len(got) != 1000 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("beyond the end: %d bytes, %v", len(got), err)
	}
	if _, err := beyond.md5(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("beyond the end: %v", err)
	}
}
