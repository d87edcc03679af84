package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/files"
)

// getContent lets the standard library answer ranges and conditions.
func (a *API) getContent(ctx context.Context, actor authz.Actor, in *filePath) (*huma.StreamResponse, error) {
	blob, err := a.filesOf(actor, "").Open(ctx, in.File, in.source())
	if err != nil {
		return nil, err
	}
	content := &seeker{ctx: ctx, blob: blob, size: blob.Info().Size}
	// The first byte is read before the status goes out, so that missing
	// content is an error and not a short answer.
	if err := content.probe(); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer content.close()
		r, w := humago.Unwrap(hc)
		info := blob.Info()
		h := w.Header()
		h.Set("Content-Type", safeType(info.ContentType))
		h.Set("Content-Disposition", attachment(files.SafeName(info.Name)))
		h.Set("ETag", `"`+info.SHA256+`"`)
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
		h.Set("Cache-Control", "private, no-cache") // kept, but asked for again: rights may change
		ctl := http.NewResponseController(w)
		defer forget(ctl)
		http.ServeContent(&steady{w, ctl, a.Now, a.Limits.Patience}, r, "", info.CreatedAt, content)
	}}, nil
}

// safeType keeps a stored type only if it is one line of plain text.
func safeType(t string) string {
	if t == "" || strings.ContainsFunc(t, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "application/octet-stream"
	}
	return t
}

// steady ends a download whose client stops reading, however long it is in all.
type steady struct {
	http.ResponseWriter
	ctl      *http.ResponseController
	now      func() time.Time
	patience time.Duration
}

func (s *steady) Write(b []byte) (int, error) {
	_ = s.ctl.SetWriteDeadline(s.now().Add(s.patience)) // not every transport has deadlines
	return s.ResponseWriter.Write(b)
}

// forget ends a write deadline, which would otherwise hold for the next answer
// on the same connection.
func forget(ctl *http.ResponseController) {
	_ = ctl.SetWriteDeadline(time.Time{}) // not every transport has deadlines
}

// seeker reads a blob from wherever http.ServeContent wants.
type seeker struct {
	ctx  context.Context //nolint:containedctx // the request's own; it ends with this reader
	blob connector.Blob
	size int64
	at   int64
	open io.ReadCloser
}

func (s *seeker) probe() error {
	var err error
	s.open, err = s.blob.Open(s.ctx, 0)
	return err
}

func (s *seeker) Read(p []byte) (int, error) {
	if s.open == nil {
		r, err := s.blob.Open(s.ctx, s.at)
		if err != nil {
			return 0, err
		}
		s.open = r
	}
	n, err := s.open.Read(p)
	s.at += int64(n)
	return n, err
}

func (s *seeker) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.at
	case io.SeekEnd:
		offset += s.size
	}
	if offset < 0 {
		return 0, errors.New("api: seek before the start of a file")
	}
	if offset != s.at {
		s.close()
		s.at = offset
	}
	return offset, nil
}

func (s *seeker) close() {
	if s.open != nil {
		_ = s.open.Close()
		s.open = nil
	}
}
