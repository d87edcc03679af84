// Package postgrestest gives tests an empty place in a running PostgreSQL.
package postgrestest

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"github.com/fairlead-io/fairlead/internal/store"
)

// Env names the variable with the server's URL; test/servers/postgres.sh sets it.
const Env = "FAIRLEAD_TEST_POSTGRES"

// Running tells whether there is a server to test with.
func Running() bool { return os.Getenv(Env) != "" }

// NewURL makes an empty schema and gives the URL of a database that consists of it. It is dropped with the test.
func NewURL(t testing.TB) string {
	t.Helper()
	server, err := url.Parse(os.Getenv(Env))
	if err != nil || server.Host == "" {
		t.Fatalf("%s is not the URL of a server", Env)
	}
	name := "t" + strings.ReplaceAll(store.NewID(), "-", "")
	Exec(t, server.String(), "CREATE SCHEMA "+name)
	t.Cleanup(func() { Exec(t, server.String(), "DROP SCHEMA "+name+" CASCADE") })
	q := server.Query()
	q.Set("search_path", name)
	server.RawQuery = q.Encode()
	return server.String()
}

// Exec runs a statement on a connection of its own, even when the test's context has ended.
func Exec(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err == nil {
		_, err = db.ExecContext(context.WithoutCancel(t.Context()), statement, args...)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Text reads one value.
func Text(t testing.TB, url, query string, args ...any) string {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	var out string
	err = db.QueryRowContext(context.WithoutCancel(t.Context()), query, args...).Scan(&out)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}
