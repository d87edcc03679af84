package keys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

var testTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return testTime }

// folder is a data folder with a real store and a key file.
type folder struct {
	path  string
	store *store.Store
}

func newFolder(t *testing.T) folder {
	t.Helper()
	dir := t.TempDir()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "fairlead.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return folder{path: filepath.Join(dir, keys.FileName), store: st}
}

func (f folder) open(ctx context.Context) (*keys.Sealer, error) {
	return keys.Open(ctx, keys.Config{Path: f.path, Store: f.store, Now: clock})
}

func (f folder) sealer(t *testing.T) *keys.Sealer {
	t.Helper()
	s, err := f.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ad(tenant, owner, field string) keys.AD {
	return keys.AD{Tenant: tenant, Kind: "connection", Owner: owner, Field: field, SchemaVersion: 1}
}

func seal(t testing.TB, s *keys.Sealer, at keys.AD, text string) []byte {
	t.Helper()
	sealed, err := s.Seal(t.Context(), at.Tenant, at, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealedValuesOpenAfterARestart(t *testing.T) {
	f := newFolder(t)
	at := ad("default", "c1", "secretKey")
	sealed := seal(t, f.sealer(t), at, "hunter2-hunter2")
	if bytes.Contains(sealed, []byte("hunter2")) {
		t.Fatal("the sealed bytes hold the plaintext")
	}
	got, err := f.sealer(t).Open(t.Context(), "default", at, sealed)
	if err != nil || string(got) != "hunter2-hunter2" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestEqualValuesSealDifferently(t *testing.T) {
	s, at := newFolder(t).sealer(t), ad("default", "c1", "secretKey")
	if bytes.Equal(seal(t, s, at, "same"), seal(t, s, at, "same")) {
		t.Fatal("two seals of one value are equal")
	}
}

// part generates parts of a place that try to be mistaken for others: separators, empty-looking text, shared prefixes.
func part() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune("ab|\x00\x01é")), 1, 4, -1)
}

func places() *rapid.Generator[keys.AD] {
	return rapid.Custom(func(t *rapid.T) keys.AD {
		return keys.AD{
			Tenant: rapid.SampledFrom([]string{"a", "b", "a|b"}).Draw(t, "tenant"), Kind: part().Draw(t, "kind"),
			Owner: part().Draw(t, "owner"), Field: part().Draw(t, "field"), SchemaVersion: rapid.IntRange(-2, 300).Draw(t, "version"),
		}
	})
}

// Any two sealed values that change places must both be refused.
func TestSwappedValuesAreRefused(t *testing.T) {
	s := newFolder(t).sealer(t)
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		one, two := places().Draw(rt, "one"), places().Draw(rt, "two")
		if one == two {
			return
		}
		a, errA := s.Seal(ctx, one.Tenant, one, []byte("first"))
		b, errB := s.Seal(ctx, two.Tenant, two, []byte("second"))
		if errA != nil || errB != nil {
			rt.Fatalf("seal: %v, %v", errA, errB)
		}
		refused(ctx, rt, s, one, b)
		refused(ctx, rt, s, two, a)
		if got, err := s.Open(ctx, one.Tenant, one, a); err != nil || string(got) != "first" {
			rt.Fatalf("in its own place: %q, %v", got, err)
		}
	})
}

func TestFlippedBitsAreRefused(t *testing.T) {
	s, at := newFolder(t).sealer(t), ad("default", "c1", "secretKey")
	sealed := seal(t, s, at, "0123456789")
	for bit := range len(sealed) * 8 {
		changed := slices.Clone(sealed)
		changed[bit/8] ^= 1 << (bit % 8)
		refused(t.Context(), t, s, at, changed)
	}
	for n := range len(sealed) {
		refused(t.Context(), t, s, at, sealed[:n])
	}
	refused(t.Context(), t, s, at, append(slices.Clone(sealed), 0))
}

func refused(ctx context.Context, t interface{ Fatalf(string, ...any) }, s *keys.Sealer, at keys.AD, sealed []byte) {
	got, err := s.Open(ctx, at.Tenant, at, sealed)
	if e, ok := errors.AsType[*keys.Error](err); !ok || e.Kind != keys.Tampered {
		t.Fatalf("open at %+v: got %q, %v; want it refused as tampered", at, got, err)
	}
}

func TestVaguePlacesAreRefused(t *testing.T) {
	s := newFolder(t).sealer(t)
	for reason, at := range map[string]keys.AD{
		"no tenant":      {Kind: "run", Owner: "r", Field: "input"},
		"no kind":        {Tenant: "default", Owner: "r", Field: "input"},
		"no owner":       {Tenant: "default", Kind: "run", Field: "input"},
		"no field":       {Tenant: "default", Kind: "run", Owner: "r"},
		"another tenant": {Tenant: "other", Kind: "run", Owner: "r", Field: "input"},
	} {
		_, errSeal := s.Seal(t.Context(), "default", at, nil)
		_, errOpen := s.Open(t.Context(), "default", at, nil)
		if kindOf(errSeal) != keys.Invalid || kindOf(errOpen) != keys.Invalid {
			t.Errorf("%s: got %v and %v, want Invalid", reason, errSeal, errOpen)
		}
	}
}

