package store

import (
	"maps"
	"slices"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store/db"
)

// audit chains and writes a batch's entries. It comes last, since Prepare may still change them.
func (t *transaction) audit(b *Batch) error {
	return each(t, "append audit entry", b.Audit, func(e *AuditEntry) string { return e.ID }, t.appendEntry)()
}

func (t *transaction) appendEntry(e *AuditEntry) error {
	if e.ID == "" {
		e.ID = NewID()
	}
	head, err := t.head(e.Tenant)
	if err != nil {
		return err
	}
	next, err := audit.Seal(e, head)
	if err != nil {
		return &Error{Kind: Invalid, Op: "append audit entry", ID: e.ID, Message: "the entry cannot be sealed", Err: err}
	}
	if err := t.q.InsertAuditEntry(t.ctx, insertAuditEntryParams(e)); err != nil {
		return err
	}
	t.heads[e.Tenant] = next
	return nil
}

// head returns the end of a tenant's chain, locking it at the first call.
func (t *transaction) head(tenant string) (audit.Checkpoint, error) {
	if head, ok := t.heads[tenant]; ok {
		return head, nil
	}
	if head, ok := t.session.heads[tenant]; ok {
		return head, nil
	}
	row, err := t.q.LockAuditHead(t.ctx, tenant, make([]byte, len(audit.Hash{})))
	if err != nil {
		return audit.Checkpoint{}, err
	}
	return checkpoint(row.Seq, row.Hash)
}

// lockHeads locks the ends of all chains that a group extends in one order, so that two nodes do not wait for each other.
// The lock also keeps a node that adds content of a tenant away from one that removes the last file which had the same.
func (t *transaction) lockHeads(group []*pending) error {
	if !t.cfg.Shared {
		return nil
	}
	tenants := map[string]bool{}
	for _, p := range group {
		for _, e := range p.batch.Audit {
			tenants[e.Tenant] = true
		}
		for _, c := range p.batch.InsertContents {
			tenants[c.Tenant] = true
		}
		for _, d := range p.batch.DeleteFiles {
			tenants[d.Tenant] = true
		}
	}
	for _, tenant := range slices.Sorted(maps.Keys(tenants)) {
		if _, err := t.head(tenant); err != nil {
			return failed(t.cfg, "lock the audit chain of", tenant, err)
		}
	}
	return nil
}

func (t *transaction) writeHeads() error {
	for _, tenant := range slices.Sorted(maps.Keys(t.heads)) {
		head := t.heads[tenant]
		if err := t.q.SetAuditHead(t.ctx, tenant, head.Seq, head.Hash[:]); err != nil {
			return failed(t.cfg, "extend the audit chain of", tenant, err)
		}
	}
	return nil
}

// keepHeads spares the next transaction reading what this one has written. The
// chains of a shared database are read each time, since reading locks them.
func (t *transaction) keepHeads() {
	if t.cfg.Shared {
		return
	}
	if t.session.heads == nil {
		t.session.heads = map[string]audit.Checkpoint{}
	}
	maps.Copy(t.session.heads, t.heads)
}

func checkpoint(seq int64, hash []byte) (audit.Checkpoint, error) {
	c := audit.Checkpoint{Seq: seq}
	if copy(c.Hash[:], hash) != len(c.Hash) || len(hash) != len(c.Hash) {
		return c, &Error{Kind: Internal, Op: "read audit chain", Message: "the recorded end of the chain is damaged"}
	}
	return c, nil
}

func insertAuditEntryParams(e *AuditEntry) db.InsertAuditEntryParams {
	return db.InsertAuditEntryParams{
		TenantID: e.Tenant, Seq: e.Seq, ID: e.ID, At: e.At, Kind: e.Kind, Actor: e.Actor, Subject: e.Subject, RunID: e.RunID,
		Body: e.Body, Prev: e.Prev[:], Hash: e.Hash[:],
	}
}
