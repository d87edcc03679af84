package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/backup"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

type site struct {
	dir    string
	store  *store.Store
	blobs  *files.Local
	files  *files.Service
	sealer *keys.Sealer
}

func open(t *testing.T, dir string) *site {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "fairlead.db"))
	must(t, err)
	blobs, err := files.OpenLocal(filepath.Join(dir, "files"))
	must(t, err)
	t.Cleanup(func() { _, _ = blobs.Close(), st.Close() })
	s := &site{dir: dir, store: st, blobs: blobs}
	s.sealer, err = keys.Open(t.Context(), keys.Config{Path: filepath.Join(dir, keys.FileName), Store: st, Now: time.Now})
	must(t, err)
	s.files = files.New(files.Config{Blobs: blobs, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	return s
}

func (s *site) source(withKey bool) backup.Source {
	src := backup.Source{Store: s.store, Blobs: s.blobs, Version: "test", KEK: s.sealer.KEK(), Dir: s.dir, Now: time.Now}
	if withKey {
		src.KeyFile = filepath.Join(s.dir, keys.FileName)
	}
	return src
}

func (s *site) scoped() *files.Scoped {
	return s.files.For(files.Owner{Tenant: "default", Actor: "ann"})
}

func (s *site) add(ctx context.Context, text string) (connector.FileInfo, error) {
	w, err := s.scoped().Create(ctx, connector.NewFile{Name: "f"})
	if err != nil {
		return connector.FileInfo{}, err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return connector.FileInfo{}, err
	}
	return w.Commit(ctx)
}

func (s *site) content(t *testing.T, id int64) string {
	t.Helper()
	b, err := s.scoped().Open(t.Context(), fmt.Sprint(id), files.AnySource)
	must(t, err)
	r, err := b.Open(t.Context(), 0)
	must(t, err)
	defer r.Close()
	raw, err := io.ReadAll(r)
	must(t, err)
	return string(raw)
}

var place = keys.AD{Tenant: "default", Kind: "connection", Owner: "o", Field: "f", SchemaVersion: 1}

func pair(t *testing.T) (age.Recipient, []age.Identity) {
	t.Helper()
	recipient, identity, err := backup.Keygen()
	must(t, err)
	r, err := backup.Recipients([]string{recipient}, "")
	must(t, err)
	ids, err := backup.Identities("# a comment\n"+identity.Reveal()+"\n", "")
	must(t, err)
	return r[0], ids
}

// A backup is taken while files come and go; a fresh machine is made of it, where secrets open and the chain is good.
func TestDrill(t *testing.T) {
	s := open(t, t.TempDir())
	sealed, err := s.sealer.Seal(t.Context(), "default", place, []byte("canary-secret"))
	must(t, err)
	kept, err := s.add(t.Context(), strings.Repeat("kept ", 500_000))
	must(t, err)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				info, err := s.add(t.Context(), fmt.Sprint("file ", w, i))
				if err == nil && i%2 == 0 {
					err = s.scoped().Delete(t.Context(), fmt.Sprint(info.ID), files.AnySource)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	to, ids := pair(t)
	for round := range 2 {
		var out bytes.Buffer
		made, err := backup.Write(t.Context(), &out, s.source(true), []age.Recipient{to})
		must(t, err)
		if bytes.Contains(out.Bytes(), []byte("kept kept")) || !made.HasKey {
			t.Error("the backup is not encrypted, or without its key")
		}
		dir := filepath.Join(t.TempDir(), "fresh")
		check, err := backup.Restore(t.Context(), &out, ids, backup.Target{Data: dir})
		must(t, err)
		if check.Tenants != 1 || check.Entries < int64(check.Rows["files"]) || check.Rows["files"] != made.Rows["files"] {
			t.Errorf("round %d: %+v", round, check)
		}
		fresh := open(t, dir)
		if got, err := fresh.sealer.Open(t.Context(), "default", place, sealed); err != nil || string(got) != "canary-secret" {
			t.Errorf("a secret: %q, %v", got, err)
		}
		if fresh.content(t, kept.ID) != s.content(t, kept.ID) {
			t.Error("a file has changed")
		}
		list, err := fresh.scoped().List(t.Context(), connector.FileQuery{Limit: 1000})
		must(t, err)
		for _, f := range list {
			fresh.content(t, f.ID)
		}
		if _, err := fresh.add(t.Context(), "new"); err != nil { // it goes on
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(s.dir, ".backup-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files stay: %v, %v", left, err)
	}
}

func TestWithoutTheKeyFile(t *testing.T) {
	s := open(t, t.TempDir())
	_, err := s.sealer.Seal(t.Context(), "default", place, []byte("x"))
	must(t, err)
	to, ids := pair(t)
	var out bytes.Buffer
	_, err = backup.Write(t.Context(), &out, s.source(false), []age.Recipient{to})
	must(t, err)
	dir := filepath.Join(t.TempDir(), "fresh")
	check, err := backup.Restore(t.Context(), &out, ids, backup.Target{Data: dir})
	must(t, err)
	if check.HasKey || check.KEK != s.sealer.KEK() {
		t.Errorf("got %+v", check)
	}
	if _, err := os.Stat(filepath.Join(dir, keys.FileName)); !os.IsNotExist(err) {
		t.Errorf("the key file is there: %v", err)
	}
}

func small(t *testing.T) ([]byte, []age.Identity) {
	t.Helper()
	s := open(t, t.TempDir())
	_, err := s.add(t.Context(), "content")
	must(t, err)
	to, ids := pair(t)
	var out bytes.Buffer
	_, err = backup.Write(t.Context(), &out, s.source(false), []age.Recipient{to})
	must(t, err)
	return out.Bytes(), ids
}

func TestBackupsThatAreRefused(t *testing.T) {
	good, ids := small(t)
	_, others := pair(t)
	for _, c := range []struct {
		reason string
		raw    []byte
		ids    []age.Identity
		kind   connector.Kind
	}{
		{"for somebody else", good, others, connector.Denied},
		{"empty", nil, ids, connector.Invalid},
		{"cut off", good[:len(good)-1], ids, connector.Invalid},
		{"cut in half", good[:len(good)/2], ids, connector.Invalid},
		{"with something after its end", append(bytes.Clone(good), 0), ids, connector.Invalid},
		{"something else", bytes.Repeat([]byte("text "), 1000), ids, connector.Invalid},
	} {
		_, err := backup.Verify(t.Context(), bytes.NewReader(c.raw), c.ids, t.TempDir())
		if e := connector.AsError(err); e == nil || e.Kind != c.kind || e.Fix == "" {
			t.Errorf("%s: got %v, want %s with a fix", c.reason, err, c.kind)
		}
		dir := filepath.Join(t.TempDir(), "fresh")
		if _, err := backup.Restore(t.Context(), bytes.NewReader(c.raw), c.ids, backup.Target{Data: dir}); err == nil {
			t.Errorf("%s was restored", c.reason)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s left a folder behind", c.reason)
		}
	}
	used := t.TempDir()
	must(t, os.WriteFile(filepath.Join(used, "x"), nil, 0o600))
	_, err := backup.Restore(t.Context(), bytes.NewReader(good), ids, backup.Target{Data: used})
	if e := connector.AsError(err); e == nil || e.Kind != connector.Conflict {
		t.Errorf("a folder in use: got %v, want Conflict", err)
	}
	if c, err := backup.Verify(t.Context(), bytes.NewReader(good), ids, t.TempDir()); err != nil || c.Content != 1 || c.Entries != 1 {
		t.Errorf("the good one: %+v, %v", c, err)
	}
}

func TestPassphrases(t *testing.T) {
	s := open(t, t.TempDir())
	to, err := backup.Recipients(nil, "correct horse")
	must(t, err)
	var out bytes.Buffer
	_, err = backup.Write(t.Context(), &out, s.source(false), to)
	must(t, err)
	for phrase, want := range map[string]bool{"correct horse": true, "wrong horse": false} {
		ids, err := backup.Identities("", phrase)
		must(t, err)
		if _, err := backup.Verify(t.Context(), bytes.NewReader(out.Bytes()), ids, t.TempDir()); (err == nil) != want {
			t.Errorf("%s: %v", phrase, err)
		}
	}
	for _, c := range []func() error{
		func() error { _, err := backup.Recipients(nil, ""); return err },
		func() error { _, err := backup.Recipients([]string{"age1x"}, ""); return err },
		func() error { _, err := backup.Recipients([]string{"age1x"}, "both"); return err },
		func() error { _, err := backup.Identities("", ""); return err },
		func() error { _, err := backup.Identities("nothing", ""); return err },
	} {
		if e := connector.AsError(c()); e == nil || e.Kind != connector.Invalid || e.Fix == "" {
			t.Errorf("got %v, want Invalid with a fix", e)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
