package s3sim

import (
	"bufio"
	"context"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// The methods of this file translate the bucket's name, on the way in and on the way out, and refuse what would
// lead out of the bucket.

func (s *store) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	if !utils.IsObjectNameValid(deref(in.Key)) { // a form upload names its key where versitygw does not look
		return s3response.PutObjectOutput{}, s3err.GetAPIError(s3err.ErrBadRequest)
	}
	in.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.PutObject(ctx, in)
	return out, s.fail("PutObject", err)
}

func (s *store) HeadObject(ctx context.Context, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.HeadObject(ctx, &cp)
	return out, s.fail("HeadObject", err)
}

func (s *store) GetObject(ctx context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.GetObject(ctx, &cp)
	return out, s.fail("GetObject", err)
}

func (s *store) GetObjectAcl(ctx context.Context, in *s3.GetObjectAclInput) (*s3.GetObjectAclOutput, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.GetObjectAcl(ctx, &cp)
	return out, s.fail("GetObjectAcl", err)
}

func (s *store) PutObjectAcl(ctx context.Context, in *s3.PutObjectAclInput) error {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	return s.fail("PutObjectAcl", s.posix.PutObjectAcl(ctx, &cp))
}

func (s *store) GetObjectAttributes(ctx context.Context, in *s3.GetObjectAttributesInput) (s3response.GetObjectAttributesResponse, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.GetObjectAttributes(ctx, &cp)
	return out, s.fail("GetObjectAttributes", err)
}

func (s *store) ListObjects(ctx context.Context, in *s3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.ListObjects(ctx, &cp)
	out.Name = in.Bucket
	return out, s.fail("ListObjects", err)
}

func (s *store) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input) (s3response.ListObjectsV2Result, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.ListObjectsV2(ctx, &cp)
	out.Name = in.Bucket
	return out, s.fail("ListObjectsV2", err)
}

func (s *store) ListObjectVersions(ctx context.Context, in *s3.ListObjectVersionsInput) (s3response.ListVersionsResult, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.ListObjectVersions(ctx, &cp)
	out.Name = in.Bucket
	return out, s.fail("ListObjectVersions", err)
}

func (s *store) DeleteObject(ctx context.Context, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.DeleteObject(ctx, &cp)
	return out, s.fail("DeleteObject", err)
}

// DeleteObjects leaves out keys that lead outside the bucket: versitygw checks keys in the path of a request but
// not in its body. No such object can exist, and deleting what does not exist succeeds.
func (s *store) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	var safe []types.ObjectIdentifier
	var skipped []types.DeletedObject
	for _, o := range in.Delete.Objects {
		if utils.IsObjectNameValid(deref(o.Key)) {
			safe = append(safe, o)
		} else {
			skipped = append(skipped, types.DeletedObject{Key: o.Key, VersionId: o.VersionId})
		}
	}
	cp := *in
	cp.Bucket, cp.Delete = s.pathPtr(in.Bucket), &types.Delete{Objects: safe}
	out, err := s.posix.DeleteObjects(ctx, &cp)
	out.Deleted = append(out.Deleted, skipped...)
	return out, s.fail("DeleteObjects", err)
}

func (s *store) RestoreObject(ctx context.Context, in *s3.RestoreObjectInput) error {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	return s.fail("RestoreObject", s.posix.RestoreObject(ctx, &cp))
}

func (s *store) SelectObjectContent(ctx context.Context, in *s3.SelectObjectContentInput) func(w *bufio.Writer) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	return s.posix.SelectObjectContent(ctx, &cp)
}

func (s *store) CreateMultipartUpload(ctx context.Context, in s3response.CreateMultipartUploadInput) (s3response.InitiateMultipartUploadResult, error) {
	bucket := *in.Bucket
	in.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.CreateMultipartUpload(ctx, in)
	out.Bucket = bucket
	return out, s.fail("CreateMultipartUpload", err)
}

func (s *store) CompleteMultipartUpload(ctx context.Context, in *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	if err := checkUploadID(in.UploadId); err != nil {
		return s3response.CompleteMultipartUploadResult{}, "", err
	}
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, version, err := s.posix.CompleteMultipartUpload(ctx, &cp)
	out.Bucket = in.Bucket
	return out, version, s.fail("CompleteMultipartUpload", err)
}

