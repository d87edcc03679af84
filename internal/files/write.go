package files

import (
	"context"
	"crypto/md5"  //nolint:gosec // a checksum that people compare, not a protection
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"strconv"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
)

// maxMetadata is the largest metadata object of a file, in bytes of JSON.
const maxMetadata = 64 << 10

// Create begins a new file under the owner's source. Nothing of it is visible,
// and nothing stays, unless Commit succeeds.
func (f *Scoped) Create(ctx context.Context, n connector.NewFile) (connector.FileWriter, error) {
	rec, err := f.newRecord(n)
	if err != nil {
		return nil, err
	}
	if err := f.s.room(0); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, contentError(err)
	}
	begin := func() (BlobWriter, error) { return f.s.Blobs.Create(context.WithoutCancel(ctx)) }
	return &writer{
		f: f, asked: askEvery, rec: rec, content: content{limit: f.s.Small, begin: begin},
		md5: md5.New(), sha1: sha1.New(), sha256: sha256.New(), //nolint:gosec // see the imports
	}, nil
}

func (f *Scoped) newRecord(n connector.NewFile) (*store.File, error) {
	source, err := NormalizeSource(f.owner.Source)
	if err != nil {
		return nil, err
	}
	rec := &store.File{
		Tenant: f.owner.Tenant, Name: CleanName(n.Name), Source: source, CreatedBy: f.owner.Actor,
	}
	if n.ContentType != "" {
		rec.ContentType = shorten(CleanName(n.ContentType), 255)
	}
	if f.owner.RunID != "" {
		rec.RunID = &f.owner.RunID
	}
	if n.ExpiresAt != nil {
		if !n.ExpiresAt.After(f.s.Now()) {
			return nil, connector.InvalidField("/expiresAt", "The file would have expired already.", "Give a time in the future, or none to keep the file.")
		}
		at := store.Micros(*n.ExpiresAt)
		rec.ExpiresAt = &at
	}
	if len(n.Metadata) > 0 {
		rec.Metadata, err = json.Marshal(n.Metadata)
		if err != nil || len(rec.Metadata) > maxMetadata {
			return nil, connector.InvalidField("/metadata", "The file's metadata is not JSON, or is more than 64 KiB of it.", "Give a smaller JSON object.")
		}
	}
	return rec, nil
}

// writer is a file being written.
type writer struct {
	f       *Scoped
	rec     *store.File
	content content
	md5     hash.Hash
	sha1    hash.Hash
	sha256  hash.Hash
	head    []byte
	err     error // the first; nothing is stored after it
	ended   bool
	asked   int64 // bytes until the disk is looked at again
}

// Write takes more content.
func (w *writer) Write(p []byte) (int, error) {
	if w.ended {
		return 0, contentError(ErrEnded)
	}
	if w.err != nil {
		return 0, w.err
	}
	if w.err = w.roomFor(len(p)); w.err != nil {
		return 0, w.err
	}
	n, err := w.content.Write(p)
	if err != nil {
		w.err = contentError(err)
	}
	if room := sniffLen - len(w.head); room > 0 {
		w.head = append(w.head, p[:min(n, room)]...)
	}
	for _, h := range []hash.Hash{w.md5, w.sha1, w.sha256} {
		_, _ = h.Write(p[:n]) // never fails
	}
	w.rec.Size += int64(n)
	return n, w.err
}

// Abort drops what was written.
func (w *writer) Abort() {
	w.ended = true
	w.content.Abort()
}

// Commit stores the file and gives it its ID.
func (w *writer) Commit(ctx context.Context) (connector.FileInfo, error) {
	if w.ended {
		return connector.FileInfo{}, contentError(ErrEnded)
	}
	if w.err != nil {
		w.Abort()
		return connector.FileInfo{}, w.err
	}
	w.ended = true
	w.complete()
	if err := w.store(ctx); err != nil {
		return connector.FileInfo{}, err
	}
	return infoOf(*w.rec), nil
}

func (w *writer) complete() {
	r := w.rec
	r.MD5, r.SHA1, r.SHA256 = sum(w.md5), sum(w.sha1), sum(w.sha256)
	r.ContentKey, r.CreatedAt = r.SHA256, store.Micros(w.f.s.Now())
	if r.ContentType == "" {
		r.ContentType = DetectContentType(r.Name, w.head)
	}
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func (w *writer) store(ctx context.Context) error {
	s := w.f.s
	if w.content.fits(0) {
		return w.record(ctx, store.Content{Tenant: w.rec.Tenant, Key: w.rec.ContentKey, Bytes: w.content.small})
	}
	if err := w.addUnderLock(ctx); err != nil {
		// The content may be there without a record; another file may have it too.
		s.dropIfUnused(context.WithoutCancel(ctx), w.rec.ContentKey)
		return err
	}
	return nil
}

func (w *writer) addUnderLock(ctx context.Context) error {
	if err := w.content.spill(); err != nil {
		return contentError(err)
	}
	release, err := w.f.s.lock(ctx, w.rec.ContentKey, false)
	if err != nil {
		w.content.Abort()
		return err
	}
	defer release()
	if err := w.content.blob.Commit(ctx, w.rec.ContentKey); err != nil {
		return contentError(err)
	}
	return w.record(ctx)
}

// record writes the file's record, with content that belongs into the same
// transaction.
func (w *writer) record(ctx context.Context, small ...store.Content) error {
	entry, err := fileEvent(audit.KindFileCreated, w.f.owner.Actor, *w.rec, w.rec.CreatedAt)
	if err != nil {
		return recordError(err, 0)
	}
	b := store.Batch{InsertContents: small, InsertFiles: []*store.File{w.rec}, Audit: []*store.AuditEntry{&entry}}
	b.Relaxed = w.rec.RunID != nil // the run's end, which waits for the disk, comes before anybody is told of the file
	b.Prepare = func(*store.Batch) error {
		entry.Subject = strconv.FormatInt(w.rec.ID, 10)
		return nil
	}
	submit := w.f.submit
	if submit == nil {
		submit = w.f.s.Records.Submit
	}
	return recordError(submit(ctx, b), 0)
}

// fileEvent records what happened to a file. Its name is left out: names come
// from outside, and the audit trail cannot be cleaned.
func fileEvent(kind, actor string, f store.File, at int64) (store.AuditEntry, error) {
	e, err := audit.Admin(audit.AdminEvent{
		Tenant: f.Tenant, At: at, Kind: kind, Actor: actor, Subject: strconv.FormatInt(f.ID, 10),
		Detail: map[string]any{"size": f.Size, "sha256": f.SHA256, "source": f.Source},
	})
	e.RunID = f.RunID
	return e, err
}
