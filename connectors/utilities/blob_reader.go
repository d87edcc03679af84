package utilities

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/fairlead-io/fairlead/connector"
)

// blobReader reads a stored file at any place. What is read in order is read
// from one stream. It is for one goroutine.
type blobReader struct {
	ctx    context.Context //nolint:containedctx // it is that of one command, and ends with it
	blob   connector.Blob
	stream io.ReadCloser
	buf    *bufio.Reader
	at     int64
	budget int64 // bytes that may still be read; negative: all
}

const readAhead = 64 << 10

func newBlobReader(ctx context.Context, b connector.Blob) *blobReader {
	return &blobReader{ctx: ctx, blob: b, budget: -1}
}

var errBudget = errors.New("the table of contents is too large")

// ReadAt implements io.ReaderAt.
func (b *blobReader) ReadAt(p []byte, off int64) (int, error) {
	if b.budget >= 0 {
		if int64(len(p)) > b.budget {
			return 0, &connector.Error{Kind: connector.Invalid, Field: "/fileIds", Message: "The archive's table of contents is larger than 64 MiB.", Fix: "Split the archive.", Err: errBudget}
		}
		b.budget -= int64(len(p))
	}
	if off >= b.blob.Info().Size {
		return 0, io.EOF
	}
	if err := b.seek(off); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(b.buf, p)
	b.at += int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

func (b *blobReader) seek(off int64) error {
	if ahead := off - b.at; b.stream != nil && ahead >= 0 && ahead <= int64(b.buf.Buffered()) {
		_, err := b.buf.Discard(int(ahead))
		b.at = off
		return err
	}
	b.close()
	s, err := b.blob.Open(b.ctx, off)
	if err != nil {
		return err
	}
	b.stream, b.buf, b.at = s, bufio.NewReaderSize(s, readAhead), off
	return nil
}

func (b *blobReader) close() {
	if b.stream != nil {
		_ = b.stream.Close()
		b.stream = nil
	}
}
