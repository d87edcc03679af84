package chaos

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store"
)

// resume goes on with what was cut, as a person would: until nothing is left.
func (k *killer) resume() {
	c := k.site.start(k.t)
	time.Sleep(2 * quick.Lease) // a shared database gives the runs of the dead node an end after its lease
	k.awaitThoseThatGoOn(c)
	all := k.allRuns(c)
	wentOn := map[string]bool{} // by themselves, as another run
	for i := range all {
		if p := all[i].ParentRunID; p != nil {
			wentOn[*p] = true
		}
	}
	for i := range all {
		k.count(&all[i])
		if !wentOn[all[i].RunID] {
			k.resumeOne(c, &all[i])
		}
	}
	c.kill(k.t)
}

// awaitThoseThatGoOn waits for runs that the server makes by itself of cut ones.
func (k *killer) awaitThoseThatGoOn(c *child) {
	for range 200 {
		var page run.Page
		c.Want(k.t, http.StatusOK, http.MethodGet, "/runs?limit=1&state=running", nil, &page)
		if len(page.Runs) == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (k *killer) allRuns(c *child) []run.Record {
	var all []run.Record
	for cursor, first := "", true; first || cursor != ""; first = false {
		var page run.Page
		c.Want(k.t, http.StatusOK, http.MethodGet, "/runs?limit=500&cursor="+cursor, nil, &page)
		all, cursor = append(all, page.Runs...), page.Next
	}
	return all
}

func (k *killer) count(r *run.Record) {
	k.found.Runs++
	if r.ParentRunID != nil {
		k.found.GoneOn++
	}
	if !r.State.Ended() {
		k.found.NoEnd++
	}
	if r.State == run.Unknown {
		k.found.Unknown++
	}
}

func (k *killer) resumeOne(c *child, r *run.Record) {
	cut := r.Command == "upload-files" && (r.ReturnData == nil || *r.ReturnData != run.Successful) || r.Command == "move-files" && r.State == run.Unknown
	if !cut {
		return
	}
	reply := c.Call(k.t, http.MethodPost, "/runs/"+r.RunID+"/resume", nil)
	if reply.Status == http.StatusConflict {
		return // every item is done
	}
	var rec run.Record
	if err := json.Unmarshal(reply.Body, &rec); err != nil || reply.Status != http.StatusOK || !onlyMoved(&rec) {
		k.t.Errorf("resume of %s: %d %s", r.RunID, reply.Status, reply.Body)
		return
	}
	k.found.Resumed++
}

// onlyMoved tells whether nothing failed but items of a move that were moved
// before it was cut.
func onlyMoved(r *run.Record) bool {
	if r.Error == nil {
		return true
	}
	for _, it := range r.Error.Items {
		if it.StatusCode != http.StatusNotFound {
			return false
		}
	}
	return r.Command == "move-files"
}

// open opens the installation in this process.
func (k *killer) open(use func(*app.App)) {
	a, err := app.Open(k.t.Context(), k.site.config(), app.WithTiming(quick), app.WithLog(slog.New(slog.DiscardHandler)))
	must(k.t, err)
	use(a)
	must(k.t, shut(k.t, a))
}

func (k *killer) judge(a *app.App) {
	f := &k.found
	for id, state := range k.runs {
		row, err := a.Store.Run(k.t.Context(), authz.DefaultTenant, id)
		if err != nil || row.State != state {
			f.Lost++
		}
	}
	for id, sum := range k.files {
		row, err := a.Store.File(k.t.Context(), authz.DefaultTenant, id)
		if err != nil || row.SHA256 != sum {
			f.Lost++
		}
	}
	f.Files = len(k.files)
	page := store.Page{Limit: store.MaxLimit}
	for {
		list, err := a.Store.Runs(k.t.Context(), authz.DefaultTenant, store.RunFilter{}, page)
		must(k.t, err)
		for i := range list.Runs {
			if intents, outcomes := entriesOf(k.t, a.Store, list.Runs[i].ID); intents != 1 || outcomes != 1 {
				f.Unpaired++
			}
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			break
		}
	}
	f.Half += Half(k.t, a)
	f.Broken = Chain(k.t, a)
}

// objects looks at what is in the cloud: everything whole, nothing gone.
func (k *killer) objects() {
	there := map[string]int{}
	for _, bucket := range []string{bucketIn, bucketOut} {
		pages := s3.NewListObjectsV2Paginator(k.s3, &s3.ListObjectsV2Input{Bucket: &bucket})
		for pages.HasMorePages() {
			page, err := pages.NextPage(k.t.Context())
			must(k.t, err)
			for _, o := range page.Contents {
				there[*o.Key]++
				if !k.intact(bucket, *o.Key) {
					k.found.Half++
				}
			}
		}
	}
	for name := range k.keys {
		switch there[name] {
		case 0:
			k.found.Missing++
		case 2:
			k.found.Twice++
		}
	}
}

func (k *killer) intact(bucket, key string) bool {
	res, err := k.s3.GetObject(k.t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return false
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return err == nil && bytes.Equal(raw, content(key))
}
