package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// lostCommit is a COMMIT whose answer did not arrive: it may have happened.
type lostCommit struct {
	tx  string
	err error
}

func (l *lostCommit) Error() string { return "the answer to a commit was lost: " + l.err.Error() }
func (l *lostCommit) Unwrap() error { return l.err }

// commit ends the transaction. Where the answer can be lost on its way, the transaction is given a name first.
func (t *transaction) commit() error {
	if t.cfg.TxID == "" {
		return t.exec(sqlCommit)
	}
	var tx string
	if err := t.session.conn.QueryRowContext(t.ctx, t.cfg.TxID).Scan(&tx); err != nil {
		return failed(t.cfg, "name the transaction", "", err)
	}
	err := t.session.exec(t.ctx, sqlCommit)
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](failed(t.cfg, sqlCommit, "", err))
	if ok && !e.gone {
		return e
	}
	return &lostCommit{tx, err}
}

// fateWithin is how long a database may take to come back and tell what became of a commit.
const fateWithin = 20 * time.Second

// settle finds out what became of a commit whose answer was lost: nil means that it happened.
func (w *Writer) settle(lost *lostCommit) error {
	ctx, cancel := context.WithTimeout(context.Background(), fateWithin)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		var fate sql.NullString
		err := w.cfg.Write.QueryRowContext(ctx, w.cfg.Fate, lost.tx).Scan(&fate)
		switch {
		case err == nil && fate.String == "committed":
			return nil
		case err == nil && fate.String == "aborted":
			return &Error{Kind: Unavailable, Op: sqlCommit, Message: "the database went away", Err: lost.err, again: true}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return &Error{
				Kind: Unavailable, Op: sqlCommit, Err: lost.err,
				Message: "the database went away while it committed and has not come back: whether this was written is not known",
			}
		}
	}
}
