package storetest

import (
	"errors"

	"github.com/fairlead-io/fairlead/internal/store"
)

func newRun(at int64) *store.Run {
	return &store.Run{
		ID: store.NewID(), Tenant: tenant, Integration: "aws-s3", Command: "list-buckets", ConnectionName: "Prod", Origin: "cli", Actor: "ann",
		ActorName: "Ann", CreatedAt: at, State: store.RunRunning, NodeID: "node-1", InputRedacted: []byte(`{"a":1}`), InputSealed: []byte{1, 2, 0},
	}
}

// fullRun has every field set.
func fullRun() *store.Run {
	r := newRun(100)
	r.ParentID, r.ConnectionID, r.ExternalRef, r.IdempotencyKey = ptr(store.NewID()), ptr(store.NewID()), ptr("ticket-7"), ptr("key-1")
	r.Inline, r.DryRun, r.RequestHash = true, true, []byte{7}
	end(r)
	return r
}

// end sets the fields that an update may change.
func end(r *store.Run) {
	r.State, r.ReturnData, r.StatusCode, r.Error = store.RunDone, ptr("Failed"), 404, []byte(`{"kind":"NotFound"}`)
	r.StartedAt, r.EndedAt, r.HeartbeatAt, r.NodeID = ptr(int64(101)), ptr(int64(102)), ptr(int64(103)), "node-2"
	r.ItemsTotal, r.ItemsDone, r.ItemsFailed, r.Bytes = 3, 2, 1, 1<<40
	r.Output, r.OutputSealed = []byte(`{"rawData":{}}`), []byte{0}
}

var runTests = []test{
	{"a run comes back as it was inserted", func(s *suite) {
		for _, r := range []*store.Run{newRun(1), fullRun()} {
			s.submit(store.Batch{InsertRuns: []*store.Run{r}})
			s.equal(*r, must[store.Run](s)(s.Run(s.ctx(), tenant, r.ID)))
		}
		_, err := s.Run(s.ctx(), tenant, store.NewID())
		s.fails(err, store.ErrNotFound)
	}},
	{"an update changes the moving fields only", func(s *suite) {
		r := newRun(1)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		want, changed := *r, *r
		end(&want)
		end(&changed)
		changed.Actor, changed.Command, changed.InputRedacted, changed.CreatedAt = "eve", "other", nil, 9
		s.submit(store.Batch{UpdateRuns: []*store.Run{&changed}})
		s.equal(want, must[store.Run](s)(s.Run(s.ctx(), tenant, r.ID)))
	}},
	{"a run that has ended is final", func(s *suite) {
		r := newRun(1)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		end(r)
		s.submit(store.Batch{UpdateRuns: []*store.Run{r}})
		late := *r
		late.StatusCode, late.EndedAt = 200, nil
		s.refuses(store.Batch{UpdateRuns: []*store.Run{&late}}, store.ErrConflict)
		s.submit(store.Batch{Progress: []store.RunProgress{{Tenant: tenant, ID: r.ID, ItemsDone: 99}}}) // late news is dropped
		s.equal(*r, must[store.Run](s)(s.Run(s.ctx(), tenant, r.ID)))
		late.ID = store.NewID()
		s.refuses(store.Batch{UpdateRuns: []*store.Run{&late}}, store.ErrNotFound)
	}},
	{"an unknown run may still learn its outcome", func(s *suite) {
		r := newRun(1)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		r.State, r.EndedAt = store.RunUnknown, ptr(int64(5))
		s.submit(store.Batch{UpdateRuns: []*store.Run{r}})
		end(r)
		s.submit(store.Batch{UpdateRuns: []*store.Run{r}})
		s.equal(*r, must[store.Run](s)(s.Run(s.ctx(), tenant, r.ID)))
	}},
	{"progress moves", func(s *suite) {
		r := newRun(1)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		s.submit(store.Batch{Progress: []store.RunProgress{{Tenant: tenant, ID: r.ID, ItemsTotal: 9, ItemsDone: 4, ItemsFailed: 1, Bytes: 77, HeartbeatAt: 55}}})
		r.ItemsTotal, r.ItemsDone, r.ItemsFailed, r.Bytes, r.HeartbeatAt = 9, 4, 1, 77, ptr(int64(55))
		s.equal(*r, must[store.Run](s)(s.Run(s.ctx(), tenant, r.ID)))
		s.submit(store.Batch{Progress: []store.RunProgress{{Tenant: tenant, ID: store.NewID()}}}) // of a deleted run: dropped
	}},
	{"an idempotency key is unique per tenant and actor", func(s *suite) {
		r := newRun(1)
		r.IdempotencyKey, r.RequestHash = ptr("k"), []byte{1}
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		again := newRun(2)
		again.IdempotencyKey = ptr("k")
		e := s.refusal(store.Batch{InsertRuns: []*store.Run{again}}, store.ErrConflict)
		s.equal(store.UniqueIdempotencyKey, e.Constraint)
		s.equal(*r, must[store.Run](s)(s.RunByIdempotencyKey(s.ctx(), tenant, "ann", "k")))
		for _, spread := range []func(*store.Run){func(r *store.Run) { r.Actor = "bob" }, func(r *store.Run) { r.Tenant = "other" }, func(r *store.Run) { r.IdempotencyKey = nil }, func(r *store.Run) { r.IdempotencyKey = nil }} {
			other := newRun(3)
			other.IdempotencyKey = ptr("k")
			spread(other)
			s.submit(store.Batch{InsertRuns: []*store.Run{other}})
		}
		_, err := s.RunByIdempotencyKey(s.ctx(), tenant, "carl", "k")
		s.fails(err, store.ErrNotFound)
	}},
	{"unfinished runs are found, oldest first", func(s *suite) {
		old, other, done, unknown := newRun(1), newRun(2), newRun(3), newRun(4)
		other.NodeID, other.Tenant = "node-2", "other"
		end(done)
		unknown.State, unknown.EndedAt = store.RunUnknown, ptr(int64(1))
		s.submit(store.Batch{InsertRuns: []*store.Run{other, old, done, unknown}})
		s.equal([]store.Run{*old, *other}, must[[]store.Run](s)(s.ListUnfinishedRuns(s.ctx(), "")))
		s.equal([]store.Run{*other}, must[[]store.Run](s)(s.ListUnfinishedRuns(s.ctx(), "node-2")))
	}},
	{"a deleted run takes its items along", func(s *suite) {
		r := newRun(1)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}, UpsertItems: []*store.Item{newItem(r, 0)}})
		s.submit(store.Batch{DeleteRuns: []store.Ref{{Tenant: tenant, ID: r.ID}}})
		_, err := s.Run(s.ctx(), tenant, r.ID)
		s.fails(err, store.ErrNotFound)
		s.equal(0, len(must[store.ItemPage](s)(s.Items(s.ctx(), tenant, r.ID, "", store.Page{})).Items))
		s.refuses(store.Batch{DeleteRuns: []store.Ref{{Tenant: tenant, ID: r.ID}}}, store.ErrNotFound)
	}},
	{"bad records are refused", func(s *suite) {
		for reason, spoil := range map[string]func(*store.Run){
			"id":          func(r *store.Run) { r.ID = "1" },
			"tenant":      func(r *store.Run) { r.Tenant = "" },
			"integration": func(r *store.Run) { r.Integration = "" },
			"command":     func(r *store.Run) { r.Command = "" },
			"state":       func(r *store.Run) { r.State = "" },
		} {
			r := newRun(1)
			spoil(r)
			if err := s.Submit(s.ctx(), store.Batch{InsertRuns: []*store.Run{r}}); !errors.Is(err, store.ErrInvalid) {
				s.Errorf("%s: got %v, want Invalid", reason, err)
			}
		}
		r := newRun(1)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		s.refuses(store.Batch{InsertRuns: []*store.Run{r}}, store.ErrConflict)
	}},
}

