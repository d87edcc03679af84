// Package lock gives one process the data folder.
//
// The lock is an advisory lock of the operating system on the file fairlead.lock, so that it ends with the process
// however that ends. The file holds JSON with the owner's process id and URL for the message that a second process
// prints; its content is never what decides.
package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/fairlead-io/fairlead/internal/store"
)

// FileName is the name of the lock file in the data folder.
const FileName = "fairlead.lock"

// errHeld is what tryLock returns when another process, or another Lock of this one, holds the file.
var errHeld = errors.New("held")

// Lock is held until Release or the end of the process.
type Lock struct {
	file *os.File
}

// owner is the content of the lock file.
type owner struct {
	PID int    `json:"pid"`
	URL string `json:"url"`
}

// HeldError says who holds the folder. It unwraps to a *store.Error of kind Conflict.
type HeldError struct {
	PID  int    // 0 if unknown
	URL  string // empty if the owner serves nothing, or does not yet
	Path string // of the lock file
}

// Error names the owner and what to do.
func (e *HeldError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	dir := filepath.Dir(e.Path)
	if e.URL == "" {
		return fmt.Sprintf("the data folder %s is in use by %s: wait until it has ended, or name another folder with --data", dir, who)
	}
	return fmt.Sprintf("the data folder %s is in use by %s, which serves %s: use it with --server %s, or name another folder with --data", dir, who, e.URL, e.URL)
}

// Unwrap returns the error as the store reports conflicts.
func (e *HeldError) Unwrap() error {
	return &store.Error{Kind: store.Conflict, Op: "open data folder", ID: filepath.Dir(e.Path), Message: "it is in use"}
}

// Acquire takes the lock of a data folder, which must exist. If another process has it, the error is a *HeldError.
func Acquire(dir string) (*Lock, error) {
	path := filepath.Join(dir, FileName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &store.Error{Kind: store.Unavailable, Op: "open data folder", ID: dir, Message: "its lock file cannot be opened", Err: err}
	}
	switch err := tryLock(f); {
	case errors.Is(err, errHeld):
		held := readOwner(f)
		held.Path = path
		return nil, errors.Join(held, f.Close())
	case err != nil:
		_ = f.Close()
		return nil, &store.Error{Kind: store.Unavailable, Op: "open data folder", ID: dir, Message: "its lock file cannot be locked", Err: err}
	}
	l := &Lock{file: f}
	if err := l.SetURL(""); err != nil {
		return nil, errors.Join(err, l.Release())
	}
	return l, nil
}

// SetURL tells other processes where this one serves; empty means nowhere.
func (l *Lock) SetURL(url string) error {
	raw, err := json.Marshal(owner{PID: os.Getpid(), URL: url})
	if err != nil {
		return err
	}
	raw = append(raw, '\n')
	// One write, then the cut: a reader sees the old content, the new, or the new with a tail that it skips.
	if _, err := l.file.WriteAt(raw, 0); err != nil {
		return &store.Error{Kind: store.Unavailable, Op: "write lock file", Err: err}
	}
	if err := l.file.Truncate(int64(len(raw))); err != nil {
		return &store.Error{Kind: store.Unavailable, Op: "write lock file", Err: err}
	}
	return nil
}

// Release gives the folder back. The file stays: to remove it would let two processes lock two files of one name.
func (l *Lock) Release() error {
	return errors.Join(l.file.Truncate(0), unlock(l.file), l.file.Close())
}

// readOwner reads who holds the lock. The owner may just be writing that down, so an empty file is read again.
func readOwner(f *os.File) *HeldError {
	for range 20 {
		var o owner
		err := json.NewDecoder(io.NewSectionReader(f, 0, 1<<16)).Decode(&o)
		if err == nil {
			return &HeldError{PID: o.PID, URL: o.URL}
		}
		<-time.After(5 * time.Millisecond)
	}
	return &HeldError{}
}
