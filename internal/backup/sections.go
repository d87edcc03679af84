package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
)

// Inside the encryption, a backup is sections: a name, chunks of bytes each with its length, a chunk of length 0, and
// the SHA-256 of the bytes. Encryption already notices every change; the hash is for defects of our own.
const (
	maxName  = 4 << 10
	maxChunk = 1 << 20
)

type sectionWriter struct {
	w *bufio.Writer
}

func (s *sectionWriter) section(name string, from io.Reader) (int64, error) {
	if err := s.chunk([]byte(name)); err != nil {
		return 0, err
	}
	sum, buf, total := sha256.New(), make([]byte, maxChunk), int64(0)
	for {
		n, err := io.ReadFull(from, buf)
		if n > 0 {
			sum.Write(buf[:n])
			total += int64(n)
			if err := s.chunk(buf[:n]); err != nil {
				return total, err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return total, err
		}
	}
	if err := s.chunk(nil); err != nil {
		return total, err
	}
	_, err := s.w.Write(sum.Sum(nil))
	return total, err
}

func (s *sectionWriter) json(name string, v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = s.section(name, bytes.NewReader(raw))
	}
	return err
}

func (s *sectionWriter) chunk(b []byte) error {
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(b))) // at most maxChunk
	if _, err := s.w.Write(length[:]); err != nil {
		return err
	}
	_, err := s.w.Write(b)
	return err
}

type sectionReader struct {
	r *bufio.Reader
}

var errDamaged = errors.New("its content is damaged")

// next gives the name of the next section, io.EOF at the end.
func (s *sectionReader) next() (string, error) {
	name, err := s.chunk(maxName)
	if errors.Is(err, io.EOF) {
		return "", io.EOF
	}
	if err == nil && len(name) == 0 {
		err = errDamaged
	}
	return string(name), err
}

func (s *sectionReader) chunk(limit uint32) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(s.r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > limit {
		return nil, errDamaged
	}
	b := make([]byte, n)
	_, err := io.ReadFull(s.r, b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// copy writes the section's bytes; they count only if it succeeds.
func (s *sectionReader) copy(to io.Writer) (int64, error) {
	sum, total := sha256.New(), int64(0)
	for {
		b, err := s.chunk(maxChunk)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return total, err
		}
		if len(b) == 0 {
			break
		}
		sum.Write(b)
		total += int64(len(b))
		if _, err := to.Write(b); err != nil {
			return total, err
		}
	}
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(s.r, want); err != nil {
		return total, io.ErrUnexpectedEOF
	}
	if !bytes.Equal(want, sum.Sum(nil)) {
		return total, errDamaged
	}
	return total, nil
}

func (s *sectionReader) json(v any) error {
	var b bytes.Buffer
	if _, err := s.copy(&b); err != nil {
		return err
	}
	if err := json.Unmarshal(b.Bytes(), v); err != nil {
		return errDamaged
	}
	return nil
}
