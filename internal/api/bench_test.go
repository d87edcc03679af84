package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/tokens"
)

// lab is a made-up integration whose commands have every effect, and two that
// wait until they are told to go on or are canceled.
type lab struct {
	waiting  chan struct{} // gets one value when a command has begun to wait
	goOn     chan struct{}
	canceled atomic.Int32
	written  atomic.Int32
}

type labSettings struct {
	Endpoint string           `json:"endpointUrl" label:"Endpoint URL" doc:"Where it is."`
	Password connector.Secret `json:"password" label:"Password" doc:"The password."`
}

type noteIn struct {
	Names []string         `json:"noteNames" label:"Note Names" doc:"The notes." minItems:"1"`
	Pin   connector.Secret `json:"pin,omitempty" label:"PIN" doc:"A PIN."`
}

type noteOut struct {
	Notes []string `json:"Notes" doc:"The notes." key:"Notes"`
}

type keyOut struct {
	Key connector.Secret `json:"Key" doc:"A key."`
}

func newLab() *lab { return &lab{waiting: make(chan struct{}, 8), goOn: make(chan struct{})} }

func (l *lab) integration() *connector.Integration {
	notes := func(ctx context.Context, c *connector.Call, _ *labSettings, in *noteIn) (*noteOut, error) {
		c.Items.Total(len(in.Names), 0)
		for _, n := range in.Names {
			it := c.Items.Start(n)
			if n == "bad" {
				_ = it.Fail(&connector.Error{Kind: connector.NotFound, Message: "There is no such note.", Status: 404})
				continue
			}
			l.written.Add(1)
			it.Done("")
		}
		return &noteOut{Notes: in.Names}, nil
	}
	wait := func(ctx context.Context, c *connector.Call, _ *labSettings, _ *connector.NoInput) (*noteOut, error) {
		c.Items.Start("waiting").Done("")
		l.waiting <- struct{}{}
		select {
		case <-ctx.Done():
			l.canceled.Add(1)
			return nil, ctx.Err()
		case <-l.goOn:
			return &noteOut{Notes: []string{"waited"}}, nil
		}
	}
	plan := func(_ context.Context, _ *connector.Call, _ *labSettings, in *noteIn) ([]connector.PlanStep, error) {
		return []connector.PlanStep{{Item: in.Names[0], Action: connector.PlanCreate}}, nil
	}
	return &connector.Integration{
		ID: "lab", Name: "Lab", Category: "Tests", Vendor: "Us", Summary: "A laboratory.",
		Connection: connector.NewConnection(func(_ context.Context, _ connector.Env, s *labSettings) (*labSettings, error) { return s, nil }),
		Commands: []*connector.Command{
			connector.NewTestConnection(nil, nil, func(_ context.Context, _ *connector.Call, s *labSettings) (*connector.CheckResult, error) {
				if s.Password.Reveal() == "wrong-password" {
					return nil, &connector.Error{Kind: connector.Denied, Message: "The password wrong-password is wrong.", Status: 401}
				}
				return &connector.CheckResult{Message: "ok", Identity: "lab"}, nil
			}),
			connector.NewCommand(connector.Meta{Name: "Read Notes", Summary: "Reads.", Effect: connector.Read | connector.Idempotent}, notes),
			connector.NewPlanned(connector.Meta{Name: "Write Notes", Summary: "Writes.", Effect: connector.Write}, notes, plan),
			connector.NewCommand(connector.Meta{Name: "Erase Notes", Summary: "Deletes.", Effect: connector.Delete}, notes),
			connector.NewCommand(connector.Meta{Name: "Move Notes", Summary: "Moves.", Effect: connector.Write | connector.Delete}, notes),
			connector.NewCommand(connector.Meta{Name: "Make Key", Summary: "Returns a secret.", Effect: connector.Read},
				func(context.Context, *connector.Call, *labSettings, *connector.NoInput) (*keyOut, error) {
					return &keyOut{Key: connector.NewSecret("canary-output-1")}, nil
				}),
			connector.NewCommand(connector.Meta{Name: "Wait", Summary: "Waits.", Effect: connector.Read}, wait),
			connector.NewCommand(connector.Meta{Name: "Wait Writing", Summary: "Waits.", Effect: connector.Write}, wait),
		},
	}
}

