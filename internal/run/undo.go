package run

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/store"
)

// undoSink seals the steps a command saves and writes them at once.
type undoSink struct {
	job *job
	mu  sync.Mutex
	seq int64
}

// SaveUndo implements connector.UndoSink.
func (u *undoSink) SaveUndo(ctx context.Context, steps ...connector.UndoStep) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	plain, err := json.Marshal(steps)
	if err != nil {
		return err
	}
	row := u.job.row
	sealed, err := u.job.svc.Sealer.Seal(ctx, row.Tenant, undoAD(row, u.seq), plain)
	if err != nil {
		return err
	}
	b := store.Batch{InsertUndo: []*store.Undo{{Tenant: row.Tenant, RunID: row.ID, Seq: u.seq, Steps: sealed}}}
	if err := u.job.svc.Store.Submit(ctx, b); err != nil {
		return store.AsConnectorError(err)
	}
	u.seq++
	u.job.rec.mu.Lock()
	u.job.saved = true
	u.job.rec.mu.Unlock()
	return nil
}

func undoAD(r *store.Run, seq int64) keys.AD { return runAD(r, fmt.Sprintf("undo/%d", seq)) }

func (s *Service) canUndo(ctx context.Context, row *store.Run) (bool, error) {
	_, cmd, err := s.Catalog.Command(row.Integration, row.Command)
	if err != nil || !cmd.CanUndo() || row.Inline || !State(row.State).Ended() {
		return false, nil //nolint:nilerr // a command of an older release cannot be undone, which is no failure
	}
	has, err := s.Store.HasUndo(ctx, row.Tenant, row.ID)
	return has, store.AsConnectorError(err)
}

// Undo makes a new run that puts back what a run changed; with dryRun it only
// says what that would do. The new run names the old one as its parent. A run
// that changed nothing, or whose target has changed since, is Conflict.
func (s *Service) Undo(ctx context.Context, actor authz.Actor, id string, dryRun bool) (*Record, error) {
	req, err := s.UndoRequest(ctx, actor, id, dryRun)
	if err != nil {
		return nil, err
	}
	return s.Run(ctx, actor, req)
}

// UndoRequest is what Undo runs, for those who want to follow it.
func (s *Service) UndoRequest(ctx context.Context, actor authz.Actor, id string, dryRun bool) (Request, error) {
	row, err := s.findFor(ctx, actor, id)
	if err != nil {
		return Request{}, err
	}
	can, err := s.canUndo(ctx, row)
	if err != nil {
		return Request{}, err
	}
	if !can {
		return Request{}, &connector.Error{Kind: connector.Conflict, Message: "The run kept nothing that could be put back.", Fix: "Only ended runs of saved connections that changed policies, access blocks or versioned objects can be undone."}
	}
	input, err := s.inputOf(ctx, row)
	if err != nil {
		return Request{}, err
	}
	req := against(row, input)
	req.DryRun = dryRun
	req.undo, err = s.undoSteps(ctx, row)
	return req, err
}

// inputOf gives the exact input of a stored run.
func (s *Service) inputOf(ctx context.Context, row *store.Run) (json.RawMessage, error) {
	if len(row.InputSealed) == 0 {
		return nil, &connector.Error{Kind: connector.Conflict, Message: "The run's input and items were deleted by the rules of retention.", Fix: "Run the command again with its whole input."}
	}
	raw, err := s.Sealer.Open(ctx, row.Tenant, runAD(row, "input"), row.InputSealed)
	if err != nil {
		return nil, &connector.Error{Kind: connector.Internal, Message: "The run's input cannot be decrypted.", Fix: "Restore the key file of this data folder.", Err: err}
	}
	return raw, nil
}

func (s *Service) undoSteps(ctx context.Context, row *store.Run) ([]connector.UndoStep, error) {
	sealed, err := s.Store.Undo(ctx, row.Tenant, row.ID)
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	var all []connector.UndoStep
	for seq, raw := range sealed {
		plain, err := s.Sealer.Open(ctx, row.Tenant, undoAD(row, int64(seq)), raw)
		if err != nil {
			return nil, &connector.Error{Kind: connector.Internal, Message: "What the run changed cannot be decrypted.", Fix: "Restore the key file of this data folder.", Err: err}
		}
		var steps []connector.UndoStep
		if err := json.Unmarshal(plain, &steps); err != nil {
			return nil, err
		}
		all = append(all, steps...)
	}
	return all, nil
}

// undo is what an undo run does in place of its command.
func (j *job) undo(ctx context.Context, call *connector.Call, sess connector.Session) error {
	plan, err := j.cmd.RunUndo(ctx, call, sess, j.raw, j.req.undo)
	j.out.body.Plan = plan
	return err
}
