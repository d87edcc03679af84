package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

// Config is what differs between databases. Packages sqlite and postgres fill it in.
type Config struct {
	Write *sql.DB // the writer takes one connection of it
	Read  *sql.DB
	Begin string // statement that begins a write transaction

	// Durable and Relaxed are statements, given before a transaction, that make its commit wait for the disk or not. They
	// are empty where every commit waits. A commit that waits makes the relaxed ones before it durable too.
	Durable, Relaxed string

	// Sync waits until all commits so far are on the disk. It goes with Relaxed.
	Sync func() error

	// Classify explains a driver's error: its kind, the unique constraint it broke (one of the Unique constants) if any, and
	// a message for people that holds no record content; the message may be empty.
	Classify func(error) Failure

	Shared bool // several processes may have the database open

	// TxID is a query that names the transaction under way, as text; Fate is one that tells of such a name whether its
	// transaction was "committed" or "aborted". They are empty where a COMMIT cannot succeed without its answer arriving.
	TxID, Fate string
	Timeout    time.Duration // of one transaction; 0 means none

	// Locks are connections for LockContent; nil where one process has the database. The statements take the key as $1.
	Locks                                            *sql.DB
	LockShared, UnlockShared, LockAlone, UnlockAlone string

	Snapshot  *sql.TxOptions // of a transaction that sees the records of one moment
	FileID    string         // query for the highest id that a file ever had
	SetFileID []string       // statements that make it at least $1

	// Around, if set, is called in place of every write, and calls write itself. It is how tests inject faults.
	Around func(ctx context.Context, b Batch, write func(context.Context, Batch) error) error

	MaxGroup int // batches in one transaction at most; 0 means 256
	Queue    int // batches that may wait before Submit blocks; 0 means 1024
}

// Failure is what a driver's error means.
type Failure struct {
	Kind       Kind
	Constraint string
	Message    string
	Again      bool // the same transaction may succeed when it is tried again
	Gone       bool // the connection broke: whatever was under way, its answer is lost
}

// Option changes how a Store is opened.
type Option func(*Config)

// Around sets Config.Around.
func Around(f func(ctx context.Context, b Batch, write func(context.Context, Batch) error) error) Option {
	return func(c *Config) { c.Around = f }
}

// Store keeps the records. It is safe for concurrent use.
type Store struct {
	cfg    Config
	writer *Writer
	read   *db.Queries
	closed atomic.Bool
}

// New returns a Store over databases whose schema is up to date. Close closes them.
func New(ctx context.Context, cfg Config) (*Store, error) {
	read, err := db.Prepare(ctx, cfg.Read)
	if err != nil {
		return nil, failed(cfg, "prepare queries", "", err)
	}
	w, err := newWriter(ctx, cfg)
	if err != nil {
		return nil, errors.Join(err, read.Close())
	}
	return &Store{cfg: cfg, writer: w, read: read}, nil
}

// Submit commits a batch; see Writer.Submit.
func (s *Store) Submit(ctx context.Context, b Batch) error {
	if s.cfg.Around != nil {
		return s.cfg.Around(ctx, b, s.writer.Submit)
	}
	return s.writer.Submit(ctx, b)
}

// Shared tells whether other processes may have the database open.
func (s *Store) Shared() bool { return s.cfg.Shared }

// Writer returns the store's only writer.
func (s *Store) Writer() *Writer { return s.writer }

// Close commits what waits, then closes the databases. Later calls fail as Unavailable.
func (s *Store) Close() error {
	s.closed.Store(true)
	return errors.Join(s.writer.Close(), s.read.Close(), s.cfg.Close())
}

// Close closes the databases of a Config that no Store was made of.
func (c *Config) Close() error {
	err := errors.Join(c.Read.Close(), c.Write.Close())
	if c.Locks != nil {
		err = errors.Join(err, c.Locks.Close())
	}
	return err
}

// failed turns an error of a driver into an *Error; errors that are already ours, and the caller's own cancellation,
// pass unchanged.
func failed(cfg Config, op, id string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || isContext(err) {
		return err
	}
	f := cfg.Classify(err)
	return &Error{Kind: f.Kind, Op: op, ID: id, Constraint: f.Constraint, Message: f.Message, Err: err, again: f.Again || f.Gone, gone: f.Gone}
}

// readFailed is failed for a read of one record: no row is NotFound.
func (s *Store) readFailed(ctx context.Context, op, id, what string, err error) error {
	if noRows(err) {
		return notFound(op, id, what)
	}
	if ctx.Err() != nil { // drivers report an interrupted query in their own words
		return ctx.Err()
	}
	if s.closed.Load() {
		return &Error{Kind: Unavailable, Op: op, ID: id, Message: "the store is closed", Err: err}
	}
	return failed(s.cfg, op, id, err)
}
