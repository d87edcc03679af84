// Package sqlite opens a Store on a SQLite file.
package sqlite

import (
	"context"
	"errors"

	"github.com/fairlead-io/fairlead/internal/store"
)

// Open opens or makes the database file at path (its folder must exist) and brings its schema up to date.
func Open(ctx context.Context, path string) (*store.Store, error) {
	return nil, errors.New("pending")
}
