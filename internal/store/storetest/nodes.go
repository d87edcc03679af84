package storetest

import (
	"slices"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
)

func (s *suite) runOf(node string) *store.Run {
	r := newRun(1)
	r.NodeID, r.State, r.EndedAt = node, store.RunRunning, nil
	s.submit(store.Batch{InsertRuns: []*store.Run{r}})
	return r
}

func (s *suite) nodeOf(r *store.Run) string {
	s.Helper()
	return must[store.Run](s)(s.Run(s.ctx(), r.Tenant, r.ID)).NodeID
}

var nodeTests = []test{
	{"a node's beat changes until it leaves", func(s *suite) {
		beat := &store.NodeBeat{ID: "a"}
		s.submit(store.Batch{BeatNodes: []*store.NodeBeat{beat}})
		s.equal(true, beat.Missing)
		s.submit(store.Batch{InsertNodes: []string{"a", "b"}})
		s.submit(store.Batch{BeatNodes: []*store.NodeBeat{beat}})
		s.equal(false, beat.Missing)
		s.equal([]store.Node{{ID: "a", Beat: 2}, {ID: "b", Beat: 1}}, must[[]store.Node](s)(s.Nodes(s.ctx())))
		s.submit(store.Batch{DeleteNodes: []string{"a", "never there"}})
		s.equal([]store.Node{{ID: "b", Beat: 1}}, must[[]store.Node](s)(s.Nodes(s.ctx())))
		s.refuses(store.Batch{InsertNodes: []string{"b"}}, store.ErrConflict)
	}},
	{"the first heir gets the runs of a node that is gone", func(s *suite) {
		s.submit(store.Batch{InsertNodes: []string{"lives"}})
		gone, lives, ended := s.runOf("gone"), s.runOf("lives"), s.runOf("gone")
		ended.State, ended.EndedAt = store.RunDone, ptr(int64(2))
		s.submit(store.Batch{UpdateRuns: []*store.Run{ended}})
		s.equal([]string{"gone"}, must[[]string](s)(s.GoneNodes(s.ctx())))
		first, second := &store.Adoption{From: "gone", To: "lives"}, &store.Adoption{From: "gone", To: "late"}
		s.submit(store.Batch{AdoptRuns: []*store.Adoption{first}})
		s.submit(store.Batch{AdoptRuns: []*store.Adoption{second}})
		s.equal([]int64{1, 0}, []int64{first.Runs, second.Runs})
		s.equal([]string{"lives", "lives", "gone"}, []string{s.nodeOf(gone), s.nodeOf(lives), s.nodeOf(ended)})
		s.equal(0, len(must[[]string](s)(s.GoneNodes(s.ctx()))))
	}},
	{"a request to cancel reaches the node of the run, until the run has ended", func(s *suite) {
		mine, other := s.runOf("mine"), s.runOf("other")
		ask := func(r *store.Run) store.Batch {
			return store.Batch{RequestCancels: []store.CancelRequest{{Tenant: r.Tenant, RunID: r.ID, At: 5}}}
		}
		s.submit(ask(mine))
		s.submit(ask(mine)) // twice is once
		s.submit(ask(other))
		want := []store.Ref{{Tenant: tenant, ID: mine.ID}}
		s.equal(want, must[[]store.Ref](s)(s.CancelRequests(s.ctx(), "mine")))
		mine.State, mine.EndedAt = store.RunCanceled, ptr(int64(9))
		s.submit(store.Batch{UpdateRuns: []*store.Run{mine}})
		s.equal(0, len(must[[]store.Ref](s)(s.CancelRequests(s.ctx(), "mine"))))
		s.submit(store.Batch{DeleteRuns: []store.Ref{{Tenant: tenant, ID: mine.ID}}})
		s.refuses(ask(mine), store.ErrNotFound)
	}},
}

func place(tenant string, seq int64) store.Checkpoint {
	return store.Checkpoint{Checkpoint: audit.Checkpoint{Seq: seq, Hash: audit.Hash{byte(seq)}}, Tenant: tenant, At: 7, Signature: []byte{1, byte(seq)}}
}

