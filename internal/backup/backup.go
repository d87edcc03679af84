// Package backup writes an installation into one encrypted file while it runs, checks such files, and makes an
// installation of one.
//
// The file is encrypted with age, so that its own tools open it too. It holds the records, the content of stored files
// and the wrapped keysets, and on request the key file that unwraps them.
package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/store"
)

const format = 1

// Names of sections; content is named by its key after the prefix.
const (
	sectionManifest = "manifest"
	sectionContent  = "content:"
	sectionKey      = "key"
	sectionStore    = "store"
	sectionEnd      = "end"
)

// Manifest says what a backup is.
type Manifest struct {
	Format    int       `json:"format"`
	CreatedAt time.Time `json:"createdAt"`
	Version   string    `json:"version" doc:"Of the program that made it."`
	KEK       string    `json:"kek" doc:"ID of the key-encryption key that the keysets need."`
	HasKey    bool      `json:"hasKey" doc:"Whether the key file is inside."`
}

// Summary says what a backup holds.
type Summary struct {
	Manifest

	Rows         store.Counts `json:"rows" doc:"Records by table."`
	Content      int          `json:"content" doc:"How many pieces of content."`
	ContentBytes int64        `json:"contentBytes"`
}

// Source is the installation to back up.
type Source struct {
	Store   *store.Store
	Blobs   files.Blobs
	Version string
	KEK     string // id of the key-encryption key
	KeyFile string // included when set
	Dir     string // for a temporary file of the size of the database
	Now     func() time.Time
}

// Recipients reads age recipients (age1...), or a passphrase where there are none. One of them is needed.
func Recipients(texts []string, passphrase string) ([]age.Recipient, error) {
	if len(texts) > 0 && passphrase != "" {
		return nil, invalid("Recipients and a passphrase exclude each other.", "Give one of them.")
	}
	if passphrase != "" {
		r, err := age.NewScryptRecipient(passphrase)
		return []age.Recipient{r}, err
	}
	out := make([]age.Recipient, 0, len(texts))
	for _, t := range texts {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(t))
		if err != nil {
			return nil, invalid(fmt.Sprintf("%q is not an age recipient.", t), "Give one that begins with age1; fairlead backup keygen makes a pair.")
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, invalid("Nobody could open the backup: there is neither a recipient nor a passphrase.", "Give --recipient age1..., or a passphrase in FAIRLEAD_BACKUP_PASSPHRASE.")
	}
	return out, nil
}

func invalid(message, fix string) error {
	return &connector.Error{Kind: connector.Invalid, Message: message, Fix: fix}
}

// Write writes a backup of the source as it is at one moment, while it goes on. Nothing of it is of use until Write has
// returned without an error: a backup that was cut off is refused.
func Write(ctx context.Context, to io.Writer, src Source, recipients []age.Recipient) (Summary, error) {
	s := Summary{Manifest: Manifest{Format: format, CreatedAt: src.Now().UTC(), Version: src.Version, KEK: src.KEK, HasKey: src.KeyFile != ""}}
	sealed, err := age.Encrypt(to, recipients...)
	if err != nil {
		return s, err
	}
	small := gzip.NewWriter(sealed)
	w := &writer{sectionWriter: &sectionWriter{bufio.NewWriterSize(small, 1<<16)}, src: src, sum: &s, done: map[string]bool{}}
	if err := w.all(ctx); err != nil {
		return s, err
	}
	return s, errors.Join(w.w.Flush(), small.Close(), sealed.Close())
}

type writer struct {
	*sectionWriter
	src  Source
	sum  *Summary
	done map[string]bool // content that is in
	rows store.Dumped    // content that the records hold
}

func (w *writer) all(ctx context.Context) error {
	if err := w.json(sectionManifest, w.sum.Manifest); err != nil {
		return err
	}
	if w.src.KeyFile != "" {
		if err := w.key(); err != nil {
			return err
		}
	}
	if err := w.present(ctx); err != nil {
		return err
	}
	dump, err := w.dump(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = dump.Close(); _ = os.Remove(dump.Name()) }()
	if _, err := w.section(sectionStore, dump); err != nil {
		return err
	}
	w.sum.Content += w.rows.Inside
	w.sum.ContentBytes += w.rows.Bytes
	return w.json(sectionEnd, w.sum)
}

func (w *writer) key() error {
	f, err := os.Open(w.src.KeyFile)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = w.section(sectionKey, f)
	return err
}

// present copies the content that is there, before the records are: most of it, and the slow part.
func (w *writer) present(ctx context.Context) error {
	for info, err := range w.src.Blobs.List(ctx) {
		if err == nil {
			err = w.content(ctx, info.Key)
		}
		if err != nil && !errors.Is(err, files.ErrNoContent) { // deleted meanwhile
			return err
		}
	}
	return nil
}

func (w *writer) content(ctx context.Context, key string) error {
	if w.done[key] {
		return nil
	}
	r, err := w.src.Blobs.Open(ctx, key, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := w.section(sectionContent+key, r)
	if err != nil {
		return err
	}
	w.done[key] = true
	w.sum.Content++
	w.sum.ContentBytes += n
	return nil
}

// dumpTries is how often the records are read again because a file that they name was deleted before it was copied.
const dumpTries = 10

// dump gives the records of one moment, all of whose content is in.
func (w *writer) dump(ctx context.Context) (*os.File, error) {
	for try := 1; ; try++ {
		f, err := w.dumpOnce(ctx)
		if !errors.Is(err, files.ErrNoContent) || try == dumpTries {
			return f, err
		}
	}
}

func (w *writer) dumpOnce(ctx context.Context) (_ *os.File, err error) {
	f, err := os.CreateTemp(w.src.Dir, ".backup-*") // mode 0600; secrets in it are sealed
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if w.sum.Rows, err = w.src.Store.Dump(ctx, f); err != nil {
		return nil, err
	}
	if w.rows, err = contentOf(f); err != nil {
		return nil, err
	}
	for _, key := range w.rows.Outside {
		if err = w.content(ctx, key); err != nil {
			return nil, err
		}
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

func contentOf(dump *os.File) (store.Dumped, error) {
	if _, err := dump.Seek(0, io.SeekStart); err != nil {
		return store.Dumped{}, err
	}
	return store.DumpedContent(dump)
}
