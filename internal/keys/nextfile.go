package keys

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

const nextSuffix = ".next"

// Promote puts the file that NextFile made in its place.
func Promote(path string) error {
	err := os.Rename(path+nextSuffix, path)
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return &Error{Kind: Unavailable, Path: path, Message: "the new key file cannot take the place of the old one", Err: err}
	}
	return nil
}

func discardNext(path string) error {
	if err := os.Remove(path + nextSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &Error{Kind: Unavailable, Path: path + nextSuffix, Message: "a key file that was never used cannot be removed", Err: err}
	}
	return nil
}

// finishRotation is called at start: a rotation that was interrupted is carried to its end, or taken back.
func finishRotation(ctx context.Context, c Config) error {
	next, err := readFile(c.Path + nextSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ids, err := c.Store.KeysetKEKs(ctx)
	if err != nil {
		return &Error{Kind: Unavailable, Message: "the keysets cannot be read", Err: err}
	}
	if slices.Contains(ids, next.ID()) {
		return Promote(c.Path)
	}
	return discardNext(c.Path)
}
