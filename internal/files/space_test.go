package files_test

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
)

// A file is refused before the disk is full, and one that grows is ended.
func TestSpaceIsKeptFree(t *testing.T) {
	full := &connector.Error{Kind: connector.Limited, Message: "nearly full"}
	left, asked := int64(100<<20), 0
	blobs, err := files.OpenLocal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	s := files.New(files.Config{Blobs: blobs, Now: time.Now, Log: slog.New(slog.DiscardHandler), Space: func(more int64) error {
		if asked++; more > left {
			return full
		}
		return nil
	}})
	w, err := s.For(files.Owner{Tenant: "t"}).Create(t.Context(), connector.NewFile{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, io.LimitReader(zeros{}, 20<<20)); err != nil {
		t.Errorf("with enough left: %v", err)
	}
	if asked < 3 || asked > 10 {
		t.Errorf("the disk was looked at %d times for 20 MiB", asked)
	}
	left = 1 << 20
	n, err := io.Copy(w, io.LimitReader(zeros{}, 100<<20))
	if !errors.Is(err, full) || n > 9<<20 {
		t.Errorf("when little was left, %d bytes went through: %v", n, err)
	}
	if _, err := w.Commit(t.Context()); !errors.Is(err, full) {
		t.Errorf("it was stored all the same: %v", err)
	}
	left = -1
	if _, err := s.For(files.Owner{Tenant: "t"}).Create(t.Context(), connector.NewFile{Name: "b"}); !errors.Is(err, full) || !strings.Contains(err.Error(), "nearly full") {
		t.Errorf("a new file: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
