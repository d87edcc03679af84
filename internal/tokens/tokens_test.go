package tokens_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
	"github.com/fairlead-io/fairlead/internal/tokens"
)

var admin = authz.Actor{ID: "boss", Name: "boss", Kind: authz.KindToken, Tenant: authz.DefaultTenant, Scopes: authz.Scopes{authz.Manage}}

type bench struct {
	*tokens.Manager
	st  *store.Store
	dir string
	mu  sync.Mutex
	now time.Time
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func open(t *testing.T) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	st, err := sqlite.Open(t.Context(), filepath.Join(b.dir, "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	b.st, b.Manager = st, tokens.New(tokens.Deps{Store: st, Now: b.clock, Random: rand.Reader})
	return b
}

func (b *bench) add(t *testing.T, in tokens.Input) (tokens.Token, string) {
	t.Helper()
	tok, text, err := b.Add(t.Context(), admin, in)
	if err != nil {
		t.Fatal(err)
	}
	return tok, text.Reveal()
}

func status(err error) int {
	if err == nil {
		return 200
	}
	return connector.AsError(err).StatusCode()
}

func TestOwnerIsMadeOnce(t *testing.T) {
	b := open(t)
	text, err := b.EnsureOwner(t.Context(), authz.DefaultTenant)
	if err != nil || text.Empty() {
		t.Fatalf("the first start must make a token: %v", err)
	}
	again, err := b.EnsureOwner(t.Context(), authz.DefaultTenant)
	if err != nil || !again.Empty() {
		t.Fatalf("the second start must make none: %v", err)
	}
	actor, err := b.Authenticate(t.Context(), text.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if missing := actor.Scopes.Missing(authz.AllScopes()...); len(missing) > 0 || actor.Name != tokens.OwnerName {
		t.Errorf("the owner lacks %v (%+v)", missing, actor)
	}
}

func TestAddAndAuthenticate(t *testing.T) {
	b := open(t)
	tok, text := b.add(t, tokens.Input{Name: " ci ", Scopes: []string{"run", "read"}})
	actor, err := b.Authenticate(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	want := authz.Actor{ID: tok.ID, Name: "ci", Kind: authz.KindToken, Tenant: authz.DefaultTenant, Scopes: authz.Scopes{authz.Read, authz.Run}}
	if diff := cmp.Diff(want, actor); diff != "" {
		t.Errorf("actor (-want +got):\n%s", diff)
	}
	list, err := b.List(t.Context(), admin)
	if err != nil || len(list) != 1 || list[0].LastUsedAt == nil || !list[0].LastUsedAt.Equal(b.clock()) {
		t.Errorf("the list must show the use: %+v, %v", list, err)
	}
}

func TestRefusals(t *testing.T) {
	b := open(t)
	past := b.clock()
	for _, tc := range []struct {
		reason string
		actor  authz.Actor
		in     tokens.Input
		kind   connector.Kind
		field  string
	}{
		{"manage is needed", authz.Worker(), tokens.Input{Name: "x", Scopes: []string{"run"}}, connector.Denied, ""},
		{"a name is needed", admin, tokens.Input{Scopes: []string{"run"}}, connector.Invalid, "/name"},
		{"a name has no line break", admin, tokens.Input{Name: "a\nb", Scopes: []string{"run"}}, connector.Invalid, "/name"},
		{"a scope is needed", admin, tokens.Input{Name: "x"}, connector.Invalid, "/scopes"},
		{"a scope must exist", admin, tokens.Input{Name: "x", Scopes: []string{"root"}}, connector.Invalid, "/scopes"},
		{"expiry lies in the future", admin, tokens.Input{Name: "x", Scopes: []string{"run"}, ExpiresAt: &past}, connector.Invalid, "/expiresAt"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			_, text, err := b.Add(t.Context(), tc.actor, tc.in)
			e := connector.AsError(err)
			if e == nil || e.Kind != tc.kind || e.Field != tc.field || e.Fix == "" || !text.Empty() {
				t.Errorf("got %+v", e)
			}
		})
	}
	if list, err := b.List(t.Context(), admin); err != nil || len(list) != 0 {
		t.Errorf("a refused token was stored: %v, %v", list, err)
	}
	if _, err := b.List(t.Context(), authz.Worker()); status(err) != 403 {
		t.Errorf("listing without manage: %v", err)
	}
	if err := b.Revoke(t.Context(), authz.Worker(), "x"); status(err) != 403 {
		t.Errorf("revoking without manage: %v", err)
	}
}

func TestUnknownBearers(t *testing.T) {
	b := open(t)
	_, text := b.add(t, tokens.Input{Name: "x", Scopes: []string{"run"}})
	for _, tc := range []struct{ reason, bearer string }{
		{"none", ""}, {"another text", "hunter2"}, {"one digit off", text[:len(text)-1] + "!"}, {"well formed and unknown", authz.TokenPrefix + strings.Repeat("a", 43)},
	} {
		if _, err := b.Authenticate(t.Context(), tc.bearer); status(err) != 401 {
			t.Errorf("%s: %v", tc.reason, err)
		}
	}
}

func TestRevocationAndExpiryHoldAtOnce(t *testing.T) {
	b := open(t)
	soon := b.clock().Add(10 * time.Second)
	_, short := b.add(t, tokens.Input{Name: "short", Scopes: []string{"run"}, ExpiresAt: &soon})
	tok, long := b.add(t, tokens.Input{Name: "long", Scopes: []string{"run"}})
	for _, text := range []string{short, long} { // both are now in the cache
		if _, err := b.Authenticate(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	b.advance(10 * time.Second)
	if _, err := b.Authenticate(t.Context(), short); status(err) != 401 {
		t.Errorf("an expired token in the cache: %v", err)
	}
	if err := b.Revoke(t.Context(), admin, tok.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Authenticate(t.Context(), long); status(err) != 401 {
		t.Errorf("a revoked token: %v", err)
	}
	if err := b.Revoke(t.Context(), admin, tok.ID); err != nil {
		t.Errorf("revoking twice: %v", err)
	}
	if err := b.Revoke(t.Context(), admin, "nobody"); status(err) != 404 {
		t.Errorf("revoking an unknown one: %v", err)
	}
}

// A second manager on the same store stands for another process.
func TestRevocationElsewhereIsSeenSoon(t *testing.T) {
	b := open(t)
	tok, text := b.add(t, tokens.Input{Name: "x", Scopes: []string{"run"}})
	other := tokens.New(tokens.Deps{Store: b.st, Now: b.clock, Random: rand.Reader})
	if _, err := other.Authenticate(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if err := b.Revoke(t.Context(), admin, tok.ID); err != nil {
		t.Fatal(err)
	}
	b.advance(30 * time.Second)
	if _, err := other.Authenticate(t.Context(), text); status(err) != 401 {
		t.Errorf("still accepted half a minute later: %v", err)
	}
}

func TestRevokeByName(t *testing.T) {
	b := open(t)
	for _, name := range []string{"one", "two", "two"} {
		b.add(t, tokens.Input{Name: name, Scopes: []string{"run"}})
	}
	if err := b.Revoke(t.Context(), admin, "ONE"); err != nil {
		t.Errorf("a name that is alone: %v", err)
	}
	if err := b.Revoke(t.Context(), admin, "two"); status(err) != 409 {
		t.Errorf("a name that is not alone: %v", err)
	}
}

func TestSessionEndsWithTheProcess(t *testing.T) {
	b := open(t)
	text, err := b.MintSession(t.Context(), authz.DefaultTenant, "serve")
	if err != nil {
		t.Fatal(err)
	}
	actor, err := b.Authenticate(t.Context(), text.Reveal())
	if err != nil || len(actor.Scopes.Missing(authz.AllScopes()...)) > 0 {
		t.Fatalf("%+v, %v", actor, err)
	}
	next := tokens.New(tokens.Deps{Store: b.st, Now: b.clock, Random: rand.Reader})
	if _, err := next.Authenticate(t.Context(), text.Reveal()); status(err) != 401 {
		t.Errorf("the token outlived its manager: %v", err)
	}
}

func TestChangesAreAuditedAndTextsAreNotStored(t *testing.T) {
	b := open(t)
	owner, err := b.EnsureOwner(t.Context(), authz.DefaultTenant)
	if err != nil {
		t.Fatal(err)
	}
	tok, text := b.add(t, tokens.Input{Name: "x", Scopes: []string{"run"}})
	if err := b.Revoke(t.Context(), admin, tok.ID); err != nil {
		t.Fatal(err)
	}
	page, err := b.st.AuditEntries(t.Context(), authz.DefaultTenant, store.AuditFilter{}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range page.Entries {
		got = append(got, e.Kind+" by "+e.Actor)
	}
	want := []string{audit.KindTokenRevoked + " by boss", audit.KindTokenCreated + " by boss", audit.KindTokenCreated + " by system"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
	noTrace(t, b.dir, owner.Reveal(), text)
}

func noTrace(t *testing.T, dir string, texts ...string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range texts {
			if bytes.Contains(raw, []byte(s)) {
				t.Errorf("%s holds the text of a token", filepath.Base(f))
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	b := open(t)
	tok, text := b.add(t, tokens.Input{Name: "x", Scopes: []string{"run"}})
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for range 32 {
		wg.Go(func() {
			for range 20 {
				if _, err := b.Authenticate(context.WithoutCancel(t.Context()), text); err != nil && status(err) != 401 {
					errs <- fmt.Errorf("unexpected: %w", err)
				}
			}
		})
	}
	if err := b.Revoke(t.Context(), admin, tok.ID); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if _, err := b.Authenticate(t.Context(), text); status(err) != 401 {
		t.Errorf("accepted after it was revoked under load: %v", err)
	}
}
