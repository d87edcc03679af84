// Package trail looks after the audit chains of an installation: it signs how far they have come, verifies them, and
// exports them.
package trail

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Keys sign in tenants' names and know the keys that signatures are checked with. *keys.Sealer is one.
type Keys interface {
	audit.Signer
	PublicKeys(ctx context.Context, tenant string) ([]ed25519.PublicKey, error)
}

// Defaults of a Trail.
const (
	DefaultEvery  = 1000
	DefaultWithin = 5 * time.Minute
)

// Trail is the audit trail of an installation.
type Trail struct {
	Store *store.Store
	Keys  Keys
	Now   func() time.Time
	Log   *slog.Logger
	// Anchor is a file outside the database that keeps the newest checkpoints, so that a database which was set back
	// as a whole is noticed; empty: none.
	Anchor string
	Every  int64         // entries after which a checkpoint is due; 0 means DefaultEvery
	Within time.Duration // time after which one is due that has new entries; 0 means DefaultWithin
}

// Sign signs the chains that are due, or all that have new entries if now is set, and tells how many.
func (t *Trail) Sign(ctx context.Context, now bool) (int, error) {
	tenants, err := t.Store.Tenants(ctx)
	if err != nil {
		return 0, err
	}
	n, failed := 0, error(nil)
	for _, tenant := range tenants {
		signed, err := t.sign(ctx, tenant, now)
		if signed {
			n++
		}
		failed = errors.Join(failed, err)
	}
	return n, failed
}

// BrokenError says that a chain is not signed any further, because what was added since the last checkpoint is broken.
type BrokenError struct {
	Tenant  string
	Problem audit.Problem
}

// Error names the first bad entry.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("the audit chain of tenant %q is broken at %s", e.Tenant, e.Problem.String())
}

func (t *Trail) sign(ctx context.Context, tenant string, now bool) (bool, error) {
	last, err := t.Store.LastCheckpoint(ctx, tenant)
	if err != nil {
		return false, err
	}
	head, err := t.Store.AuditHead(ctx, tenant)
	if err != nil || head.Seq <= last.Seq || !now && !t.due(last, head) {
		return false, err
	}
	// What is signed is what was read and is good, not what the head claims.
	_, reached, problem, err := audit.Verify(ctx, tenant, last.Checkpoint, t.Store.AuditChain(ctx, tenant, last.Seq))
	if err != nil {
		return false, err
	}
	if problem == nil && reached.Seq <= head.Seq {
		problem = audit.Expect(reached, head)
	}
	if problem != nil {
		return false, &BrokenError{tenant, *problem}
	}
	c, err := audit.SignCheckpoint(ctx, t.Keys, tenant, reached, t.Now())
	if err != nil {
		return false, err
	}
	if err := t.Store.Submit(ctx, store.Batch{InsertCheckpoints: []store.Checkpoint{c}}); err != nil {
		return false, err
	}
	return true, t.anchor(c)
}

func (t *Trail) due(last store.Checkpoint, head audit.Checkpoint) bool {
	every, within := t.Every, t.Within
	if every == 0 {
		every = DefaultEvery
	}
	if within == 0 {
		within = DefaultWithin
	}
	return head.Seq-last.Seq >= every || t.Now().Sub(time.UnixMicro(last.At)) >= within
}

// Mark is a checkpoint as it is shown and kept in files.
type Mark struct {
	Tenant    string    `json:"tenant"`
	Seq       int64     `json:"seq" doc:"The last entry that it covers."`
	Hash      string    `json:"hash" doc:"That entry's SHA-256."`
	At        time.Time `json:"at"`
	Signature []byte    `json:"signature" doc:"Ed25519, over canonical JSON of the other members."`
}

// MarkOf shows a checkpoint.
func MarkOf(c store.Checkpoint) Mark {
	return Mark{Tenant: c.Tenant, Seq: c.Seq, Hash: c.Hash.String(), At: time.UnixMicro(c.At).UTC(), Signature: c.Signature}
}

// Checkpoint is the inverse of MarkOf. A hash that cannot be read gives one that no signature fits.
func (m Mark) Checkpoint() store.Checkpoint {
	c := store.Checkpoint{Tenant: m.Tenant, At: m.At.UnixMicro(), Signature: m.Signature}
	c.Seq = m.Seq
	if raw, err := hex.DecodeString(m.Hash); err == nil && len(raw) == len(c.Hash) {
		copy(c.Hash[:], raw)
	}
	return c
}

// anchor replaces the tenant's checkpoint in the file, which is never seen half-written.
func (t *Trail) anchor(c store.Checkpoint) error {
	if t.Anchor == "" {
		return nil
	}
	marks, err := t.anchored()
	if err != nil {
		t.Log.Warn("the file of audit checkpoints could not be read and is written anew", "file", t.Anchor, "error", err)
	}
	marks = slices.DeleteFunc(marks, func(m Mark) bool { return m.Tenant == c.Tenant })
	raw, err := json.MarshalIndent(append(marks, MarkOf(c)), "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(t.Anchor), ".checkpoints-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), t.Anchor)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func (t *Trail) anchored() ([]Mark, error) {
	if t.Anchor == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(t.Anchor)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var marks []Mark
	return marks, json.Unmarshal(raw, &marks)
}
