package care_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/care"
	"github.com/fairlead-io/fairlead/internal/keys/kms"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

var owner = authz.Local("ann")

type bench struct {
	*care.Keeper
	dir string
}

func noNetwork(connector.HTTPOptions) (*http.Client, error) {
	return nil, errors.New("no network here")
}

func open(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "fairlead.db"))
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{dir: dir}
	b.Keeper = b.reopen(t, st, "")
	return b
}

// reopen is what another node, or the next start, sees.
func (b *bench) reopen(t *testing.T, st *store.Store, setting string) *care.Keeper {
	t.Helper()
	k, err := b.try(t.Context(), st, setting)
	must(t, err)
	return k
}

func (b *bench) try(ctx context.Context, st *store.Store, setting string) (*care.Keeper, error) {
	p, d := care.Place{Setting: setting, Data: b.dir}, kms.Deps{HTTP: noNetwork, Now: time.Now}
	s, err := care.Open(ctx, p, st, d)
	return &care.Keeper{Place: p, Store: st, Sealer: s, KMS: d, Now: time.Now}, err
}

func place(i int) keys.AD {
	return keys.AD{Tenant: "default", Kind: "connection", Owner: fmt.Sprint(i), Field: "secret", SchemaVersion: 1}
}

func seal(t *testing.T, s *keys.Sealer, i int) []byte {
	t.Helper()
	sealed, err := s.Seal(t.Context(), "default", place(i), []byte(fmt.Sprint("value ", i)))
	must(t, err)
	return sealed
}

func opens(t *testing.T, s *keys.Sealer, i int, sealed []byte) {
	t.Helper()
	got, err := s.Open(t.Context(), "default", place(i), sealed)
	if err != nil || string(got) != fmt.Sprint("value ", i) {
		t.Errorf("value %d: %q, %v", i, got, err)
	}
}

func TestRotationKeepsOldValuesReadable(t *testing.T) {
	b := open(t)
	other := b.reopen(t, b.Store, "") // another node, which has its keysets in memory
	old := seal(t, b.Sealer, 1)
	opens(t, other.Sealer, 1, old)
	print1, err := b.Sealer.Fingerprint(t.Context(), "default", []byte("v"))
	must(t, err)
	signature, err := b.Sealer.Sign(t.Context(), "default", []byte("m"))
	must(t, err)
	res, err := b.Rotate(t.Context(), owner, care.Order{})
	must(t, err)
	for _, k := range res.Keysets {
		want := map[string]int{"seal": 2, "sign": 2, "fingerprint": 1}[k.Purpose]
		if k.Keys != want || k.KEK != b.Sealer.KEK() {
			t.Errorf("%s: %+v, want %d keys", k.Purpose, k, want)
		}
	}
	fresh := seal(t, b.Sealer, 2)
	restarted := b.reopen(t, b.Store, "")
	for _, s := range []*keys.Sealer{b.Sealer, other.Sealer, restarted.Sealer} {
		opens(t, s, 1, old)
		opens(t, s, 2, fresh)
		print2, err := s.Fingerprint(t.Context(), "default", []byte("v"))
		must(t, err)
		if print1 != print2 {
			t.Error("a fingerprint has changed")
		}
	}
	public, err := restarted.Sealer.PublicKeys(t.Context(), "default")
	must(t, err)
	if len(public) != 2 || !ed25519.Verify(public[0], []byte("m"), signature) || ed25519.Verify(public[1], []byte("m"), signature) {
		t.Error("a signature made before is not checked with the key of then")
	}
	page, err := b.Store.AuditEntries(t.Context(), "default", store.AuditFilter{Kind: "key.rotated"}, store.Page{})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Actor != owner.ID {
		t.Errorf("audit: %v, %v", page, err)
	}
}

// Nothing that seals or opens fails while keys rotate.
func TestRotationUnderLoad(t *testing.T) {
	b := open(t)
	other := b.reopen(t, b.Store, "")
	seal(t, b.Sealer, 0)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i, s := range []*keys.Sealer{b.Sealer, other.Sealer, b.Sealer, other.Sealer} {
		opener := []*keys.Sealer{other.Sealer, b.Sealer}[i%2]
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
					opens(t, opener, n, seal(t, s, n))
				}
			}
		})
	}
	for i := range 20 {
		_, err := b.Rotate(t.Context(), owner, care.Order{NewKEK: false})
		must(t, err)
		if i == 10 {
			seal(t, b.Sealer, 1)
		}
	}
	close(stop)
	wg.Wait()
}

