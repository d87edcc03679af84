package keys

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// FileName is the usual name of the key-encryption key's file in the data folder.
const FileName = "kek.json"

// Config of a Sealer over a local key-encryption key.
type Config struct {
	Path  string // of the key file, usually FileName in the data folder
	Store KeysetStore
	Now   func() time.Time
}

// Open returns a Sealer over the key-encryption key in a local file, which it makes at the first start. A file that is
// missing although the store holds keysets, that is not the one they are wrapped with, or that others may read, is an
// error that names the file and the fix: a new key would make every stored secret unreadable for good.
func Open(ctx context.Context, c Config) (*Sealer, error) {
	if err := finishRotation(ctx, c); err != nil {
		return nil, err
	}
	kek, err := readFile(c.Path)
	if errors.Is(err, fs.ErrNotExist) {
		kek, err = firstStart(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	s, err := New(ctx, kek, c.Store, c.Now)
	if e, ok := errors.AsType[*Error](err); ok && (e.Kind == WrongKey || e.Kind == Tampered) {
		return nil, &Error{Kind: WrongKey, Path: c.Path, Err: e, Message: fmt.Sprintf(
			"%s is not the key file that belongs to this data folder: put that one back, for example from a backup", c.Path)}
	}
	return s, err
}

func firstStart(ctx context.Context, c Config) (*fileKEK, error) {
	ids, err := c.Store.KeysetKEKs(ctx)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Message: "the keysets cannot be read", Err: err}
	}
	if len(ids) > 0 {
		return nil, &Error{Kind: LostKey, Path: c.Path, Message: fmt.Sprintf(
			"the key file %s is missing, but stored secrets are sealed under its key %s. Put the file back, for example from a backup; without it they cannot be read. "+
				"To start over without them, move the whole data folder away", c.Path, ids[0])}
	}
	if err := writeFile(c.Path, c.Now()); err != nil {
		return nil, err
	}
	return readFile(c.Path)
}

// fileKEK is a key-encryption key that was read from a file.
type fileKEK struct {
	id   string
	aead tink.AEAD
}

// keyFile is the file's content. The keyset is Tink's JSON, in clear: the file's mode is its protection.
type keyFile struct {
	Version int             `json:"version"`
	ID      string          `json:"id"`
	Created string          `json:"created"`
	Keyset  json.RawMessage `json:"keyset"`
}

func (k *fileKEK) ID() string { return k.id }

func (k *fileKEK) Wrap(_ context.Context, plaintext, ad []byte) ([]byte, error) {
	return k.aead.Encrypt(plaintext, ad)
}

func (k *fileKEK) Unwrap(_ context.Context, ciphertext, ad []byte) ([]byte, error) {
	return k.aead.Decrypt(ciphertext, ad)
}

// readFile returns an error that is fs.ErrNotExist if there is no file.
func readFile(path string) (*fileKEK, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, &Error{Kind: Unavailable, Path: path, Message: "the key file cannot be read", Err: err}
	}
	if err := checkMode(path, info.Mode()); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Path: path, Message: "the key file cannot be read", Err: err}
	}
	return parseFile(path, raw)
}

// checkMode refuses a file that others may read. Windows has no such modes; there the folder's access list counts.
func checkMode(path string, mode fs.FileMode) error {
	switch {
	case !mode.IsRegular():
		return &Error{Kind: Invalid, Path: path, Message: fmt.Sprintf("the key file %s is not a regular file", path)}
	case runtime.GOOS != "windows" && mode.Perm()&0o077 != 0:
		return &Error{Kind: Exposed, Path: path, Message: fmt.Sprintf(
			"the key file %s has mode %04o, so that others may use it: run chmod 600 on it, and if others could have read it, replace the secrets it protects", path, mode.Perm())}
	}
	return nil
}

func parseFile(path string, raw []byte) (*fileKEK, error) {
	damaged := func(err error) error {
		return &Error{Kind: Invalid, Path: path, Message: fmt.Sprintf("the key file %s is damaged: put it back from a backup", path), Err: err}
	}
	var f keyFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, damaged(errors.New("it is not JSON of a key")) // the decoder's own error could quote key material
	}
	if f.Version != 1 {
		return nil, damaged(fmt.Errorf("its version is %d, this program knows 1", f.Version))
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Keyset)))
	if err != nil || f.ID == "" {
		return nil, damaged(errors.New("it holds no usable key"))
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, damaged(errors.New("its key is of another kind"))
	}
	return &fileKEK{id: f.ID, aead: primitive}, nil
}

// writeFile makes a new key. The file appears whole or not at all, is on disk before anything is wrapped with its key,
// and never replaces one that another process has made meanwhile.
func writeFile(path string, now time.Time) error {
	raw, err := newKey(now)
	if err != nil {
		return &Error{Kind: Internal, Path: path, Message: "a key cannot be made", Err: err}
	}
	if err := publish(path, raw); err != nil && !errors.Is(err, fs.ErrExist) {
		return &Error{Kind: Unavailable, Path: path, Message: fmt.Sprintf("the key file %s cannot be written", path), Err: err}
	}
	return nil
}

func newKey(now time.Time) ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	var clear bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&clear)); err != nil {
		return nil, err
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails
	return json.MarshalIndent(keyFile{
		Version: 1, ID: "file:" + hex.EncodeToString(id), Created: now.UTC().Format(time.RFC3339), Keyset: clear.Bytes(),
	}, "", "  ")
}

func publish(path string, raw []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".kek-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // the link keeps the content
	_, err = tmp.Write(append(raw, '\n'))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil { // unlike a rename, a link does not replace
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name durable. Windows cannot sync a folder and does not need to.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
