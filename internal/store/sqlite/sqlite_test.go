package sqlite_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
	"github.com/fairlead-io/fairlead/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, filepath.Join(t.TempDir(), "fairlead.db")) })
}

func open(t testing.TB, path string) *store.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// step is what one recorded step of a run writes: the run and its intent.
func step() (*store.Run, store.Batch) {
	r := &store.Run{
		ID: store.NewID(), Tenant: "default", Integration: "aws-s3", Command: "upload-files", ConnectionName: "Prod", State: store.RunRunning,
		Origin: "cli", Actor: "ann", CreatedAt: 1, NodeID: "n", InputRedacted: []byte(strings.Repeat("x", 200)), InputSealed: make([]byte, 300),
	}
	e := &store.AuditEntry{Tenant: "default", At: 1, Kind: audit.KindRunIntent, Actor: "ann", RunID: &r.ID, Body: json.RawMessage(`{"input":{"bucket":"b"}}`)}
	return r, store.Batch{InsertRuns: []*store.Run{r}, Audit: []*store.AuditEntry{e}}
}

func TestRecordsAreThereAfterAReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fairlead.db")
	st := open(t, path)
	r, b := step()
	if err := errors.Join(st.Submit(t.Context(), b), st.Close()); err != nil {
		t.Fatal(err)
	}
	st = open(t, path)
	if _, err := st.Run(t.Context(), "default", r.ID); err != nil {
		t.Error(err)
	}
	_, b = step()
	if err := st.Submit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if b.Audit[0].Seq != 2 {
		t.Errorf("the chain went on at %d, want 2", b.Audit[0].Seq)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Run(t.Context(), "default", r.ID); store.KindOf(err) != store.Unavailable {
		t.Errorf("a read after the close: got %v, want Unavailable", err)
	}
	if err := st.Submit(t.Context(), b); store.KindOf(err) != store.Unavailable {
		t.Errorf("a write after the close: got %v, want Unavailable", err)
	}
}

// Characters that end a name in a URI, or are escapes in one, are allowed in the name of a folder.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b", "what?x=1", "50%25", "#1", "ümläut", "a&_pragma=foreign_keys(0)", "semi;colon"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "?") {
			continue // not a name there
		}
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "fairlead.db")
		if err := open(t, path).Close(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: the database is not in its file: %v", name, err)
		}
	}
}

func TestOnlyTheOwnerMayReadTheFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // access lists of the folder decide there
	}
	dir := t.TempDir()
	st := open(t, filepath.Join(dir, "fairlead.db"))
	_, b := step()
	if err := st.Submit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Fatalf("got %v, %v; want the database and its two journals", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", e.Name(), info.Mode())
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatAreNoDatabase(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database, only text. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason, path string
		kind         store.Kind
	}{
		{"text", text, store.Internal},
		{"a folder", dir, store.Unavailable},
		{"in a folder that is not there", filepath.Join(dir, "none", "fairlead.db"), store.Unavailable},
	} {
		_, err := sqlite.Open(t.Context(), c.path)
		if e, ok := errors.AsType[*store.Error](err); !ok || e.Kind != c.kind {
			t.Errorf("%s: got %v, want kind %v", c.reason, err, c.kind)
		}
	}
}
