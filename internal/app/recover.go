package app

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store"
)

// recoverRuns gives an end to the runs that a dead process left behind. The
// lock is held, so that none of them can still be going on; on a database that
// others share, the nodes look after each other's runs instead.
func (a *App) recoverRuns(ctx context.Context) error {
	if a.Store.Shared() {
		return a.members.adoptGone(ctx)
	}
	rows, err := a.Store.ListUnfinishedRuns(ctx, "")
	if err != nil {
		return err
	}
	return a.endRuns(ctx, rows)
}

func (a *App) endRuns(ctx context.Context, rows []store.Run) error {
	cuts := make([]cut, len(rows))
	for i := range rows {
		cuts[i] = cutOf(&rows[i])
		if err := a.endRun(ctx, &rows[i]); err != nil {
			return err
		}
	}
	a.found(ctx, cuts)
	if len(rows) > 0 {
		a.Log.InfoContext(ctx, "runs of a process that ended were given an end", "runs", len(rows))
	}
	return nil
}

// endRun writes the end, the items that never ended and the outcome in one
// transaction.
func (a *App) endRun(ctx context.Context, row *store.Run) error {
	effect, indicator := a.declared(row)
	view, state := ending(row, effect, indicator)
	row.State, row.ReturnData = string(state), nil
	if state == run.Done {
		failed := string(run.Failed)
		row.ReturnData = &failed
	}
	now := store.Micros(a.now())
	row.EndedAt, row.StatusCode = &now, view.StatusCode
	var err error
	if row.Error, err = json.Marshal(view); err != nil {
		return err
	}
	items, err := a.openItems(ctx, row)
	if err != nil {
		return err
	}
	row.ItemsFailed += int64(len(items))
	entry, err := outcomeOf(row, view, effect, now)
	if err != nil {
		return err
	}
	err = a.Store.Submit(ctx, store.Batch{UpdateRuns: []*store.Run{row}, UpsertItems: items, Audit: []*store.AuditEntry{&entry}})
	if errors.Is(err, store.ErrConflict) {
		return nil // it has an end after all
	}
	return err
}

// declared tells a run's effect; that of a command which is gone could be any.
func (a *App) declared(row *store.Run) (connector.Effect, string) {
	_, c, err := a.Catalog.Command(row.Integration, row.Command)
	if err != nil {
		return connector.Read | connector.Write | connector.Delete, row.Command + " failed."
	}
	return c.Effect, c.Indicator
}

// ending is unknown where a repeat could do harm, so that a person looks at it
// first; else the run has failed and may be repeated.
func ending(row *store.Run, e connector.Effect, indicator string) (run.ErrorView, run.State) {
	view := run.ErrorView{
		FailureIndicator: indicator, Kind: connector.Unavailable, StatusCode: connector.Unavailable.HTTPStatus(),
		Message: "The process ended before the run did.", Fix: "Run it again.", Items: []run.ErrorItemView{},
	}
	changes := e.Has(connector.Write) || e.Has(connector.Delete)
	begun := row.State == string(run.Running)
	if begun && changes && !e.Has(connector.Idempotent) && !row.DryRun {
		view.Message += " What it changed until then is unknown."
		view.Fix = "Look at what it was to change, then run it again for what is missing."
		return view, run.Unknown
	}
	if goesOn(cutOf(row), e) {
		view.Fix = "A server goes on with it as a new run; else resume it."
	}
	return view, run.Done
}

// openItems are the items that had no end, given one.
func (a *App) openItems(ctx context.Context, row *store.Run) ([]*store.Item, error) {
	var out []*store.Item
	for _, state := range []string{store.ItemRunning, store.ItemWaiting} {
		page := store.Page{Limit: store.MaxLimit}
		for {
			got, err := a.Store.Items(ctx, row.Tenant, row.ID, state, page)
			if err != nil {
				return nil, err
			}
			for i := range got.Items {
				it := &got.Items[i]
				it.State, it.Message = store.ItemFailed, "The process ended before the item did."
				out = append(out, it)
			}
			if page.Cursor = got.Next; page.Cursor == "" {
				break
			}
		}
	}
	return out, nil
}

func outcomeOf(row *store.Run, view run.ErrorView, e connector.Effect, now int64) (audit.Entry, error) {
	r := audit.Run{
		Tenant: row.Tenant, At: now, RunID: row.ID, Actor: row.Actor, ActorName: row.ActorName, Origin: row.Origin,
		Integration: row.Integration, Command: row.Command, Connection: row.ConnectionName, Effects: e.Names(), DryRun: row.DryRun,
	}
	if row.ConnectionID != nil {
		r.ConnectionID = *row.ConnectionID
	}
	if row.ParentID != nil {
		r.ParentRunID = *row.ParentID
	}
	o := audit.OutcomeInfo{
		State: row.State, StatusCode: view.StatusCode, ErrorKind: string(view.Kind), Message: view.Message,
		ItemsTotal: row.ItemsTotal, ItemsDone: row.ItemsDone, ItemsFailed: row.ItemsFailed, Bytes: row.Bytes, Micros: now - row.CreatedAt,
	}
	if row.ReturnData != nil {
		o.ReturnData = *row.ReturnData
	}
	return audit.Outcome(r, o)
}
