package s3

import (
	"context"
	"fmt"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Begin starts an upload in parts.
func (c *client) Begin(ctx context.Context, r ref, h headers) (string, error) {
	in := &awss3.CreateMultipartUploadInput{
		Bucket: &r.Bucket, Key: &r.Key, ContentType: ptr(h.ContentType), ContentEncoding: ptr(h.ContentEncoding),
		ContentDisposition: ptr(h.ContentDisposition), ContentLanguage: ptr(h.ContentLanguage), CacheControl: ptr(h.CacheControl),
		Expires: h.Expires, Metadata: h.Metadata, StorageClass: types.StorageClass(h.StorageClass), Tagging: ptr(h.Tagging),
	}
	out, err := do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.CreateMultipartUploadOutput, error) {
		return s.CreateMultipartUpload(ctx, in)
	})
	if err != nil {
		return "", err
	}
	return deref(out.UploadId), nil
}

// Part sends one part; it reads the stretch twice, once for its hashes, so
// that no part has to be kept in memory.
func (c *client) Part(ctx context.Context, r ref, upload string, number int32, body *section) (string, error) {
	sha, sum, err := body.hashes()
	if err != nil {
		return "", err
	}
	out, err := do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.UploadPartOutput, error) {
		body.rewind()
		return s.UploadPart(ctx, &awss3.UploadPartInput{
			Bucket: &r.Bucket, Key: &r.Key, UploadId: &upload, PartNumber: &number, Body: body, ContentLength: &body.size, ContentMD5: md5Header(sum),
		}, presetHash(sha))
	})
	if err != nil {
		return "", err
	}
	return unquote(out.ETag), nil
}

// CopyPart copies bytes from..to (inclusive) of the source as one part.
func (c *client) CopyPart(ctx context.Context, in copyRequest, upload string, number int32, from, to int64) (string, error) {
	rng := fmt.Sprintf("bytes=%d-%d", from, to)
	out, err := do(ctx, c, in.To.Bucket, func(s *awss3.Client) (*awss3.UploadPartCopyOutput, error) {
		return s.UploadPartCopy(ctx, &awss3.UploadPartCopyInput{
			Bucket: &in.To.Bucket, Key: &in.To.Key, UploadId: &upload, PartNumber: &number,
			CopySource: copySource(in.From), CopySourceRange: &rng, CopySourceIfMatch: quoted(in.ETag),
		})
	})
	if err != nil {
		return "", err
	}
	if out.CopyPartResult == nil {
		return "", nil
	}
	return unquote(out.CopyPartResult.ETag), nil
}

// Complete makes the object of its parts.
func (c *client) Complete(ctx context.Context, r ref, upload string, etags []string, onlyNew bool) (*written, error) {
	done := make([]types.CompletedPart, len(etags))
	for i, e := range etags {
		n := int32(i + 1) // at most 10,000 parts
		done[i] = types.CompletedPart{PartNumber: &n, ETag: quoted(e)}
	}
	in := &awss3.CompleteMultipartUploadInput{Bucket: &r.Bucket, Key: &r.Key, UploadId: &upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: done}}
	if onlyNew {
		in.IfNoneMatch = ptr("*")
	}
	out, err := do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.CompleteMultipartUploadOutput, error) {
		return s.CompleteMultipartUpload(ctx, in)
	})
	if err != nil {
		return nil, err
	}
	return &written{
		ETag: unquote(out.ETag), Version: deref(out.VersionId), SSE: string(out.ServerSideEncryption),
		Checksum: checksums(out.ChecksumType, out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumSHA1, out.ChecksumSHA256, out.ChecksumCRC64NVME),
	}, nil
}

// Abort drops an upload and the parts that were sent.
func (c *client) Abort(ctx context.Context, r ref, upload string) error {
	_, err := do(ctx, c, r.Bucket, func(s *awss3.Client) (*awss3.AbortMultipartUploadOutput, error) {
		return s.AbortMultipartUpload(ctx, &awss3.AbortMultipartUploadInput{Bucket: &r.Bucket, Key: &r.Key, UploadId: &upload})
	})
	return err
}
