// Package retention deletes runs, their details and stored files by age and size, as the settings say. What it deletes
// is audited; the audit chain itself is never cut.
package retention

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Policy says what stays. A zero field deletes nothing.
type Policy struct {
	Runs      time.Duration // age, since their end, at which runs are deleted
	RunsSize  int64         // bytes of ended runs above which the oldest are deleted
	Details   time.Duration // age at which runs lose items, undo steps and sealed input; they can be neither resumed nor undone then
	Files     time.Duration // age at which files are deleted
	FilesSize int64         // bytes of files above which the oldest are deleted
}

// Deleted counts what was deleted.
type Deleted struct {
	Runs    int `json:"runs"`
	Details int `json:"details" doc:"Runs that lost their details only."`
	Files   int `json:"files"`
}

// Keeper holds an installation to its Policy.
type Keeper struct {
	Policy Policy
	Store  *store.Store
	Files  *files.Service
	Now    func() time.Time
	Log    *slog.Logger
}

// page is how many records one transaction deletes at most, so that others need not wait long.
const page = 100

// Apply deletes what the Policy says, and tells how much. It may run beside everything else, and on several nodes.
func (k *Keeper) Apply(ctx context.Context) (Deleted, error) {
	var r Deleted
	var failed error
	for _, step := range []func(context.Context, *Deleted) error{k.oldRuns, k.largeRuns, k.details, k.oldFiles, k.largeFiles} {
		failed = errors.Join(failed, step(ctx, &r))
	}
	return r, failed
}

// before is the time that age ago, in microseconds.
func (k *Keeper) before(age time.Duration) int64 { return store.Micros(k.Now().Add(-age)) }

func (k *Keeper) oldRuns(ctx context.Context, r *Deleted) error {
	if k.Policy.Runs == 0 {
		return nil
	}
	for {
		due, err := k.Store.EndedRuns(ctx, k.before(k.Policy.Runs), page)
		if err != nil || len(due) == 0 {
			return err
		}
		n, err := k.deleteRuns(ctx, due, "age")
		r.Runs += n
		if err != nil || len(due) < page {
			return err
		}
	}
}

func (k *Keeper) largeRuns(ctx context.Context, r *Deleted) error {
	if k.Policy.RunsSize == 0 {
		return nil
	}
	size, err := k.Store.SizeOfRuns(ctx)
	for err == nil && size > k.Policy.RunsSize {
		var due []store.EndedRun
		if due, err = k.Store.EndedRuns(ctx, math.MaxInt64, page); err != nil || len(due) == 0 {
			return err
		}
		for i := range due {
			if size -= due[i].Size; size <= k.Policy.RunsSize {
				due = due[:i+1]
				break
			}
		}
		var n int
		n, err = k.deleteRuns(ctx, due, "size")
		r.Runs += n
	}
	return err
}

// deleteRuns deletes runs together; if one of them is gone already, one by one.
func (k *Keeper) deleteRuns(ctx context.Context, due []store.EndedRun, why string) (int, error) {
	refs := make([]store.Ref, len(due))
	for i, d := range due {
		refs[i] = store.Ref{Tenant: d.Tenant, ID: d.ID}
	}
	return each(ctx, k, refs, func(b *store.Batch, ref store.Ref) (string, map[string]any) {
		b.DeleteRuns = append(b.DeleteRuns, ref)
		return audit.KindRunDeleted, map[string]any{"reason": why}
	})
}

func (k *Keeper) details(ctx context.Context, r *Deleted) error {
	if k.Policy.Details == 0 {
		return nil
	}
	for {
		due, err := k.Store.DetailedRuns(ctx, k.before(k.Policy.Details), page)
		if err != nil || len(due) == 0 {
			return err
		}
		n, err := each(ctx, k, due, func(b *store.Batch, ref store.Ref) (string, map[string]any) {
			b.ClearRuns = append(b.ClearRuns, &store.RunClear{Tenant: ref.Tenant, ID: ref.ID})
			return audit.KindRunCleared, map[string]any{"reason": "age"}
		})
		r.Details += n
		if err != nil || len(due) < page {
			return err
		}
	}
}

// each writes changes of runs and their audit entries together; if one run is gone already, one by one.
func each(ctx context.Context, k *Keeper, refs []store.Ref, change func(*store.Batch, store.Ref) (kind string, detail map[string]any)) (int, error) {
	var b store.Batch
	for _, ref := range refs {
		kind, detail := change(&b, ref)
		e, err := audit.Admin(audit.AdminEvent{
			Tenant: ref.Tenant, At: store.Micros(k.Now()), Kind: kind, Actor: authz.System(ref.Tenant).ID, Subject: ref.ID, Detail: detail,
		})
		if err != nil {
			return 0, err
		}
		e.RunID = &ref.ID
		b.Audit = append(b.Audit, &e)
	}
	err := k.Store.Submit(ctx, b)
	switch {
	case err == nil:
		return len(refs), nil
	case !errors.Is(err, store.ErrNotFound):
		return 0, err
	case len(refs) == 1:
		return 0, nil
	}
	n := 0
	for i := range refs {
		done, err := each(ctx, k, refs[i:i+1], change)
		if err != nil {
			return n, err
		}
		n += done
	}
	return n, nil
}

func (k *Keeper) oldFiles(ctx context.Context, r *Deleted) error {
	if k.Policy.Files == 0 {
		return nil
	}
	for {
		due, err := k.Store.OldFiles(ctx, k.before(k.Policy.Files), page)
		if err != nil || len(due) == 0 {
			return err
		}
		n, err := k.Files.RemoveAll(ctx, due, audit.KindFilePurged)
		r.Files += n
		if err != nil || len(due) < page {
			return err
		}
	}
}

func (k *Keeper) largeFiles(ctx context.Context, r *Deleted) error {
	if k.Policy.FilesSize == 0 {
		return nil
	}
	size, err := k.Store.SizeOfFiles(ctx)
	for err == nil && size > k.Policy.FilesSize {
		var due []store.File
		if due, err = k.Store.OldFiles(ctx, math.MaxInt64, page); err != nil || len(due) == 0 {
			return err
		}
		for i := range due {
			if size -= due[i].Size; size <= k.Policy.FilesSize {
				due = due[:i+1]
				break
			}
		}
		var n int
		n, err = k.Files.RemoveAll(ctx, due, audit.KindFilePurged)
		r.Files += n
	}
	return err
}
