package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/store"
)

// fixture is the dump of a filled database of a schema version, written when that version was the newest. Once released
// it never changes: it stands for the databases that people have.
func fixture(version int64) string {
	return filepath.Join("testdata", fmt.Sprintf("schema-%05d.sql", version))
}

// Every schema that was ever released can be brought up to date without losing anything.
func TestUpgrades(t *testing.T) {
	for _, version := range versions(t) {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fairlead.db")
			load(t, path, version)
			before := counts(t, path)
			st, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if n := verified(t, st); n != 3 {
				t.Errorf("%d audit entries, want 3", n)
			}
			if diff := cmp.Diff(fill().InsertRuns[0], first(t, st), ignoreID()); diff != "" {
				t.Errorf("run: -want +got\n%s", diff)
			}
			b := fill()
			if err := errors.Join(st.Submit(t.Context(), b), st.Close()); err != nil {
				t.Fatal(err)
			}
			if b.InsertFiles[0].ID != 3 { // 1 is there, 2 was deleted before the dump
				t.Errorf("the next file got id %d, want 3", b.InsertFiles[0].ID)
			}
			for table, n := range counts(t, path) {
				if n < before[table] {
					t.Errorf("table %s has %d rows, had %d before the upgrade", table, n, before[table])
				}
			}
		})
	}
}

// versions lists the schema's versions. A new one without a fixture is given one with UPDATE_GOLDEN=1, never an old one.
func versions(t *testing.T) []int64 {
	t.Helper()
	db := openRaw(t, filepath.Join(t.TempDir(), "probe.db"))
	p, err := provider(db)
	if err != nil {
		t.Fatal(err)
	}
	var all []int64
	for _, source := range p.ListSources() {
		all = append(all, source.Version)
	}
	newest := all[len(all)-1]
	if _, err := os.Stat(fixture(newest)); err != nil {
		if os.Getenv("UPDATE_GOLDEN") == "" {
			t.Fatalf("schema version %d has no fixture: run this test once with UPDATE_GOLDEN=1 and commit %s", newest, fixture(newest))
		}
		writeFixture(t, newest)
	}
	return all
}

