package s3wire

import (
	"context"
	"net/http"
)

// CopyInput is a copy inside the service.
type CopyInput struct {
	From, To Ref    // To's VersionID is not used
	IfMatch  string // the source's ETag with its quotes: fail when it is another by now
	Headers         // without Replace only the StorageClass is used
	// Replace gives the copy these Headers in place of the source's.
	Replace bool
}

func (in *CopyInput) check(op string) error {
	if err := in.From.check(op); err != nil {
		return err
	}
	return in.To.check(op)
}

func (in *CopyInput) source() []field {
	list := []field{{"X-Amz-Copy-Source", CopySource(in.From.Bucket, in.From.Key, in.From.VersionID)}}
	return with(list, "X-Amz-Copy-Source-If-Match", in.IfMatch)
}

// Copy copies an object of at most 5 GiB.
func (c *Client) Copy(ctx context.Context, in *CopyInput) (*Written, error) {
	const op = "CopyObject"
	if err := in.check(op); err != nil {
		return nil, err
	}
	fields := in.source()
	if in.Replace {
		fields = append(fields, in.Headers.fields()...)
		fields = append(fields, field{"X-Amz-Metadata-Directive", "REPLACE"})
	} else {
		fields = with(fields, "X-Amz-Storage-Class", in.StorageClass)
	}
	var out *Written
	err := c.do(ctx, &call{
		op: op, method: http.MethodPut, bucket: in.To.Bucket, key: in.To.Key, fields: fields,
		take: func(a *answer) error {
			out = written(a.Header)
			out.SourceVersionID = a.Header.Get("X-Amz-Copy-Source-Version-Id")
			return a.document("CopyObjectResult", out.copied)
		},
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// copied reads the result of a copy, which is in the body and not in headers.
func (w *Written) copied(s *scanner, name []byte) (err error) {
	switch n := string(name); n {
	case "ETag":
		w.ETag, err = s.text()
	case "LastModified":
		t, bad := s.time()
		if err = bad; !t.IsZero() {
			w.Modified = &t
		}
	case "ChecksumType":
		var kind string
		if kind, err = s.word(); kind == "COMPOSITE" {
			w.Checksums = nil
		}
	default:
		return w.checksum(s, n)
	}
	return err
}
