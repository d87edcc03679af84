package app

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store"
)

// maxGoOn is how often a run goes on after a process ended during it, so that
// one which ends processes does not do so for ever.
const maxGoOn = 3

// cut is a run that was given an end because its process ended.
type cut struct {
	row   store.Run
	begun bool // it ran; else it waited for its turn
}

// goesOn tells whether what is left of a run is done without anybody asking:
// it was to change something, and doing so twice does no harm, or nothing was
// done yet. Jobs of a worker come again from their engine.
func goesOn(c cut, e connector.Effect) bool {
	changes := e.Has(connector.Write) || e.Has(connector.Delete)
	return changes && (e.Has(connector.Idempotent) || !c.begun) && !c.row.DryRun && !c.row.Inline && c.row.Origin != run.OriginWorker
}

// goOn makes new runs of what is left of cut ones. A server does this when it
// serves; a command line that happens to find them leaves them alone.
func (a *App) goOn(ctx context.Context, cuts []cut) {
	whole := map[string]bool{}
	for _, c := range cuts {
		whole[c.row.ID] = true
	}
	for _, c := range cuts {
		effect, _ := a.declared(&c.row)
		if c.row.ParentID != nil && whole[*c.row.ParentID] || !goesOn(c, effect) {
			continue // the children of a run go on with it
		}
		if err := a.goOnWith(ctx, &c.row, effect); err != nil {
			a.Log.WarnContext(ctx, "a run that a process left behind does not go on; it can be resumed", "run", c.row.ID, "reason", err.Error())
		}
	}
}

func (a *App) goOnWith(ctx context.Context, row *store.Run, e connector.Effect) error {
	if err := a.tooOften(ctx, row); err != nil {
		return err
	}
	actor, err := a.actorOf(ctx, row, e)
	if err != nil {
		return err
	}
	req, err := a.Runs.ResumeRequest(ctx, actor, row.ID)
	if err != nil {
		if connector.AsError(err).Kind == connector.Conflict {
			return nil // nothing is left of it
		}
		return err
	}
	next, err := a.Runs.Start(ctx, actor, req)
	if err != nil {
		return err
	}
	a.Log.InfoContext(ctx, "a run that a process left behind goes on", "run", row.ID, "as", next.RunID)
	return nil
}

func (a *App) tooOften(ctx context.Context, row *store.Run) error {
	at := row
	for n := 0; at.ParentID != nil && at.Command == row.Command; n++ {
		if n+1 >= maxGoOn {
			return &connector.Error{Kind: connector.Conflict, Message: "The process ended during it too often."}
		}
		parent, err := a.Store.Run(ctx, row.Tenant, *at.ParentID)
		if err != nil {
			return store.AsConnectorError(err)
		}
		at = &parent
	}
	return nil
}

// actorOf is who asked for the run, with what the run needs and no more. A
// token that was withdrawn since does nothing any more; one that lasted as long
// as its process was good when the run was asked for.
func (a *App) actorOf(ctx context.Context, row *store.Run, e connector.Effect) (authz.Actor, error) {
	list, err := a.Store.Tokens(ctx, row.Tenant)
	if err != nil {
		return authz.Actor{}, store.AsConnectorError(err)
	}
	now := store.Micros(a.now())
	for _, t := range list {
		withdrawn := t.RevokedAt != nil || t.ExpiresAt != nil && *t.ExpiresAt <= now
		if t.ID == row.Actor && withdrawn {
			return authz.Actor{}, &connector.Error{Kind: connector.Denied, Message: "The token that asked for it was withdrawn."}
		}
	}
	scopes := append(authz.Scopes{authz.Run}, authz.ForEffect(e)...)
	return authz.Actor{ID: row.Actor, Name: row.ActorName, Kind: authz.KindSystem, Tenant: row.Tenant, Scopes: scopes}, nil
}

// serving lets runs go on: those found at the start, and from now on those of
// nodes that die.
func (a *App) serving(ctx context.Context) {
	a.cutMu.Lock()
	cuts := a.cuts
	a.cuts, a.serves = nil, true
	a.cutMu.Unlock()
	a.goOn(ctx, cuts)
}

// found keeps runs that were given an end until somebody serves.
func (a *App) found(ctx context.Context, cuts []cut) {
	a.cutMu.Lock()
	serves := a.serves
	if !serves {
		a.cuts = append(a.cuts, cuts...)
	}
	a.cutMu.Unlock()
	if serves {
		a.goOn(ctx, cuts)
	}
}

func cutOf(row *store.Run) cut {
	return cut{row: *row, begun: row.State != string(run.Queued)}
}
