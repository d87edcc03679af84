package files_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/files/filestest"
)

func openLocal(t *testing.T, dir string) *files.Local {
	t.Helper()
	l, err := files.OpenLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestLocal(t *testing.T) {
	filestest.Run(t, func(t *testing.T) files.Blobs { return openLocal(t, t.TempDir()) })
}

// onDisk lists the files below a folder.
func onDisk(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLocalSweepsWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	l := openLocal(t, dir)
	done, err := l.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key := filestest.Key([]byte("whole"))
	if _, err := done.Write([]byte("whole")); err != nil {
		t.Fatal(err)
	}
	if err := done.Commit(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	half, err := l.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := half.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	if got := onDisk(t, dir); len(got) != 2 || !strings.HasPrefix(got[1]+got[0], "tmp/") && !strings.HasPrefix(got[0]+got[1], key[:2]) {
		t.Fatalf("before: %v", got)
	}
	_ = openLocal(t, dir) // as the next start does
	if got := onDisk(t, dir); len(got) != 1 || got[0] != key[:2]+"/"+key {
		t.Errorf("after: %v", got)
	}
	half.Abort()
}

func TestLocalKeepsOthersOut(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("NOT RUN: permissions: Windows has no mode bits")
		return
	}
	dir := filepath.Join(t.TempDir(), "files")
	l := openLocal(t, dir)
	w, err := l.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context(), filestest.Key(nil)); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", p, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A link planted in the folder must not lead out of it.
func TestLocalStaysInItsFolder(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	key := filestest.Key([]byte("x"))
	l := openLocal(t, dir)
	if err := os.WriteFile(filepath.Join(outside, key), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, key), filepath.Join(dir, key[:2], key)); err != nil {
		t.Logf("NOT RUN: links: %v", err)
		return
	}
	if r, err := l.Open(t.Context(), key, 0); err == nil {
		_ = r.Close()
		t.Error("a link out of the folder was followed")
	}
}

func TestOpenLocalFailsClearly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := files.OpenLocal(file); err == nil || !strings.Contains(err.Error(), "files: make the folder") {
		t.Errorf("got %v", err)
	}
}