func TestNewKeyFile(t *testing.T) {
	b := open(t)
	old := seal(t, b.Sealer, 1)
	before, first := b.Sealer.KEK(), read(t, b.Place.File())
	res, err := b.Rotate(t.Context(), owner, care.Order{NewKEK: true})
	must(t, err)
	if res.KEK == before || string(read(t, b.Place.File())) == string(first) || res.NextStep != "" {
		t.Errorf("the key file is still the old one: %+v", res)
	}
	opens(t, b.reopen(t, b.Store, "").Sealer, 1, old)
	must(t, os.WriteFile(b.Place.File(), first, 0o600))
	if _, err := b.try(t.Context(), b.Store, ""); kind(err) != keys.WrongKey {
		t.Errorf("the old key file: got %v, want WrongKey", err)
	}
}

// A crash while a new key file takes its place is made good at the next start, whichever side it was on.
func TestInterruptedRotation(t *testing.T) {
	b := open(t)
	old := seal(t, b.Sealer, 1)
	first := b.Sealer.KEK()
	if _, err := keys.NextFile(b.Place.File(), time.Now()); err != nil { // died before the keysets were replaced
		t.Fatal(err)
	}
	k := b.reopen(t, b.Store, "")
	if k.Sealer.KEK() != first {
		t.Fatal("a key that wraps nothing was taken")
	}
	opens(t, k.Sealer, 1, old)
	present := read(t, b.Place.File())
	_, err := b.Rotate(t.Context(), owner, care.Order{NewKEK: true})
	must(t, err)
	must(t, os.Rename(b.Place.File(), b.Place.File()+".next")) // died before the new file was in its place
	must(t, os.WriteFile(b.Place.File(), present, 0o600))
	opens(t, b.reopen(t, b.Store, "").Sealer, 1, old)
}

func TestMoveToAnotherFile(t *testing.T) {
	b := open(t)
	old := seal(t, b.Sealer, 1)
	target := "file:" + filepath.Join(t.TempDir(), "elsewhere.json")
	res, err := b.Rotate(t.Context(), owner, care.Order{KEK: target})
	must(t, err)
	if !strings.Contains(res.NextStep, target) {
		t.Errorf("the next step is not told: %+v", res)
	}
	opens(t, b.Sealer, 1, old)
	opens(t, b.reopen(t, b.Store, target).Sealer, 1, old)
	if _, err := b.try(t.Context(), b.Store, ""); kind(err) != keys.WrongKey {
		t.Errorf("with the setting before: got %v, want WrongKey", err)
	}
}

func TestLostKeyIsAStartError(t *testing.T) {
	b := open(t)
	seal(t, b.Sealer, 1)
	must(t, os.Remove(b.Place.File()))
	_, err := b.try(t.Context(), b.Store, "")
	if kind(err) != keys.LostKey || !strings.Contains(err.Error(), b.Place.File()) {
		t.Errorf("got %v, want LostKey that names the file", err)
	}
}

func TestRefusedRotations(t *testing.T) {
	b := open(t)
	seal(t, b.Sealer, 1)
	reader := authz.Local("bob")
	reader.Scopes = authz.Scopes{authz.Read}
	for _, c := range []struct {
		reason string
		actor  authz.Actor
		order  care.Order
		want   connector.Kind
	}{
		{"without the scope", reader, care.Order{}, connector.Denied},
		{"two targets", owner, care.Order{KEK: "file:x", NewKEK: true}, connector.Invalid},
		{"a service nobody knows", owner, care.Order{KEK: "gcpkms://x"}, connector.Invalid},
	} {
		before := read(t, b.Place.File())
		_, err := b.Rotate(t.Context(), c.actor, c.order)
		if e := connector.AsError(err); e == nil || e.Kind != c.want {
			t.Errorf("%s: got %v, want %s", c.reason, err, c.want)
		}
		if string(before) != string(read(t, b.Place.File())) {
			t.Errorf("%s: the key file has changed", c.reason)
		}
	}
}

func kind(err error) keys.Kind {
	if e, ok := errors.AsType[*keys.Error](err); ok {
		return e.Kind
	}
	return -1
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	return raw
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
