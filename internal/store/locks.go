package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// LockContent keeps the nodes that share content apart while one removes the content of a key (alone) or others add
// records of it. It waits until it has the lock or ctx ends; release gives it back. Where one process has the database,
// there is nothing to wait for.
func (s *Store) LockContent(ctx context.Context, key string, alone bool) (release func(), err error) {
	if s.cfg.Locks == nil {
		return func() {}, nil
	}
	conn, err := s.cfg.Locks.Conn(ctx)
	if err != nil {
		return nil, s.readFailed(ctx, "lock content", key, "content", err)
	}
	lock, unlock := s.cfg.LockShared, s.cfg.UnlockShared
	if alone {
		lock, unlock = s.cfg.LockAlone, s.cfg.UnlockAlone
	}
	if _, err := conn.ExecContext(ctx, lock, key); err != nil {
		dropConn(conn)
		return nil, s.readFailed(ctx, "lock content", key, "content", err)
	}
	return func() {
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), unlock, key); err != nil {
			dropConn(conn) // the lock ends with it
			return
		}
		_ = conn.Close()
	}, nil
}

func dropConn(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}
