package files

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/fairlead-io/fairlead/internal/store"
)

// DefaultSmall is how large small content is at most: two waits for the disk
// are much of what storing so little costs, and a database reads and writes it
// faster than a file system does.
const DefaultSmall = 16 << 10

// content takes what is written: into memory while it is small, then into a
// blob. A file without bytes is small too.
type content struct {
	limit int64
	begin func() (BlobWriter, error)
	small []byte
	blob  BlobWriter // nil while all is in memory
}

func (c *content) Write(p []byte) (int, error) {
	if c.fits(len(p)) {
		c.small = append(c.small, p...)
		return len(p), nil
	}
	if err := c.spill(); err != nil {
		return 0, err
	}
	return c.blob.Write(p)
}

// fits tells whether all is small with so many bytes more.
func (c *content) fits(more int) bool {
	return c.blob == nil && int64(len(c.small)+more) <= c.limit
}

// spill moves what is in memory into a blob, if it has not been yet.
func (c *content) spill() error {
	if c.blob != nil {
		return nil
	}
	b, err := c.begin()
	if err != nil {
		return err
	}
	if _, err := b.Write(c.small); err != nil {
		b.Abort()
		return err
	}
	c.blob, c.small = b, nil
	return nil
}

// Abort drops everything.
func (c *content) Abort() {
	if c.small = nil; c.blob != nil {
		c.blob.Abort()
	}
}

// openContent looks first where content of this size is put now. A file that
// was stored under another limit has its content in the other place.
func (s *Service) openContent(ctx context.Context, rec *store.File, offset int64) (io.ReadCloser, error) {
	places := []func(context.Context, *store.File, int64) (io.ReadCloser, error){s.openSmall, s.openBlob}
	if rec.Size > s.Small {
		places[0], places[1] = places[1], places[0]
	}
	r, err := places[0](ctx, rec, offset)
	if errors.Is(err, ErrNoContent) {
		return places[1](ctx, rec, offset)
	}
	return r, err
}

func (s *Service) openSmall(ctx context.Context, rec *store.File, offset int64) (io.ReadCloser, error) {
	raw, err := s.Records.Content(ctx, rec.Tenant, rec.ContentKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoContent
	}
	if err != nil {
		return nil, recordError(err, rec.ID)
	}
	skip := min(offset, int64(len(raw))) // the reader notices what is too short
	return io.NopCloser(bytes.NewReader(raw[skip:])), nil
}

func (s *Service) openBlob(ctx context.Context, rec *store.File, offset int64) (io.ReadCloser, error) {
	return s.Blobs.Open(ctx, rec.ContentKey, offset)
}
