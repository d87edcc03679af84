package retention_test

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/retention"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

const day = 24 * time.Hour

type bench struct {
	*retention.Keeper
	now time.Time
}

func open(t *testing.T, p retention.Policy) *bench {
	t.Helper()
	dir := t.TempDir()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "fairlead.db"))
	must(t, err)
	blobs, err := files.OpenLocal(filepath.Join(dir, "files"))
	must(t, err)
	t.Cleanup(func() { _, _ = blobs.Close(), st.Close() })
	b := &bench{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	b.Keeper = &retention.Keeper{
		Policy: p, Store: st, Now: clock, Log: slog.New(slog.DiscardHandler),
		Files: files.New(files.Config{Blobs: blobs, Records: st, Now: clock, Log: slog.New(slog.DiscardHandler)}),
	}
	return b
}

// run adds a run that ended some days ago, or goes on for a negative number.
func (b *bench) run(t *testing.T, daysAgo, size int) string {
	t.Helper()
	r := &store.Run{
		ID: store.NewID(), Tenant: "default", Integration: "i", Command: "c", State: store.RunRunning, Actor: "a", NodeID: "n",
		CreatedAt: store.Micros(b.now.Add(-100 * day)), Output: make([]byte, size), InputSealed: []byte{1},
	}
	if daysAgo >= 0 {
		at := store.Micros(b.now.Add(-time.Duration(daysAgo) * day))
		r.State, r.EndedAt = store.RunDone, &at
	}
	item := &store.Item{Tenant: r.Tenant, RunID: r.ID, Item: "i", State: store.ItemDone}
	must(t, b.Store.Submit(t.Context(), store.Batch{InsertRuns: []*store.Run{r}, UpsertItems: []*store.Item{item}}))
	return r.ID
}

// file stores a file some days ago.
func (b *bench) file(t *testing.T, daysAgo, size int) int64 {
	t.Helper()
	now := b.now
	b.now = now.Add(-time.Duration(daysAgo) * day)
	defer func() { b.now = now }()
	w, err := b.Files.For(files.Owner{Tenant: "default", Actor: "a"}).Create(t.Context(), connector.NewFile{Name: "f"})
	must(t, err)
	_, err = io.WriteString(w, string(make([]byte, size-8))+store.NewID()[28:])
	must(t, err)
	info, err := w.Commit(t.Context())
	must(t, err)
	return info.ID
}

func (b *bench) apply(t *testing.T, want retention.Deleted) {
	t.Helper()
	got, err := b.Apply(t.Context())
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	n, reached, problem, err := audit.Verify(t.Context(), "default", audit.Checkpoint{}, b.Store.AuditChain(t.Context(), "default", 0))
	head, errHead := b.Store.AuditHead(t.Context(), "default")
	if err := errors.Join(err, errHead); err != nil || problem != nil || audit.Expect(reached, head) != nil {
		t.Errorf("the chain of %d entries: %v, %v", n, problem, err)
	}
}

func (b *bench) has(t *testing.T, id string) bool {
	t.Helper()
	_, err := b.Store.Run(t.Context(), "default", id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func (b *bench) entries(t *testing.T, kind string) int {
	t.Helper()
	page, err := b.Store.AuditEntries(t.Context(), "default", store.AuditFilter{Kind: kind}, store.Page{Limit: 1000})
	must(t, err)
	return len(page.Entries)
}

func TestNothingIsDeletedUnlessAsked(t *testing.T) {
	b := open(t, retention.Policy{})
	b.run(t, 5000, 10)
	b.file(t, 5000, 10)
	b.apply(t, retention.Deleted{})
}

func TestRunsByAge(t *testing.T) {
	b := open(t, retention.Policy{Runs: 30 * day})
	old, young, on := b.run(t, 31, 1), b.run(t, 29, 1), b.run(t, -1, 1)
	for range 250 { // more than one page
		b.run(t, 60, 1)
	}
	b.apply(t, retention.Deleted{Runs: 251})
	if b.has(t, old) || !b.has(t, young) || !b.has(t, on) {
		t.Error("the wrong runs were deleted")
	}
	if n := b.entries(t, audit.KindRunDeleted); n != 251 {
		t.Errorf("%d deletions were audited", n)
	}
	b.apply(t, retention.Deleted{})
}

func TestRunsBySize(t *testing.T) {
	b := open(t, retention.Policy{RunsSize: 5_000})
	oldest, second, newest, on := b.run(t, 9, 2_000), b.run(t, 8, 3_000), b.run(t, 7, 3_000), b.run(t, -1, 50_000)
	b.apply(t, retention.Deleted{Runs: 2})
	if b.has(t, oldest) || b.has(t, second) || !b.has(t, newest) || !b.has(t, on) {
		t.Error("the wrong runs were deleted")
	}
	b.apply(t, retention.Deleted{})
}

func TestDetailsByAge(t *testing.T) {
	b := open(t, retention.Policy{Details: 10 * day})
	old, young := b.run(t, 11, 5), b.run(t, 9, 5)
	b.apply(t, retention.Deleted{Details: 1})
	for id, want := range map[string]int{old: 0, young: 1} {
		page, err := b.Store.Items(t.Context(), "default", id, "", store.Page{})
		if err != nil || len(page.Items) != want || !b.has(t, id) {
			t.Errorf("%d items, %v; want %d", len(page.Items), err, want)
		}
	}
	if n := b.entries(t, audit.KindRunCleared); n != 1 {
		t.Errorf("%d were audited", n)
	}
	b.apply(t, retention.Deleted{})
}

func TestFilesByAgeAndSize(t *testing.T) {
	b := open(t, retention.Policy{Files: 30 * day, FilesSize: 100_000})
	b.file(t, 31, 1_000) // so small that its content is stored with the records
	b.file(t, 20, 60_000)
	second, newest := b.file(t, 10, 60_000), b.file(t, 1, 4_000)
	b.apply(t, retention.Deleted{Files: 2})
	for _, id := range []int64{second, newest} {
		if _, err := b.Store.File(t.Context(), "default", id); err != nil {
			t.Errorf("file %d: %v", id, err)
		}
	}
	if n := b.entries(t, audit.KindFilePurged); n != 2 {
		t.Errorf("%d were audited", n)
	}
	if n, err := b.Files.SweepOrphans(t.Context()); n != 0 || err != nil {
		t.Errorf("%d pieces of content were left behind, %v", n, err)
	}
	if counts, err := b.Store.Dump(t.Context(), io.Discard); err != nil || counts["contents"] != 1 {
		t.Errorf("%d pieces of small content are there, %v; want that of the newest file", counts["contents"], err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
