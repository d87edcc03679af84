package s3

import (
	"context"
	"fmt"
	"io"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// Head describes an object.
func (c *client) Head(ctx context.Context, r ref) (*object, error) {
	out, err := wire(ctx, c, r.Bucket, func(w *s3wire.Client) (*s3wire.Object, error) {
		return w.Head(ctx, &s3wire.GetInput{Ref: wireRef(r), Checksums: true})
	})
	if err != nil {
		return nil, err
	}
	return c.objectOf(r, out), nil
}

func (c *client) objectOf(r ref, o *s3wire.Object) *object {
	return &object{
		Size: o.Size, ETag: unquoted(o.ETag), Modified: o.Modified, Version: o.VersionID, SSE: o.SSE, Checksum: o.Checksums, Tags: o.Tags,
		Region: c.elsewhere(r.Bucket),
		headers: headers{
			ContentType: o.ContentType, ContentEncoding: o.ContentEncoding, ContentDisposition: o.ContentDisposition, ContentLanguage: o.ContentLanguage,
			CacheControl: o.CacheControl, StorageClass: o.StorageClass, Metadata: o.Metadata, Expires: o.Expires,
		},
	}
}

// Get streams an object.
func (c *client) Get(ctx context.Context, r ref, offset int64, want string) (*object, io.ReadCloser, error) {
	in := &s3wire.GetInput{Ref: wireRef(r), IfMatch: withQuotes(want), Checksums: true}
	if offset > 0 {
		in.Range = fmt.Sprintf("bytes=%d-", offset)
	}
	var body io.ReadCloser
	out, err := wire(ctx, c, r.Bucket, func(w *s3wire.Client) (o *s3wire.Object, err error) {
		o, body, err = w.Get(ctx, in)
		return o, err
	})
	if err != nil {
		return nil, nil, err
	}
	return c.objectOf(r, out), body, nil
}

// Put stores an object in one request, signed with the content's known hash.
func (c *client) Put(ctx context.Context, r ref, in putRequest) (*written, error) {
	out, err := wire(ctx, c, r.Bucket, func(w *s3wire.Client) (*s3wire.Written, error) {
		return w.Put(ctx, &s3wire.PutInput{
			Ref: wireRef(r), Headers: wireHeaders(in.headers), Body: in.Body.body(), SHA256: in.SHA256, MD5: in.MD5, IfNoneMatch: anyKey(in.OnlyNew),
		})
	})
	if err != nil {
		return nil, err
	}
	return writtenOf(out), nil
}

// Copy copies inside the service; it fails when the source changed.
func (c *client) Copy(ctx context.Context, in copyRequest) (*written, error) {
	out, err := wire(ctx, c, in.To.Bucket, func(w *s3wire.Client) (*s3wire.Written, error) { return w.Copy(ctx, in.wire()) })
	if err != nil {
		return nil, err
	}
	return writtenOf(out), nil
}

func (in *copyRequest) wire() *s3wire.CopyInput {
	return &s3wire.CopyInput{From: wireRef(in.From), To: wireRef(in.To), IfMatch: withQuotes(in.ETag), Headers: s3wire.Headers{StorageClass: in.StorageClass}}
}

// DeleteMany deletes up to 1,000 objects or versions.
func (c *client) DeleteMany(ctx context.Context, bucket string, refs []ref) (*deleteAnswer, error) {
	doomed := make([]s3wire.Ref, len(refs))
	for i, r := range refs {
		doomed[i] = s3wire.Ref{Key: r.Key, VersionID: r.Version}
	}
	out, err := wire(ctx, c, bucket, func(w *s3wire.Client) (*s3wire.DeleteAnswer, error) { return w.DeleteMany(ctx, bucket, doomed) })
	if err != nil {
		return nil, err
	}
	a := &deleteAnswer{}
	for _, d := range out.Deleted {
		a.Deleted = append(a.Deleted, DeletedObject{Key: d.Key, VersionID: d.VersionID, DeleteMarker: d.DeleteMarker, DeleteMarkerVersionID: d.MarkerVersionID})
	}
	for _, e := range out.Failed {
		a.Errors = append(a.Errors, DeleteError{Key: e.Key, VersionID: e.VersionID, Code: e.Code, Message: e.Message})
	}
	return a, nil
}

// DeleteIf deletes an object unless it changed. Services that do not know the
// condition ignore or refuse it; those that refuse are asked without it.
func (c *client) DeleteIf(ctx context.Context, r ref, etag string) (*DeletedObject, error) {
	send := func(cond string) (*s3wire.Deleted, error) {
		return wire(ctx, c, r.Bucket, func(w *s3wire.Client) (*s3wire.Deleted, error) {
			return w.Delete(ctx, &s3wire.DeleteInput{Ref: wireRef(r), IfMatch: cond})
		})
	}
	out, err := send(withQuotes(etag))
	if unsupported(err) {
		out, err = send("")
	}
	if err != nil {
		return nil, err
	}
	d := &DeletedObject{Key: r.Key}
	if out.DeleteMarker && r.Version == "" {
		d.DeleteMarker, d.DeleteMarkerVersionID = true, out.VersionID
	} else {
		d.VersionID = out.VersionID
	}
	return d, nil
}
