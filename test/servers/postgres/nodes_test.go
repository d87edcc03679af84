package postgres_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/postgres/postgrestest"
	"github.com/fairlead-io/fairlead/test/chaos"
)

// nodeEnv makes this test binary a node: database, data folder and shared folder, one a line.
const nodeEnv = "FAIRLEAD_TEST_NODE"

func TestMain(m *testing.M) {
	if text := os.Getenv(nodeEnv); text != "" {
		if err := hangingNode(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	chaos.Main(m)
}

// hangingNode begins a run of every kind and waits to be killed.
func hangingNode(text string) error {
	ctx := context.Background()
	at := strings.Split(text, "\n")
	a, err := node(ctx, at[0], at[1], at[2])
	if err != nil {
		return err
	}
	for _, command := range []string{"look", "paint", "fix"} {
		rec, err := a.Runs.Start(ctx, authz.Local("one"), order(command))
		if err != nil {
			return err
		}
		for { // until its command has begun
			items, err := a.Runs.Items(ctx, authz.Local("one"), rec.RunID, 0, 10)
			if err != nil {
				return err
			}
			if len(items) == 2 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		fmt.Println(rec.RunID)
	}
	select {}
}

func order(command string) run.Request {
	return run.Request{Integration: "dock", Command: command, Inline: json.RawMessage(`{"password":"p"}`), Origin: "api"}
}

var quick = app.Timing{Beat: 100 * time.Millisecond, Poll: 50 * time.Millisecond, Lease: 1500 * time.Millisecond}

func node(ctx context.Context, url, dir, shared string) (*app.App, error) {
	kek, err := os.ReadFile(filepath.Join(shared, keys.FileName)) // nodes have one key
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, keys.FileName), kek, 0o600)
	}
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return app.Open(ctx, config.Config{
		Data: dir, DatabaseURL: connector.NewSecret(url), ContentDir: filepath.Join(shared, "content"), LogLevel: "error", LogFormat: "text", MaxUpload: 1 << 20,
	}, app.WithIntegrations(dock()), app.WithTiming(quick), app.WithLog(slog.New(slog.DiscardHandler)))
}

type settings struct {
	Password connector.Secret `json:"password" label:"Password" doc:"The password."`
}

type out struct {
	Done bool `json:"Done" doc:"Whether it is done."`
}

// dock is an integration whose commands begin two items, end one, and hang.
func dock() *connector.Integration {
	hang := func(name string, e connector.Effect) *connector.Command {
		return connector.NewCommand(connector.Meta{Name: name, Summary: "Hangs.", Effect: e},
			func(ctx context.Context, c *connector.Call, _ *settings, _ *connector.NoInput) (*out, error) {
				c.Items.Total(2, 0)
				c.Items.Start("first").Done("")
				c.Items.Start("second")
				<-ctx.Done()
				return nil, ctx.Err()
			})
	}
	return &connector.Integration{
		ID: "dock", Name: "Dock", Summary: "A dock.",
		Connection: connector.NewConnection(func(_ context.Context, _ connector.Env, s *settings) (*settings, error) { return s, nil }),
		Commands: []*connector.Command{
			connector.NewTestConnection(nil, nil, func(context.Context, *connector.Call, *settings) (*connector.CheckResult, error) {
				return &connector.CheckResult{Message: "ok"}, nil
			}),
			hang("Look", connector.Read), hang("Paint", connector.Write), hang("Fix", connector.Write|connector.Idempotent),
		},
	}
}

type cluster struct {
	url, shared string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{url: postgrestest.NewURL(t), shared: t.TempDir()}
	dir := t.TempDir()
	first, err := node(t.Context(), c.url, dir, c.shared)
	if err != nil {
		t.Fatal(err)
	}
	kek, err := os.ReadFile(filepath.Join(dir, keys.FileName))
	if err == nil {
		err = os.WriteFile(filepath.Join(c.shared, keys.FileName), kek, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	shut(t, first)
	return c
}

func (c *cluster) node(t *testing.T) *app.App {
	t.Helper()
	a, err := node(t.Context(), c.url, t.TempDir(), c.shared)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, a) })
	return a
}

// shut closes at once: what still runs is canceled.
func shut(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 100*time.Millisecond)
	defer cancel()
	if err := a.Runs.Close(ctx); err != nil {
		t.Error(err)
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	if err := a.Close(ctx); err != nil {
		t.Error(err)
	}
}

func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !true(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting: %s", what)
		}
	}
}

