// Package lock gives one process the data folder.
package lock

import "errors"

// Lock is held until Release or the end of the process.
type Lock struct{}

// HeldError is returned by Acquire when another process holds the folder. It unwraps to a *store.Error of kind Conflict.
type HeldError struct {
	PID  int
	URL  string // empty if the owner serves nothing
	Path string
}

func (e *HeldError) Error() string { return "pending" }

// Acquire takes the lock file fairlead.lock in dir.
func Acquire(dir string) (*Lock, error) { return nil, errors.New("pending") }

// SetURL tells others where the owner serves.
func (l *Lock) SetURL(url string) error { return errors.New("pending") }

// Release gives the folder back.
func (l *Lock) Release() error { return errors.New("pending") }
