package files_test

import (
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

// rig is a Service on a real store and a real folder.
type rig struct {
	*files.Service
	dir   string
	store *store.Store
	mu    sync.Mutex
	now   time.Time
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) forward(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func newRig(t *testing.T) *rig { return newRigOf(t, 0) }

// both runs a test twice: with small content stored with the records, and with
// all content in the folder.
func both(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("with the records", func(t *testing.T) { test(t, newRigOf(t, 0)) })
	t.Run("in the folder", func(t *testing.T) { test(t, newRigOf(t, -1)) })
}

func newRigOf(t *testing.T, small int64) *rig {
	t.Helper()
	r := &rig{dir: t.TempDir(), now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	st, err := sqlite.Open(t.Context(), filepath.Join(r.dir, "fairlead.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	r.store = st
	r.Service = files.New(files.Config{Blobs: openLocal(t, r.blobs()), Records: st, Now: r.clock, Log: slog.New(slog.DiscardHandler), Small: small})
	return r
}

func (r *rig) blobs() string { return filepath.Join(r.dir, "files") }

// rows tells how many pieces of content are stored with the records.
func (r *rig) rows(t *testing.T) int {
	t.Helper()
	counts, err := r.store.Dump(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return int(counts["contents"])
}

// stored tells how many pieces of content are stored at all.
func (r *rig) stored(t *testing.T) int {
	t.Helper()
	return r.rows(t) + len(onDisk(t, r.blobs()))
}

func (r *rig) scoped() *files.Scoped { return r.For(files.Owner{Tenant: "acme", Actor: "tester"}) }

func save(t *testing.T, f connector.Files, n connector.NewFile, content string) connector.FileInfo {
	t.Helper()
	w, err := f.Create(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	info, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func textOf(t *testing.T, f connector.Files, id int64) string {
	t.Helper()
	b, err := f.Open(t.Context(), strconv.FormatInt(id, 10), files.AnySource)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// damage changes content where it is: a record is written with bytes that are
// not its own.
func (r *rig) damage(t *testing.T, key, to string) {
	t.Helper()
	if r.Small < 0 {
		truncate(t, filepath.Join(r.blobs(), key[:2], key), int64(len(to)))
		return
	}
	r.record(t, key, store.Content{Tenant: "acme", Key: key, Bytes: []byte(to)})
}

// record writes a file of ten bytes past the Service.
func (r *rig) record(t *testing.T, key string, content ...store.Content) int64 {
	t.Helper()
	f := &store.File{Tenant: "acme", Name: "past", Size: 10, ContentKey: key, Source: connector.PlaybookFile}
	if err := r.store.Submit(t.Context(), store.Batch{InsertContents: content, InsertFiles: []*store.File{f}}); err != nil {
		t.Fatal(err)
	}
	return f.ID
}
