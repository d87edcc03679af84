package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

// volumeServer is the separate server of the tests of many and of large files.
const volumeServer = "versitygw"

// few gives the sandbox and one separate server.
func few(t *testing.T, api *apptest.Client) []*target {
	t.Helper()
	var list []*target
	found := false
	for _, x := range targets(t, api) {
		if x.server.Name == sandboxName || x.server.Name == volumeServer {
			list = append(list, x)
			found = found || x.server.Name == volumeServer
		}
	}
	if !found {
		servers.NotRun(t, t.Name()+" on "+volumeServer, "the server does not run")
	}
	return list
}

// TestThousandFiles sends many files up and down in one command each, and
// finds every one of them recorded.
func TestThousandFiles(t *testing.T) {
	const n = 1000
	_, api := apptest.Open(t)
	ids, sizes := make([]any, n), map[string]int{}
	for i := range n {
		content := strings.Repeat(strconv.Itoa(i)+" ", 1+i%50)
		f := api.AddFile(t, fmt.Sprintf("file-%04d.txt", i), strings.NewReader(content))
		ids[i], sizes[f.Name] = f.ID, len(content)
	}
	for _, x := range few(t, api) {
		t.Run(x.server.Name, func(t *testing.T) {
			bucket := x.bucket(t, "thousand")
			up := many(t, x, "upload-files", n, in{"fileIds": ids, "bucketName": bucket, "bucketFolder": "many"})
			var paths []string
			for _, it := range up.Items {
				if it.Bytes != int64(sizes[nameOf(t, ids, it.Item)]) {
					t.Fatalf("%+v was recorded", it)
				}
			}
			for name := range sizes {
				paths = append(paths, "many/"+name)
			}
			down := many(t, x, "download-files", n, in{"bucketName": bucket, "filePaths": paths})
			for _, f := range apptest.Raw[downloaded](t, down).Files {
				if int(f.ContentLength) != sizes[strings.TrimPrefix(f.Key, "many/")] {
					t.Fatalf("%s came back as %+v", f.Key, f)
				}
			}
		})
	}
}

func nameOf(t *testing.T, ids []any, item string) string {
	t.Helper()
	for i, id := range ids {
		if fmt.Sprint(id) == item {
			return fmt.Sprintf("file-%04d.txt", i)
		}
	}
	t.Fatalf("no file has the ID %q", item)
	return ""
}

// many runs a command with n items, and looks for each of them in the answer
// and in what was stored of the run.
func many(t *testing.T, x *target, command string, n int, input in) *run.Record {
	t.Helper()
	begun := time.Now()
	rec := x.api.Run(t, "aws-s3", command, apptest.Order{Connection: x.connection(owner), Input: input})
	took := time.Since(begun)
	wantVerdict(t, rec, run.Successful)
	stored := storedItems(t, x.api, rec.RunID)
	if len(rec.Items) != n || len(stored) != n || rec.Progress.ItemsDone != n {
		t.Fatalf("%d items in the answer, %d stored, %d counted, want %d", len(rec.Items), len(stored), rec.Progress.ItemsDone, n)
	}
	for i, it := range rec.Items {
		stored[i].DurationMs = it.DurationMs // stored in whole microseconds
		if it.State != connector.ItemDone || it.DurationMs <= 0 || stored[i] != it {
			t.Fatalf("item %d is %+v, stored as %+v", i, it, stored[i])
		}
	}
	fmt.Printf("FIGURE: %s of %d files on %s: %.2f s, each recorded\n", command, n, x.server.Name, took.Seconds())
	return rec
}

// storedItems reads the items of a run page by page.
func storedItems(t *testing.T, api *apptest.Client, id string) []run.ItemView {
	t.Helper()
	var all []run.ItemView
	after := 0
	for {
		var page struct {
			Items []run.ItemView `json:"items"`
			Next  *int           `json:"next"`
		}
		api.Want(t, 200, "GET", fmt.Sprintf("/runs/%s/items?limit=300&after=%d", id, after), nil, &page)
		all = append(all, page.Items...)
		if page.Next == nil {
			return all
		}
		after = *page.Next
	}
}
