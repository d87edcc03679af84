package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store/db"
)

// session is the writer's connection with its statements, prepared once: at a commit of a tenth of a millisecond,
// preparing them again for each transaction would be most of the cost.
type session struct {
	conn    *sql.Conn
	queries *db.Queries
	control map[string]*sql.Stmt
	relaxed bool // commits do not wait for the disk
	// heads are the ends of the audit chains as they were last committed. They
	// are kept only where nobody else can extend them.
	heads map[string]audit.Checkpoint
}

const (
	sqlCommit    = "COMMIT"
	sqlRollback  = "ROLLBACK"
	sqlSavepoint = "SAVEPOINT batch"
	sqlRelease   = "RELEASE SAVEPOINT batch"
	sqlUndo      = "ROLLBACK TO SAVEPOINT batch"
)

func openSession(ctx context.Context, cfg Config) (*session, error) {
	conn, err := cfg.Write.Conn(ctx)
	if err != nil {
		return nil, failed(cfg, "open the writer's connection", "", err)
	}
	s := &session{conn: conn, control: map[string]*sql.Stmt{}}
	if s.queries, err = db.Prepare(ctx, conn); err != nil {
		s.close()
		return nil, failed(cfg, "prepare the writer's statements", "", err)
	}
	for _, text := range []string{cfg.Begin, sqlCommit, sqlRollback, sqlSavepoint, sqlRelease, sqlUndo} {
		if s.control[text], err = conn.PrepareContext(ctx, text); err != nil {
			s.close()
			return nil, failed(cfg, "prepare "+text, "", err)
		}
	}
	return s, nil
}

func (s *session) exec(ctx context.Context, text string) error {
	_, err := s.control[text].ExecContext(ctx)
	return err
}

// drop closes the connection for good, rather than giving it back; an open transaction ends with it, unwritten.
func (s *session) drop() {
	s.finalize()
	dropConn(s.conn)
}

// close gives the connection back.
func (s *session) close() {
	if s == nil {
		return
	}
	s.finalize()
	_ = s.conn.Close()
}

func (s *session) finalize() {
	for _, stmt := range s.control {
		_ = stmt.Close()
	}
	if s.queries != nil {
		_ = s.queries.Close()
	}
}

// transaction is one write transaction in progress.
type transaction struct {
	ctx     context.Context
	cfg     Config
	session *session
	q       *db.Queries
	heads   map[string]audit.Checkpoint // ends of the audit chains touched so far
}

const (
	attempts   = 6
	firstPause = 20 * time.Millisecond
	maxPause   = time.Second
)

// transact writes a group in one transaction. Without savepoints the first failure fails the whole; with them a batch
// that breaks a rule is undone alone and its error returned in its place. What may pass, such as a deadlock with another
// node or a database that restarts, is tried again.
func (w *Writer) transact(group []*pending, savepoints bool) ([]error, error) {
	for attempt, pause := 1, firstPause; ; attempt, pause = attempt+1, min(2*pause, maxPause) {
		errs, err := w.try(group, savepoints)
		e, ok := errors.AsType[*Error](err)
		if !ok || !e.again || attempt == attempts {
			return errs, err
		}
		<-time.After(pause)
	}
}

func (w *Writer) try(group []*pending, savepoints bool) ([]error, error) {
	ctx := context.Background() // a transaction that has begun is finished, whoever has stopped waiting for it
	if w.cfg.Timeout > 0 {
		timed, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
		defer cancel()
		ctx = timed
	}
	if w.session == nil {
		s, err := openSession(ctx, w.cfg)
		if err != nil {
			return nil, slow(err)
		}
		w.session = s
	}
	t := &transaction{ctx: ctx, cfg: w.cfg, session: w.session, q: w.session.queries, heads: map[string]audit.Checkpoint{}}
	errs, err := t.run(group, savepoints)
	if err == nil {
		return errs, nil
	}
	if rollback := w.session.exec(context.Background(), sqlRollback); rollback != nil || !isolated(err) {
		w.session.drop() // its state is in doubt: begin anew with the next group
		w.session = nil
	}
	if lost, ok := errors.AsType[*lostCommit](err); ok {
		return errs, w.settle(lost)
	}
	return nil, slow(err)
}

// slow turns the transaction's own time limit into a failure of the database: callers take a context error for theirs.
func slow(err error) error {
	if !isContext(err) {
		return err
	}
	return &Error{Kind: Unavailable, Op: "write", Message: "the database did not answer in time", Err: errors.New(err.Error()), again: true}
}

// waitForDisk sees to it that the commit of a group waits for the disk, unless every batch of it is relaxed. A connection
// begins with commits that wait.
func (t *transaction) waitForDisk(group []*pending) error {
	relaxed := t.cfg.Relaxed != ""
	for _, p := range group {
		relaxed = relaxed && p.batch.Relaxed && (p.batch.Flushed == nil || t.cfg.Sync != nil)
	}
	if relaxed == t.session.relaxed {
		return nil
	}
	text := t.cfg.Durable
	if relaxed {
		text = t.cfg.Relaxed
	}
	if _, err := t.session.conn.ExecContext(t.ctx, text); err != nil {
		return failed(t.cfg, text, "", err)
	}
	t.session.relaxed = relaxed
	return nil
}

func (t *transaction) run(group []*pending, savepoints bool) ([]error, error) {
	if err := t.waitForDisk(group); err != nil {
		return nil, err
	}
	if err := t.exec(t.cfg.Begin); err != nil {
		return nil, err
	}
	if err := t.lockHeads(group); err != nil {
		return nil, err
	}
	errs := make([]error, len(group))
	for i, p := range group {
		var err error
		if savepoints {
			errs[i], err = t.applyAlone(&p.batch)
		} else {
			err = t.apply(&p.batch)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := t.writeHeads(); err != nil {
		return nil, err
	}
	if err := t.commit(); err != nil {
		return errs, err
	}
	t.keepHeads()
	return errs, nil
}

// applyAlone returns the batch's own fault first, the database's second.
func (t *transaction) applyAlone(b *Batch) (fault, err error) {
	heads := maps.Clone(t.heads)
	if err := t.exec(sqlSavepoint); err != nil {
		return nil, err
	}
	fault = t.apply(b)
	if fault == nil {
		return nil, t.exec(sqlRelease)
	}
	if !isolated(fault) {
		return nil, fault
	}
	t.heads = heads
	return fault, errors.Join(t.exec(sqlUndo), t.exec(sqlRelease))
}

func (t *transaction) exec(text string) error {
	if err := t.session.exec(t.ctx, text); err != nil {
		return failed(t.cfg, text, "", err)
	}
	return nil
}
