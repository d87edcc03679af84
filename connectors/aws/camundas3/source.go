package camundas3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// source is content that is to be uploaded.
type source struct {
	name, contentType string
	size              int64 // -1: not known
	exact             bool  // more bytes than size are a failure, not left out
	again             func(context.Context) (*connector.DocumentContent, error)
	first             *connector.DocumentContent // opened to learn the name or the size, and not yet used
}

// source finds the content of an upload. It is opened only when the reference
// does not tell enough.
func (in *UploadObjectIn) source(ctx context.Context, call *connector.Call) (*source, error) {
	d := connector.Document{Type: connector.ClusterDocument, StoreID: filesStore, DocumentID: string(in.FileID)}
	if in.FileID == "" {
		var bad *connector.Error
		if d, bad = readReference(in.Document); bad != nil {
			return nil, bad
		}
	}
	src := &source{size: -1, exact: in.SizeMismatch != sizeCut}
	src.again = func(ctx context.Context) (*connector.DocumentContent, error) { return openDocument(ctx, call, d) }
	if m := d.Metadata; d.Type == connector.ClusterDocument && m != nil && m.Size != nil {
		src.name, src.contentType, src.size = m.FileName, m.ContentType, *m.Size
		return src, checkSize(*m.Size)
	}
	var err error
	if src.first, err = src.again(ctx); err != nil {
		return nil, ofDocuments(err)
	}
	src.name, src.contentType, src.size = src.first.Name, src.first.ContentType, src.first.Size
	if m := d.Metadata; d.Type == connector.ClusterDocument && m != nil {
		src.name, src.contentType = first(m.FileName, src.name), first(m.ContentType, src.contentType)
	}
	return src, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func checkSize(n int64) error {
	if n < 0 {
		return connector.InvalidField("/document/metadata/size", "The document's size is negative: "+strconv.FormatInt(n, 10)+".", "Pass the reference on as the store gave it.")
	}
	return nil
}

// open gives what a request opens, once for each attempt.
func (s *source) open(ctx context.Context) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		rc, err := s.reader(ctx)
		if err != nil || s.size < 0 {
			return rc, err
		}
		m := &measured{rc: rc, left: s.size, exact: s.exact}
		if s.size == 0 { // nobody will read it
			if err := m.end(); !ended(err) {
				_ = rc.Close() // it has more than it should, or failed
				return nil, err
			}
		}
		return m, nil
	}
}

func (s *source) reader(ctx context.Context) (io.ReadCloser, error) {
	if c := s.first; c != nil {
		s.first = nil
		return c.Body, nil
	}
	c, err := s.again(ctx)
	if err != nil {
		return nil, err
	}
	return c.Body, nil
}

func (s *source) close() {
	if s.first != nil {
		_ = s.first.Body.Close() // it was not read
	}
}

var (
	errShort = errors.New("the content ended early")
	errLong  = errors.New("the content goes on")
)

// ended tells the end of content from a failure that an end of a connection
// caused, which may wrap io.EOF.
func ended(err error) bool { return err == io.EOF } //nolint:errorlint // says the comment

// measured holds content to its size.
type measured struct {
	rc    io.ReadCloser
	left  int64
	exact bool
}

// Read gives the next bytes up to the size. With the last of them it makes sure
// that there are no more, when it was told to.
func (m *measured) Read(p []byte) (int, error) {
	if m.left == 0 {
		return 0, m.end()
	}
	n, err := m.rc.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	switch {
	case ended(err) && m.left > 0:
		return n, errShort
	case m.left == 0 && (err == nil || ended(err)):
		if end := m.end(); !ended(end) {
			return 0, end
		}
		return n, nil
	}
	return n, err
}

func (m *measured) end() error {
	if !m.exact {
		return io.EOF
	}
	m.exact = false
	if n, err := io.ReadFull(m.rc, make([]byte, 1)); n > 0 {
		return errLong
	} else if !ended(err) {
		return err
	}
	return io.EOF
}

// Close closes the content.
func (m *measured) Close() error { return m.rc.Close() }

// explain tells failures of the content from those of S3.
func (s *source) explain(err error) error {
	if err == nil {
		return nil
	}
	src, ok := errors.AsType[*s3wire.SourceError](err)
	if !ok {
		return ofWire(err)
	}
	switch {
	case errors.Is(src.Err, errShort):
		f := &Failure{Reason: ShortDocument, Want: s.size, Err: src.Err}
		return f.with(connector.Error{Kind: connector.Conflict, Field: "/document", Message: fmt.Sprintf("The document has fewer bytes than the %d that its reference says.", s.size), Fix: "Pass the reference on as the store gave it, or leave the size out of its metadata."})
	case errors.Is(src.Err, errLong):
		return &connector.Error{Kind: connector.Conflict, Field: "/document", Message: fmt.Sprintf("The document has more bytes than the %d that its reference says.", s.size), Fix: "Leave the size out of its metadata, or set Size Mismatch to Cut."}
	}
	return ofDocuments(src.Err)
}

func ofDocuments(err error) error {
	e := connector.AsError(err)
	if e.Kind == connector.Canceled {
		return e
	}
	return (&Failure{Reason: Documents, Err: err}).with(*e)
}
