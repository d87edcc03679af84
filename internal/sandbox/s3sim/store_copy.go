package s3sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// versitygw's own copies parse the source out of a header, where an absolute path cannot stand. A copy is
// therefore a read and a write here, streamed through the same backend.

// copySource is the object a copy reads.
type copySource struct{ bucket, key, version string }

func (s *store) parseSource(header *string) (copySource, error) {
	bucket, key, version, err := backend.ParseCopySource(deref(header))
	if err != nil {
		return copySource{}, err
	}
	if s.isForeign(bucket) {
		return copySource{}, s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	if _, ok := s.buckets.get(bucket); !ok {
		return copySource{}, s3err.GetBucketErr(s3err.ErrNoSuchBucket, bucket)
	}
	return copySource{bucket, key, version}, nil
}

// open reads the source, or the given range of it. The caller closes the body.
func (s *store) open(ctx context.Context, src copySource, byteRange string) (*s3.GetObjectOutput, error) {
	in := &s3.GetObjectInput{Bucket: &src.bucket, Key: &src.key, Range: &byteRange, ChecksumMode: types.ChecksumModeEnabled}
	if src.version != "" {
		in.VersionId = &src.version
	}
	out, err := s.GetObject(ctx, in)
	if err != nil {
		return nil, err
	}
	if out.Body == nil { // a folder marker
		out.Body = io.NopCloser(strings.NewReader(""))
	}
	return out, nil
}

// CopyObject copies content, metadata and tags as the directives say.
func (s *store) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	none := s3response.CopyObjectOutput{}
	src, err := s.parseSource(in.CopySource)
	if err != nil {
		return none, err
	}
	obj, err := s.open(ctx, src, "")
	if err != nil {
		return none, err
	}
	defer func() { _ = obj.Body.Close() }()
	if err := checkSource(obj.ETag, obj.LastModified, *obj.ContentLength, backend.PreConditions{
		IfMatch: in.CopySourceIfMatch, IfNoneMatch: in.CopySourceIfNoneMatch,
		IfModSince: in.CopySourceIfModifiedSince, IfUnmodeSince: in.CopySourceIfUnmodifiedSince,
	}); err != nil {
		return none, err
	}
	onto := src.bucket == *in.Bucket && src.key == *in.Key && src.version == ""
	if onto && in.MetadataDirective != types.MetadataDirectiveReplace {
		return none, s3err.GetAPIError(s3err.ErrInvalidCopyDest)
	}
	put := copyInput(in, obj)
	if in.TaggingDirective != types.TaggingDirectiveReplace && deref32(obj.TagCount) > 0 {
		tags, err := s.GetObjectTagging(ctx, src.bucket, src.key, src.version)
		if err != nil {
			return none, err
		}
		put.Tagging = encodeTags(tags)
	}
	res, err := s.PutObject(ctx, put)
	if err != nil {
		return none, err
	}
	return s.copied(ctx, in, res, obj.VersionId)
}

// checkSource applies the size limit and the caller's conditions. A copy has no "not modified": it fails with 412.
func checkSource(etag *string, modified *time.Time, size int64, cond backend.PreConditions) error {
	if size > copyLimit {
		return s3err.GetCopySourceObjectTooLargeErr(copyLimit)
	}
	var when time.Time
	if modified != nil {
		when = *modified
	}
	err := backend.EvaluatePreconditions(deref(etag), when, cond)
	var se s3err.S3Error
	if errors.As(err, &se) && se.StatusCode() == http.StatusNotModified {
		return s3err.GetAPIError(s3err.ErrPreconditionFailed)
	}
	return err
}

