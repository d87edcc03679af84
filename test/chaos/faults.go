package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Findings of a fault harness. All but Faults, Orders and Ended should be 0.
type Findings struct {
	Faults   int64
	Orders   int
	Ended    int // runs with an end
	Lost     int // orders without a run that has an end
	Repeated int // effects that happened more than once
	Unaudit  int // effects without an intent in the audit chain before them
	Unpaired int // runs without exactly one intent or refusal and one outcome
	Half     int // files whose content is not what their record says
	Broken   string
}

// Sabotage changes the program so that a harness has something to find.
type Sabotage struct {
	Around func(next func(context.Context, store.Batch, func(context.Context, store.Batch) error) error) func(context.Context, store.Batch, func(context.Context, store.Batch) error) error
	// Twice makes the command do its effect again when the answer was lost.
	Twice bool
}

type entryIn struct {
	Key  string `json:"key" label:"Key" doc:"What to enter."`
	Size int    `json:"size,omitempty" label:"Size" doc:"Bytes of a file to store with it."`
}

type entryOut struct {
	Done bool `json:"Done" doc:"Whether it was entered."`
}

type bookSettings struct {
	URL string `json:"url" label:"URL" doc:"Of the ledger."`
}

// book is an integration that enters things into a ledger, which is not idempotent.
func book(twice bool) *connector.Integration {
	type session struct {
		http *http.Client
		url  string
	}
	enter := func(ctx context.Context, c *connector.Call, s *session, in *entryIn) (*entryOut, error) {
		it := c.Items.Start(in.Key)
		if in.Size > 0 {
			if err := storeFile(ctx, c, in); err != nil {
				return nil, it.Fail(err)
			}
		}
		post := func() error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"?key="+in.Key, nil)
			if err != nil {
				return err
			}
			res, err := s.http.Do(req)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusOK {
				return &connector.Error{Kind: connector.Unavailable, Message: "The ledger is busy.", Status: res.StatusCode}
			}
			return nil
		}
		err := post()
		if err != nil && twice {
			err = post()
		}
		if err != nil {
			return nil, it.Fail(connector.AsError(err))
		}
		it.Done("")
		return &entryOut{Done: true}, nil
	}
	return &connector.Integration{
		ID: "book", Name: "Book", Summary: "A ledger.",
		Connection: connector.NewConnection(func(_ context.Context, e connector.Env, s *bookSettings) (*session, error) {
			h, err := e.HTTP(connector.HTTPOptions{})
			return &session{h, s.URL}, err
		}),
		Commands: []*connector.Command{
			connector.NewTestConnection(nil, nil, func(context.Context, *connector.Call, *session) (*connector.CheckResult, error) {
				return &connector.CheckResult{Message: "ok"}, nil
			}),
			connector.NewCommand(connector.Meta{Name: "Enter", Summary: "Enters.", Effect: connector.Write}, enter),
		},
	}
}

func storeFile(ctx context.Context, c *connector.Call, in *entryIn) error {
	w, err := c.Files.Create(ctx, connector.NewFile{Name: in.Key})
	if err != nil {
		return err
	}
	for left := in.Size; left > 0; left -= 1 << 10 {
		if _, err := w.Write(make([]byte, min(left, 1<<10))); err != nil {
			w.Abort()
			return err
		}
	}
	_, err = w.Commit(ctx)
	return err
}

// Faults runs orders under faults in store, files and network until enough have been injected, then heals everything,
// starts anew, and looks at what is there. open gives the settings of an installation of its own.
func Faults(t testing.TB, cfg config.Config, seed uint64, enough int64, s Sabotage) Findings {
	t.Helper()
	i := NewInjector(seed, 0.12)
	ledger := NewLedger(i)
	server := httptest.NewUnstartedServer(ledger)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	defer server.Close()
	around := i.Store
	if s.Around != nil {
		around = s.Around(around)
	}
	a, err := app.Open(t.Context(), cfg, app.WithIntegrations(book(s.Twice)), app.WithLog(slog.New(slog.DiscardHandler)),
		app.WithBlobs(i.Blobs), app.WithStore(store.Around(func(ctx context.Context, b store.Batch, write func(context.Context, store.Batch) error) error {
			if !i.armed.Load() {
				return write(ctx, b)
			}
			return around(ctx, b, write)
		})))
	must(t, err)
	i.Arm()
	orders := place(t, a, i, server.URL, enough)
	i.Heal()
	must(t, shut(t, a))
	return judge(t, cfg, i, ledger, orders)
}

