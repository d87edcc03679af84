package storetest

import (
	"context"
	"errors"
	"sync"

	"github.com/fairlead-io/fairlead/internal/store"
)

var writerTests = []test{
	{"a batch is written whole or not at all", func(s *suite) {
		good, dup := newRun(1), newRun(2)
		s.submit(store.Batch{InsertRuns: []*store.Run{dup}})
		c, f := newConnection("Prod"), newFile("a")
		s.refuses(store.Batch{
			InsertConnections: []*store.Connection{c}, InsertFiles: []*store.File{f}, InsertRuns: []*store.Run{good, dup},
			SaveSettings: []store.Setting{{Tenant: tenant, Name: "n"}}, Audit: []*store.AuditEntry{newEntry(tenant, "k")},
		}, store.ErrConflict)
		_, errRun := s.Run(s.ctx(), tenant, good.ID)
		_, errConnection := s.Connection(s.ctx(), tenant, c.ID)
		_, errSetting := s.Setting(s.ctx(), tenant, "n")
		for _, err := range []error{errRun, errConnection, errSetting} {
			s.fails(err, store.ErrNotFound)
		}
		s.equal(0, len(must[store.FilePage](s)(s.Files(s.ctx(), tenant, store.FileFilter{}, store.Page{})).Files))
		s.equal(int64(0), s.verify(tenant))
	}},
	{"a batch that breaks a rule fails alone", failAlone},
	{"an error names the record", func(s *suite) {
		r := newRun(1)
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		e := s.refusal(store.Batch{InsertRuns: []*store.Run{newRun(2), r}}, store.ErrConflict)
		s.equal(r.ID, e.ID)
		s.equal("record run", e.Op)
	}},
	{"an empty batch is no error", func(s *suite) { s.submit(store.Batch{}) }},
	{"a context that is over writes nothing", func(s *suite) {
		ctx, cancel := context.WithCancel(s.ctx())
		cancel()
		r := newRun(1)
		s.fails(s.Submit(ctx, store.Batch{InsertRuns: []*store.Run{r}}), context.Canceled)
		_, err := s.Run(s.ctx(), tenant, r.ID)
		s.fails(err, store.ErrNotFound)
		_, err = s.Run(ctx, tenant, r.ID)
		s.fails(err, context.Canceled)
	}},
	{"a canceled context means not written, success means written", cancelRace},
	{"what was submitted before the close is written, later batches are refused", func(s *suite) {
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if err := s.Submit(s.ctx(), store.Batch{InsertRuns: []*store.Run{newRun(1)}}); err != nil && !errors.Is(err, store.ErrUnavailable) {
					s.Errorf("submit: %v", err)
				}
			})
		}
		if err := s.Writer().Close(); err != nil {
			s.Fatal(err)
		}
		wg.Wait()
		s.refuses(store.Batch{InsertRuns: []*store.Run{newRun(1)}}, store.ErrUnavailable)
	}},
}

// failAlone makes good and bad batches wait together while the writer is held up, so that they share a transaction.
func failAlone(s *suite) {
	release, held := make(chan struct{}), make(chan struct{})
	var once, wg sync.WaitGroup
	once.Go(func() {
		s.submit(store.Batch{Prepare: func(*store.Batch) error { close(held); <-release; return nil }})
	})
	<-held
	taken := newRun(1)
	errs := make([]error, 30)
	runs := make([]*store.Run, len(errs))
	for i := range errs {
		runs[i] = newRun(int64(i))
		if i%3 == 0 {
			runs[i].ID = taken.ID // one of them is first, the others conflict
		}
		wg.Go(func() {
			errs[i] = s.Submit(s.ctx(), store.Batch{InsertRuns: []*store.Run{runs[i]}, Audit: []*store.AuditEntry{newEntry(tenant, "k")}})
		})
	}
	close(release)
	wg.Wait()
	once.Wait()
	conflicts := 0
	for i, err := range errs {
		switch {
		case errors.Is(err, store.ErrConflict) && i%3 == 0:
			conflicts++
		case err != nil:
			s.Errorf("batch %d: %v", i, err)
		default:
			must[store.Run](s)(s.Run(s.ctx(), tenant, runs[i].ID))
		}
	}
	s.equal(9, conflicts)
	s.equal(int64(21), s.verify(tenant))
}

