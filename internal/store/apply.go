package store

import (
	"fmt"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

// apply writes one batch, in the order that Batch documents.
func (t *transaction) apply(b *Batch) error {
	steps := []func(*Batch) error{
		t.connections, t.tokens, t.runs, t.items, t.undo, t.clearRuns, t.deleteRuns, t.nodes, t.files, t.keysets, t.settings, t.secrets, prepare,
		t.audit, t.checkpoints,
	}
	for _, step := range steps {
		if err := step(b); err != nil {
			return err
		}
	}
	return nil
}

// each is a step that applies one write to every record of a list; op and id name what failed.
func each[T any](t *transaction, op string, records []T, id func(T) string, write func(T) error) func() error {
	return func() error {
		for _, r := range records {
			if err := write(r); err != nil {
				return failed(t.cfg, op, id(r), err)
			}
		}
		return nil
	}
}

// inOrder takes steps until one fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) connections(b *Batch) error {
	id := func(c *Connection) string { return c.ID }
	ref := func(r Ref) string { return r.ID }
	return inOrder(
		each(t, "add connection", b.InsertConnections, id, func(c *Connection) error {
			return t.q.InsertConnection(t.ctx, insertConnectionParams(c))
		}),
		each(t, "update connection", b.UpdateConnections, id, t.updateConnection),
		each(t, "set connection health", b.SetHealth, func(h ConnectionHealth) string { return h.ID }, func(h ConnectionHealth) error {
			return must(t.q.SetConnectionHealth(t.ctx, h.Tenant, h.ID, h.Health))("set connection health", h.ID, "connection")
		}),
		each(t, "delete connection", b.DeleteConnections, ref, func(r Ref) error {
			return must(t.q.DeleteConnection(t.ctx, r.Tenant, r.ID))("delete connection", r.ID, "connection")
		}),
	)
}

// must turns "no row changed" into NotFound.
func must(rows int64, err error) func(op, id, what string) error {
	return func(op, id, what string) error {
		if err == nil && rows == 0 {
			return notFound(op, id, what)
		}
		return err
	}
}

func (t *transaction) updateConnection(c *Connection) error {
	const op = "update connection"
	rows, err := t.q.UpdateConnection(t.ctx, updateConnectionParams(c))
	if err != nil || rows == 1 {
		return err
	}
	have, err := t.q.ConnectionRevision(t.ctx, c.Tenant, c.ID)
	if noRows(err) {
		return notFound(op, c.ID, "connection")
	}
	if err != nil {
		return err
	}
	return conflict(op, c.ID, "it was changed by someone else: it has revision %d, the change was made to %d", have, c.Revision)
}

func (t *transaction) tokens(b *Batch) error {
	id := func(x TokenTime) string { return x.ID }
	return inOrder(
		each(t, "add token", b.InsertTokens, func(x *Token) string { return x.ID }, func(x *Token) error {
			return t.q.InsertToken(t.ctx, insertTokenParams(x))
		}),
		each(t, "revoke token", b.RevokeTokens, id, func(x TokenTime) error {
			return must(t.q.RevokeToken(t.ctx, x.At, x.Tenant, x.ID))("revoke token", x.ID, "token")
		}),
		each(t, "touch token", b.TouchTokens, id, func(x TokenTime) error {
			_, err := t.q.TouchToken(t.ctx, &x.At, x.Tenant, x.ID)
			return err
		}),
	)
}

func (t *transaction) runs(b *Batch) error {
	id := func(r *Run) string { return r.ID }
	return inOrder(
		each(t, "record run", b.InsertRuns, id, func(r *Run) error { return t.q.InsertRun(t.ctx, insertRunParams(r)) }),
		each(t, "update run", b.UpdateRuns, id, t.updateRun),
		each(t, "update run", b.Progress, func(p RunProgress) string { return p.ID }, func(p RunProgress) error {
			_, err := t.q.RunProgress(t.ctx, runProgressParams(p))
			return err
		}),
	)
}

func (t *transaction) undo(b *Batch) error {
	return each(t, "record undo", b.InsertUndo, func(u *Undo) string { return u.RunID }, func(u *Undo) error {
		return t.q.InsertUndo(t.ctx, db.InsertUndoParams{TenantID: u.Tenant, RunID: u.RunID, Seq: u.Seq, Steps: u.Steps})
	})()
}

