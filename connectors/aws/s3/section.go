package s3

import (
	"context"
	"crypto/md5" // Content-MD5 is what every service checks
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"sync"

	"github.com/fairlead-io/fairlead/connector"
)

// section is a stretch of a stored file that can be read more than once. It
// opens the file when it is read and keeps nothing of it.
type section struct {
	ctx    context.Context // io.Reader has no context of its own
	blob   connector.Blob
	offset int64
	size   int64
	moved  func(int64) // new bytes handed out, repeats not counted

	mu     sync.Mutex
	pos    int64
	seen   int64
	rc     io.ReadCloser
	closed bool
}

func newSection(ctx context.Context, b connector.Blob, offset, size int64, moved func(int64)) *section {
	return &section{ctx: ctx, blob: b, offset: offset, size: size, moved: moved}
}

// Read gives the next bytes. Reading after Close fails: the HTTP client may
// still be at it when a request has ended early.
func (s *section) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, errors.New("the content was closed")
	}
	if s.pos >= s.size {
		return 0, io.EOF
	}
	if s.rc == nil {
		rc, err := s.blob.Open(s.ctx, s.offset+s.pos)
		if err != nil {
			return 0, err
		}
		s.rc = rc
	}
	n, err := s.rc.Read(p[:min(int64(len(p)), s.size-s.pos)])
	s.pos += int64(n)
	if s.pos > s.seen {
		s.moved(s.pos - s.seen)
		s.seen = s.pos
	}
	if errors.Is(err, io.EOF) && s.pos < s.size {
		err = io.ErrUnexpectedEOF
	} else if errors.Is(err, io.EOF) {
		err = nil // the next call says so
	}
	return n, err
}

// Seek moves the position; the file is opened anew when it is next read.
func (s *section) Seek(offset int64, whence int) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += s.pos
	case io.SeekEnd:
		offset += s.size
	}
	if offset < 0 {
		return 0, errors.New("a position before the beginning")
	}
	if offset != s.pos {
		s.drop()
		s.pos = offset
	}
	return offset, nil
}

func (s *section) rewind() { _, _ = s.Seek(0, io.SeekStart) } // position 0 always exists

func (s *section) drop() {
	if s.rc != nil {
		_ = s.rc.Close() // only read from
		s.rc = nil
	}
}

func (s *section) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	s.closed = true
}

// hashes gives SHA-256 and MD5 of the stretch, in hex.
func (s *section) hashes() (sha, sum string, err error) {
	rc, err := s.blob.Open(s.ctx, s.offset)
	if err != nil {
		return "", "", err
	}
	defer rc.Close() // only read from
	h, m := sha256.New(), md5.New()
	n, err := io.Copy(io.MultiWriter(h, m), io.LimitReader(rc, s.size))
	if err == nil && n < s.size {
		err = io.ErrUnexpectedEOF
	}
	return hex.EncodeToString(h.Sum(nil)), hex.EncodeToString(m.Sum(nil)), err
}
