package s3wire

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Ref names an object, or with a VersionID one version of it.
type Ref struct{ Bucket, Key, VersionID string }

// check refuses what would be another request than meant: without a key,
// DELETE would remove the bucket.
func (r Ref) check(op string) error {
	switch {
	case r.Bucket == "":
		return refuse(op, "The bucket's name is empty.", "Give the name of a bucket.")
	case r.Key == "":
		return refuse(op, "The object's key is empty.", "Give the key of an object.")
	}
	return nil
}

func (r Ref) query() []param { return withParam(nil, "versionId", r.VersionID) }

// PutInput is an object to store in one request.
type PutInput struct {
	Ref // VersionID is not used
	Headers
	Body        *Body  // nil is empty
	SHA256      string // hex, when it is known
	MD5         string // hex, when it is known
	IfMatch     string // an ETag as the service gave it, with its quotes
	IfNoneMatch string // "*": fail when the key is taken
}

// Written is what a service says of an object it stored.
type Written struct {
	ETag            string // as the service gives it, with its quotes
	VersionID       string
	SourceVersionID string // of a copy
	SSE             string
	Modified        *time.Time        // of a copy
	Checksums       map[string]string // algorithm -> base64, of the whole object
}

// Put stores an object in one request.
func (c *Client) Put(ctx context.Context, in *PutInput) (*Written, error) {
	const op = "PutObject"
	if err := in.check(op); err != nil {
		return nil, err
	}
	fields := with(in.Headers.fields(), "If-Match", in.IfMatch)
	fields = with(fields, "If-None-Match", in.IfNoneMatch)
	var out *Written
	err := c.do(ctx, &call{
		op: op, method: http.MethodPut, bucket: in.Bucket, key: in.Key, fields: fields, body: newPayload(in.Body, in.SHA256, in.MD5),
		take: func(a *answer) error {
			out = written(a.Header)
			return nil
		},
	})
	return out, err
}

func written(h http.Header) *Written {
	return &Written{ETag: h.Get("Etag"), VersionID: h.Get("X-Amz-Version-Id"), SSE: h.Get("X-Amz-Server-Side-Encryption"), Checksums: checksums(h)}
}

// GetInput says which object, or which part of it, is wanted.
type GetInput struct {
	Ref
	Range     string // "bytes=0-99", "bytes=100-", "bytes=-5"; empty is all
	IfMatch   string // an ETag with its quotes: fail when the object is another by now
	Checksums bool   // ask for the stored checksums
}

func (in *GetInput) fields() []field {
	list := with(make([]field, 0, 4), "If-Match", in.IfMatch)
	list = with(list, "Range", in.Range)
	if in.Checksums {
		list = append(list, field{"X-Amz-Checksum-Mode", "ENABLED"})
	}
	return list
}

// Object is what a service says of an object.
type Object struct {
	Headers
	Size         int64  // of what was asked for: of the range, where there is one
	ContentRange string // "bytes 0-99/1000", when a range was asked for
	ETag         string // as the service gives it, with its quotes
	Modified     time.Time
	VersionID    string
	SSE          string
	Checksums    map[string]string // algorithm -> base64; only those of the whole object
	Tags         int               // how many there are
	// Raw are all headers of the answer; not to be changed.
	Raw http.Header
}

func object(a *answer) *Object {
	h := a.Header
	return &Object{
		Headers: readHeaders(h), Size: max(0, a.ContentLength), ContentRange: h.Get("Content-Range"), ETag: h.Get("Etag"),
		Modified: date(h, "Last-Modified"), VersionID: h.Get("X-Amz-Version-Id"), SSE: h.Get("X-Amz-Server-Side-Encryption"),
		Checksums: checksums(h), Tags: int(number(h, "X-Amz-Tagging-Count")), Raw: h,
	}
}

// Get streams an object; the caller closes the body. What fails while the body
// is read is not repeated: ask again with a Range and IfMatch.
func (c *Client) Get(ctx context.Context, in *GetInput) (*Object, io.ReadCloser, error) {
	const op = "GetObject"
	if err := in.check(op); err != nil {
		return nil, nil, err
	}
	var out *Object
	var body io.ReadCloser
	err := c.do(ctx, &call{
		op: op, method: http.MethodGet, bucket: in.Bucket, key: in.Key, query: in.query(), fields: in.fields(),
		take: func(a *answer) error {
			a.kept = true
			out, body = object(a), &content{rc: a.Body, op: op, host: a.host}
			return nil
		},
	})
	return out, body, err
}

// content is an object's body; its errors are *Error.
type content struct {
	rc       io.ReadCloser
	op, host string
}

// Read gives the next bytes.
func (b *content) Read(p []byte) (int, error) {
	n, err := b.rc.Read(p)
	if err != nil && err != io.EOF {
		err = &Error{Op: b.op, Endpoint: b.host, Attempts: 1, Err: err}
	}
	return n, err
}

// Close ends the request.
func (b *content) Close() error { return b.rc.Close() }

// Head describes an object without its content.
func (c *Client) Head(ctx context.Context, in *GetInput) (*Object, error) {
	const op = "HeadObject"
	if err := in.check(op); err != nil {
		return nil, err
	}
	var out *Object
	err := c.do(ctx, &call{
		op: op, method: http.MethodHead, bucket: in.Bucket, key: in.Key, query: in.query(), fields: in.fields(),
		take: func(a *answer) error {
			out = object(a)
			return nil
		},
	})
	return out, err
}

// DeleteInput names what is to be deleted.
type DeleteInput struct {
	Ref
	IfMatch string // an ETag with its quotes: fail when the object is another by now
}

// Deleted is what came of a deletion. An object that was not there counts as
// deleted.
type Deleted struct {
	Key       string
	VersionID string // of what was removed, or of the delete marker that was made
	// DeleteMarker tells that a delete marker was made, or with a VersionID in
	// the request that one was removed.
	DeleteMarker bool
	// MarkerVersionID is the marker's ID; DeleteMany alone tells it apart.
	MarkerVersionID string
}

// Delete deletes one object or version.
func (c *Client) Delete(ctx context.Context, in *DeleteInput) (*Deleted, error) {
	const op = "DeleteObject"
	if err := in.check(op); err != nil {
		return nil, err
	}
	var out *Deleted
	err := c.do(ctx, &call{
		op: op, method: http.MethodDelete, bucket: in.Bucket, key: in.Key, query: in.query(), fields: with(nil, "If-Match", in.IfMatch),
		take: func(a *answer) error {
			out = &Deleted{Key: in.Key, VersionID: a.Header.Get("X-Amz-Version-Id"), DeleteMarker: a.Header.Get("X-Amz-Delete-Marker") == "true"}
			return nil
		},
	})
	return out, err
}
