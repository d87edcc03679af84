// Package postgres_test shows that PostgreSQL does what SQLite does, and what only it has to do: several nodes, a
// network between, a server that goes away.
package postgres_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/postgres"
	"github.com/fairlead-io/fairlead/internal/store/postgres/postgrestest"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
	"github.com/fairlead-io/fairlead/internal/store/storetest"
	"github.com/fairlead-io/fairlead/test/servers"
)

// missing says that there is no server, as loudly as the run asks for.
func missing(t *testing.T) bool {
	t.Helper()
	if postgrestest.Running() {
		return false
	}
	reason := os.Getenv("FAIRLEAD_NOT_RUN_POSTGRES")
	if reason == "" {
		reason = "not started; scripts/test-servers.sh starts it"
	}
	servers.NotRun(t, "PostgreSQL", reason)
	return true
}

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	st, err := postgres.Open(t.Context(), postgres.Source{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestConformance(t *testing.T) {
	if missing(t) {
		return
	}
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, postgrestest.NewURL(t)) })
}

// What people see when the database cannot be opened names it and never its password.
func TestUnusableDatabases(t *testing.T) {
	if missing(t) {
		return
	}
	good := os.Getenv(postgrestest.Env)
	secret := good[strings.Index(good, "fairlead:")+len("fairlead:") : strings.Index(good, "@")]
	for _, c := range []struct {
		reason, url string
		kind        store.Kind
		says        string
	}{
		{"no URL at all", "", store.Invalid, "postgres://"},
		{"a URL that cannot be read keeps its password", "postgres://u:" + secret + "@h:port/db", store.Invalid, "postgres://"},
		{"a wrong password", strings.Replace(good, secret, "wrong"+secret, 1), store.Unavailable, "user or password"},
		{"no such database", strings.Replace(good, "/postgres?", "/nowhere?", 1), store.Unavailable, "create it first"},
		{"nobody listens", "postgres://u:" + secret + "@127.0.0.1:1/db", store.Unavailable, `"db" on 127.0.0.1:1`},
	} {
		t.Run(c.reason, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), postgres.Source{URL: c.url})
			if err == nil || store.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v that says %q", err, c.kind, c.says)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

// What SQLite holds moves to PostgreSQL, and back, and nothing of it changes.
func TestMovesBetweenDatabases(t *testing.T) {
	if missing(t) {
		return
	}
	first, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fairlead.db"))
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if err := first.Submit(t.Context(), full()); err != nil {
			t.Fatal(err)
		}
	}
	before := dump(t, first)
	url := postgrestest.NewURL(t)
	if _, err := postgres.Load(t.Context(), postgres.Source{URL: url}, strings.NewReader(before)); err != nil {
		t.Fatal(err)
	}
	second := open(t, url)
	if diff := cmp.Diff(before, dump(t, second)); diff != "" {
		t.Errorf("-SQLite +PostgreSQL\n%s", diff)
	}
	if n := verified(t, second, "x"); n != 100 {
		t.Errorf("%d entries, want 100", n)
	}
	b := full()
	if err := second.Submit(t.Context(), b); err != nil || b.InsertFiles[0].ID != 101 {
		t.Errorf("the next file got id %d, want 101 (%v)", b.InsertFiles[0].ID, err)
	}
	path := filepath.Join(t.TempDir(), "back.db")
	after := dump(t, second)
	if _, err := sqlite.Load(t.Context(), path, strings.NewReader(after)); err != nil {
		t.Fatal(err)
	}
	third, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after, dump(t, third)); diff != "" {
		t.Errorf("-PostgreSQL +SQLite\n%s", diff)
	}
	if _, err := postgres.Load(t.Context(), postgres.Source{URL: url}, strings.NewReader(before)); !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want Conflict for a database that holds records", err)
	}
	closed(t, first, second, third)
}

func dump(t *testing.T, st *store.Store) string {
	t.Helper()
	var out strings.Builder
	if _, err := st.Dump(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// full is a batch with a record of every kind.
func full() store.Batch {
	b := batch("x", "x")
	r := b.InsertRuns[0]
	at := int64(3)
	r.Inline, r.DryRun, r.EndedAt, r.Output, r.ConnectionName = true, true, &at, []byte("\x00\xff{}"), "Zoë's \"prod\"\n"
	c := connection(store.NewID())
	c.Active, c.Secrets = true, map[string][]byte{"k": {0, 1, 2}}
	b.InsertConnections = []*store.Connection{c}
	b.UpsertItems = []*store.Item{{Tenant: "x", RunID: r.ID, Item: "a/b\x00c", State: store.ItemDone}}
	b.InsertUndo = []*store.Undo{{Tenant: "x", RunID: r.ID, Steps: []byte{}}}
	b.InsertFiles = []*store.File{{Tenant: "x", Name: "f", ContentKey: "k", Source: "s", ExpiresAt: &at}, {Tenant: "y", Name: "f", ContentKey: "k", Source: "s"}}
	b.InsertContents = []store.Content{{Tenant: "x", Key: "k", Bytes: []byte{0, 0xff}}, {Tenant: "y", Key: "k"}}
	b.SaveKeysets = []*store.Keyset{{ID: store.NewID(), Tenant: "x", Purpose: c.ID, Wrapped: []byte{9}, KEK: "kek"}}
	b.SaveSettings = []store.Setting{{Tenant: "x", Name: c.ID}}
	b.InsertSecrets = []*store.Secret{{ID: store.NewID(), Tenant: "x", Name: "Ü/" + c.ID, CreatedAt: 1, UpdatedAt: 2, CreatedBy: "ann", UpdatedBy: "bob", Sealed: []byte{0, 0xff}}}
	token := &store.Token{ID: store.NewID(), Tenant: "x", Name: "t", Scopes: []string{"run"}}
	copy(token.Hash[:], token.ID)
	b.InsertTokens = []*store.Token{token}
	return b
}
