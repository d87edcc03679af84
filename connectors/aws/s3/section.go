package s3

import (
	"context"
	"crypto/md5" // Content-MD5 is what every service checks
	"encoding/hex"
	"errors"
	"io"
	"sync"

	"github.com/fairlead-io/fairlead/connector"
)

// section is a stretch of a stored file that can be read more than once. It
// keeps nothing of it.
type section struct {
	ctx    context.Context // io.Reader has no context of its own
	blob   connector.Blob
	offset int64
	size   int64
	moved  func(int64) // new bytes handed out, repeats not counted

	mu   sync.Mutex
	seen int64
}

func newSection(ctx context.Context, b connector.Blob, offset, size int64, moved func(int64)) *section {
	return &section{ctx: ctx, blob: b, offset: offset, size: size, moved: moved}
}

// open gives the stretch from its beginning.
func (s *section) open() (io.ReadCloser, error) {
	rc, err := s.blob.Open(s.ctx, s.offset)
	if err != nil {
		return nil, err
	}
	return &sectionReader{s: s, rc: rc}, nil
}

func (s *section) reached(pos int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pos > s.seen {
		s.moved(pos - s.seen)
		s.seen = pos
	}
}

// sectionReader is one reading of a section.
type sectionReader struct {
	s   *section
	rc  io.ReadCloser
	pos int64
}

// Read gives the next bytes up to the section's end.
func (r *sectionReader) Read(p []byte) (int, error) {
	if r.pos >= r.s.size {
		return 0, io.EOF
	}
	n, err := r.rc.Read(p[:min(int64(len(p)), r.s.size-r.pos)])
	r.pos += int64(n)
	r.s.reached(r.pos)
	if errors.Is(err, io.EOF) && r.pos < r.s.size {
		err = io.ErrUnexpectedEOF
	} else if errors.Is(err, io.EOF) {
		err = nil // the next call says so
	}
	return n, err
}

// Close closes the file.
func (r *sectionReader) Close() error { return r.rc.Close() }

// md5 gives the MD5 of the stretch, in hex.
func (s *section) md5() (string, error) {
	rc, err := s.blob.Open(s.ctx, s.offset)
	if err != nil {
		return "", err
	}
	defer rc.Close() // only read from
	h := md5.New()
	n, err := io.Copy(h, io.LimitReader(rc, s.size))
	if err == nil && n < s.size {
		err = io.ErrUnexpectedEOF
	}
	return hex.EncodeToString(h.Sum(nil)), err
}
