// Package sqlite opens a Store on a SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"

	"github.com/fairlead-io/fairlead/internal/store"
)

const (
	readers     = 4
	busyTimeout = "busy_timeout(5000)" // a backup may hold the database for a moment
)

// Open opens the database file at path, or makes it (mode 0600; its folder must exist), and brings its schema up to
// date. The caller holds the data folder's lock: a second process on one file would split the audit chain's order.
func Open(ctx context.Context, path string, opts ...store.Option) (*store.Store, error) {
	cfg, err := config(ctx, path)
	if err != nil {
		return nil, err
	}
	for _, o := range opts {
		o(&cfg)
	}
	st, err := store.New(ctx, cfg)
	if err != nil {
		return nil, errors.Join(err, cfg.Close())
	}
	return st, nil
}

// Load makes a database file of what Store.Dump wrote. A file that holds records already is Conflict.
func Load(ctx context.Context, path string, dump io.Reader) (store.Counts, error) {
	cfg, err := config(ctx, path)
	if err != nil {
		return nil, err
	}
	counts, err := store.Load(ctx, cfg, dump)
	return counts, errors.Join(err, cfg.Close())
}

func config(ctx context.Context, path string) (store.Config, error) {
	if err := touch(path); err != nil {
		return store.Config{}, &store.Error{Kind: store.Unavailable, Op: "open database", ID: path, Message: "the file cannot be opened", Err: err}
	}
	write, err := connect(path, busyTimeout, "synchronous(FULL)", "foreign_keys(1)")
	if err != nil {
		return store.Config{}, err
	}
	write.SetMaxOpenConns(1)
	if err := migrate(ctx, write); err != nil {
		return store.Config{}, errors.Join(err, write.Close())
	}
	read, err := connect(path, busyTimeout, "query_only(1)")
	if err != nil {
		return store.Config{}, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return store.Config{
		Write: write, Read: read, Begin: "BEGIN IMMEDIATE", Classify: classify,
		Durable: "PRAGMA synchronous = FULL", Relaxed: "PRAGMA synchronous = NORMAL", Sync: func() error { return syncLog(path) },
		FileID: "SELECT seq FROM sqlite_sequence WHERE name = 'files'",
		SetFileID: []string{
			"INSERT INTO sqlite_sequence (name, seq) SELECT 'files', 0 WHERE $1 > 0 AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'files')",
			"UPDATE sqlite_sequence SET seq = $1 WHERE name = 'files' AND seq < $1",
		},
	}, nil
}

// touch makes the file before SQLite does, which would give it the umask's mode; its journals inherit the mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// syncLog does after a relaxed commit what one that waits does before it ends. The log is opened each time: it is
// another file after the last connection was closed.
func syncLog(path string) error {
	log, err := os.OpenFile(path+"-wal", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(log.Sync(), log.Close())
}

func connect(path string, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"_pragma": append(pragmas, "journal_mode(WAL)")}
	connector, err := sqlite.NewConnector(fileURI(path) + "?" + query.Encode())
	if err != nil {
		return nil, &store.Error{Kind: store.Invalid, Op: "open database", ID: path, Message: "its name cannot be used", Err: err}
	}
	return sql.OpenDB(connector), nil
}

// fileURI escapes what would otherwise end the name: a path may hold spaces, question marks and percent signs.
func fileURI(path string) string {
	slashed := filepath.ToSlash(path)
	if runtime.GOOS == "windows" && filepath.IsAbs(path) {
		slashed = "/" + slashed
	}
	return fmt.Sprintf("file:%s", (&url.URL{Path: slashed}).EscapedPath())
}
