package run

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Filter selects runs; zero values select all. Limit is at most 1,000.
type Filter struct {
	Integration, Command, Connection, State, ReturnData, Actor, Origin, Parent, Text string
	From, To                                                                         time.Time
	Limit                                                                            int
	Cursor                                                                           string
}

// Page is a page of runs, newest first, without outputs, inputs and items.
type Page struct {
	Runs []Record `json:"runs"`
	Next string   `json:"next,omitempty" doc:"Cursor of the next page."`
}

// record gives the job's run as its caller sees it: outputs are exact.
func (j *job) record() *Record {
	j.rec.mu.Lock()
	defer j.rec.mu.Unlock()
	r := baseRecord(j.row)
	r.State, r.ReturnData, r.Error = j.out.state, j.out.verdict, j.out.err
	r.Items, r.Progress = j.rec.views(), j.rec.progress()
	if j.out.verdict != nil {
		r.fill(&j.out.body)
		r.CanUndo = j.saved && j.cmd.CanUndo() && !j.row.Inline
	}
	return r
}

func baseRecord(row *store.Run) *Record {
	r := &Record{
		RunID: row.ID, ParentRunID: row.ParentID, State: State(row.State),
		KeyFields: map[string][]any{}, OutputData: map[string][]any{}, Result: schema.Table{Columns: []string{}, Rows: [][]any{}}, Items: []ItemView{},
		Integration: row.Integration, Command: row.Command, Connection: row.ConnectionName, DryRun: row.DryRun,
		Origin: row.Origin, Actor: row.ActorName, Input: row.InputRedacted, CreatedAt: store.Time(row.CreatedAt),
		StartedAt: timeOf(row.StartedAt), EndedAt: timeOf(row.EndedAt),
		Progress: Progress{ItemsTotal: int(row.ItemsTotal), ItemsDone: int(row.ItemsDone), ItemsFailed: int(row.ItemsFailed), Bytes: row.Bytes},
	}
	if row.ReturnData != nil {
		v := ReturnData(*row.ReturnData)
		r.ReturnData = &v
	}
	return r
}

func (r *Record) fill(o *output) {
	if o.RawData != nil {
		r.RawData = o.RawData
	}
	if o.KeyFields != nil {
		r.KeyFields, r.OutputData = o.KeyFields, o.KeyFields
	}
	if o.Result.Columns != nil {
		r.Result = o.Result
	}
	r.Plan = o.Plan
}

func timeOf(us *int64) *time.Time {
	if us == nil {
		return nil
	}
	t := store.Time(*us)
	return &t
}

// recordOf gives a stored run with its first items (all, up to maxItems).
func (s *Service) recordOf(ctx context.Context, row *store.Run) (*Record, error) {
	if j := s.liveJob(row.Tenant, row.ID); j != nil {
		if !j.hasEnded() {
			return j.record(), nil
		}
		var err error
		if row, err = s.recorded(ctx, j); err != nil {
			return nil, err
		}
	}
	r := baseRecord(row)
	if err := r.fromStore(row); err != nil {
		return nil, err
	}
	items, err := s.items(ctx, row.Tenant, row.ID, 0, maxItems)
	r.Items = items
	return r, err
}

// recorded waits until the end of a run is written: what the run gave is exact
// before, and that is its caller's alone.
func (s *Service) recorded(ctx context.Context, j *job) (*store.Run, error) {
	select {
	case <-j.ended:
	case <-ctx.Done():
		return nil, connector.AsError(ctx.Err())
	}
	row, err := s.Store.Run(ctx, j.row.Tenant, j.row.ID)
	return &row, store.AsConnectorError(err)
}

func (j *job) hasEnded() bool {
	j.rec.mu.Lock()
	defer j.rec.mu.Unlock()
	return j.out.state.Ended()
}

// maxItems bounds the items inside a stored record; Items pages through all.
const maxItems = 10_000

func (r *Record) fromStore(row *store.Run) error {
	if len(row.Output) > 0 {
		var o output
		if err := json.Unmarshal(row.Output, &o); err != nil {
			return err
		}
		r.fill(&o)
	}
	if len(row.Error) > 0 {
		r.Error = &ErrorView{}
		return json.Unmarshal(row.Error, r.Error)
	}
	return nil
}

// Get gives a run. Outputs of a run that has ended come from the store, where
// they are redacted by value.
func (s *Service) Get(ctx context.Context, actor authz.Actor, id string) (*Record, error) {
	if err := authz.Require(actor, authz.Read); err != nil {
		return nil, err
	}
	row, err := s.find(ctx, actor.Tenant, id)
	if err != nil {
		return nil, err
	}
	r, err := s.recordOf(ctx, row)
	if err != nil {
		return nil, err
	}
	r.CanUndo, err = s.canUndo(ctx, row)
	return r, err
}

