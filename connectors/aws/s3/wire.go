package s3

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

var _ plane = (*client)(nil)

// wire calls f with the fast client of the bucket's region, and follows the
// bucket as do does.
func wire[O any](ctx context.Context, c *client, bucket string, f func(*s3wire.Client) (O, error)) (O, error) {
	return follow(ctx, c, bucket, func(region string) (O, error) {
		out, err := f(c.s.wire(clientKey{c.role, region}))
		if err == nil {
			return out, nil
		}
		if e, ok := errors.AsType[*s3wire.Error](err); ok {
			return out, e.Explain(c.s.conn.EndpointName("s3", region))
		}
		return out, connector.AsError(err)
	})
}

func (s *session) wire(k clientKey) *s3wire.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.wires[k]; ok {
		return c
	}
	c := s3wire.New(s3wire.Config{
		HTTP: s.conn.Transport, Credentials: s.conn.Credentials(k.role), Region: k.region, Endpoint: s.settings.EndpointURL, PathStyle: s.pathStyle(),
		Stall: time.Duration(s.settings.RequestTimeout) * time.Second, Stalled: awsconn.Stalled, Now: s.now,
	})
	s.wires[k] = c
	return c
}

func wireRef(r ref) s3wire.Ref {
	return s3wire.Ref{Bucket: r.Bucket, Key: r.Key, VersionID: r.Version}
}

func wireHeaders(h headers) s3wire.Headers {
	return s3wire.Headers{
		ContentType: h.ContentType, ContentEncoding: h.ContentEncoding, ContentDisposition: h.ContentDisposition, ContentLanguage: h.ContentLanguage,
		CacheControl: h.CacheControl, StorageClass: h.StorageClass, Metadata: h.Metadata, Tagging: h.Tagging, Expires: h.Expires,
	}
}

func (s *section) body() *s3wire.Body { return &s3wire.Body{Size: s.size, Open: s.open} }

func unquoted(etag string) string { return strings.Trim(etag, `"`) }

func withQuotes(etag string) string {
	if etag == "" {
		return ""
	}
	return `"` + etag + `"`
}

func anyKey(onlyNew bool) string {
	if onlyNew {
		return "*"
	}
	return ""
}

func writtenOf(w *s3wire.Written) *written {
	return &written{
		ETag: unquoted(w.ETag), Version: w.VersionID, SourceVersion: w.SourceVersionID, SSE: w.SSE, Modified: w.Modified, Checksum: w.Checksums,
	}
}
