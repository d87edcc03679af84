// Package postgres opens a Store on a PostgreSQL database, which several processes may share.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/fairlead-io/fairlead/internal/store"
)

const (
	readers        = 8
	lockers        = 8
	writers        = 2 // the writer's own connection, and one that asks about a lost commit
	connectTimeout = 10 * time.Second
	transaction    = 2 * time.Minute
)

// Source is a database.
type Source struct {
	// URL is postgres://user:password@host:port/database, or libpq's "key=value" text. It is a secret.
	URL string
	// Dial connects to host:port; nil dials directly. Sockets in a folder are always dialed directly.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Open opens the database and brings its schema up to date. Two processes may do so at once. Errors never hold the URL's
// password.
func Open(ctx context.Context, src Source, opts ...store.Option) (*store.Store, error) {
	where, cfg, err := config(ctx, src)
	if err != nil {
		return nil, err
	}
	for _, o := range opts {
		o(&cfg)
	}
	st, err := store.New(ctx, cfg)
	if err != nil {
		return nil, errors.Join(placed(where, err), cfg.Close())
	}
	return st, nil
}

// Load fills a database with what Store.Dump wrote. One that holds records already is Conflict.
func Load(ctx context.Context, src Source, dump io.Reader) (store.Counts, error) {
	where, cfg, err := config(ctx, src)
	if err != nil {
		return nil, err
	}
	counts, err := store.Load(ctx, cfg, dump)
	return counts, errors.Join(placed(where, err), cfg.Close())
}

func config(ctx context.Context, src Source) (*pgx.ConnConfig, store.Config, error) {
	where, err := parse(src)
	if err != nil {
		return nil, store.Config{}, err
	}
	write := pool(where, writers, "idle_in_transaction_session_timeout", "30s") // a node that hangs must not keep the others out
	if err := migrate(ctx, write); err != nil {
		return nil, store.Config{}, errors.Join(placed(where, err), write.Close())
	}
	return where, store.Config{
		Write: write, Read: pool(where, readers, "default_transaction_read_only", "on"),
		Begin: "BEGIN", Classify: classify, Shared: true, Timeout: transaction,
		Locks:      pool(where, lockers, "application_name", "fairlead locks"),
		LockShared: "SELECT pg_advisory_lock_shared(hashtextextended($1, 0))", UnlockShared: "SELECT pg_advisory_unlock_shared(hashtextextended($1, 0))",
		LockAlone: "SELECT pg_advisory_lock(hashtextextended($1, 0))", UnlockAlone: "SELECT pg_advisory_unlock(hashtextextended($1, 0))",
		TxID:     "SELECT CAST(pg_current_xact_id() AS text)",
		Fate:     "SELECT pg_xact_status(CAST(CAST($1 AS text) AS xid8))",
		Snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		FileID:   "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM files_id_seq",
		SetFileID: []string{
			"SELECT setval('files_id_seq', GREATEST(CAST($1 AS bigint), 1), CAST($1 AS bigint) > 0)",
		},
	}, nil
}

// parse reads the URL. The driver's own error quotes it, so it is not passed on.
func parse(src Source) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(src.URL)
	if err != nil || src.URL == "" {
		return nil, &store.Error{
			Kind: store.Invalid, Op: "open database",
			Message: "the database URL cannot be read: write it like postgres://user:password@host:5432/database?sslmode=verify-full",
		}
	}
	cfg.ConnectTimeout = connectTimeout
	cfg.RuntimeParams["application_name"] = "fairlead"
	cfg.RuntimeParams["lock_timeout"] = "15s"
	if src.Dial != nil {
		direct := cfg.DialFunc
		cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			if network == "unix" {
				return direct(ctx, network, address)
			}
			return src.Dial(ctx, network, address)
		}
		cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil } // Dial looks names up
	}
	return cfg, nil
}

func pool(cfg *pgx.ConnConfig, size int, param, value string) *sql.DB {
	own := cfg.Copy()
	own.RuntimeParams[param] = value
	db := stdlib.OpenDB(*own)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxIdleTime(10 * time.Minute)
	return db
}

// placed says which database an error is about.
func placed(cfg *pgx.ConnConfig, err error) error {
	e, ok := errors.AsType[*store.Error](err)
	if !ok {
		return err
	}
	at := fmt.Sprintf("database %q on %s", cfg.Database, net.JoinHostPort(cfg.Host, fmt.Sprint(cfg.Port)))
	if strings.HasPrefix(cfg.Host, "/") {
		at = fmt.Sprintf("database %q in %s", cfg.Database, cfg.Host)
	}
	out := *e
	out.ID = at
	return &out
}