// copyInput is the write half of a copy.
func copyInput(in s3response.CopyObjectInput, obj *s3.GetObjectOutput) s3response.PutObjectInput {
	put := s3response.PutObjectInput{
		Bucket: in.Bucket, Key: in.Key, Body: obj.Body, ContentLength: obj.ContentLength,
		ContentType: in.ContentType, ContentEncoding: in.ContentEncoding, ContentDisposition: in.ContentDisposition,
		ContentLanguage: in.ContentLanguage, CacheControl: in.CacheControl, Expires: in.Expires, Metadata: in.Metadata,
		WebsiteRedirectLocation: in.WebsiteRedirectLocation, Tagging: in.Tagging,
		ObjectLockRetainUntilDate: in.ObjectLockRetainUntilDate, ObjectLockMode: in.ObjectLockMode,
		ObjectLockLegalHoldStatus: in.ObjectLockLegalHoldStatus,
		ChecksumAlgorithm:         in.ChecksumAlgorithm,
	}
	if put.ChecksumAlgorithm == "" {
		put.ChecksumAlgorithm = checksumAlgorithm(obj)
	}
	if in.MetadataDirective != types.MetadataDirectiveReplace {
		put.ContentType, put.ContentEncoding, put.ContentDisposition = obj.ContentType, obj.ContentEncoding, obj.ContentDisposition
		put.ContentLanguage, put.CacheControl, put.Expires, put.Metadata = obj.ContentLanguage, obj.CacheControl, obj.ExpiresString, obj.Metadata
	}
	if in.TaggingDirective != types.TaggingDirectiveReplace {
		put.Tagging = nil
	}
	return put
}

func (s *store) copied(ctx context.Context, in s3response.CopyObjectInput, res s3response.PutObjectOutput, srcVersion *string) (s3response.CopyObjectOutput, error) {
	out := s3response.CopyObjectOutput{VersionId: &res.VersionID, CopySourceVersionId: srcVersion}
	out.CopyObjectResult = &s3response.CopyObjectResult{
		ETag: &res.ETag, ChecksumType: res.ChecksumType,
		ChecksumCRC32: res.ChecksumCRC32, ChecksumCRC32C: res.ChecksumCRC32C, ChecksumCRC64NVME: res.ChecksumCRC64NVME,
		ChecksumSHA1: res.ChecksumSHA1, ChecksumSHA256: res.ChecksumSHA256, ChecksumSHA512: res.ChecksumSHA512,
		ChecksumMD5: res.ChecksumMD5, ChecksumXXHASH64: res.ChecksumXXHASH64, ChecksumXXHASH3: res.ChecksumXXHASH3,
		ChecksumXXHASH128: res.ChecksumXXHASH128,
	}
	head, err := s.HeadObject(ctx, &s3.HeadObjectInput{Bucket: in.Bucket, Key: in.Key})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	out.CopyObjectResult.LastModified = head.LastModified
	return out, nil
}

// UploadPartCopy reads a range of the source into a part.
func (s *store) UploadPartCopy(ctx context.Context, in *s3.UploadPartCopyInput) (s3response.CopyPartResult, error) {
	none := s3response.CopyPartResult{}
	src, err := s.parseSource(in.CopySource)
	if err != nil {
		return none, err
	}
	head, err := s.open(ctx, src, "")
	if err != nil {
		return none, err
	}
	_ = head.Body.Close() // only its size is wanted
	byteRange, length, err := partRange(*head.ContentLength, deref(in.CopySourceRange))
	if err != nil {
		return none, err
	}
	if err := checkSource(head.ETag, head.LastModified, length, backend.PreConditions{
		IfMatch: in.CopySourceIfMatch, IfNoneMatch: in.CopySourceIfNoneMatch,
		IfModSince: in.CopySourceIfModifiedSince, IfUnmodeSince: in.CopySourceIfUnmodifiedSince,
	}); err != nil {
		return none, err
	}
	part := &s3.UploadPartInput{Bucket: in.Bucket, Key: in.Key, UploadId: in.UploadId, PartNumber: in.PartNumber, ContentLength: &length}
	if err := s.addPartChecksum(ctx, part, src, byteRange); err != nil {
		return none, err
	}
	obj, err := s.open(ctx, src, byteRange)
	if err != nil {
		return none, err
	}
	defer func() { _ = obj.Body.Close() }()
	part.Body = obj.Body
	res, err := s.UploadPart(ctx, part)
	if err != nil {
		return none, err
	}
	return s3response.CopyPartResult{
		ETag: res.ETag, LastModified: s.clock().UTC(), CopySourceVersionId: deref(head.VersionId),
		ChecksumCRC32: res.ChecksumCRC32, ChecksumCRC32C: res.ChecksumCRC32C, ChecksumCRC64NVME: res.ChecksumCRC64NVME,
		ChecksumSHA1: res.ChecksumSHA1, ChecksumSHA256: res.ChecksumSHA256,
	}, nil
}

