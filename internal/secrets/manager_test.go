package secrets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/care"
	"github.com/fairlead-io/fairlead/internal/keys/kms"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

var (
	owner = authz.Local("ann")
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

type bench struct {
	*secrets.Manager
	dir string
	now time.Time
}

func open(t testing.TB) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: noon}
	st, err := sqlite.Open(t.Context(), filepath.Join(b.dir, "fairlead.db"))
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	b.Manager = b.over(t, st)
	return b
}

// over is a manager that has nothing in memory yet.
func (b *bench) over(t testing.TB, st *store.Store) *secrets.Manager {
	t.Helper()
	sealer, err := keys.Open(t.Context(), keys.Config{Path: filepath.Join(b.dir, "key.json"), Store: st, Now: func() time.Time { return b.now }})
	must(t, err)
	return secrets.NewManager(secrets.Deps{Store: st, Sealer: sealer, Now: func() time.Time { return b.now }})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bench) set(t testing.TB, name, value string) secrets.View {
	t.Helper()
	v, _, err := b.Set(t.Context(), owner, name, connector.NewSecret(value))
	must(t, err)
	return v
}

// found looks a secret up; "(none)" where there is none.
func found(t testing.TB, r secrets.Resolver, name string) string {
	t.Helper()
	v, ok, err := r.Lookup(t.Context(), name, secrets.Scope{})
	must(t, err)
	if !ok {
		return "(none)"
	}
	return v.Reveal()
}

func kind(err error) connector.Kind { return connector.AsError(err).Kind }

func TestLife(t *testing.T) {
	b := open(t)
	v, created, err := b.Set(t.Context(), owner, "FOO", connector.NewSecret("first-value"))
	want := secrets.View{Name: "FOO", CreatedAt: noon, CreatedBy: owner.ID, UpdatedAt: noon, UpdatedBy: owner.ID}
	if diff := cmp.Diff(want, v); diff != "" || !created || err != nil {
		t.Fatalf("created %v, %v; -want +got\n%s", created, err, diff)
	}
	b.now = noon.Add(time.Hour)
	other := authz.Local("bob")
	v, created, err = b.Set(t.Context(), other, "FOO", connector.NewSecret("second-value"))
	want.UpdatedAt, want.UpdatedBy = b.now, other.ID
	if diff := cmp.Diff(want, v); diff != "" || created || err != nil {
		t.Fatalf("created %v, %v; -want +got\n%s", created, err, diff)
	}
	b.set(t, "A/B", "slash-value")
	list, err := b.List(t.Context(), owner)
	if err != nil || len(list) != 2 || list[0].Name != "A/B" || !cmp.Equal(list[1], want) {
		t.Errorf("list: %+v, %v", list, err)
	}
	if got, err := b.Get(t.Context(), owner, "FOO"); err != nil || !cmp.Equal(got, want) {
		t.Errorf("get: %+v, %v", got, err)
	}
	if got := found(t, b.For(owner.Tenant), "FOO"); got != "second-value" {
		t.Errorf("found %q", got)
	}
	if got := found(t, b.For("other"), "FOO"); got != "(none)" {
		t.Errorf("another tenant found %q", got)
	}
	must(t, b.Delete(t.Context(), owner, "FOO"))
	if got := found(t, b.For(owner.Tenant), "FOO"); got != "(none)" {
		t.Errorf("deleted, and found %q", got)
	}
	if err := b.Delete(t.Context(), owner, "FOO"); kind(err) != connector.NotFound {
		t.Errorf("deleting again: %v", err)
	}
	b.audited(t, "secret.created FOO", "secret.updated FOO", "secret.created A/B", "secret.deleted FOO")
}