// cancelRace cancels at random moments; the answer must agree with what is stored.
func cancelRace(s *suite) {
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(s.ctx())
			go cancel()
			r := newRun(1)
			err := s.Submit(ctx, store.Batch{InsertRuns: []*store.Run{r}})
			_, read := s.Run(s.ctx(), tenant, r.ID)
			switch {
			case err == nil && read != nil:
				s.Errorf("answered written, but: %v", read)
			case errors.Is(err, context.Canceled) && !errors.Is(read, store.ErrNotFound):
				s.Errorf("answered canceled, but it is there (%v)", read)
			case err != nil && !errors.Is(err, context.Canceled):
				s.Error(err)
			}
		})
	}
	wg.Wait()
}

var tenantTests = []test{
	{"nothing of one tenant shows to another", func(s *suite) {
		c, r, f, tok := newConnection("c"), newRun(1), newFile("f"), newToken("t", 1)
		s.submit(store.Batch{
			InsertConnections: []*store.Connection{c}, InsertRuns: []*store.Run{r}, UpsertItems: []*store.Item{newItem(r, 0)}, InsertFiles: []*store.File{f},
			InsertTokens: []*store.Token{tok}, SaveSettings: []store.Setting{{Tenant: tenant, Name: "n"}}, Audit: []*store.AuditEntry{newEntry(tenant, "k")},
		})
		const other = "other"
		_, errConnection := s.Connection(s.ctx(), other, c.ID)
		_, errName := s.ConnectionByName(s.ctx(), other, "c")
		_, errRun := s.Run(s.ctx(), other, r.ID)
		_, errFile := s.File(s.ctx(), other, f.ID)
		_, errSetting := s.Setting(s.ctx(), other, "n")
		for _, err := range []error{errConnection, errName, errRun, errFile, errSetting} {
			s.fails(err, store.ErrNotFound)
		}
		s.equal(0, len(must[[]store.Connection](s)(s.Connections(s.ctx(), other, store.ConnectionFilter{}))))
		s.equal(0, len(must[store.RunPage](s)(s.Runs(s.ctx(), other, store.RunFilter{}, store.Page{})).Runs))
		s.equal(0, len(must[store.ItemPage](s)(s.Items(s.ctx(), other, r.ID, "", store.Page{})).Items))
		s.equal(0, len(must[store.FilePage](s)(s.Files(s.ctx(), other, store.FileFilter{}, store.Page{})).Files))
		s.equal(0, len(must[[]store.Token](s)(s.Tokens(s.ctx(), other))))
		s.equal(0, len(must[store.AuditPage](s)(s.AuditEntries(s.ctx(), other, store.AuditFilter{}, store.Page{})).Entries))
	}},
	{"nothing of one tenant can be changed by another", func(s *suite) {
		c, r, f, tok := newConnection("c"), newRun(1), newFile("f"), newToken("t", 1)
		s.submit(store.Batch{InsertConnections: []*store.Connection{c}, InsertRuns: []*store.Run{r}, InsertFiles: []*store.File{f}, InsertTokens: []*store.Token{tok}})
		const other = "other"
		foreignConnection, foreignRun := *c, *r
		foreignConnection.Tenant, foreignRun.Tenant = other, other
		for _, b := range []store.Batch{
			{UpdateConnections: []*store.Connection{&foreignConnection}},
			{DeleteConnections: []store.Ref{{Tenant: other, ID: c.ID}}},
			{UpdateRuns: []*store.Run{&foreignRun}},
			{DeleteRuns: []store.Ref{{Tenant: other, ID: r.ID}}},
			{DeleteFiles: []*store.FileDelete{{Tenant: other, ID: f.ID}}},
			{RevokeTokens: []store.TokenTime{{Tenant: other, ID: tok.ID, At: 1}}},
		} {
			s.refuses(b, store.ErrNotFound)
		}
	}},
}
