package sqlite

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/store"
)

// filled is a store with a record of every kind, and a file that is gone.
func filled(t *testing.T) *store.Store {
	t.Helper()
	st := openWith(t, filepath.Join(t.TempDir(), "fairlead.db"), busyTimeout)
	b := fill()
	gone := *b.InsertFiles[0]
	b.InsertFiles = append(b.InsertFiles, &gone)
	err := st.Submit(t.Context(), b)
	if err = errors.Join(err, st.Submit(t.Context(), store.Batch{DeleteFiles: []*store.FileDelete{{Tenant: "t", ID: gone.ID}}})); err != nil {
		t.Fatal(err)
	}
	return st
}

func dumpOf(t *testing.T, st *store.Store) string {
	t.Helper()
	var out bytes.Buffer
	counts, err := st.Dump(t.Context(), &out)
	if err != nil || counts["audit_entries"] != 3 || counts["files"] != 1 {
		t.Fatalf("dump: %v, %v", counts, err)
	}
	return out.String()
}

func TestADumpLoadsIntoTheSame(t *testing.T) {
	dump := dumpOf(t, filled(t))
	path := filepath.Join(t.TempDir(), "copy.db")
	if _, err := Load(t.Context(), path, strings.NewReader(dump)); err != nil {
		t.Fatal(err)
	}
	st := openWith(t, path, busyTimeout)
	if diff := cmp.Diff(dump, dumpOf(t, st)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if n := verified(t, st); n != 3 {
		t.Errorf("%d entries", n)
	}
	b := fill()
	if err := st.Submit(t.Context(), b); err != nil || b.InsertFiles[0].ID != 3 {
		t.Errorf("the next file got id %d, want 3, since 2 was used (%v)", b.InsertFiles[0].ID, err)
	}
}

func TestDumpsThatCannotBeLoaded(t *testing.T) {
	dump := dumpOf(t, filled(t))
	lines := strings.SplitAfter(dump, "\n")
	for _, c := range []struct {
		reason, dump string
		says         string
	}{
		{"cut off", dump[:len(dump)-len(lines[len(lines)-2])], "cut off"},
		{"cut off in a line", dump[:len(dump)-3], "cut off"},
		{"empty", "", "cut off"},
		{"a row is missing", strings.Replace(dump, lines[2], "", 1), "should hold 1 rows"},
		{"a foreign table", strings.Replace(dump, `"table":"runs"`, `"table":"users"`, 1), "does not know"},
		{"a column that is none", strings.Replace(dump, `"tenant_id"`, `"tenant_id) --"`, 1), "does not know"},
		{"a newer format", strings.Replace(dump, `"format":1`, `"format":9`, 1), "newer program"},
		{"a value of no kind", strings.Replace(dump, `{"b":`, `{"c":`, 1), "damaged"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "copy.db")
			_, err := Load(t.Context(), path, strings.NewReader(c.dump))
			if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want Invalid that says %q", err, c.says)
			}
			if _, err := Load(t.Context(), path, strings.NewReader(dump)); err != nil {
				t.Errorf("the failed attempt left something behind: %v", err)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	_, err := Load(t.Context(), path, strings.NewReader(dump))
	_, again := Load(t.Context(), path, strings.NewReader(dump))
	if err != nil || !errors.Is(again, store.ErrConflict) {
		t.Errorf("got %v, then %v; want Conflict for a database that holds records", err, again)
	}
}
