package sqlite

import (
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/fairlead-io/fairlead/internal/store"
)

// unique maps the columns that SQLite names when a unique value is taken.
var unique = []struct{ columns, constraint, message string }{
	{"connections.tenant_id, connections.name_key", store.UniqueConnectionName, "another connection has this name"},
	{"runs.tenant_id, runs.actor, runs.idempotency_key", store.UniqueIdempotencyKey, "the idempotency key was used before"},
	{"secrets.tenant_id, secrets.name", store.UniqueSecretName, "another secret has this name"},
	{"tokens.hash", store.UniqueTokenHash, "this token exists already"},
}

// classify explains an error of the driver. SQLite's own messages name tables and columns, never values.
func classify(err error) store.Failure {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return store.Failure{Kind: store.Internal}
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return taken(e.Error())
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return store.Failure{Kind: store.NotFound, Message: "the record it belongs to does not exist"}
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
		return store.Failure{Kind: store.Invalid, Message: "the database refused the record"}
	case sqlite3.SQLITE_FULL:
		return store.Failure{Kind: store.Unavailable, Message: "the disk is full: free space on the data folder's disk"}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return store.Failure{Kind: store.Unavailable, Message: "another process holds the database: end it, or wait until it has finished"}
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return store.Failure{Kind: store.Unavailable, Message: "the database file cannot be read or written: check the data folder's disk, mount and permissions"}
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return store.Failure{Kind: store.Internal, Message: "the database file is damaged: restore it from a backup"}
	}
	return store.Failure{Kind: store.Internal}
}

func taken(message string) store.Failure {
	for _, u := range unique {
		if strings.Contains(message, u.columns) {
			return store.Failure{Kind: store.Conflict, Constraint: u.constraint, Message: u.message}
		}
	}
	return store.Failure{Kind: store.Conflict, Message: "a record with this id exists already"}
}

func schemaTooNew(current, known int64) string {
	return fmt.Sprintf("the database has schema version %d, this program knows up to %d: use the newer program that wrote it", current, known)
}