func (t *transaction) updateRun(r *Run) error {
	const op = "update run"
	rows, err := t.q.UpdateRun(t.ctx, updateRunParams(r))
	if err != nil || rows == 1 {
		return err
	}
	n, err := t.q.RunExists(t.ctx, r.Tenant, r.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return notFound(op, r.ID, "run")
	}
	return conflict(op, r.ID, "the run has ended and its record is final")
}

func (t *transaction) items(b *Batch) error {
	return each(t, "record item", b.UpsertItems, func(i *Item) string { return fmt.Sprintf("%s#%d", i.RunID, i.Seq) },
		func(i *Item) error { return t.q.UpsertItem(t.ctx, upsertItemParams(i)) })()
}

func (t *transaction) deleteRuns(b *Batch) error {
	return each(t, "delete run", b.DeleteRuns, func(r Ref) string { return r.ID }, func(r Ref) error {
		return must(t.q.DeleteRun(t.ctx, r.Tenant, r.ID))("delete run", r.ID, "run")
	})()
}

func (t *transaction) files(b *Batch) error {
	return inOrder(
		each(t, "add content", b.InsertContents, func(c Content) string { return c.Key }, func(c Content) error {
			return t.q.SaveContent(t.ctx, c.Tenant, c.Key, notNil(c.Bytes))
		}),
		each(t, "add file", b.InsertFiles, func(f *File) string { return f.Name }, func(f *File) (err error) {
			f.ID, err = t.q.InsertFile(t.ctx, insertFileParams(f))
			return err
		}),
		each(t, "delete file", b.DeleteFiles, func(d *FileDelete) string { return fmt.Sprint(d.ID) }, t.deleteFile),
	)
}

func (t *transaction) deleteFile(d *FileDelete) error {
	key, err := t.q.DeleteFile(t.ctx, d.Tenant, d.ID)
	if noRows(err) {
		return notFound("delete file", fmt.Sprint(d.ID), "file")
	}
	if err != nil {
		return err
	}
	if err := t.q.DeleteUnusedContent(t.ctx, d.Tenant, key); err != nil {
		return err
	}
	n, err := t.q.ContentReferences(t.ctx, key)
	d.ContentKey, d.StillReferenced = key, n > 0
	return err
}

func (t *transaction) keysets(b *Batch) error {
	return inOrder(
		each(t, "add keyset", b.InsertKeysets, func(k *KeysetInsert) string { return k.ID }, func(k *KeysetInsert) error {
			rows, err := t.q.InsertKeyset(t.ctx, insertKeysetParams(&k.Keyset))
			k.Inserted = rows == 1
			return err
		}),
		each(t, "save keyset", b.SaveKeysets, func(k *Keyset) string { return k.ID }, func(k *Keyset) error {
			return t.q.SaveKeyset(t.ctx, saveKeysetParams(k))
		}),
		each(t, "replace keyset", b.ReplaceKeysets, func(k KeysetChange) string { return k.Purpose }, t.replaceKeyset),
	)
}

func (t *transaction) replaceKeyset(k KeysetChange) error {
	rows, err := t.q.ReplaceKeyset(t.ctx, db.ReplaceKeysetParams{TenantID: k.Tenant, Purpose: k.Purpose, Wrapped: k.Wrapped, KEK: k.KEK, Present: k.Present})
	if err == nil && rows == 0 {
		return conflict("replace keyset", k.Purpose, "it was changed by someone else")
	}
	return err
}

func (t *transaction) settings(b *Batch) error {
	return inOrder(
		each(t, "save setting", b.SaveSettings, func(s Setting) string { return s.Name }, func(s Setting) error {
			return t.q.SaveSetting(t.ctx, s.Tenant, s.Name, notNil(s.Value))
		}),
		each(t, "delete setting", b.DeleteSettings, func(s SettingRef) string { return s.Name }, func(s SettingRef) error {
			return must(t.q.DeleteSetting(t.ctx, s.Tenant, s.Name))("delete setting", s.Name, "setting")
		}),
	)
}

// prepare runs the caller's hook; a panic in it must not take the writer down with it.
func prepare(b *Batch) (err error) {
	if b.Prepare == nil {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = invalid("prepare batch", "", "the hook panicked: %v", r)
		}
	}()
	if err := b.Prepare(b); err != nil {
		return &Error{Kind: Invalid, Op: "prepare batch", Message: "the hook failed", Err: err}
	}
	return nil
}
