package utilities

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/connectortest"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/store"
)

type in = map[string]any

// bench is the whole run path over real files.
type bench struct {
	*runtest.Bench
	svc *files.Service
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{}
	o := runtest.Options{Integrations: []*connector.Integration{Integration()}, Files: b.open(t)}
	b.Bench = runtest.New(t, o)
	return b
}

func (b *bench) open(t *testing.T) func(*store.Store, string) func(authz.Actor, string) connector.Files {
	return func(st *store.Store, dir string) func(authz.Actor, string) connector.Files {
		blobs, err := files.OpenLocal(filepath.Join(dir, "files"))
		must(t, err)
		t.Cleanup(func() { must(t, blobs.Close()) })
		b.svc = files.New(files.Config{Blobs: blobs, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		return func(a authz.Actor, runID string) connector.Files {
			return b.svc.For(files.Owner{Tenant: a.Tenant, Actor: a.ID, RunID: runID})
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files are those of the bench's owner, stored under a source.
func (b *bench) files(source string) *files.Scoped {
	return b.svc.For(files.Owner{Tenant: b.Owner.Tenant, Actor: b.Owner.ID, Source: source})
}

func (b *bench) save(t *testing.T, source, name, content string) int64 {
	t.Helper()
	id, err := b.put(t, source, name, content)
	must(t, err)
	return id
}

func (b *bench) put(t *testing.T, source, name, content string) (int64, error) {
	w, err := b.files(source).Create(t.Context(), connector.NewFile{Name: name})
	if err != nil {
		return 0, err
	}
	defer w.Abort()
	if _, err := io.WriteString(w, content); err != nil {
		return 0, err
	}
	info, err := w.Commit(t.Context())
	return info.ID, err
}

// saveMany stores files, several at a time, and gives their IDs, newest first.
func (b *bench) saveMany(t *testing.T, n int) []int64 {
	t.Helper()
	ids := make([]int64, n)
	var wg sync.WaitGroup
	for worker := range 20 {
		wg.Go(func() {
			for i := worker; i < n; i += 20 {
				var err error
				if ids[i], err = b.put(t, "", fmt.Sprint(i), fmt.Sprint(i%10)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids
}

func (b *bench) text(t *testing.T, id int64) string {
	t.Helper()
	blob, err := b.files("").Open(t.Context(), strconv.FormatInt(id, 10), files.AnySource)
	must(t, err)
	r, err := blob.Open(t.Context(), 0)
	must(t, err)
	defer func() { _ = r.Close() }()
	raw, err := io.ReadAll(r)
	must(t, err)
	return string(raw)
}

// do runs a command and reads its raw data into out, unless that is nil.
func (b *bench) do(t *testing.T, command string, input in, out any) *run.Record {
	t.Helper()
	rec := b.Do(t, "utilities", command, input)
	if out != nil {
		raw, err := json.Marshal(rec.RawData)
		must(t, err)
		must(t, json.Unmarshal(raw, out))
	}
	return rec
}

func (b *bench) plan(t *testing.T, command string, input in) []connector.PlanStep {
	t.Helper()
	raw, err := json.Marshal(input)
	must(t, err)
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "utilities", Command: command, Input: raw, DryRun: true, Origin: "test"})
	must(t, err)
	if rec.Error != nil {
		t.Fatalf("dry run: %s", rec.Error.Message)
	}
	return rec.Plan
}

func verdict(rec *run.Record) string {
	if rec.ReturnData == nil {
		return ""
	}
	return string(*rec.ReturnData)
}

// one is the first failing item of a run.
func one(t *testing.T, rec *run.Record) (message string, status int) {
	t.Helper()
	if rec.Error == nil || len(rec.Error.Items) == 0 {
		t.Fatalf("%s without a failing item: %+v", verdict(rec), rec.Error)
	}
	return rec.Error.Items[0].Message, rec.Error.StatusCode
}

// TestConformance holds every command to the rules of all integrations.
func TestConformance(t *testing.T) {
	b := &bench{}
	conf := runtest.NewConformance(t, Integration(), runtest.Options{Files: b.open(t)})
	b.Bench = conf.Bench()
	connectortest.Run(t, connectortest.Kit{
		Integration: Integration(), Runner: conf, Validate: runtest.Check,
		Inputs: map[string]func(*testing.T) map[string]any{
			"create-a-file-from-input-text-array": func(*testing.T) map[string]any { return in{"inputTextArray": []string{"a", "b"}} },
			"list-files":                          func(*testing.T) map[string]any { return in{} },
			"convert-file-format": func(t *testing.T) map[string]any {
				return in{"fileId": b.save(t, "", "a.csv", "a,b\n1,2\n"), "outputFormat": "JSON"}
			},
			"unzip-files-and-save": func(t *testing.T) map[string]any {
				return in{"fileIds": []string{fmt.Sprint(b.save(t, "", "a.zip", zipped(t, "a.txt", "text")))}}
			},
			"get-file-text": func(t *testing.T) map[string]any { return in{"fileId": b.save(t, "", "a.txt", "text")} },
			"delete-files": func(t *testing.T) map[string]any {
				return in{"fileIds": []string{fmt.Sprint(b.save(t, "", "a.txt", "text"))}}
			},
		},
	})
}
