package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/fairlead-io/fairlead/internal/store"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrate brings the schema up to date. It refuses a database that a newer program has written, since this one would not
// know what it must not break.
func migrate(ctx context.Context, db *sql.DB) error {
	const op = "bring the schema up to date"
	p, err := provider(db)
	if err != nil {
		return &store.Error{Kind: store.Internal, Op: op, Err: err}
	}
	current, known, err := p.GetVersions(ctx)
	if err != nil {
		return &store.Error{Kind: classify(err).Kind, Op: op, Message: "the schema version cannot be read: is this a Fairlead database?", Err: err}
	}
	if current > known {
		e := &store.Error{Kind: store.Invalid, Op: op}
		e.Message = schemaTooNew(current, known)
		return e
	}
	if _, err := p.Up(ctx); err != nil {
		f := classify(err)
		return &store.Error{Kind: f.Kind, Op: op, Message: f.Message, Err: err}
	}
	return nil
}

func provider(db *sql.DB) (*goose.Provider, error) {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, migrations, goose.WithDisableGlobalRegistry(true))
}
