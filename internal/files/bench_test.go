package files_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

func benchService(b *testing.B, small int64) *files.Scoped {
	b.Helper()
	dir := b.TempDir()
	st, err := sqlite.Open(b.Context(), filepath.Join(dir, "fairlead.db"))
	if err != nil {
		b.Fatal(err)
	}
	l, err := files.OpenLocal(filepath.Join(dir, "files"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _, _ = l.Close(), st.Close() })
	s := files.New(files.Config{Blobs: l, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler), Small: small})
	return s.For(files.Owner{Tenant: "bench"})
}

// Each file is durable, with its record and audit entry, before the next of the
// same writer begins.
func BenchmarkSmallFiles(b *testing.B) {
	for place, small := range map[string]int64{"records": 0, "folder": -1} {
		for _, writers := range []int{1, 8, 32} {
			b.Run(fmt.Sprintf("%s/writers=%d", place, writers), func(b *testing.B) { benchSmall(b, benchService(b, small), writers) })
		}
	}
}

func benchSmall(b *testing.B, f *files.Scoped, writers int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				benchPut(b, f, fmt.Appendf(bytes.Repeat([]byte("x"), 4096), "%d", n))
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}

// Three hashes are computed while the content streams.
func BenchmarkLargeFile(b *testing.B) {
	f := benchService(b, 0)
	block := bytes.Repeat([]byte("x"), 1<<20)
	b.SetBytes(64 << 20)
	b.ReportAllocs()
	for b.Loop() {
		w, err := f.Create(b.Context(), connector.NewFile{Name: "large"})
		if err != nil {
			b.Fatal(err)
		}
		for range 64 {
			if _, err := w.Write(block); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := w.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func benchPut(b *testing.B, f connector.Files, content []byte) {
	w, err := f.Create(b.Context(), connector.NewFile{Name: "small.txt"})
	if err != nil {
		b.Error(err)
		return
	}
	defer w.Abort()
	if _, err := w.Write(content); err != nil {
		b.Error(err)
	}
	if _, err := w.Commit(b.Context()); err != nil {
		b.Error(err)
	}
}
