// Package postgres_test shows that PostgreSQL does what SQLite does, and what only it has to do: several nodes, a
// network between, a server that goes away.
package postgres_test

import (
	"os"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/postgres"
	"github.com/fairlead-io/fairlead/internal/store/postgres/postgrestest"
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