func TestFingerprints(t *testing.T) {
	f := newFolder(t)
	print := func(tenant, value string) string {
		got, err := f.sealer(t).Fingerprint(t.Context(), tenant, []byte(value))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := print("a", "value")
	if len(first) != 64 || first != print("a", "value") {
		t.Errorf("got %q, want the same 64 digits after a restart", first)
	}
	if first == print("b", "value") || first == print("a", "other") {
		t.Error("another tenant or value has the same fingerprint")
	}
}

func TestKeyFileIsMadePrivateAndOnce(t *testing.T) {
	f := newFolder(t)
	f.sealer(t)
	before, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(f.path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
	f.sealer(t)
	if after, _ := os.ReadFile(f.path); !bytes.Equal(before, after) {
		t.Error("a second start changed the key file")
	}
	entries, _ := os.ReadDir(filepath.Dir(f.path))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".kek") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

// What goes wrong with the key at start-up must stop the start, name the file and the fix, and leave the file alone.
func TestBadKeyFiles(t *testing.T) {
	cases := []struct {
		reason string
		spoil  func(t *testing.T, f folder)
		kind   keys.Kind
		fix    string
	}{
		{"lost: a new key would make every secret unreadable", func(t *testing.T, f folder) { remove(t, f.path) }, keys.LostKey, "Put the file back"},
		{"foreign: another folder's key", func(t *testing.T, f folder) { replace(t, f.path, otherKeyFile(t)) }, keys.WrongKey, "put that one back"},
		{"same id, other key: edited by hand", func(t *testing.T, f folder) { replace(t, f.path, withIDOf(t, otherKeyFile(t), f.path)) }, keys.WrongKey, "put that one back"},
		{"cut short", func(t *testing.T, f folder) { replace(t, f.path, []byte(`{"version":1,`)) }, keys.Invalid, "from a backup"},
		{"empty", func(t *testing.T, f folder) { replace(t, f.path, nil) }, keys.Invalid, "from a backup"},
		{"no key in it", func(t *testing.T, f folder) { replace(t, f.path, []byte(`{"version":1,"id":"file:x","keyset":{}}`)) }, keys.Invalid, "from a backup"},
		{"of a later format", func(t *testing.T, f folder) { replace(t, f.path, []byte(`{"version":2}`)) }, keys.Invalid, "version is 2"},
		{"a folder", func(t *testing.T, f folder) { remove(t, f.path); mkdir(t, f.path) }, keys.Invalid, "not a regular file"},
	}
	if runtime.GOOS != "windows" {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o666} {
			cases = append(cases, struct {
				reason string
				spoil  func(t *testing.T, f folder)
				kind   keys.Kind
				fix    string
			}{fmt.Sprintf("mode %o", mode), func(t *testing.T, f folder) { chmod(t, f.path, mode) }, keys.Exposed, "chmod 600"})
		}
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			f := newFolder(t)
			at := ad("default", "c1", "secretKey")
			seal(t, f.sealer(t), at, "x")
			c.spoil(t, f)
			before, _ := os.ReadFile(f.path)
			_, err := f.open(t.Context())
			if kindOf(err) != c.kind {
				t.Fatalf("got %v, want kind %d", err, c.kind)
			}
			if !strings.Contains(err.Error(), c.fix) || !strings.Contains(err.Error(), f.path) {
				t.Errorf("message %q must name the file and say %q", err, c.fix)
			}
			if after, _ := os.ReadFile(f.path); !bytes.Equal(before, after) {
				t.Error("the key file was changed")
			}
		})
	}
}

// Many first calls at once, over two Sealers as two processes would have, must agree on one keyset.
func TestConcurrentFirstUseMakesOneKeyset(t *testing.T) {
	f := newFolder(t)
	at := ad("new-tenant", "c1", "secretKey")
	sealers := []*keys.Sealer{f.sealer(t), f.sealer(t)}
	sealed := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range sealed {
		wg.Go(func() { sealed[i], _ = sealers[i%2].Seal(t.Context(), at.Tenant, at, []byte("v")) })
	}
	wg.Wait()
	for i, ciphertext := range sealed {
		if got, err := f.sealer(t).Open(t.Context(), at.Tenant, at, ciphertext); err != nil || string(got) != "v" {
			t.Fatalf("value %d: %q, %v", i, got, err)
		}
	}
}

func TestOpenNeverMakesAKeyset(t *testing.T) {
	f := newFolder(t)
	refused(t.Context(), t, f.sealer(t), ad("ghost", "c1", "f"), []byte("whatever"))
	if ids, err := f.store.KeysetKEKs(t.Context()); err != nil || len(ids) != 0 {
		t.Fatalf("got %v, %v; want no keyset", ids, err)
	}
}

func kindOf(err error) keys.Kind {
	if e, ok := errors.AsType[*keys.Error](err); ok {
		return e.Kind
	}
	return keys.Internal
}

func otherKeyFile(t *testing.T) []byte {
	t.Helper()
	other := newFolder(t)
	other.sealer(t)
	raw, err := os.ReadFile(other.path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func withIDOf(t *testing.T, raw []byte, path string) []byte {
	t.Helper()
	var mine, other map[string]any
	own, err := os.ReadFile(path)
	if err = errors.Join(err, json.Unmarshal(own, &mine), json.Unmarshal(raw, &other)); err != nil {
		t.Fatal(err)
	}
	other["id"] = mine["id"]
	out, err := json.Marshal(other)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func replace(t *testing.T, path string, raw []byte) { check(t, os.WriteFile(path, raw, 0o600)) }
func remove(t *testing.T, path string)              { check(t, os.Remove(path)) }
func mkdir(t *testing.T, path string)               { check(t, os.Mkdir(path, 0o700)) }
func chmod(t *testing.T, path string, m os.FileMode) {
	check(t, os.Chmod(path, m))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
