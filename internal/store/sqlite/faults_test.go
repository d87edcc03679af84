package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
)

// openWith opens a store whose writer has further pragmas, to provoke what a real disk seldom does.
func openWith(t *testing.T, path string, pragmas ...string) *store.Store {
	t.Helper()
	return openConfig(t, path, store.Config{}, pragmas...)
}

func openConfig(t *testing.T, path string, cfg store.Config, pragmas ...string) *store.Store {
	t.Helper()
	base, err := config(t.Context(), path)
	if err == nil {
		err = base.Write.Close()
	}
	write, errWrite := connect(path, pragmas...)
	if err = errors.Join(err, errWrite); err != nil {
		t.Fatal(err)
	}
	write.SetMaxOpenConns(1)
	base.Write, base.MaxGroup, base.Queue = write, cfg.MaxGroup, cfg.Queue
	cfg = base
	st, err := store.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func entry(size int) store.Batch {
	body := fmt.Appendf(nil, `{"x":%q}`, strings.Repeat("x", size))
	return store.Batch{Audit: []*store.AuditEntry{{Tenant: "t", Kind: "k", Body: body}}}
}

// verified counts the entries of a good chain.
func verified(t *testing.T, st *store.Store) int64 {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	n, reached, problem, err := audit.Verify(ctx, "t", audit.Checkpoint{}, st.AuditChain(ctx, "t", 0))
	head, errHead := st.AuditHead(ctx, "t")
	if problem == nil {
		problem = audit.Expect(reached, head)
	}
	if err := errors.Join(err, errHead); err != nil || problem != nil {
		t.Fatalf("chain: %v, %v", problem, err)
	}
	return n
}

func TestFullDisk(t *testing.T) {
	st := openWith(t, filepath.Join(t.TempDir(), "fairlead.db"), "max_page_count(120)")
	written := int64(0)
	for range 1000 {
		err := st.Submit(t.Context(), entry(3000))
		if err == nil {
			written++
			continue
		}
		if e, ok := errors.AsType[*store.Error](err); !ok || e.Kind != store.Unavailable || !strings.Contains(e.Message, "full") {
			t.Fatalf("got %v, want Unavailable and the disk named", err)
		}
		break
	}
	if written == 0 || written == 1000 {
		t.Fatalf("wrote %d entries, want the disk to fill up on the way", written)
	}
	if n := verified(t, st); n != written {
		t.Errorf("%d entries are there, %d were acknowledged", n, written)
	}
	if err := st.Submit(t.Context(), entry(1)); err == nil { // a small one may still fit: the store goes on working
		written++
	}
	if n := verified(t, st); n != written {
		t.Errorf("%d entries are there, %d were acknowledged", n, written)
	}
}

func TestAnotherProcessHoldsTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fairlead.db")
	st := openWith(t, path, "busy_timeout(20)")
	other, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	other.SetMaxOpenConns(1)
	run := func(text string) {
		t.Helper()
		if _, err := other.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	run("BEGIN IMMEDIATE")
	if err := st.Submit(t.Context(), entry(1)); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v, want Unavailable", err)
	}
	run("ROLLBACK")
	if err := st.Submit(t.Context(), entry(1)); err != nil {
		t.Fatalf("after the other has let go: %v", err)
	}
	if n := verified(t, st); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

// A full queue holds submitters back; one that gives up has written nothing.
func TestFullQueueHoldsBack(t *testing.T) {
	st := openConfig(t, filepath.Join(t.TempDir(), "fairlead.db"), store.Config{Queue: 1}, busyTimeout)
	release, held := make(chan struct{}), make(chan struct{})
	hold := store.Batch{Prepare: func(*store.Batch) error { close(held); <-release; return nil }}
	answers := make(chan error, 2)
	go func() { answers <- st.Submit(t.Context(), hold) }()
	<-held
	go func() { answers <- st.Submit(t.Context(), entry(1)) }() // takes the only place, or waits for it with the next
	late := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	for range 3 {
		go func() { late <- st.Submit(ctx, entry(1)) }()
	}
	cancel()
	for range 3 {
		if err := <-late; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error while the writer is held", err)
		}
	}
	close(release)
	for range 2 {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if n := verified(t, st); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fairlead.db")
	st, err := Open(t.Context(), path)
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path)
	if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), "999") {
		t.Errorf("got %v, want Invalid that names the version", err)
	}
}
