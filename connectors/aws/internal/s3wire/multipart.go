package s3wire

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Begin starts an upload in parts and gives its ID.
func (c *Client) Begin(ctx context.Context, to Ref, h *Headers) (upload string, err error) {
	const op = "CreateMultipartUpload"
	if err := to.check(op); err != nil {
		return "", err
	}
	err = c.do(ctx, &call{
		op: op, method: http.MethodPost, bucket: to.Bucket, key: to.Key, query: []param{{"uploads", ""}}, fields: h.fields(),
		take: func(a *answer) error {
			return a.document("InitiateMultipartUploadResult", func(s *scanner, name []byte) (err error) {
				if string(name) != "UploadId" {
					return s.skip()
				}
				upload, err = s.text()
				return err
			})
		},
	})
	return upload, err
}

// PartInput is one part of an upload.
type PartInput struct {
	To     Ref
	Upload string
	Number int32 // 1 to 10,000
	Body   *Body
	SHA256 string // hex, when it is known
	MD5    string // hex, when it is known
}

func partQuery(upload string, number int32) []param {
	return []param{{"partNumber", strconv.Itoa(int(number))}, {"uploadId", upload}}
}

// Part sends one part and gives its ETag.
func (c *Client) Part(ctx context.Context, in *PartInput) (etag string, err error) {
	const op = "UploadPart"
	if err := in.To.check(op); err != nil {
		return "", err
	}
	err = c.do(ctx, &call{
		op: op, method: http.MethodPut, bucket: in.To.Bucket, key: in.To.Key, query: partQuery(in.Upload, in.Number), body: newPayload(in.Body, in.SHA256, in.MD5),
		take: func(a *answer) error {
			etag = a.Header.Get("Etag")
			return nil
		},
	})
	return etag, err
}

// CopyPart copies the bytes from to to (inclusive) of the source as one part
// and gives its ETag. Of in only From, To and IfMatch are used.
func (c *Client) CopyPart(ctx context.Context, in *CopyInput, upload string, number int32, from, to int64) (etag string, err error) {
	const op = "UploadPartCopy"
	if err := in.check(op); err != nil {
		return "", err
	}
	fields := append(in.source(), field{"X-Amz-Copy-Source-Range", fmt.Sprintf("bytes=%d-%d", from, to)})
	err = c.do(ctx, &call{
		op: op, method: http.MethodPut, bucket: in.To.Bucket, key: in.To.Key, query: partQuery(upload, number), fields: fields,
		take: func(a *answer) error {
			return a.document("CopyPartResult", func(s *scanner, name []byte) (err error) {
				if string(name) != "ETag" {
					return s.skip()
				}
				etag, err = s.text()
				return err
			})
		},
	})
	return etag, err
}

// CompleteInput makes the object of its parts.
type CompleteInput struct {
	To          Ref
	Upload      string
	ETags       []string // of the parts, from number 1 on, with their quotes
	IfNoneMatch string   // "*": fail when the key is taken
}

// Complete makes the object of its parts. The service may take minutes.
func (c *Client) Complete(ctx context.Context, in *CompleteInput) (*Written, error) {
	const op = "CompleteMultipartUpload"
	if err := in.To.check(op); err != nil {
		return nil, err
	}
	doc := []byte(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	for i, e := range in.ETags {
		doc = append(appendXML(append(doc, "<Part><ETag>"...), e), "</ETag><PartNumber>"...)
		doc = append(strconv.AppendInt(doc, int64(i+1), 10), "</PartNumber></Part>"...)
	}
	doc = append(doc, "</CompleteMultipartUpload>"...)
	var out *Written
	err := c.do(ctx, &call{
		op: op, method: http.MethodPost, bucket: in.To.Bucket, key: in.To.Key, query: []param{{"uploadId", in.Upload}},
		fields: with([]field{{"Content-Type", "application/xml"}}, "If-None-Match", in.IfNoneMatch), body: newPayload(Bytes(doc), "", ""),
		take: func(a *answer) error {
			out = written(a.Header)
			return a.document("CompleteMultipartUploadResult", out.copied)
		},
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checksum reads a checksum from the body of an answer and skips what is none.
func (w *Written) checksum(s *scanner, name string) error {
	algorithm, ok := strings.CutPrefix(name, "Checksum")
	if !ok || w.Checksums == nil {
		return s.skip()
	}
	v, err := s.text()
	if err == nil && v != "" && !strings.Contains(v, "-") {
		w.Checksums[algorithm] = v
	}
	return err
}

// Abort drops an upload and the parts that were sent.
func (c *Client) Abort(ctx context.Context, to Ref, upload string) error {
	const op = "AbortMultipartUpload"
	if err := to.check(op); err != nil {
		return err
	}
	return c.do(ctx, &call{
		op: op, method: http.MethodDelete, bucket: to.Bucket, key: to.Key, query: []param{{"uploadId", upload}},
		take: func(*answer) error { return nil },
	})
}