func newItem(r *store.Run, seq int) *store.Item {
	return &store.Item{
		Tenant: r.Tenant, RunID: r.ID, Seq: seq, Item: "bucket/key", State: store.ItemDone, Message: "ok", StatusCode: 200, Code: "OK",
		Operation: "PutObject", RequestID: "req", DurationMicros: 12, Bytes: 1 << 33, Detail: []byte(`{"etag":"x"}`),
	}
}

var itemTests = []test{
	{"items come back in order, as they last were", func(s *suite) {
		r := newRun(1)
		first, second := newItem(r, 1), newItem(r, 0)
		second.Detail, second.State = nil, store.ItemWaiting
		s.submit(store.Batch{InsertRuns: []*store.Run{r}, UpsertItems: []*store.Item{first, second}})
		second.State, second.Message, second.StatusCode, second.Item = store.ItemFailed, "Zugriff verweigert ☹", 403, ""
		s.submit(store.Batch{UpsertItems: []*store.Item{second}})
		page := must[store.ItemPage](s)(s.Items(s.ctx(), tenant, r.ID, "", store.Page{}))
		s.equal(store.ItemPage{Items: []store.Item{*second, *first}}, page)
		failed := must[store.ItemPage](s)(s.Items(s.ctx(), tenant, r.ID, store.ItemFailed, store.Page{}))
		s.equal([]store.Item{*second}, failed.Items)
	}},
	{"items are paged", func(s *suite) {
		r := newRun(1)
		b := store.Batch{InsertRuns: []*store.Run{r}}
		for i := range 25 {
			b.UpsertItems = append(b.UpsertItems, newItem(r, i))
		}
		s.submit(b)
		var seqs []int
		for p := (store.Page{Limit: 10}); ; {
			page := must[store.ItemPage](s)(s.Items(s.ctx(), tenant, r.ID, "", p))
			for _, i := range page.Items {
				seqs = append(seqs, i.Seq)
			}
			if p.Cursor = page.Next; p.Cursor == "" {
				break
			}
		}
		for i, seq := range seqs {
			if i != seq {
				s.Fatalf("got %v, want 0 to 24", seqs)
			}
		}
		s.equal(25, len(seqs))
	}},
	{"an item needs its run", func(s *suite) {
		r := newRun(1)
		s.refuses(store.Batch{UpsertItems: []*store.Item{newItem(r, 0)}}, store.ErrNotFound)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		foreign := newItem(r, 0)
		foreign.Tenant = "other"
		s.refuses(store.Batch{UpsertItems: []*store.Item{foreign}}, store.ErrNotFound)
	}},
	{"text that no database can hold is replaced, not refused", func(s *suite) {
		r := newRun(1)
		i := newItem(r, 0)
		i.Item, i.Message = "a\x00b\xffc", "\xc3"
		s.submit(store.Batch{InsertRuns: []*store.Run{r}, UpsertItems: []*store.Item{i}})
		got := must[store.ItemPage](s)(s.Items(s.ctx(), tenant, r.ID, "", store.Page{})).Items[0]
		s.equal("a\uFFFDb\uFFFDc", got.Item)
		s.equal("\uFFFD", got.Message)
	}},
}