func (s *store) AbortMultipartUpload(ctx context.Context, in *s3.AbortMultipartUploadInput) error {
	if err := checkUploadID(in.UploadId); err != nil {
		return err
	}
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	return s.fail("AbortMultipartUpload", s.posix.AbortMultipartUpload(ctx, &cp))
}

func (s *store) ListMultipartUploads(ctx context.Context, in *s3.ListMultipartUploadsInput) (s3response.ListMultipartUploadsResult, error) {
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.ListMultipartUploads(ctx, &cp)
	out.Bucket = *in.Bucket
	return out, s.fail("ListMultipartUploads", err)
}

func (s *store) ListParts(ctx context.Context, in *s3.ListPartsInput) (s3response.ListPartsResult, error) {
	if err := checkUploadID(in.UploadId); err != nil {
		return s3response.ListPartsResult{}, err
	}
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.ListParts(ctx, &cp)
	out.Bucket = *in.Bucket
	return out, s.fail("ListParts", err)
}

func (s *store) UploadPart(ctx context.Context, in *s3.UploadPartInput) (*s3.UploadPartOutput, error) {
	if err := checkUploadID(in.UploadId); err != nil {
		return nil, err
	}
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	out, err := s.posix.UploadPart(ctx, &cp)
	return out, s.fail("UploadPart", err)
}

func (s *store) GetObjectTagging(ctx context.Context, bucket, object, version string) (map[string]string, error) {
	out, err := s.posix.GetObjectTagging(ctx, s.path(bucket), object, version)
	return out, s.fail("GetObjectTagging", err)
}

func (s *store) PutObjectTagging(ctx context.Context, bucket, object, version string, tags map[string]string) error {
	return s.fail("PutObjectTagging", s.posix.PutObjectTagging(ctx, s.path(bucket), object, version, tags))
}

func (s *store) DeleteObjectTagging(ctx context.Context, bucket, object, version string) error {
	return s.fail("DeleteObjectTagging", s.posix.DeleteObjectTagging(ctx, s.path(bucket), object, version))
}

func (s *store) PutObjectLockConfiguration(ctx context.Context, bucket string, config []byte) error {
	return s.fail("PutObjectLockConfiguration", s.posix.PutObjectLockConfiguration(ctx, s.path(bucket), config))
}

func (s *store) GetObjectLockConfiguration(ctx context.Context, bucket string) ([]byte, error) {
	out, err := s.posix.GetObjectLockConfiguration(ctx, s.path(bucket))
	return out, s.fail("GetObjectLockConfiguration", err)
}

func (s *store) PutObjectRetention(ctx context.Context, bucket, object, version string, retention []byte) error {
	return s.fail("PutObjectRetention", s.posix.PutObjectRetention(ctx, s.path(bucket), object, version, retention))
}

func (s *store) GetObjectRetention(ctx context.Context, bucket, object, version string) ([]byte, error) {
	out, err := s.posix.GetObjectRetention(ctx, s.path(bucket), object, version)
	return out, s.fail("GetObjectRetention", err)
}

func (s *store) PutObjectLegalHold(ctx context.Context, bucket, object, version string, on bool) error {
	return s.fail("PutObjectLegalHold", s.posix.PutObjectLegalHold(ctx, s.path(bucket), object, version, on))
}

func (s *store) GetObjectLegalHold(ctx context.Context, bucket, object, version string) (*bool, error) {
	out, err := s.posix.GetObjectLegalHold(ctx, s.path(bucket), object, version)
	return out, s.fail("GetObjectLegalHold", err)
}

var uploadID = regexp.MustCompile(`^[\w-]+$`)

// checkUploadID keeps upload IDs, which versitygw joins to paths as they come, to the shape of the ones it makes.
func checkUploadID(id *string) error {
	if !uploadID.MatchString(deref(id)) {
		return s3err.GetNoSuchUploadErr(deref(id))
	}
	return nil
}