// audited compares the audit chain, oldest first, and looks for values in it.
func (b *bench) audited(t *testing.T, want ...string) {
	t.Helper()
	page, err := b.Store.AuditEntries(t.Context(), owner.Tenant, store.AuditFilter{}, store.Page{})
	must(t, err)
	var got []string
	ids := map[string]string{}
	for i := len(page.Entries) - 1; i >= 0; i-- {
		e := page.Entries[i]
		if !strings.HasPrefix(e.Kind, "secret.") {
			continue
		}
		var body map[string]string
		must(t, json.Unmarshal(e.Body, &body))
		got = append(got, e.Kind+" "+body["name"])
		if strings.Contains(string(e.Body), "-value") || len(body) != 1 {
			t.Errorf("an entry says too much: %s", e.Body)
		}
		if before, ok := ids[body["name"]]; ok && before != e.Subject {
			t.Errorf("the id of %s changed from %s to %s", body["name"], before, e.Subject)
		}
		ids[body["name"]] = e.Subject
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit: -want +got\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	b := open(t)
	r := b.For(owner.Tenant)
	for _, name := range []string{"FOO", "foo_bar", "A/B", "DASH-NAME", "a.b.c", "ÜBER", "日本", `with"quote`, "100%", "?#&", strings.Repeat("n", secrets.MaxName)} {
		b.set(t, name, "value of "+name)
		if got := found(t, r, name); got != "value of "+name {
			t.Errorf("%s: found %q", name, got)
		}
	}
	for _, c := range []struct{ reason, name string }{
		{"empty", ""},
		{"a space ends a reference", "A B"},
		{"so does another space", "A\u00a0B"},
		{"a line break", "A\nB"},
		{"a control character", "A\x00"},
		{"braces end a reference", "A}}B"},
		{"a brace before the braces belongs to them", "A}"},
		{"a brace begins no name", "{A"},
		{"not UTF-8", "A\xff"},
		{"clients take it for a folder", ".."},
		{"and this one", "."},
		{"too long", strings.Repeat("n", secrets.MaxName+1)},
	} {
		_, _, err := b.Set(t.Context(), owner, c.name, connector.NewSecret("the-value"))
		e := connector.AsError(err)
		if e.Kind != connector.Invalid || e.Field != "/name" || e.Fix == "" || strings.Contains(e.Error(), "the-value") {
			t.Errorf("%s: got %+v", c.reason, e)
		}
		if got := found(t, r, c.name); got != "(none)" {
			t.Errorf("%s: found %q", c.reason, got)
		}
	}
}

// A name is the same however its accents are encoded, and a job finds FOO as
// foo, as it does in the environment; but only what was named is changed.
func TestLikeNames(t *testing.T) {
	b := open(t)
	r := b.For(owner.Tenant)
	b.set(t, "U\u0308BER", "composed")
	b.set(t, "FOO", "upper")
	for name, want := range map[string]string{"ÜBER": "composed", "über": "composed", "foo": "upper", "Foo": "upper", "FOO": "upper", "fo": "(none)"} {
		if got := found(t, r, name); got != want {
			t.Errorf("%s: found %q, want %q", name, got, want)
		}
	}
	if err := b.Delete(t.Context(), owner, "foo"); kind(err) != connector.NotFound || !strings.Contains(connector.AsError(err).Fix, `"FOO"`) {
		t.Errorf("deleting foo: %v", err)
	}
	b.set(t, "foo", "lower")
	if got := found(t, r, "foo") + found(t, r, "FOO") + found(t, r, "Foo"); got != "lowerupperupper" {
		t.Errorf("found %q", got)
	}
}

func TestValues(t *testing.T) {
	b := open(t)
	r := b.For(owner.Tenant)
	for _, v := range []string{"x", "with\nlines\n", `say "hi" ${nope} {{secrets.FOO}}`, "Grüße 日本\x00", strings.Repeat("v", secrets.MaxValue)} {
		b.set(t, "FOO", v)
		if got := found(t, r, "FOO"); got != v {
			t.Errorf("%.20q came back as %.20q", v, got)
		}
	}
	for reason, v := range map[string]string{"empty": "", "too large": strings.Repeat("v", secrets.MaxValue+1), "not UTF-8": "v\xff\xfe"} {
		_, _, err := b.Set(t.Context(), owner, "BAR", connector.NewSecret(v))
		if e := connector.AsError(err); e.Kind != connector.Invalid || e.Field != "/value" || e.Fix == "" || strings.Contains(e.Error(), "vv") {
			t.Errorf("%s: got %+v", reason, e)
		}
	}
	_, _, err := b.Set(t.Context(), owner, "", connector.Secret{})
	if e := connector.AsError(err); len(e.Causes) != 2 {
		t.Errorf("both mistakes are to be told: %+v", e)
	}
}

func TestScopes(t *testing.T) {
	b := open(t)
	b.set(t, "FOO", "the-value")
	others := authz.Actor{ID: "x", Name: "x", Kind: authz.KindToken, Tenant: owner.Tenant}
	for _, s := range authz.AllScopes() {
		if s != authz.Manage {
			others.Scopes = append(others.Scopes, s)
		}
	}
	_, _, set := b.Set(t.Context(), others, "FOO", connector.NewSecret("v"))
	_, get := b.Get(t.Context(), others, "FOO")
	_, list := b.List(t.Context(), others)
	for op, err := range map[string]error{"set": set, "get": get, "list": list, "delete": b.Delete(t.Context(), others, "FOO")} {
		if kind(err) != connector.Denied {
			t.Errorf("%s without manage: %v", op, err)
		}
	}
	stranger := authz.Local("eve")
	stranger.Tenant = "other"
	if _, err := b.Get(t.Context(), stranger, "FOO"); kind(err) != connector.NotFound {
		t.Errorf("another tenant: %v", err)
	}
}

// A sealed value opens in its own row only.
func TestSealedValuesDoNotMove(t *testing.T) {
	b := open(t)
	b.set(t, "A", "value-a")
	b.set(t, "B", "value-b")
	from, err := b.Store.SecretByName(t.Context(), owner.Tenant, "A")
	must(t, err)
	to, err := b.Store.SecretByName(t.Context(), owner.Tenant, "B")
	must(t, err)
	if bytes.Contains(from.Sealed, []byte("value-a")) {
		t.Fatal("the value is stored in the clear")
	}
	must(t, b.Store.Submit(t.Context(), store.Batch{UpdateSecrets: []store.SecretUpdate{{Tenant: to.Tenant, ID: to.ID, Sealed: from.Sealed}}}))
	_, ok, err := b.For(owner.Tenant).Lookup(t.Context(), "B", secrets.Scope{})
	if e := connector.AsError(err); ok || e.Kind != connector.Internal || !strings.Contains(e.Error(), `"B"`) {
		t.Errorf("got %v, %v", ok, err)
	}
}

// Keys may rotate, and another node may have rotated them.
func TestKeyRotation(t *testing.T) {
	b := open(t)
	b.set(t, "FOO", "before")
	node := b.over(t, b.Store)
	found(t, node.For(owner.Tenant), "FOO")
	k := &care.Keeper{Place: care.Place{Setting: "file:" + filepath.Join(b.dir, "key.json")}, Store: b.Store, Sealer: b.Sealer, KMS: kms.Deps{Now: time.Now}, Now: time.Now}
	for name, o := range map[string]care.Order{"A": {}, "B": {NewKEK: true}} {
		_, err := k.Rotate(t.Context(), owner, o)
		must(t, err)
		if got := found(t, b.For(owner.Tenant), "FOO"); got != "before" {
			t.Errorf("found %q", got)
		}
		b.set(t, name, "after")
		for _, m := range []*secrets.Manager{b.Manager, b.over(t, b.Store)} {
			if got := found(t, m.For(owner.Tenant), name); got != "after" {
				t.Errorf("found %q", got)
			}
		}
		if got := found(t, node.For(owner.Tenant), "FOO"); got != "before" {
			t.Errorf("another node found %q", got)
		}
	}
}

// Several may set and delete the same name at once: nobody fails, and one of
// the values stays.
func TestAtOnce(t *testing.T) {
	b := open(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				if _, _, err := b.Set(t.Context(), owner, "FOO", connector.NewSecret(fmt.Sprint("value ", i))); err != nil && kind(err) != connector.Conflict && kind(err) != connector.NotFound {
					t.Errorf("set: %v", err)
				}
				if i == 0 {
					if err := b.Delete(t.Context(), owner, "FOO"); err != nil && kind(err) != connector.NotFound {
						t.Errorf("delete: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	b.set(t, "FOO", "last")
	if got := found(t, b.For(owner.Tenant), "FOO"); got != "last" {
		t.Errorf("found %q", got)
	}
}

func TestStoreThatFails(t *testing.T) {
	b := open(t)
	b.set(t, "FOO", "the-value")
	must(t, b.Store.Close())
	_, ok, err := b.For(owner.Tenant).Lookup(t.Context(), "FOO", secrets.Scope{})
	if ok || kind(err) != connector.Unavailable {
		t.Errorf("look-up: %v, %v", ok, err)
	}
	_, _, err = b.Set(t.Context(), owner, "FOO", connector.NewSecret("the-value"))
	if kind(err) != connector.Unavailable || strings.Contains(err.Error(), "the-value") {
		t.Errorf("set: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := open(t).Set(ctx, owner, "FOO", connector.NewSecret("v")); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// The data folder holds no value in the clear.
func TestNothingInTheClear(t *testing.T) {
	b := open(t)
	for i := range 20 {
		b.set(t, fmt.Sprint("S", i), fmt.Sprint("canary-3f9a-", i))
	}
	must(t, b.Delete(t.Context(), owner, "S1"))
	files, err := filepath.Glob(filepath.Join(b.dir, "*"))
	must(t, err)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		if bytes.Contains(raw, []byte("canary-3f9a")) {
			t.Errorf("%s holds a value", filepath.Base(f))
		}
	}
	if len(files) < 2 {
		t.Errorf("looked at %v only", files)
	}
}

func BenchmarkLookup(b *testing.B) {
	x := open(b)
	x.set(b, "FOO", "the-value")
	r := x.For(owner.Tenant)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := r.Lookup(b.Context(), "FOO", secrets.Scope{}); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
