package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
)

// upload reads its body itself, as a stream.
type upload struct {
	Name        string    `query:"name" maxLength:"1024" doc:"Name of the file; of a form, the part's file name when left out."`
	Source      string    `query:"source" doc:"Playbook File (default), Incident Attachment File or Artifact File."`
	ContentType string    `query:"contentType" maxLength:"255" doc:"Found from name and content when left out."`
	ExpiresAt   time.Time `query:"expiresAt" doc:"When the file is deleted (RFC 3339)."`
	req         *http.Request
	res         http.ResponseWriter
}

// Resolve keeps the request, whose body huma leaves alone.
func (u *upload) Resolve(ctx huma.Context) []error {
	u.req, u.res = humago.Unwrap(ctx)
	return nil
}

func (a *API) addFile(ctx context.Context, actor authz.Actor, in *upload) (*answer[connector.FileInfo], error) {
	body, err := in.content(a)
	if err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, invalid("query.name", "The file has no name.", "Send ?name=NAME.")
	}
	n := connector.NewFile{Name: in.Name, ContentType: in.ContentType}
	if !in.ExpiresAt.IsZero() {
		n.ExpiresAt = &in.ExpiresAt
	}
	w, err := a.filesOf(actor, in.Source).Create(ctx, n)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if _, err := io.Copy(w, body); err != nil {
		return nil, uploadError(err)
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return nil, err
	}
	return &answer[connector.FileInfo]{http.StatusCreated, info}, nil
}

// content is the body, or the file part of a form.
func (u *upload) content(a *API) (io.Reader, error) {
	u.req.Body = &patient{http.MaxBytesReader(u.res, u.req.Body, a.MaxUpload), u.res, http.NewResponseController(u.res), a.Now, a.Limits.Patience}
	kind, _, _ := mime.ParseMediaType(u.req.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		if u.ContentType == "" && telling(kind) {
			u.ContentType = u.req.Header.Get("Content-Type")
		}
		return u.req.Body, nil
	}
	form, err := u.req.MultipartReader()
	if err != nil {
		return nil, invalid("", "The form cannot be read.", "Send the content as the body, or a multipart form with one file.")
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, invalid("", "The form has no file.", "Add one file part.")
		}
		if name := part.FileName(); name != "" {
			if u.Name == "" {
				u.Name = name
			}
			return part, nil
		}
	}
}

// telling are the content types that say more than that there is content;
// clients add the others by themselves.
func telling(kind string) bool {
	return kind != "" && kind != "application/octet-stream" && kind != "application/x-www-form-urlencoded"
}

func uploadError(err error) error {
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &connector.Error{Kind: connector.Invalid, Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("The file is larger than %d bytes.", e.Limit), Fix: "Raise the server's setting max-upload, or send less."}
	}
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return invalid("", "The content broke off before its end; nothing was stored.", "Send it again.")
}

// patient ends a body that pauses too long, however long it is in all.
type patient struct {
	io.ReadCloser
	res      http.ResponseWriter
	ctl      *http.ResponseController
	now      func() time.Time
	patience time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	_ = p.ctl.SetReadDeadline(p.now().Add(p.patience)) // not every transport has deadlines
	n, err := p.ReadCloser.Read(b)
	switch {
	case err == io.EOF:
		_ = p.ctl.SetReadDeadline(time.Time{})
	case err != nil:
		hangUp(p.res)
	}
	return n, err
}

// attachment is a Content-Disposition that no browser misreads.
func attachment(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + percent(name)
}

// percent encodes everything but RFC 5987's attr-char that is a letter, digit or mark.
func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