// place makes orders from several clients, each tried again under its idempotency key until the program has recorded it,
// as a careful client does.
func place(t testing.TB, a *app.App, i *Injector, url string, enough int64) []string {
	var mu sync.Mutex
	var keys []string
	var wg sync.WaitGroup
	for client := range 6 {
		wg.Go(func() {
			for n := 0; i.Injected.Load() < enough; n++ {
				key := fmt.Sprintf("c%d-%d", client, n)
				input, _ := json.Marshal(entryIn{Key: key, Size: (n % 3) * 12_000}) //nolint:errchkjson // text and a number
				inline, _ := json.Marshal(bookSettings{URL: url})                   //nolint:errchkjson // text
				req := run.Request{Integration: "book", Command: "enter", Input: input, Inline: inline, IdempotencyKey: key, Origin: "api"}
				for try := 0; try < 50; try++ {
					if _, err := a.Runs.Run(t.Context(), authz.Local("client"), req); err == nil {
						break
					}
					time.Sleep(5 * time.Millisecond)
				}
				mu.Lock()
				keys = append(keys, key)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return keys
}

func shut(t testing.TB, a *app.App) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	defer cancel()
	return a.Close(ctx)
}

// judge starts the program anew, without faults, and counts what is wrong.
func judge(t testing.TB, cfg config.Config, i *Injector, ledger *Ledger, orders []string) Findings {
	t.Helper()
	f := Findings{Faults: i.Injected.Load(), Orders: len(orders)}
	a, err := app.Open(t.Context(), cfg, app.WithIntegrations(book(false)), app.WithLog(slog.New(slog.DiscardHandler)))
	must(t, err)
	for _, key := range orders {
		row, err := a.Store.RunByIdempotencyKey(t.Context(), authz.DefaultTenant, authz.Local("client").ID, key)
		if err != nil || !run.State(row.State).Ended() {
			f.Lost++
		} else {
			f.Ended++
		}
		n := ledger.Count(key)
		if n > 1 {
			f.Repeated += n - 1
		}
		intents, outcomes := entriesOf(t, a.Store, row.ID)
		if n > 0 && intents == 0 {
			f.Unaudit++
		}
		if err == nil && (intents != 1 || outcomes != 1) {
			f.Unpaired++
		}
	}
	f.Half, f.Broken = Half(t, a), Chain(t, a)
	must(t, shut(t, a))
	return f
}

func entriesOf(t testing.TB, st *store.Store, id string) (intents, outcomes int) {
	t.Helper()
	if id == "" {
		return 0, 0
	}
	page, err := st.AuditEntries(t.Context(), authz.DefaultTenant, store.AuditFilter{RunID: id}, store.Page{Limit: 1000})
	must(t, err)
	for _, e := range page.Entries {
		switch e.Kind {
		case audit.KindRunIntent, audit.KindRunRefused:
			intents++
			if e.Kind == audit.KindRunRefused {
				outcomes++
			}
		case audit.KindRunOutcome, audit.KindRunUnknown:
			outcomes++
		}
	}
	return intents, outcomes
}

// Half counts files whose content is not what their record says.
func Half(t testing.TB, a *app.App) int {
	t.Helper()
	bad := 0
	scoped := a.Files.For(files.Owner{Tenant: authz.DefaultTenant, Actor: "chaos"})
	before := int64(0)
	for {
		list, err := scoped.List(t.Context(), connector.FileQuery{Limit: 500, After: before})
		must(t, err)
		for _, info := range list {
			before = info.ID
			if !whole(t.Context(), scoped, info) {
				bad++
			}
		}
		if len(list) < 500 {
			return bad
		}
	}
}

func whole(ctx context.Context, s *files.Scoped, info connector.FileInfo) bool {
	b, err := s.Open(ctx, fmt.Sprint(info.ID), files.AnySource)
	if err != nil {
		return false
	}
	r, err := b.Open(ctx, 0)
	if err != nil {
		return false
	}
	defer r.Close()
	sum := sha()
	n, err := io.Copy(sum, r)
	return err == nil && n == info.Size && fmt.Sprintf("%x", sum.Sum(nil)) == info.SHA256
}

// Chain verifies the audit chain with its checkpoints and says what is wrong, if anything.
func Chain(t testing.TB, a *app.App) string {
	t.Helper()
	r, err := a.Trail.Verify(t.Context(), authz.DefaultTenant)
	must(t, err)
	if r.OK {
		return ""
	}
	return r.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