var checkpointTests = []test{
	{"checkpoints come back in order, and the first of a place stays", func(s *suite) {
		s.equal(store.Checkpoint{}, must[store.Checkpoint](s)(s.LastCheckpoint(s.ctx(), "a")))
		again := place("a", 5)
		again.Signature = []byte("other")
		s.submit(store.Batch{InsertCheckpoints: []store.Checkpoint{place("a", 5), place("a", 2), place("b", 9)}})
		s.submit(store.Batch{InsertCheckpoints: []store.Checkpoint{again}})
		s.equal([]store.Checkpoint{place("a", 2), place("a", 5)}, must[[]store.Checkpoint](s)(s.Checkpoints(s.ctx(), "a", 0)))
		s.equal([]store.Checkpoint{place("a", 5)}, must[[]store.Checkpoint](s)(s.Checkpoints(s.ctx(), "a", 2)))
		s.equal(place("a", 5), must[store.Checkpoint](s)(s.LastCheckpoint(s.ctx(), "a")))
	}},
}

// endedRun ends at a time and leaves an output of a size.
func (s *suite) endedRun(at int64, size int) *store.Run {
	r := newRun(at)
	r.State, r.EndedAt, r.Output, r.InputSealed, r.InputRedacted, r.OutputSealed = store.RunDone, &at, make([]byte, size), []byte{1}, nil, nil
	s.submit(store.Batch{InsertRuns: []*store.Run{r}, UpsertItems: []*store.Item{newItem(r, 0), newItem(r, 1)}, InsertUndo: []*store.Undo{{Tenant: tenant, RunID: r.ID, Steps: []byte{1}}}})
	return r
}

var retentionTests = []test{
	{"ended runs are found by age, with their size", func(s *suite) {
		_ = s.runOf("goes on")
		late, early := s.endedRun(20, 100), s.endedRun(10, 50)
		want := []store.EndedRun{{Tenant: tenant, ID: early.ID, EndedAt: 10, Size: 51}, {Tenant: tenant, ID: late.ID, EndedAt: 20, Size: 101}}
		s.equal(want, must[[]store.EndedRun](s)(s.EndedRuns(s.ctx(), 21, 10)))
		s.equal(want[:1], must[[]store.EndedRun](s)(s.EndedRuns(s.ctx(), 20, 10)))
		s.equal(want[:1], must[[]store.EndedRun](s)(s.EndedRuns(s.ctx(), 21, 1)))
		s.equal(int64(152), must[int64](s)(s.SizeOfRuns(s.ctx())))
	}},
	{"a cleared run loses its details and keeps the rest", func(s *suite) {
		r, on := s.endedRun(10, 5), s.runOf("goes on")
		s.equal([]store.Ref{{Tenant: tenant, ID: r.ID}}, must[[]store.Ref](s)(s.DetailedRuns(s.ctx(), 11, 10)))
		clear := &store.RunClear{Tenant: tenant, ID: r.ID}
		s.submit(store.Batch{ClearRuns: []*store.RunClear{clear}})
		s.equal(int64(2), clear.Items)
		got := must[store.Run](s)(s.Run(s.ctx(), tenant, r.ID))
		s.equal(0, len(got.InputSealed))
		s.equal(5, len(got.Output))
		s.equal(0, len(must[store.ItemPage](s)(s.Items(s.ctx(), tenant, r.ID, "", store.Page{})).Items))
		s.equal(false, must[bool](s)(s.HasUndo(s.ctx(), tenant, r.ID)))
		s.equal(0, len(must[[]store.Ref](s)(s.DetailedRuns(s.ctx(), 11, 10))))
		s.refuses(store.Batch{ClearRuns: []*store.RunClear{{Tenant: tenant, ID: on.ID}}}, store.ErrNotFound)
	}},
	{"old files are found by age", func(s *suite) {
		s.equal(int64(0), must[int64](s)(s.SizeOfFiles(s.ctx())))
		var ids []int64
		for _, at := range []int64{30, 10, 20} {
			f := newFile("f")
			f.CreatedAt, f.Size = at, at
			s.submit(store.Batch{InsertFiles: []*store.File{f}})
			ids = append(ids, f.ID)
		}
		var got []int64
		for _, f := range must[[]store.File](s)(s.OldFiles(s.ctx(), 30, 10)) {
			got = append(got, f.ID)
		}
		slices.Sort(got)
		s.equal(ids[1:], got)
		s.equal(int64(60), must[int64](s)(s.SizeOfFiles(s.ctx())))
	}},
}
