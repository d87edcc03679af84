package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Identities reads an age identity file's text (AGE-SECRET-KEY-1...), or a passphrase where there is none.
func Identities(text, passphrase string) ([]age.Identity, error) {
	if text == "" && passphrase == "" {
		return nil, invalid("The backup cannot be opened without a key.", "Give --identity FILE, or the passphrase in FAIRLEAD_BACKUP_PASSPHRASE.")
	}
	if text == "" {
		i, err := age.NewScryptIdentity(passphrase)
		return []age.Identity{i}, err
	}
	ids, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, invalid("The identity file holds no age identity.", "Give the file that fairlead backup keygen or age-keygen has made.")
	}
	return ids, nil
}

// Keygen makes a pair: the identity opens what was encrypted for the recipient.
func Keygen() (recipient string, identity connector.Secret, err error) {
	i, err := age.GenerateX25519Identity()
	if err != nil {
		return "", connector.Secret{}, err
	}
	return i.Recipient().String(), connector.NewSecret(i.String()), nil
}

// unpacked is a backup in a folder of its own, all of it checked.
type unpacked struct {
	dir      string
	sum      Summary // as it says itself
	manifest Manifest
}

func (u *unpacked) content() string { return filepath.Join(u.dir, "files") }
func (u *unpacked) dump() string    { return filepath.Join(u.dir, "store.jsonl") }
func (u *unpacked) key() string     { return filepath.Join(u.dir, "key.json") }

// unpack reads a backup into a folder. Any damage at all, and a backup that was cut off, is Invalid.
func unpack(ctx context.Context, from io.Reader, ids []age.Identity, dir string) (*unpacked, error) {
	opened, err := age.Decrypt(bufio.NewReader(from), ids...)
	if err != nil {
		return nil, notOpened(err)
	}
	plain, err := gzip.NewReader(opened)
	if err != nil {
		return nil, damaged(err)
	}
	u := &unpacked{dir: dir}
	blobs, err := files.OpenLocal(u.content())
	if err != nil {
		return nil, err
	}
	defer func() { _ = blobs.Close() }()
	r := &reader{sectionReader: &sectionReader{bufio.NewReaderSize(plain, 1<<16)}, u: u, blobs: blobs, keys: map[string]bool{}}
	if err := r.all(ctx); err != nil {
		return nil, damaged(err)
	}
	// What follows the end must be nothing, and the encryption must have its own end.
	if n, err := io.Copy(io.Discard, plain); err != nil || n > 0 {
		return nil, damaged(errors.Join(err, errDamaged))
	}
	if n, err := io.Copy(io.Discard, opened); err != nil || n > 0 {
		return nil, damaged(errors.Join(err, errDamaged))
	}
	return u, nil
}

func notOpened(err error) error {
	var no *age.NoIdentityMatchError
	if errors.As(err, &no) {
		return &connector.Error{Kind: connector.Denied, Message: "The backup was not made for this key or passphrase.", Fix: "Give the identity whose recipient it was made for.", Err: err}
	}
	return damaged(err)
}

func damaged(err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &connector.Error{Kind: connector.Invalid, Message: "This is no backup that can be used: " + err.Error() + ".", Fix: "It is damaged, cut off, or something else: use another one.", Err: err}
}

type reader struct {
	*sectionReader
	u     *unpacked
	blobs *files.Local
	keys  map[string]bool
	bytes int64
	dump  bool
	key   bool
}

func (r *reader) all(ctx context.Context) error {
	for {
		name, err := r.next()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF // the end has a section of its own
		}
		if err == nil {
			err = r.section(ctx, name)
		}
		if err != nil {
			return err
		}
		if name == sectionEnd {
			return r.complete()
		}
	}
}

func (r *reader) section(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case name == sectionManifest:
		if err := r.json(&r.u.manifest); err != nil {
			return err
		}
		if r.u.manifest.Format != format {
			return &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("The backup has format %d, this program knows %d.", r.u.manifest.Format, format), Fix: "Use the program that made it, version " + r.u.manifest.Version + "."}
		}
		return nil
	case r.u.manifest.Format == 0:
		return errDamaged
	case name == sectionStore:
		r.dump = true
		return r.toFile(r.u.dump())
	case name == sectionKey:
		r.key = true
		return r.toFile(r.u.key())
	case name == sectionEnd:
		return r.json(&r.u.sum)
	case strings.HasPrefix(name, sectionContent):
		return r.content(ctx, strings.TrimPrefix(name, sectionContent))
	}
	return errDamaged
}

func (r *reader) toFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = r.copy(f)
	return errors.Join(err, f.Sync(), f.Close())
}

func (r *reader) content(ctx context.Context, key string) error {
	if !files.ValidKey(key) || r.keys[key] {
		return errDamaged
	}
	w, err := r.blobs.Create(ctx)
	if err != nil {
		return err
	}
	sum := newKeySum()
	n, err := r.copy(io.MultiWriter(w, sum))
	if err == nil && sum.key() != key {
		err = errDamaged
	}
	if err != nil {
		w.Abort()
		return err
	}
	r.keys[key] = true
	r.bytes += n
	return w.Commit(ctx, key)
}

// complete compares what was found with what the backup says of itself.
func (r *reader) complete() error {
	s := r.u.sum
	if !r.dump || s.Manifest != r.u.manifest || r.key != s.HasKey {
		return errDamaged
	}
	f, err := os.Open(r.u.dump())
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := store.DumpedContent(f)
	if err != nil {
		return err
	}
	if s.Content != len(r.keys)+rows.Inside || s.ContentBytes != r.bytes+rows.Bytes || len(rows.Damaged) > 0 {
		return errDamaged
	}
	for _, key := range rows.Outside {
		if !r.keys[key] {
			return fmt.Errorf("the content %s of a file is not in it", key)
		}
	}
	return nil
}
