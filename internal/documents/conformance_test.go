package documents_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/files/filestest"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Fprintln(os.Stderr, crashChild(dir))
		os.Exit(1)
	}
	// The server that S3 tests use ends its own a second after it was closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// web is a client as the platform makes them.
func web(t *testing.T, p egress.Policy) *http.Client {
	t.Helper()
	e := egress.New(p)
	t.Cleanup(e.Close)
	c, err := e.Client(connector.HTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func service(t *testing.T, d documents.Deps) *documents.Service {
	t.Helper()
	if d.Now == nil {
		d.Now = newClock().Now
	}
	d.Log = slog.New(slog.DiscardHandler)
	s, err := documents.New(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// links make addresses that lead nowhere but are signed.
func links() *documents.Links {
	return &documents.Links{
		Base: func() string { return "http://fairlead.invalid/" },
		Sign: func(_ context.Context, message []byte) (string, error) {
			return documentstest.Sum("key" + string(message)), nil
		},
	}
}

func cluster(t *testing.T, c *documentstest.Cluster) *documents.Cluster {
	t.Helper()
	out, err := documents.NewCluster(documents.ClusterConfig{Base: c.URL + "/v2/", HTTP: web(t, egress.Policy{}), Now: c.Now, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func storedFiles(t *testing.T, now func() time.Time) (*files.Service, string) {
	t.Helper()
	dir := t.TempDir()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "fairlead.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	blobs, err := files.OpenLocal(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	return files.New(files.Config{Blobs: blobs, Records: st, Now: now, Log: slog.New(slog.DiscardHandler)}), filepath.Join(dir, "files")
}

// filesIn counts the files below a folder, temporary ones included.
func filesIn(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestClusterStore(t *testing.T) {
	documentstest.Run(t, func(t *testing.T) documentstest.Bench {
		c := documentstest.NewCluster(t)
		return documentstest.Bench{
			Documents: service(t, documents.Deps{Cluster: cluster(t, c)}), Now: c.Now, Forward: c.Forward, Left: c.Count, Each: 1,
		}
	})
}

func TestMemoryStore(t *testing.T) {
	documentstest.Run(t, func(t *testing.T) documentstest.Bench {
		k := newClock()
		m := documents.NewMemory(0, k.Now)
		left := func() (n int) {
			for _, err := range m.List(t.Context()) {
				if err != nil {
					t.Error(err)
				}
				n++
			}
			return n
		}
		open := func() *documents.Service {
			return service(t, documents.Deps{Setting: documents.Setting{Kind: documents.KindS3}, Objects: documents.InBlobs(m), Now: k.Now, Links: links()})
		}
		s := open()
		return documentstest.Bench{
			Documents: s, Now: k.Now, Forward: k.Forward, Left: left, Each: 2, Memory: true, Sweep: sweeps(s, open()),
		}
	})
}

func TestFolderStore(t *testing.T) {
	documentstest.Run(t, func(t *testing.T) documentstest.Bench {
		k, dir := newClock(), t.TempDir()
		open := func() *documents.Service {
			return service(t, documents.Deps{Setting: setting(t, "folder:"+dir), Now: k.Now, Links: links()})
		}
		s := open()
		return documentstest.Bench{
			Documents: s, Now: k.Now, Forward: k.Forward, Left: func() int { return filesIn(t, dir) }, Each: 2, Sweep: sweeps(s, open()),
		}
	})
}

func TestFilesStore(t *testing.T) {
	documentstest.Run(t, func(t *testing.T) documentstest.Bench {
		k := newClock()
		svc, _ := storedFiles(t, k.Now)
		f := svc.For(files.Owner{Tenant: "acme", Actor: "worker"})
		left := func() int {
			list, err := f.List(t.Context(), connector.FileQuery{})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		return documentstest.Bench{
			Documents: service(t, documents.Deps{Files: f, Now: k.Now, Links: links()}),
			Now:       k.Now, Forward: k.Forward, Left: left, Each: 1, Sweep: []func(context.Context) (int, error){svc.SweepExpired},
		}
	})
}

// sweeps are those of several nodes.
func sweeps(nodes ...*documents.Service) (out []func(context.Context) (int, error)) {
	for _, n := range nodes {
		out = append(out, n.Sweep)
	}
	return out
}

func TestMemoryIsAPlaceForBlobs(t *testing.T) {
	filestest.Run(t, func(*testing.T) files.Blobs { return documents.NewMemory(0, newClock().Now) })
}

func setting(t *testing.T, text string) documents.Setting {
	t.Helper()
	s, err := documents.ParseSetting(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