func get(t *testing.T, a *app.App, id string) *run.Record {
	t.Helper()
	rec, err := a.Runs.Get(t.Context(), authz.Local("two"), id)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// Both nodes see a run, and it can be watched and canceled through the one that does not run it.
func TestARunIsSeenAndCanceledOnTheOtherNode(t *testing.T) {
	if missing(t) {
		return
	}
	c := newCluster(t)
	one, two := c.node(t), c.node(t)
	rec, err := one.Runs.Start(t.Context(), authz.Local("one"), order("look"))
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, two, rec.RunID); got.State != run.Running {
		t.Errorf("the other node sees %s", got.State)
	}
	events, err := two.Runs.Watch(t.Context(), authz.Local("two"), rec.RunID)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "progress on the other node", func() bool { return get(t, two, rec.RunID).Progress.ItemsDone == 1 })
	got, err := two.Runs.Cancel(t.Context(), authz.Local("two"), rec.RunID)
	if err != nil || got.State != run.Canceled {
		t.Fatalf("got %+v, %v", got, err)
	}
	var last run.Event
	for e := range events {
		last = e
	}
	if last.Type != "end" || last.Run.State != run.Canceled {
		t.Errorf("the watch ended with %+v", last)
	}
	if _, err := two.Runs.Cancel(t.Context(), authz.Local("two"), rec.RunID); connector.AsError(err).Kind != connector.Conflict {
		t.Errorf("a second cancel: %v", err)
	}
}

// A node is killed; the other gives its runs an end after the lease, each as it deserves, and once.
func TestADeadNodesRunsAreGivenAnEnd(t *testing.T) {
	if missing(t) {
		return
	}
	c := newCluster(t)
	others := []*app.App{c.node(t), c.node(t)}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), nodeEnv+"="+strings.Join([]string{c.url, t.TempDir(), c.shared}, "\n"))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	var ids []string
	for len(ids) < 3 && lines.Scan() {
		ids = append(ids, lines.Text())
	}
	if len(ids) < 3 {
		t.Fatalf("the node ended early: %v", cmd.Wait())
	}
	time.Sleep(2 * quick.Lease) // it lives: nobody may touch its runs
	for _, id := range ids {
		if got := get(t, others[0], id); got.State != run.Running {
			t.Fatalf("a run of a node that lives is %s", got.State)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for i, want := range []run.State{run.Done, run.Unknown, run.Done} {
		eventually(t, "an end of run "+fmt.Sprint(i), func() bool { return get(t, others[i%2], ids[i]).State.Ended() })
		if got := get(t, others[0], ids[i]); got.State != want || got.Error == nil || got.Items[1].State != connector.ItemFailed {
			t.Errorf("run %d: %s, %+v", i, got.State, got.Error)
		}
		page, err := others[0].Store.AuditEntries(t.Context(), authz.DefaultTenant, store.AuditFilter{RunID: ids[i]}, store.Page{})
		if err != nil || len(page.Entries) != 2 {
			t.Errorf("run %d has %d audit entries, want an intent and one outcome (%v)", i, len(page.Entries), err)
		}
	}
	verified(t, others[0].Store, authz.DefaultTenant)
}

// A node that cannot reach the database ends its runs before others take them over.
func TestANodeThatLostTheDatabaseEndsItsRuns(t *testing.T) {
	if missing(t) {
		return
	}
	c := newCluster(t)
	a := c.node(t)
	rec, err := a.Runs.Start(t.Context(), authz.Local("one"), order("paint"))
	if err != nil {
		t.Fatal(err)
	}
	// To the node, a lock on its row that lasts is a database that does not answer.
	nodes, err := a.Store.Nodes(t.Context())
	if err != nil || len(nodes) != 1 {
		t.Fatalf("nodes %v, %v", nodes, err)
	}
	go postgrestest.Exec(t, c.url, "DO $$ BEGIN PERFORM 1 FROM nodes FOR UPDATE; PERFORM pg_sleep(3); END $$")
	eventually(t, "the end of the run in its own process", func() bool { return !a.Runs.Going(rec.RunID) })
	eventually(t, "the end of the run", func() bool { return get(t, a, rec.RunID).State.Ended() })
	if got := get(t, a, rec.RunID); got.State != run.Canceled || !strings.Contains(got.Error.Message, "lost touch") {
		t.Errorf("got %s, %+v", got.State, got.Error)
	}
}

// Nodes share the content of files, and what one deletes while the other stores the same stays whole.
func TestNodesShareFiles(t *testing.T) {
	if missing(t) {
		return
	}
	c := newCluster(t)
	one, two := c.node(t), c.node(t)
	add := func(a *app.App, text string) connector.FileInfo {
		w, err := a.Files.For(files.Owner{Tenant: "default", Actor: "x"}).Create(t.Context(), connector.NewFile{Name: "f"})
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Error(err)
			return connector.FileInfo{}
		}
		info, err := w.Commit(t.Context())
		if err != nil {
			t.Error(err)
		}
		return info
	}
	for i := range 40 {
		text := strings.Repeat(fmt.Sprintf("content %d ", i), 1+i%2*files.DefaultSmall) // with the records, and in the folder
		kept := make(chan connector.FileInfo)
		gone := add(one, text)
		go func() { kept <- add(two, text) }()
		if err := one.Files.For(files.Owner{Tenant: "default", Actor: "x"}).Delete(t.Context(), fmt.Sprint(gone.ID), files.AnySource); err != nil {
			t.Fatal(err)
		}
		b, err := one.Files.For(files.Owner{Tenant: "default"}).Open(t.Context(), fmt.Sprint((<-kept).ID), files.AnySource)
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil || string(raw) != text {
			t.Fatalf("round %d: the file of the other node holds %d bytes that are not its own, %v", i, len(raw), err)
		}
	}
}
