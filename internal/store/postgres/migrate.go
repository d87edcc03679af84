package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/fairlead-io/fairlead/internal/store"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrate brings the schema up to date; of several nodes that start at once one does, and the others wait for it.
func migrate(ctx context.Context, db *sql.DB) error {
	const op = "bring the schema up to date"
	p, err := provider(db)
	if err != nil {
		return &store.Error{Kind: store.Internal, Op: op, Err: err}
	}
	current, known, err := p.GetVersions(ctx)
	if err != nil {
		return explained(op, err)
	}
	if current > known {
		return &store.Error{Kind: store.Invalid, Op: op, Message: fmt.Sprintf(
			"the database has schema version %d, this program knows up to %d: use the newer program that wrote it", current, known)}
	}
	if _, err := p.Up(ctx); err != nil {
		return explained(op, err)
	}
	return nil
}

func explained(op string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	f := classify(err)
	return &store.Error{Kind: f.Kind, Op: op, Message: f.Message, Err: err}
}

func provider(db *sql.DB) (*goose.Provider, error) {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, migrations, goose.WithDisableGlobalRegistry(true), goose.WithSessionLocker(locker))
}
