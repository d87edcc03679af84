package postgres

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairlead-io/fairlead/internal/store"
)

var unique = map[string]struct{ constraint, message string }{
	"connections_name":     {store.UniqueConnectionName, "another connection has this name"},
	"runs_idempotency_key": {store.UniqueIdempotencyKey, "the idempotency key was used before"},
	"secrets_name":         {store.UniqueSecretName, "another secret has this name"},
	"tokens_hash":          {store.UniqueTokenHash, "this token exists already"},
}

// classify explains an error of the driver. The details of PostgreSQL's messages hold values, so they are not used.
func classify(err error) store.Failure {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused(e)
	}
	if lost(err) {
		return store.Failure{Kind: store.Unavailable, Gone: true, Message: "the database cannot be reached, or broke the connection"}
	}
	return store.Failure{Kind: store.Internal}
}

func lost(err error) bool {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connecting || network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || err.Error() == "conn closed"
}

func refused(e *pgconn.PgError) store.Failure {
	switch e.Code {
	case "23505":
		if u, ok := unique[e.ConstraintName]; ok {
			return store.Failure{Kind: store.Conflict, Constraint: u.constraint, Message: u.message}
		}
		return store.Failure{Kind: store.Conflict, Message: "a record with this id exists already"}
	case "23503":
		return store.Failure{Kind: store.NotFound, Message: "the record it belongs to does not exist"}
	case "40001", "40P01":
		return store.Failure{Kind: store.Unavailable, Again: true, Message: "another node changed the same records at the same time"}
	case "55P03":
		return store.Failure{Kind: store.Unavailable, Again: true, Message: "another node keeps the records locked"}
	case "25006":
		return store.Failure{Kind: store.Unavailable, Gone: true, Message: "the database is read-only: is it a standby?"}
	case "28P01", "28000":
		return store.Failure{Kind: store.Unavailable, Message: "the database refused the user or password"}
	case "3D000":
		return store.Failure{Kind: store.Unavailable, Message: "there is no such database: create it first"}
	case "42501":
		return store.Failure{Kind: store.Unavailable, Message: "the database user lacks a right: it must own its schema"}
	}
	return byClass(e)
}

func byClass(e *pgconn.PgError) store.Failure {
	switch e.Code[:2] {
	case "08", "57":
		return store.Failure{Kind: store.Unavailable, Gone: true, Message: "the database broke the connection"}
	case "53":
		return store.Failure{Kind: store.Unavailable, Message: fmt.Sprintf("the database is out of disk, memory or connections (code %s)", e.Code)}
	case "22", "23", "54":
		return store.Failure{Kind: store.Invalid, Message: fmt.Sprintf("the database refused the record (code %s)", e.Code)}
	case "58", "XX":
		return store.Failure{Kind: store.Internal, Message: fmt.Sprintf("the database is damaged or cannot read its files (code %s)", e.Code)}
	}
	return store.Failure{Kind: store.Internal, Message: "code " + e.Code}
}
