package store

import (
	"fmt"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

func (t *transaction) nodes(b *Batch) error {
	id := func(id string) string { return id }
	return inOrder(
		each(t, "request cancel", b.RequestCancels, func(c CancelRequest) string { return c.RunID }, func(c CancelRequest) error {
			return t.q.RequestCancel(t.ctx, c.Tenant, c.RunID, c.At)
		}),
		each(t, "add node", b.InsertNodes, id, func(id string) error { return t.q.InsertNode(t.ctx, id) }),
		each(t, "renew node", b.BeatNodes, func(n *NodeBeat) string { return n.ID }, func(n *NodeBeat) error {
			rows, err := t.q.BeatNode(t.ctx, n.ID)
			n.Missing = err == nil && rows == 0
			return err
		}),
		each(t, "adopt runs", b.AdoptRuns, func(a *Adoption) string { return a.From }, func(a *Adoption) (err error) {
			a.Runs, err = t.q.AdoptRuns(t.ctx, a.To, a.From)
			return err
		}),
		each(t, "delete node", b.DeleteNodes, id, func(id string) error { return t.q.DeleteNode(t.ctx, id) }),
	)
}

func (t *transaction) clearRuns(b *Batch) error {
	return each(t, "clear run", b.ClearRuns, func(r *RunClear) string { return r.ID }, t.clearRun)()
}

func (t *transaction) clearRun(r *RunClear) error {
	if err := must(t.q.ClearRun(t.ctx, r.Tenant, r.ID))("clear run", r.ID, "run that has ended"); err != nil {
		return err
	}
	var err error
	if r.Items, err = t.q.DeleteItems(t.ctx, r.Tenant, r.ID); err != nil {
		return err
	}
	return t.q.DeleteUndo(t.ctx, r.Tenant, r.ID)
}

func (t *transaction) checkpoints(b *Batch) error {
	return each(t, "add checkpoint", b.InsertCheckpoints, func(c Checkpoint) string { return fmt.Sprintf("%s/%d", c.Tenant, c.Seq) }, func(c Checkpoint) error {
		return t.q.InsertCheckpoint(t.ctx, db.InsertCheckpointParams{TenantID: c.Tenant, Seq: c.Seq, Hash: c.Hash[:], At: c.At, Signature: c.Signature})
	})()
}
