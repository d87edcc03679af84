package s3

import (
	"context"
	"strings"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// Begin starts an upload in parts.
func (c *client) Begin(ctx context.Context, r ref, h headers) (string, error) {
	wh := wireHeaders(h)
	return wire(ctx, c, r.Bucket, func(w *s3wire.Client) (string, error) { return w.Begin(ctx, wireRef(r), &wh) })
}

// Part sends one part. It reads the stretch twice, once for its hash, so that
// no part has to be kept in memory.
func (c *client) Part(ctx context.Context, r ref, upload string, number int32, body *section) (string, error) {
	in := &s3wire.PartInput{To: wireRef(r), Upload: upload, Number: number, Body: body.body()}
	if c.s.encrypted() { // else the signature covers the content
		sum, err := body.md5()
		if err != nil {
			return "", err
		}
		in.MD5 = sum
	}
	etag, err := wire(ctx, c, r.Bucket, func(w *s3wire.Client) (string, error) { return w.Part(ctx, in) })
	return unquoted(etag), err
}

// encrypted tells whether requests travel over TLS.
func (s *session) encrypted() bool {
	return !strings.HasPrefix(strings.ToLower(s.settings.EndpointURL), "http://")
}

// CopyPart copies bytes from..to (inclusive) of the source as one part.
func (c *client) CopyPart(ctx context.Context, in copyRequest, upload string, number int32, from, to int64) (string, error) {
	etag, err := wire(ctx, c, in.To.Bucket, func(w *s3wire.Client) (string, error) { return w.CopyPart(ctx, in.wire(), upload, number, from, to) })
	return unquoted(etag), err
}

// Complete makes the object of its parts.
func (c *client) Complete(ctx context.Context, r ref, upload string, etags []string, onlyNew bool) (*written, error) {
	in := &s3wire.CompleteInput{To: wireRef(r), Upload: upload, ETags: make([]string, len(etags)), IfNoneMatch: anyKey(onlyNew)}
	for i, e := range etags {
		in.ETags[i] = withQuotes(e)
	}
	out, err := wire(ctx, c, r.Bucket, func(w *s3wire.Client) (*s3wire.Written, error) { return w.Complete(ctx, in) })
	if err != nil {
		return nil, err
	}
	return writtenOf(out), nil
}

// Abort drops an upload and the parts that were sent.
func (c *client) Abort(ctx context.Context, r ref, upload string) error {
	_, err := wire(ctx, c, r.Bucket, func(w *s3wire.Client) (struct{}, error) { return struct{}{}, w.Abort(ctx, wireRef(r), upload) })
	return err
}