// partRange returns the Range header and the length of a part; the header is empty for the whole object.
func partRange(size int64, header string) (string, int64, error) {
	start, length, err := backend.ParseCopySourceRange(size, header)
	if err != nil {
		return "", 0, err
	}
	length = min(length, size-start)
	if start == 0 && length == size {
		return "", size, nil
	}
	return fmt.Sprintf("bytes=%d-%d", start, start+length-1), length, nil
}

// addPartChecksum computes a part's checksum beforehand where the upload demands one of each part (type
// COMPOSITE): a client uploading bytes sends it, a client copying them cannot.
func (s *store) addPartChecksum(ctx context.Context, part *s3.UploadPartInput, src copySource, byteRange string) error {
	one, empty := int32(1), ""
	up, err := s.ListParts(ctx, &s3.ListPartsInput{Bucket: part.Bucket, Key: part.Key, UploadId: part.UploadId, MaxParts: &one, PartNumberMarker: &empty})
	if err != nil {
		return err
	}
	if up.ChecksumType != types.ChecksumTypeComposite {
		return nil
	}
	field := partChecksum(part, up.ChecksumAlgorithm)
	if field == nil {
		return s3err.GetAPIError(s3err.ErrNotImplemented)
	}
	obj, err := s.open(ctx, src, byteRange)
	if err != nil {
		return err
	}
	defer func() { _ = obj.Body.Close() }()
	hash, err := utils.NewHashReader(obj.Body, "", utils.HashType(strings.ToLower(string(up.ChecksumAlgorithm))))
	if err != nil {
		return s.fail("UploadPartCopy", err)
	}
	if _, err := io.Copy(io.Discard, hash); err != nil {
		return s.fail("UploadPartCopy", err)
	}
	sum := hash.Sum()
	*field = &sum
	return nil
}

// partChecksum is the field of an algorithm that can be composite.
func partChecksum(part *s3.UploadPartInput, a types.ChecksumAlgorithm) **string {
	switch a {
	case types.ChecksumAlgorithmCrc32:
		return &part.ChecksumCRC32
	case types.ChecksumAlgorithmCrc32c:
		return &part.ChecksumCRC32C
	case types.ChecksumAlgorithmSha1:
		return &part.ChecksumSHA1
	case types.ChecksumAlgorithmSha256:
		return &part.ChecksumSHA256
	}
	return nil
}

func checksumAlgorithm(o *s3.GetObjectOutput) types.ChecksumAlgorithm {
	switch {
	case o.ChecksumCRC32 != nil:
		return types.ChecksumAlgorithmCrc32
	case o.ChecksumCRC32C != nil:
		return types.ChecksumAlgorithmCrc32c
	case o.ChecksumSHA1 != nil:
		return types.ChecksumAlgorithmSha1
	case o.ChecksumSHA256 != nil:
		return types.ChecksumAlgorithmSha256
	case o.ChecksumCRC64NVME != nil:
		return types.ChecksumAlgorithmCrc64nvme
	}
	return ""
}

func encodeTags(tags map[string]string) *string {
	v := url.Values{}
	for k, t := range tags {
		v.Set(k, t)
	}
	enc := v.Encode()
	return &enc
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func deref32(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}
