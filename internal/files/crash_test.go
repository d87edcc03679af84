package files_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

const (
	crashDir  = "FAIRLEAD_TEST_CRASH_DIR"
	crashLate = "FAIRLEAD_TEST_CRASH_LATE" // plant the failure that the test must catch
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := crashChild(dir, os.Getenv(crashLate) != ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashChild stores and deletes until it is killed, saying on stdout what has
// been acknowledged to it.
func crashChild(dir string, late bool) error {
	ctx := context.Background()
	svc, closeAll, err := openAt(ctx, dir, late)
	if err != nil {
		return err
	}
	defer closeAll()
	errs := make(chan error)
	for i := range 4 {
		go func() { errs <- crashLoop(ctx, svc.For(files.Owner{Tenant: "acme"}), i) }()
	}
	return <-errs
}

func crashLoop(ctx context.Context, f connector.Files, worker int) error {
	for n := 0; ; n++ {
		size := []int{10, 5000, 200_000, 2_000_000}[(n+worker)%4]
		content := bytes.Repeat(fmt.Appendf(nil, "%d/%d|", worker%2, n), size/6)
		w, err := f.Create(ctx, connector.NewFile{Name: "crash.bin"})
		if err != nil {
			return err
		}
		for part := range slices.Chunk(content, 64<<10) {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		info, err := w.Commit(ctx)
		if err != nil {
			return err
		}
		fmt.Println("stored", info.ID)
		if n%3 == 0 {
			fmt.Println("deleting", info.ID)
			if err := f.Delete(ctx, fmt.Sprint(info.ID), ""); err != nil {
				return err
			}
			fmt.Println("deleted", info.ID)
		}
	}
}

func openAt(ctx context.Context, dir string, late bool) (*files.Service, func(), error) {
	st, err := sqlite.Open(ctx, filepath.Join(dir, "fairlead.db"))
	if err != nil {
		return nil, nil, err
	}
	l, err := files.OpenLocal(filepath.Join(dir, "files"))
	if err != nil {
		return nil, nil, err
	}
	var b files.Blobs = l
	if late {
		b = lateBlobs{l}
	}
	svc := files.New(files.Config{Blobs: b, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	return svc, func() { _, _ = l.Close(), st.Close() }, nil
}

// lateBlobs acknowledges a commit before it is done.
type lateBlobs struct{ files.Blobs }

type lateWriter struct{ files.BlobWriter }

func (b lateBlobs) Create(ctx context.Context) (files.BlobWriter, error) {
	w, err := b.Blobs.Create(ctx)
	return lateWriter{w}, err
}

func (w lateWriter) Commit(ctx context.Context, key string) error {
	time.AfterFunc(20*time.Millisecond, func() { _ = w.BlobWriter.Commit(context.WithoutCancel(ctx), key) })
	return nil
}

func (lateWriter) Abort() {}

// acks is what a child said it had been told.
type acks struct {
	mu                        sync.Mutex
	stored, deleting, deleted map[string]bool
}

func (a *acks) read(r io.Reader, first chan<- struct{}) {
	s := bufio.NewScanner(r)
	for n := 0; s.Scan(); n++ {
		what, id, _ := strings.Cut(s.Text(), " ")
		a.mu.Lock()
		map[string]map[string]bool{"stored": a.stored, "deleting": a.deleting, "deleted": a.deleted}[what][id] = true
		a.mu.Unlock()
		if n == 0 {
			close(first)
		}
	}
}

// killInTheMiddle runs a child on a folder and kills it at a random time.
func killInTheMiddle(t *testing.T, dir string, late bool, a *acks) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	if late {
		cmd.Env = append(cmd.Env, crashLate+"=1")
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first, ended := make(chan struct{}), make(chan struct{})
	go func() { a.read(out, first); close(ended) }()
	select {
	case <-first:
		<-time.After(time.Duration(rand.IntN(60_000)) * time.Microsecond)
	case <-ended:
		t.Fatalf("the child ended by itself: %s", &stderr)
	}
	_ = cmd.Process.Kill()
	<-ended
	_ = cmd.Wait()
}

// afterCrash opens the folder as the next start does and tells what is wrong.
func afterCrash(t *testing.T, dir string, a *acks) (problems []string, leftovers int) {
	t.Helper()
	tmp := onDisk(t, filepath.Join(dir, "files", "tmp"))
	svc, closeAll, err := openAt(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	orphans, err := svc.SweepOrphans(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := svc.For(files.Owner{Tenant: "acme"})
	there, keys, small := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for after := int64(0); ; {
		page, err := f.List(t.Context(), connector.FileQuery{Limit: files.MaxLimit, After: after})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, info := range page {
			after = info.ID
			there[fmt.Sprint(info.ID)], keys[info.SHA256[:2]+"/"+info.SHA256] = true, true
			if info.Size <= files.DefaultSmall {
				small[info.SHA256] = true
			}
			if err := whole(t.Context(), f, info); err != nil {
				problems = append(problems, fmt.Sprintf("file %d: %v", info.ID, err))
			}
		}
	}
	for id := range a.stored {
		if !there[id] && !a.deleting[id] {
			problems = append(problems, "lost: "+id)
		}
	}
	for id := range a.deleted {
		if there[id] {
			problems = append(problems, "came back: "+id)
		}
	}
	for _, p := range onDisk(t, filepath.Join(dir, "files")) {
		if !keys[p] {
			problems = append(problems, "left over: "+p)
		}
	}
	counts, err := svc.Records.(*store.Store).Dump(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if n := int(counts["contents"]); n != len(small) {
		problems = append(problems, fmt.Sprintf("%d pieces of small content, files have %d", n, len(small)))
	}
	return problems, len(tmp) + orphans
}

func whole(ctx context.Context, f connector.Files, info connector.FileInfo) error {
	b, err := f.Open(ctx, fmt.Sprint(info.ID), "")
	if err != nil {
		return err
	}
	r, err := b.Open(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != info.SHA256 {
		return fmt.Errorf("the content has hash %s", got)
	}
	return nil
}

func crashRounds(t *testing.T, rounds int, late bool) (problems []string, leftovers, stored int) {
	t.Helper()
	dir := t.TempDir()
	a := &acks{stored: map[string]bool{}, deleting: map[string]bool{}, deleted: map[string]bool{}}
	for range rounds {
		killInTheMiddle(t, dir, late, a)
		p, n := afterCrash(t, dir, a)
		problems, leftovers = append(problems, p...), leftovers+n
	}
	return problems, leftovers, len(a.stored)
}

func TestKilledInTheMiddle(t *testing.T) {
	const rounds = 12
	problems, leftovers, stored := crashRounds(t, rounds, false)
	t.Logf("%d kills: %d files acknowledged, %d leftovers swept, %d lost or half written", rounds, stored, leftovers, len(problems))
	for _, p := range problems {
		t.Error(p)
	}
	if leftovers == 0 {
		t.Error("no kill hit the middle of a write, so that the test shows nothing")
	}
}

func TestTheCrashTestCatchesAPlantedFailure(t *testing.T) {
	if problems, _, _ := crashRounds(t, 4, true); len(problems) == 0 {
		t.Error("content that is acknowledged before it is stored went unnoticed")
	}
}
