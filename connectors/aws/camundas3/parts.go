package camundas3

import (
	"context"
	"io"
	"time"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// maxPut is the largest object that AWS takes in one request.
const maxPut = 5 << 30

// An object has at most maxParts parts; one is held in memory at a time.
const (
	minPart  = 8 << 20
	maxParts = 10_000
)

// abortLimit is how long dropping a broken upload may take.
const abortLimit = 30 * time.Second

// storeParts sends content that is too large for one request, or whose size is
// not known: S3 wants to be told it first. A part is repeated from memory.
func (c *client) storeParts(ctx context.Context, req *s3wire.PutInput, src *source) error {
	rc, err := src.open(ctx)()
	if err != nil {
		return src.explain(&s3wire.SourceError{Err: err})
	}
	defer rc.Close()
	part := make([]byte, max(minPart, src.size/maxParts+1))
	n, more, err := fill(rc, part)
	if err != nil {
		return src.explain(&s3wire.SourceError{Err: err})
	}
	if !more {
		req.Body = s3wire.Bytes(part[:n])
		_, err := c.wire.Put(ctx, req)
		return src.explain(err)
	}
	upload, err := c.wire.Begin(ctx, req.Ref, &req.Headers)
	if err != nil {
		return ofWire(err)
	}
	if err = c.sendParts(ctx, req.Ref, upload, rc, part, n); err == nil {
		return nil
	}
	abort, done := context.WithTimeout(context.WithoutCancel(ctx), abortLimit)
	defer done()
	_ = c.wire.Abort(abort, req.Ref, upload) // what failed first is what counts
	return src.explain(err)
}

// sendParts sends the part that was read, and all others.
func (c *client) sendParts(ctx context.Context, to s3wire.Ref, upload string, r io.Reader, part []byte, n int) error {
	var etags []string
	for more := true; n > 0; {
		etag, err := c.wire.Part(ctx, &s3wire.PartInput{To: to, Upload: upload, Number: int32(len(etags) + 1), Body: s3wire.Bytes(part[:n])})
		if err != nil {
			return err
		}
		if etags = append(etags, etag); !more {
			break
		}
		if n, more, err = fill(r, part); err != nil {
			return &s3wire.SourceError{Err: err}
		}
	}
	_, err := c.wire.Complete(ctx, &s3wire.CompleteInput{To: to, Upload: upload, ETags: etags})
	return err
}

// fill reads a part; more tells that content may follow. io.ReadFull would not
// do: it gives content that was cut the same error as content that ended.
func fill(r io.Reader, part []byte) (n int, more bool, err error) {
	for n < len(part) {
		k, err := r.Read(part[n:])
		n += k
		if ended(err) {
			return n, false, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, true, nil
}
