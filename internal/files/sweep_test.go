package files_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/files/filestest"
)

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func TestExpiredFilesAreSweptInAllTenants(t *testing.T) { both(t, expiredFilesAreSweptInAllTenants) }

func expiredFilesAreSweptInAllTenants(t *testing.T, r *rig) {
	soon, later := r.now.Add(time.Minute), r.now.Add(time.Hour)
	const many = 130 // more than one page
	for i := range many {
		save(t, r.For(files.Owner{Tenant: fmt.Sprintf("t%d", i%3)}), connector.NewFile{Name: "soon", ExpiresAt: &soon}, fmt.Sprint(i))
	}
	keep := save(t, r.scoped(), connector.NewFile{Name: "later", ExpiresAt: &later}, "7") // shares content with an expired one
	forever := save(t, r.scoped(), connector.NewFile{Name: "forever"}, "forever")
	if n, err := r.SweepExpired(t.Context()); n != 0 || err != nil {
		t.Fatalf("too early: %d, %v", n, err)
	}
	r.forward(time.Minute)
	if n, err := r.SweepExpired(t.Context()); n != many || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	if textOf(t, r.scoped(), keep.ID) != "7" || textOf(t, r.scoped(), forever.ID) != "forever" {
		t.Error("a file that had not expired lost its content")
	}
	if got := r.stored(t); got != 2 {
		t.Errorf("%d pieces of content are left", got)
	}
}

func TestOrphansAreSweptAndNothingElse(t *testing.T) {
	r := newRig(t)
	kept := save(t, r.scoped(), connector.NewFile{Name: "kept"}, "kept")
	for i := range 20 {
		content := fmt.Appendf(nil, "orphan %d", i)
		w, err := r.Blobs.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, errWrite := w.Write(content)
		if err := errors.Join(errWrite, w.Commit(t.Context(), filestest.Key(content))); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := r.SweepOrphans(t.Context()); n != 20 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if textOf(t, r.scoped(), kept.ID) != "kept" {
		t.Error("the kept file lost its content")
	}
}

// Writers, deleters and the sweeper work on the same few contents at once: no
// file may ever be without its content, and none may stay without a file.
func TestDeletesAndSweepsNeverTakeContentInUse(t *testing.T) {
	both(t, deletesAndSweepsNeverTakeContentInUse)
}

func deletesAndSweepsNeverTakeContentInUse(t *testing.T, r *rig) {
	f := r.scoped()
	const contents, writers, rounds = 3, 6, 40
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for n := range rounds {
				content := fmt.Sprintf("content %d", (i+n)%contents)
				info, err := saveIn(t, f, content)
				if err != nil {
					t.Error(err)
					return
				}
				if got := textOf(t, f, info.ID); got != content {
					t.Errorf("file %d: %q", info.ID, got)
				}
				if err := f.Delete(t.Context(), fmt.Sprint(info.ID), ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	stop := make(chan struct{})
	var sweeper sync.WaitGroup
	sweeper.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := r.SweepOrphans(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	wg.Wait()
	close(stop)
	sweeper.Wait()
	if got := r.stored(t); got != 0 {
		t.Errorf("%d pieces of content are left", got)
	}
}

func saveIn(t *testing.T, f connector.Files, content string) (connector.FileInfo, error) {
	w, err := f.Create(t.Context(), connector.NewFile{Name: "x"})
	if err != nil {
		return connector.FileInfo{}, err
	}
	defer w.Abort()
	if _, err := io.Copy(w, bytes.NewReader([]byte(content))); err != nil {
		return connector.FileInfo{}, err
	}
	return w.Commit(t.Context())
}
