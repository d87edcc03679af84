package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"runtime"
	"time"
)

// Local keeps content in a folder: tmp/ for what is being written, and 256
// folders by the first two digits of the key for what is committed.
type Local struct{ root *os.Root }

const tmpFolder = "tmp"

// OpenLocal opens or makes the folder and removes what a crash left half
// written. The caller sees to it that one process at a time has it open.
func OpenLocal(dir string) (*Local, error) { return open(dir, 0) }

// OpenShared is OpenLocal for a folder that several processes have open. It
// removes only half-written content so old that nobody is writing it any more.
func OpenShared(dir string) (*Local, error) { return open(dir, 48*time.Hour) }

func open(dir string, idle time.Duration) (*Local, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("files: make the folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("files: open the folder: %w", err)
	}
	l := &Local{root}
	if err := errors.Join(l.makeFolders(), l.sweepTmp(idle)); err != nil {
		_ = root.Close()
		return nil, fmt.Errorf("files: prepare the folder: %w", err)
	}
	return l, nil
}

// Close releases the folder.
func (l *Local) Close() error { return l.root.Close() }

// makeFolders makes all folders at once, so that a commit never has to and
// needs to make only one of them durable.
func (l *Local) makeFolders() error {
	made := false
	for i := -1; i < 256; i++ {
		name := tmpFolder
		if i >= 0 {
			name = fmt.Sprintf("%02x", i)
		}
		err := l.root.Mkdir(name, 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		made = made || err == nil
	}
	if !made {
		return nil
	}
	return l.syncFolder(".")
}

// sweepTmp judges age by the folder's own clock: that of a file made now.
func (l *Local) sweepTmp(idle time.Duration) error {
	names, err := l.names(tmpFolder)
	if err != nil {
		return err
	}
	var now time.Time
	if idle > 0 {
		if now, err = l.clock(); err != nil {
			return err
		}
	}
	for _, n := range names {
		if info, err := n.Info(); idle > 0 && (err != nil || now.Sub(info.ModTime()) < idle) {
			continue
		}
		if err := l.root.Remove(tmpFolder + "/" + n.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (l *Local) clock() (time.Time, error) {
	name := tmpFolder + "/" + rand.Text()
	f, err := l.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return time.Time{}, err
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Close(), l.root.Remove(name)); err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

func (l *Local) names(folder string) ([]fs.DirEntry, error) {
	d, err := l.root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	return d.ReadDir(-1)
}

// syncFolder makes the names in a folder durable. Windows has no such call and
// does it by itself.
func (l *Local) syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := l.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func pathOf(key string) string { return key[:2] + "/" + key }

// Create begins new content.
func (l *Local) Create(ctx context.Context) (BlobWriter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name := tmpFolder + "/" + rand.Text()
	f, err := l.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &localWriter{l: l, f: f, tmp: name}, nil
}

// Open reads content from an offset on.
func (l *Local) Open(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	if !ValidKey(key) {
		return nil, ErrBadKey
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := l.root.Open(pathOf(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoContent
	}
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Delete removes content.
func (l *Local) Delete(ctx context.Context, key string) error {
	if !ValidKey(key) {
		return ErrBadKey
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.root.Remove(pathOf(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // a removal that a crash undoes is swept later
}

// List gives what is committed.
func (l *Local) List(ctx context.Context) iter.Seq2[BlobInfo, error] {
	return func(yield func(BlobInfo, error) bool) {
		for i := range 256 {
			if err := ctx.Err(); err != nil {
				yield(BlobInfo{}, err)
				return
			}
			names, err := l.names(fmt.Sprintf("%02x", i))
			if err != nil {
				yield(BlobInfo{}, err)
				return
			}
			for _, n := range names {
				if !listOne(n, yield) {
					return
				}
			}
		}
	}
}

func listOne(n fs.DirEntry, yield func(BlobInfo, error) bool) bool {
	if !ValidKey(n.Name()) {
		return true // not ours
	}
	info, err := n.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return true // deleted meanwhile
	}
	if err != nil {
		return yield(BlobInfo{}, err)
	}
	return yield(BlobInfo{Key: n.Name(), Size: info.Size(), Modified: info.ModTime()}, nil)
}

// localWriter writes one temporary file.
type localWriter struct {
	l   *Local
	f   *os.File
	tmp string
}

func (w *localWriter) Write(p []byte) (int, error) {
	if w.f == nil {
		return 0, ErrEnded
	}
	return w.f.Write(p)
}

// Commit makes the bytes durable before they get their name, and the name
// before it returns: at no time does the name stand for anything else. Each
// commit syncs for itself; the system merges syncs that run at the same time
// (1,000 files of 4 KiB, eight at a time: half a second).
func (w *localWriter) Commit(ctx context.Context, key string) error {
	if w.f == nil {
		return ErrEnded
	}
	if err := w.finish(ctx, key); err != nil {
		w.Abort()
		return err
	}
	w.f = nil
	return nil
}

func (w *localWriter) finish(ctx context.Context, key string) error {
	if !ValidKey(key) {
		return ErrBadKey
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.f.Sync(); err != nil {
		return err
	}
	info, err := w.f.Stat()
	if err != nil {
		return err
	}
	if err := w.f.Close(); err != nil {
		return err
	}
	if err := w.l.root.Rename(w.tmp, pathOf(key)); err != nil && !w.l.holds(key, info.Size()) {
		return err
	}
	_ = w.l.root.Remove(w.tmp) // left only where the system cannot replace a file that is being read
	return w.l.syncFolder(key[:2])
}

func (l *Local) holds(key string, size int64) bool {
	info, err := l.root.Stat(pathOf(key))
	return err == nil && info.Size() == size
}

// Abort drops what was written.
func (w *localWriter) Abort() {
	if w.f == nil {
		return
	}
	_ = w.f.Close()
	_ = w.l.root.Remove(w.tmp)
	w.f = nil
}