// bench is the API over real parts.
type bench struct {
	*runtest.Bench
	*lab
	api    *api.API
	tokens *tokens.Manager
	docs   *documents.Service
	owner  string // token with all scopes
}

func open(t *testing.T, change ...func(*api.Deps)) *bench {
	t.Helper()
	l := newLab()
	b := &bench{lab: l}
	var fs *files.Service
	b.Bench = runtest.New(t, runtest.Options{
		Integrations: []*connector.Integration{l.integration()},
		Files: func(st *store.Store, dir string) func(authz.Actor, string) connector.Files {
			blobs, err := files.OpenLocal(filepath.Join(dir, "content"))
			must(t, err)
			t.Cleanup(func() { must(t, blobs.Close()) })
			fs = files.New(files.Config{Blobs: blobs, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
			return func(a authz.Actor, runID string) connector.Files {
				return fs.For(files.Owner{Tenant: a.Tenant, Actor: a.ID, RunID: runID})
			}
		},
	})
	cat, err := catalog.New(l.integration())
	must(t, err)
	b.tokens = tokens.New(tokens.Deps{Store: b.Store, Now: time.Now, Random: rand.Reader})
	d := api.Deps{
		Catalog: cat, Runs: b.Service, Connections: b.Conns, Files: fs, Tokens: b.tokens, Store: b.Store, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(b.Logs, &slog.HandlerOptions{Level: slog.LevelDebug})), MaxUpload: 64 << 20,
		Version: api.Version{Version: "test", API: "v1"},
	}
	d.Care = b.care(fs)
	b.docs = b.documents(t)
	d.Documents = b.docs
	d.Secrets = secrets.NewManager(secrets.Deps{Store: b.Store, Sealer: b.Keys, Now: time.Now})
	for _, c := range change {
		c(&d)
	}
	b.api = api.New(d)
	owner, err := b.tokens.EnsureOwner(t.Context(), authz.DefaultTenant)
	must(t, err)
	b.owner = owner.Reveal()
	b.Connect(t, "lab", "main", map[string]any{"endpointUrl": "http://lab", "password": "canary-password-1"})
	return b
}

func (b *bench) token(t *testing.T, scopes ...string) string {
	t.Helper()
	_, text, err := b.tokens.Add(t.Context(), authz.Local(""), tokens.Input{Name: strings.Join(scopes, "-"), Scopes: scopes})
	must(t, err)
	return text.Reveal()
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

// call sends a request with a token. A body that is not text or bytes is sent
// as JSON.
func (b *bench) call(t *testing.T, token, method, path string, body any, headers ...string) reply {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, bodyOf(t, body))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.api.ServeHTTP(w, req)
	return reply{w.Code, w.Header(), w.Body.Bytes()}
}

func bodyOf(t *testing.T, body any) io.Reader {
	t.Helper()
	switch x := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(x)
	case []byte:
		return bytes.NewReader(x)
	case io.Reader:
		return x
	}
	raw, err := json.Marshal(body)
	must(t, err)
	return bytes.NewReader(raw)
}

func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return v
}

// want checks the status and gives the answer.
func (r reply) want(t *testing.T, status int) map[string]any {
	t.Helper()
	if r.status != status {
		t.Fatalf("want status %d, got %d: %s", status, r.status, r.body)
	}
	if len(r.body) == 0 {
		return nil
	}
	return r.json(t)
}

// problem checks that an answer is a problem of a kind.
func (r reply) problem(t *testing.T, status int, kind connector.Kind) map[string]any {
	t.Helper()
	p := r.want(t, status)
	if p["kind"] != string(kind) || r.header.Get("Content-Type") != "application/problem+json" || p["status"] != float64(status) || p["title"] == "" || p["detail"] == "" {
		t.Fatalf("not a problem of kind %s: %s %s", kind, r.header.Get("Content-Type"), r.body)
	}
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
