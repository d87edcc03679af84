package s3

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fairlead-io/fairlead/connector"
)

// download is one object on its way into the file store.
type download struct {
	plane plane
	files connector.Files
	item  *connector.Item
	from  ref
	name  string
}

func (d *download) run(ctx context.Context) (*DownloadedFile, error) {
	o, body, err := d.plane.Get(ctx, d.from, 0, "")
	if err != nil {
		return nil, err
	}
	b := &resumed{ctx: ctx, d: d, o: o, rc: body}
	defer b.close()
	w, err := d.files.Create(ctx, connector.NewFile{Name: d.name, ContentType: d.contentType(o), Metadata: d.metadata(o)})
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	check := newVerifier(o)
	if err := d.stream(io.MultiWriter(w, check), b); err != nil {
		return nil, err
	}
	if err := check.err(); err != nil {
		return nil, err
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return nil, err
	}
	return downloaded(d.from.Key, o, info, check.by), nil
}

// contentType leaves the type to be detected where the object's says nothing.
func (d *download) contentType(o *object) string {
	if o.ContentType == "binary/octet-stream" || o.ContentType == "application/octet-stream" {
		return ""
	}
	return o.ContentType
}

func (d *download) metadata(o *object) map[string]any {
	m := map[string]any{"bucket": d.from.Bucket, "key": d.from.Key, "eTag": o.ETag}
	if o.Version != "" {
		m["versionId"] = o.Version
	}
	return m
}

const copyBuffer = 128 << 10

func (d *download) stream(w io.Writer, r io.Reader) error {
	// The wrappers keep io.CopyBuffer from handing over to a ReadFrom or
	// WriteTo of unknown buffering.
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, counted{r, d.item}, make([]byte, copyBuffer))
	return err
}

type counted struct {
	io.Reader
	item *connector.Item
}

// Read counts the bytes for the item.
func (c counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if n > 0 {
		c.item.AddBytes(int64(n))
	}
	return n, err
}

// resumed is an object's body that is asked for again from where it broke, as
// long as the object is the same.
type resumed struct {
	ctx   context.Context // io.Reader has no context of its own
	d     *download
	o     *object
	rc    io.ReadCloser
	pos   int64
	tries int // without progress
}

const resumeTries = 3

// Read gives the next bytes, from a new answer when the old one broke.
func (r *resumed) Read(p []byte) (int, error) {
	for {
		n, err := r.rc.Read(p)
		r.pos += int64(n)
		if n > 0 {
			r.tries = 0
		}
		if err == nil || (errors.Is(err, io.EOF) && r.pos >= r.o.Size) {
			return n, err
		}
		if n > 0 {
			return n, nil // the error comes again with the next call
		}
		if err := r.reopen(err); err != nil {
			return 0, err
		}
	}
}

func (r *resumed) reopen(cause error) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	if errors.Is(cause, io.EOF) {
		cause = io.ErrUnexpectedEOF
	}
	if r.tries++; r.tries > resumeTries {
		return r.cut(cause)
	}
	r.close()
	_, rc, err := r.d.plane.Get(r.ctx, r.d.from, r.pos, r.o.ETag)
	if err != nil {
		return err
	}
	r.rc = rc
	return nil
}

func (r *resumed) cut(cause error) error {
	if e, ok := errors.AsType[*connector.Error](cause); ok {
		return e
	}
	return &connector.Error{
		Kind: connector.Unavailable, Operation: "GetObject",
		Message: fmt.Sprintf("The connection broke after %d of %d bytes, and again when it was taken up.", r.pos, r.o.Size),
		Fix:     "Try again.", Err: cause,
	}
}

func (r *resumed) close() { _ = r.rc.Close() } // only read from

func downloaded(key string, o *object, f connector.FileInfo, by string) *DownloadedFile {
	etag := ""
	if o.ETag != "" {
		etag = `"` + o.ETag + `"`
	}
	return &DownloadedFile{
		FileID: f.ID, FileName: f.Name, Key: key, ContentLength: o.Size, ContentType: first(o.ContentType, f.ContentType),
		ETag: etag, LastModified: iso(&o.Modified), VersionID: o.Version, StorageClass: o.StorageClass,
		Metadata: o.Metadata, Checksums: o.Checksum, Verified: by, MD5: f.MD5, SHA1: f.SHA1, SHA256: f.SHA256,
	}
}