func writeFixture(t *testing.T, version int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fixture.db")
	st, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	b := fill()
	gone := *b.InsertFiles[0]
	b.InsertFiles = append(b.InsertFiles, &gone)
	err = st.Submit(t.Context(), b)
	err = errors.Join(err, st.Submit(t.Context(), store.Batch{DeleteFiles: []*store.FileDelete{{Tenant: "t", ID: gone.ID}}}))
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fixture(version), []byte(dump(t, path)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fill is a batch with a record of every kind.
func fill() store.Batch {
	text, number := "ref", int64(7)
	c := &store.Connection{ID: store.NewID(), Tenant: "t", Integration: "aws-s3", Name: store.NewID(), Settings: []byte(`{}`), Secrets: map[string][]byte{"s": {1}}}
	r := &store.Run{
		ID: store.NewID(), Tenant: "t", Integration: "aws-s3", Command: "list-buckets", ConnectionName: "Prod", State: store.RunDone, Origin: "cli",
		Actor: "ann", ActorName: "Ann", ExternalRef: &text, CreatedAt: 5, ReturnData: &text, EndedAt: &number, Bytes: 3, Error: []byte(`{}`),
		InputRedacted: []byte(`{}`), InputSealed: []byte{0, 1}, Output: []byte(`{}`), OutputSealed: []byte{2}, NodeID: "n",
	}
	b := store.Batch{
		InsertConnections: []*store.Connection{c}, InsertRuns: []*store.Run{r},
		InsertUndo:   []*store.Undo{{Tenant: "t", RunID: r.ID, Steps: []byte{3}}},
		UpsertItems:  []*store.Item{{Tenant: "t", RunID: r.ID, Item: "i", State: store.ItemDone}},
		InsertFiles:  []*store.File{{Tenant: "t", Name: "f", ContentKey: "k", Source: "Playbook File"}},
		SaveKeysets:  []*store.Keyset{{ID: store.NewID(), Tenant: "t", Purpose: "seal", Wrapped: []byte{1}, KEK: "kek"}},
		SaveSettings: []store.Setting{{Tenant: "t", Name: "n", Value: []byte("v")}},
		InsertNodes:  []string{store.NewID()}, RequestCancels: []store.CancelRequest{{Tenant: "t", RunID: r.ID, At: 1}},
	}
	b.InsertContents = []store.Content{{Tenant: "t", Key: "k", Bytes: []byte{6, 0}}}
	b.InsertSecrets = []*store.Secret{{ID: store.NewID(), Tenant: "t", Name: store.NewID(), CreatedAt: 5, UpdatedAt: 6, CreatedBy: "ann", UpdatedBy: "bob", Sealed: []byte{5}}}
	place := store.Checkpoint{Tenant: "t", At: 9, Signature: []byte{4}}
	place.Seq = 3
	b.InsertCheckpoints = []store.Checkpoint{place}
	token := &store.Token{ID: store.NewID(), Tenant: "t", Name: "ci", Scopes: []string{"run"}}
	copy(token.Hash[:], token.ID)
	b.InsertTokens = []*store.Token{token}
	for range 3 {
		b.Audit = append(b.Audit, &store.AuditEntry{Tenant: "t", Kind: "k", RunID: &r.ID, Body: []byte(`{"a":1}`)})
	}
	return b
}

func first(t *testing.T, st *store.Store) *store.Run {
	t.Helper()
	page, err := st.Runs(t.Context(), "t", store.RunFilter{}, store.Page{})
	if err != nil || len(page.Runs) != 1 {
		t.Fatalf("got %d runs, %v; want 1", len(page.Runs), err)
	}
	r, err := st.Run(t.Context(), "t", page.Runs[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return &r
}

func ignoreID() cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "ID" }, cmp.Ignore())
}

// The schema that sqlc reads and the one that SQLite runs have the same tables and columns.
func TestSchemaIsTheOneTheQueriesAreTypedAgainst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fairlead.db")
	st, err := Open(t.Context(), path)
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("..", "db", "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	column := regexp.MustCompile(`(?m)^    ([a-z_0-9]+) +(text|bytea|bigint|boolean)`)
	for _, table := range regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`).FindAllStringSubmatch(string(text), -1) {
		for _, c := range column.FindAllStringSubmatch(table[2], -1) {
			want[table[1]] = append(want[table[1]], c[1])
		}
	}
	got := map[string][]string{}
	for _, table := range tables(t, openRaw(t, path)) {
		got[table] = columns(t, openRaw(t, path), table)
	}
	delete(got, "goose_db_version")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-schema.sql +migrations\n%s", diff)
	}
}

func openRaw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := connect(path, busyTimeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func load(t *testing.T, path string, version int64) {
	t.Helper()
	text, err := os.ReadFile(fixture(version))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openRaw(t, path).ExecContext(t.Context(), string(text)); err != nil {
		t.Fatal(err)
	}
}

func counts(t *testing.T, path string) map[string]int {
	t.Helper()
	db := openRaw(t, path)
	out := map[string]int{}
	for _, table := range tables(t, db) {
		out[table] = len(texts(t, db, "SELECT '' FROM "+table))
	}
	return out
}

func tables(t *testing.T, db *sql.DB) []string {
	t.Helper()
	return texts(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid")
}

func columns(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	return texts(t, db, "SELECT name FROM pragma_table_info('"+table+"') ORDER BY cid")
}

// dump writes a database as SQL text.
func dump(t *testing.T, path string) string {
	t.Helper()
	db := openRaw(t, path)
	lines := []string{"PRAGMA foreign_keys = OFF;", "BEGIN;"}
	for _, ddl := range texts(t, db, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid") {
		lines = append(lines, ddl+";")
	}
	for _, table := range append(tables(t, db), "sqlite_sequence") {
		quoted := "quote(" + strings.Join(columns(t, db, table), ") || ', ' || quote(") + ")"
		for _, row := range texts(t, db, "SELECT "+quoted+" FROM "+table) {
			lines = append(lines, fmt.Sprintf("INSERT INTO %s VALUES (%s);", table, row))
		}
	}
	// The sequences come last, over those that the inserts above have made.
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "INSERT INTO sqlite_sequence") })
	lines = slices.Insert(lines, i, "DELETE FROM sqlite_sequence;")
	return strings.Join(append(lines, "COMMIT;"), "\n") + "\n"
}

func texts(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rows.Close() })
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
