package storetest

import (
	"fmt"
	"slices"

	"github.com/fairlead-io/fairlead/internal/store"
)

// runIDs reads all pages.
func (s *suite) runIDs(f store.RunFilter, limit int) []string {
	s.Helper()
	var ids []string
	for p := (store.Page{Limit: limit}); ; {
		page := must[store.RunPage](s)(s.Runs(s.ctx(), tenant, f, p))
		if len(page.Runs) > limit {
			s.Fatalf("a page of %d holds %d", limit, len(page.Runs))
		}
		for _, r := range page.Runs {
			ids = append(ids, r.ID)
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			return ids
		}
	}
}

var runListTests = []test{
	{"a list leaves the large fields out", func(s *suite) {
		r := fullRun()
		s.submit(store.Batch{InsertRuns: []*store.Run{r}})
		want := *r
		want.InputRedacted, want.InputSealed, want.RequestHash, want.Output, want.OutputSealed = nil, nil, nil, nil, nil
		s.equal(store.RunPage{Runs: []store.Run{want}}, must[store.RunPage](s)(s.Runs(s.ctx(), tenant, store.RunFilter{}, store.Page{})))
	}},
	{"pages go back in time, whole, also among runs of one moment", func(s *suite) {
		var b store.Batch
		var want []string
		for i := range 40 {
			r := newRun(int64(i / 8)) // eight share a time
			b.InsertRuns = append(b.InsertRuns, r)
			want = append(want, r.ID)
		}
		slices.Reverse(want)
		s.submit(b)
		for _, limit := range []int{1, 3, 8, 39, 40, 41} {
			s.equal(want, s.runIDs(store.RunFilter{}, limit))
		}
		s.equal(want[8:24], s.runIDs(store.RunFilter{From: 2, To: 4}, 5))
		s.equal([]string(nil), s.runIDs(store.RunFilter{From: 5}, 5))
	}},
	{"runs made while paging do not shift the pages", func(s *suite) {
		a, b := newRun(1), newRun(2)
		s.submit(store.Batch{InsertRuns: []*store.Run{a, b}})
		first := must[store.RunPage](s)(s.Runs(s.ctx(), tenant, store.RunFilter{}, store.Page{Limit: 1}))
		s.submit(store.Batch{InsertRuns: []*store.Run{newRun(3)}})
		second := must[store.RunPage](s)(s.Runs(s.ctx(), tenant, store.RunFilter{}, store.Page{Limit: 1, Cursor: first.Next}))
		s.equal(b.ID, first.Runs[0].ID)
		s.equal(a.ID, second.Runs[0].ID)
		s.equal("", second.Next)
	}},
	{"filters", filterRuns},
	{"a cursor of something else is refused", func(s *suite) {
		s.submit(store.Batch{InsertFiles: []*store.File{newFile("a"), newFile("b")}})
		files := must[store.FilePage](s)(s.Files(s.ctx(), tenant, store.FileFilter{}, store.Page{Limit: 1}))
		for _, cursor := range []string{"nonsense!", "bm9uc2Vuc2U", store.NewID(), files.Next} {
			_, err := s.Runs(s.ctx(), tenant, store.RunFilter{}, store.Page{Cursor: cursor})
			s.fails(err, store.ErrInvalid)
		}
		_, err := s.Runs(s.ctx(), tenant, store.RunFilter{}, store.Page{Limit: -1})
		s.fails(err, store.ErrInvalid)
	}},
}

func filterRuns(s *suite) {
	a, b, c := newRun(1), newRun(2), fullRun()
	c.CreatedAt = 3
	b.Integration, b.Command, b.State, b.Actor, b.Origin = "utilities", "list-files", store.RunQueued, "bob", "api"
	b.ConnectionName, b.ParentID, b.ActorName, b.ExternalRef = "Größe_50%", ptr(a.ID), "Bob", ptr("INC-9!")
	s.submit(store.Batch{InsertRuns: []*store.Run{a, b, c}})
	names := map[string]string{a.ID: "a", b.ID: "b", c.ID: "c"}
	for _, f := range []struct {
		filter store.RunFilter
		want   string
	}{
		{store.RunFilter{Integration: "utilities"}, "b"},
		{store.RunFilter{Command: "list-buckets"}, "ca"},
		{store.RunFilter{Connection: "pROD"}, "ca"},
		{store.RunFilter{Connection: "GRÖSSE_50%"}, "b"},
		{store.RunFilter{ConnectionID: *c.ConnectionID}, "c"},
		{store.RunFilter{State: store.RunRunning}, "a"},
		{store.RunFilter{ReturnData: "Failed"}, "c"},
		{store.RunFilter{Actor: "bob"}, "b"},
		{store.RunFilter{Origin: "cli"}, "ca"},
		{store.RunFilter{ParentID: a.ID}, "b"},
		{store.RunFilter{ParentID: a.ID, State: store.RunDone}, ""},
		{store.RunFilter{From: 2}, "cb"},
		{store.RunFilter{To: 2}, "a"},
		{store.RunFilter{Text: "größe"}, "b"},
		{store.RunFilter{Text: "inc-9!"}, "b"},
		{store.RunFilter{Text: "%"}, "b"},
		{store.RunFilter{Text: "_"}, "b"},
		{store.RunFilter{Text: "TICKET"}, "c"},
		{store.RunFilter{Text: "list-"}, "cba"},
		{store.RunFilter{Text: a.ID}, "a"},
		{store.RunFilter{Text: "list%buckets"}, ""},
		{store.RunFilter{Integration: "aws-s3", Text: "ann", ReturnData: "Failed"}, "c"},
	} {
		got := ""
		for _, id := range s.runIDs(f.filter, 10) {
			got += names[id]
		}
		if got != f.want {
			s.Errorf("%s: got %q, want %q", fmt.Sprintf("%+v", f.filter), got, f.want)
		}
	}
}
