package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
)

func newEntry(tenant, kind string) *store.AuditEntry {
	return &store.AuditEntry{Tenant: tenant, At: 7, Kind: kind, Actor: "ann", Subject: "sub", Body: json.RawMessage(`{"b":1, "a":"x"}`)}
}

// verify reads the whole chain of a tenant and fails if it is broken or ends where it should not.
func (s *suite) verify(tenant string) int64 {
	s.Helper()
	count, reached, problem, err := audit.Verify(s.ctx(), tenant, audit.Checkpoint{}, s.AuditChain(s.ctx(), tenant, 0))
	if err != nil || problem != nil {
		s.Fatalf("chain of %s: %v, %v", tenant, problem, err)
	}
	if p := audit.Expect(reached, must[audit.Checkpoint](s)(s.AuditHead(s.ctx(), tenant))); p != nil {
		s.Fatalf("chain of %s: %v", tenant, p)
	}
	return count
}

var auditTests = []test{
	{"entries are chained per tenant without gaps", func(s *suite) {
		first, other, second := newEntry("a", "k"), newEntry("b", "k"), newEntry("a", "k")
		s.submit(store.Batch{Audit: []*store.AuditEntry{first, other, second}})
		third := newEntry("a", "k")
		s.submit(store.Batch{Audit: []*store.AuditEntry{third}})
		s.equal([]int64{1, 2, 3, 1}, []int64{first.Seq, second.Seq, third.Seq, other.Seq})
		if third.Prev != second.Hash || second.Prev != first.Hash || first.Prev != (audit.Hash{}) || other.Prev != (audit.Hash{}) {
			s.Error("the entries do not name their predecessors")
		}
		s.equal(int64(3), s.verify("a"))
		s.equal(int64(1), s.verify("b"))
		s.equal([]string{"a", "b"}, must[[]string](s)(s.Tenants(s.ctx())))
		s.equal(audit.Checkpoint{}, must[audit.Checkpoint](s)(s.AuditHead(s.ctx(), "nobody")))
	}},
	{"an entry comes back as it was sealed", func(s *suite) {
		e := newEntry("a", "run.intent")
		e.RunID, e.ID = ptr(store.NewID()), store.NewID()
		s.submit(store.Batch{Audit: []*store.AuditEntry{e}})
		s.equal(`{"a":"x","b":1}`, string(e.Body))
		page := must[store.AuditPage](s)(s.AuditEntries(s.ctx(), "a", store.AuditFilter{}, store.Page{}))
		s.equal(store.AuditPage{Entries: []store.AuditEntry{*e}}, page)
	}},
	{"entries are listed newest first and filtered", func(s *suite) {
		run := store.NewID()
		var b store.Batch
		for i := range 10 {
			e := newEntry("a", fmt.Sprintf("kind-%d", i%2))
			e.At = int64(i)
			if i >= 8 {
				e.RunID, e.Actor = &run, "bob"
			}
			b.Audit = append(b.Audit, e)
		}
		s.submit(b)
		seqs := func(f store.AuditFilter, p store.Page) (out []int64, next string) {
			page := must[store.AuditPage](s)(s.AuditEntries(s.ctx(), "a", f, p))
			for _, e := range page.Entries {
				out = append(out, e.Seq)
			}
			return out, page.Next
		}
		for _, c := range []struct {
			f    store.AuditFilter
			want []int64
		}{
			{store.AuditFilter{Kind: "kind-1"}, []int64{10, 8, 6, 4, 2}},
			{store.AuditFilter{Actor: "bob"}, []int64{10, 9}},
			{store.AuditFilter{RunID: run}, []int64{10, 9}},
			{store.AuditFilter{RunID: run, Kind: "kind-0"}, []int64{9}},
			{store.AuditFilter{From: 2, To: 4}, []int64{4, 3}},
		} {
			got, _ := seqs(c.f, store.Page{})
			s.equal(c.want, got)
		}
		first, next := seqs(store.AuditFilter{}, store.Page{Limit: 6})
		second, end := seqs(store.AuditFilter{}, store.Page{Limit: 6, Cursor: next})
		s.equal([]int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, append(first, second...))
		s.equal("", end)
	}},
	{"a long chain is read whole", func(s *suite) {
		for range 3 {
			var b store.Batch
			for range 700 {
				b.Audit = append(b.Audit, newEntry("a", "k"))
			}
			s.submit(b)
		}
		s.equal(int64(2100), s.verify("a"))
	}},
	{"a failed batch leaves no gap", func(s *suite) {
		r := newRun(1)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}, Audit: []*store.AuditEntry{newEntry(tenant, "k")}})
		s.refuses(store.Batch{InsertRuns: []*store.Run{r}, Audit: []*store.AuditEntry{newEntry(tenant, "lost")}}, store.ErrConflict)
		s.submit(store.Batch{Audit: []*store.AuditEntry{newEntry(tenant, "k")}})
		s.equal(int64(2), s.verify(tenant))
	}},
	{"an entry that cannot be sealed fails its batch whole", func(s *suite) {
		r, e := newRun(1), newEntry(tenant, "k")
		e.Body = json.RawMessage(`{"a":1,"a":2}`)
		s.refuses(store.Batch{InsertRuns: []*store.Run{r}, Audit: []*store.AuditEntry{e}}, store.ErrInvalid)
		_, err := s.Run(s.ctx(), tenant, r.ID)
		s.fails(err, store.ErrNotFound)
		s.refuses(store.Batch{Audit: []*store.AuditEntry{newEntry("", "k")}}, store.ErrInvalid)
	}},
	{"the hook names ids that the store assigned", func(s *suite) {
		f, e := newFile("a"), newEntry(tenant, "file.created")
		s.submit(store.Batch{InsertFiles: []*store.File{f}, Audit: []*store.AuditEntry{e}, Prepare: func(b *store.Batch) error {
			b.Audit[0].Subject = fmt.Sprint(b.InsertFiles[0].ID)
			return nil
		}})
		s.equal(fmt.Sprint(f.ID), e.Subject)
		s.equal(int64(1), s.verify(tenant))
		boom := errors.New("boom")
		for _, hook := range []func(*store.Batch) error{func(*store.Batch) error { return boom }, func(*store.Batch) error { panic("boom") }} {
			s.refuses(store.Batch{InsertFiles: []*store.File{newFile("b")}, Prepare: hook}, store.ErrInvalid)
		}
		s.equal(1, len(must[store.FilePage](s)(s.Files(s.ctx(), tenant, store.FileFilter{}, store.Page{})).Files))
	}},
	{"many writers make one good chain", func(s *suite) {
		var wg sync.WaitGroup
		for w := range 16 {
			wg.Go(func() {
				for i := range 20 {
					b := store.Batch{InsertRuns: []*store.Run{newRun(int64(i))}, Audit: []*store.AuditEntry{newEntry(fmt.Sprint("t", w%3), "k"), newEntry("all", "k")}}
					if err := s.Submit(s.ctx(), b); err != nil {
						s.Error(err)
					}
				}
			})
		}
		wg.Wait()
		s.equal(int64(320), s.verify("all"))
		s.equal(int64(320), s.verify("t0")+s.verify("t1")+s.verify("t2"))
	}},
}
