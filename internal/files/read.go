package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
)

// AnySource finds a file whatever its source is.
const AnySource = "*"

// Limits of List.
const (
	DefaultLimit = store.DefaultLimit
	MaxLimit     = store.MaxLimit
)

// Info describes a file; id and source are as for Open.
func (f *Scoped) Info(ctx context.Context, id, source string) (connector.FileInfo, error) {
	rec, err := f.find(ctx, id, source)
	if err != nil {
		return connector.FileInfo{}, err
	}
	return infoOf(rec), nil
}

// Open finds a file by ID under a source: connector.DefaultSource when empty,
// any with AnySource.
func (f *Scoped) Open(ctx context.Context, id, source string) (connector.Blob, error) {
	rec, err := f.find(ctx, id, source)
	if err != nil {
		return nil, err
	}
	return &blob{s: f.s, rec: rec}, nil
}

func (f *Scoped) find(ctx context.Context, text, source string) (store.File, error) {
	id, err := ParseID(text)
	if err != nil {
		return store.File{}, err
	}
	if source != AnySource {
		if source, err = NormalizeSource(source); err != nil {
			return store.File{}, err
		}
	}
	rec, err := f.s.Records.File(ctx, f.owner.Tenant, id)
	switch {
	case err != nil:
		return store.File{}, recordError(err, id)
	case expired(rec, f.s.Now()):
		return store.File{}, noFile(id)
	case source != AnySource && rec.Source != source:
		return store.File{}, otherSource(id, source, rec.Source)
	}
	return rec, nil
}

// List gives files, newest first: DefaultLimit unless a limit is given, and no
// more than MaxLimit. Expired files are left out.
func (f *Scoped) List(ctx context.Context, q connector.FileQuery) ([]connector.FileInfo, error) {
	if q.Limit < 0 {
		return nil, connector.InvalidField("/limit", "The limit is negative.", fmt.Sprintf("Give a number from 1 to %d.", MaxLimit))
	}
	if q.Source != "" {
		var err error
		if q.Source, err = NormalizeSource(q.Source); err != nil {
			return nil, err
		}
	}
	want := min(q.Limit, MaxLimit)
	if want == 0 {
		want = DefaultLimit
	}
	filter := store.FileFilter{Source: q.Source, NameContains: q.NameContains, RunID: q.RunID}
	page := store.Page{Limit: want}
	if q.After > 0 {
		page.Cursor = store.FileCursor(q.After)
	}
	return f.collect(ctx, filter, page, want)
}

func (f *Scoped) collect(ctx context.Context, filter store.FileFilter, page store.Page, want int) ([]connector.FileInfo, error) {
	out := []connector.FileInfo{}
	for {
		got, err := f.s.Records.Files(ctx, f.owner.Tenant, filter, page)
		if err != nil {
			return nil, recordError(err, 0)
		}
		for _, rec := range got.Files {
			if !expired(rec, f.s.Now()) && len(out) < want {
				out = append(out, infoOf(rec))
			}
		}
		if got.Next == "" || len(out) == want {
			return out, nil
		}
		page.Cursor = got.Next
	}
}

// Delete removes a file, and its content with the last file that has it.
func (f *Scoped) Delete(ctx context.Context, id, source string) error {
	rec, err := f.find(ctx, id, source)
	if err != nil {
		return err
	}
	return f.s.remove(ctx, rec, audit.KindFileDeleted, f.owner.Actor)
}

func (s *Service) remove(ctx context.Context, rec store.File, kind, actor string) error {
	entry, err := fileEvent(kind, actor, rec, store.Micros(s.Now()))
	if err != nil {
		return recordError(err, rec.ID)
	}
	release, err := s.lock(ctx, rec.ContentKey, true)
	if err != nil {
		return err
	}
	defer release()
	del := &store.FileDelete{Tenant: rec.Tenant, ID: rec.ID}
	if err := s.Records.Submit(ctx, store.Batch{DeleteFiles: []*store.FileDelete{del}, Audit: []*store.AuditEntry{&entry}}); err != nil {
		return recordError(err, rec.ID)
	}
	if !del.StillReferenced {
		s.deleteContent(context.WithoutCancel(ctx), rec.ContentKey)
	}
	return nil
}

// deleteContent does not fail its caller: the record is gone, and content that
// stays is swept later.
func (s *Service) deleteContent(ctx context.Context, key string) {
	if err := s.Blobs.Delete(ctx, key); err != nil {
		s.Log.WarnContext(ctx, "content of a deleted file stays until the next sweep", "content", key, "error", err)
	}
}

// blob is a stored file's content.
type blob struct {
	s   *Service
	rec store.File
}

// Info describes the file.
func (b *blob) Info() connector.FileInfo { return infoOf(b.rec) }

// Open reads from a byte offset on, which may be the size but no more.
func (b *blob) Open(ctx context.Context, offset int64) (io.ReadCloser, error) {
	if offset < 0 || offset > b.rec.Size {
		return nil, &connector.Error{
			Kind: connector.Invalid, Item: strconv.FormatInt(b.rec.ID, 10),
			Message: fmt.Sprintf("The file has %d bytes and cannot be read from byte %d on.", b.rec.Size, offset), Fix: "Read from a byte inside the file.",
		}
	}
	r, err := b.s.openContent(ctx, &b.rec, offset)
	if errors.Is(err, ErrNoContent) {
		return nil, b.damaged("is missing")
	}
	if err != nil {
		return nil, contentError(err)
	}
	return &reader{r: r, ctx: ctx, b: b, left: b.rec.Size - offset}, nil
}

func (b *blob) damaged(how string) *connector.Error {
	return &connector.Error{
		Kind: connector.Internal, Item: strconv.FormatInt(b.rec.ID, 10),
		Message: fmt.Sprintf("The content of file %d %s.", b.rec.ID, how), Fix: "Restore the data folder from a backup, or store the file again.",
	}
}

// reader notices content that is shorter than its record says, and the end of
// the context.
type reader struct {
	r    io.ReadCloser
	ctx  context.Context //nolint:containedctx // the call's own; it ends with this reader
	b    *blob
	left int64
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, connector.AsError(err)
	}
	n, err := r.r.Read(p)
	r.left -= int64(n)
	switch {
	case err == io.EOF && r.left != 0:
		return n, r.b.damaged(fmt.Sprintf("is damaged: it does not have %d bytes", r.b.rec.Size))
	case err != nil && err != io.EOF:
		return n, contentError(err)
	}
	return n, err
}

func (r *reader) Close() error { return r.r.Close() }
