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

// What a dump says of content: which of it is inside, whether it is what its key says, and which must be somewhere else.
func TestWhatADumpSaysOfContent(t *testing.T) {
	const sumOfEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	const sumOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	st := openWith(t, filepath.Join(t.TempDir(), "fairlead.db"), busyTimeout)
	file := func(tenant, key string) *store.File {
		return &store.File{Tenant: tenant, Name: "f", ContentKey: key, Source: "Playbook File"}
	}
	err := st.Submit(t.Context(), store.Batch{
		InsertFiles: []*store.File{file("a", sumOfEmpty), file("a", sumOfAbc), file("a", "damaged"), file("b", sumOfAbc), file("b", sumOfAbc), file("b", "elsewhere")},
		InsertContents: []store.Content{
			{Tenant: "a", Key: sumOfEmpty}, {Tenant: "a", Key: sumOfAbc, Bytes: []byte("abc")}, {Tenant: "a", Key: "damaged", Bytes: []byte("x")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var dump bytes.Buffer
	if _, err := st.Dump(t.Context(), &dump); err != nil {
		t.Fatal(err)
	}
	got, err := store.DumpedContent(bytes.NewReader(dump.Bytes()))
	want := store.Dumped{Outside: []string{sumOfAbc, "elsewhere"}, Inside: 3, Bytes: 4, Damaged: []string{"damaged"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("-want +got\n%s%v", diff, err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if _, err := Load(t.Context(), path, &dump); err != nil {
		t.Fatal(err)
	}
	back := openWith(t, path, busyTimeout)
	if raw, err := back.Content(t.Context(), "a", sumOfEmpty); err != nil || len(raw) != 0 {
		t.Errorf("content without bytes came back as %v, %v", raw, err)
	}
}

// Dumps of programs that kept no content in the database load, and all their files have their content elsewhere.
func TestADumpWithoutContents(t *testing.T) {
	dump := dumpOf(t, filled(t))
	from := strings.Index(dump, `{"table":"contents"`)
	to := strings.Index(dump, `{"table":"files"`)
	old := strings.Replace(dump[:from]+dump[to:], `"contents":1,`, "", 1)
	if strings.Contains(old, "contents") {
		t.Fatalf("the dump was to have no contents:\n%s", old)
	}
	got, err := store.DumpedContent(strings.NewReader(old))
	if diff := cmp.Diff(store.Dumped{Outside: []string{"k"}}, got); diff != "" || err != nil {
		t.Errorf("-want +got\n%s%v", diff, err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	counts, err := Load(t.Context(), path, strings.NewReader(old))
	if err != nil || counts["files"] != 1 || counts["contents"] != 0 {
		t.Errorf("loaded %v, %v", counts, err)
	}
}