func (s *Service) find(ctx context.Context, tenant, id string) (*store.Run, error) {
	row, err := s.Store.Run(ctx, tenant, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &connector.Error{Kind: connector.NotFound, Message: "There is no run with the ID " + strconv.Quote(id) + ".", Fix: "See the list: fairlead runs list."}
	}
	return &row, store.AsConnectorError(err)
}

// Items gives items of a run in order, from the one after the given index.
func (s *Service) Items(ctx context.Context, actor authz.Actor, id string, from, limit int) ([]ItemView, error) {
	if err := authz.Require(actor, authz.Read); err != nil {
		return nil, err
	}
	if j := s.liveJob(actor.Tenant, id); j != nil {
		j.rec.mu.Lock()
		defer j.rec.mu.Unlock()
		all := j.rec.views()
		return all[min(from, len(all)):min(from+limit, len(all))], nil
	}
	if _, err := s.find(ctx, actor.Tenant, id); err != nil {
		return nil, err
	}
	return s.items(ctx, actor.Tenant, id, from, limit)
}

func (s *Service) items(ctx context.Context, tenant, id string, from, limit int) ([]ItemView, error) {
	out := []ItemView{}
	cursor := store.ItemCursor(int64(from) - 1)
	for {
		page, err := s.Store.Items(ctx, tenant, id, "", store.Page{Limit: store.MaxLimit, Cursor: cursor})
		if err != nil {
			return nil, store.AsConnectorError(err)
		}
		for i := range page.Items {
			it := &page.Items[i]
			if len(out) == limit {
				return out, nil
			}
			out = append(out, ItemView{
				Item: it.Item, State: connector.ItemState(it.State), Message: it.Message, StatusCode: it.StatusCode,
				DurationMs: float64(it.DurationMicros) / 1000, Bytes: it.Bytes,
			})
		}
		if cursor = page.Next; cursor == "" {
			return out, nil
		}
	}
}

// List gives a page of runs, newest first.
func (s *Service) List(ctx context.Context, actor authz.Actor, f Filter) (Page, error) {
	if err := authz.Require(actor, authz.Read); err != nil {
		return Page{}, err
	}
	sf := store.RunFilter{
		Integration: f.Integration, Command: f.Command, Connection: f.Connection, State: f.State, ReturnData: f.ReturnData,
		Actor: f.Actor, Origin: f.Origin, ParentID: f.Parent, Text: f.Text, From: micros(f.From), To: micros(f.To),
	}
	rows, err := s.Store.Runs(ctx, actor.Tenant, sf, store.Page{Limit: f.Limit, Cursor: f.Cursor})
	if err != nil {
		return Page{}, store.AsConnectorError(err)
	}
	p := Page{Runs: make([]Record, 0, len(rows.Runs)), Next: rows.Next}
	for i := range rows.Runs {
		r := baseRecord(&rows.Runs[i])
		if err := r.fromStore(&rows.Runs[i]); err != nil {
			return Page{}, err
		}
		p.Runs = append(p.Runs, *r)
	}
	return p, nil
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return store.Micros(t)
}

// Cancel ends a run that goes on. It waits a moment for the end, and gives the
// record as it is then. A run that has ended is Conflict.
func (s *Service) Cancel(ctx context.Context, actor authz.Actor, id string) (*Record, error) {
	if err := authz.Require(actor, authz.Run); err != nil {
		return nil, err
	}
	j := s.liveJob(actor.Tenant, id)
	if j == nil {
		row, err := s.find(ctx, actor.Tenant, id)
		if err != nil {
			return nil, err
		}
		if s.Store.Shared() && !State(row.State).Ended() {
			return s.cancelElsewhere(ctx, actor, row)
		}
		return nil, &connector.Error{Kind: connector.Conflict, Message: "The run has ended already (" + row.State + ").", Fix: "Nothing is left to cancel."}
	}
	e, err := audit.Admin(audit.AdminEvent{Tenant: actor.Tenant, At: store.Micros(s.Now()), Kind: audit.KindRunCancel, Actor: actor.ID, Subject: id})
	if err != nil {
		return nil, err
	}
	if err := s.Store.Submit(ctx, store.Batch{Audit: []*store.AuditEntry{&e}}); err != nil {
		return nil, store.AsConnectorError(err)
	}
	j.cancel(errCanceled)
	return s.awaitEnd(ctx, j)
}

// cancelWait is how long Cancel waits for a command to notice.
const cancelWait = 2 * time.Second

func (s *Service) awaitEnd(ctx context.Context, j *job) (*Record, error) {
	t := time.NewTimer(cancelWait)
	defer t.Stop()
	select {
	case <-j.ended:
	case <-t.C:
	case <-ctx.Done():
	}
	return j.record(), nil
}
