package s3

import (
	"context"
	"net/url"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (c *client) getVersioning(ctx context.Context, bucket string) (*awss3.GetBucketVersioningOutput, error) {
	return do(ctx, c, bucket, func(s *awss3.Client) (*awss3.GetBucketVersioningOutput, error) {
		return s.GetBucketVersioning(ctx, &awss3.GetBucketVersioningInput{Bucket: &bucket})
	})
}

func (c *client) putVersioning(ctx context.Context, bucket, status string) error {
	conf := &types.VersioningConfiguration{Status: types.BucketVersioningStatus(status)}
	_, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.PutBucketVersioningOutput, error) {
		return s.PutBucketVersioning(ctx, &awss3.PutBucketVersioningInput{Bucket: &bucket, VersioningConfiguration: conf}, contentMD5)
	})
	return err
}

// decoder undoes the encoding that the service says it used.
func decoder(e types.EncodingType) func(string) string {
	if e != types.EncodingTypeUrl {
		return func(s string) string { return s }
	}
	return func(s string) string {
		if d, err := url.QueryUnescape(s); err == nil {
			return d
		}
		return s
	}
}

// openUpload is a multipart upload that was not finished.
type openUpload struct{ Key, ID string }

func (c *client) openUploads(ctx context.Context, bucket, prefix string) ([]openUpload, error) {
	in := &awss3.ListMultipartUploadsInput{Bucket: &bucket, Prefix: ptr(prefix), EncodingType: types.EncodingTypeUrl}
	var all []openUpload
	for {
		out, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.ListMultipartUploadsOutput, error) {
			return s.ListMultipartUploads(ctx, in)
		})
		if err != nil {
			return all, err
		}
		decode := decoder(out.EncodingType)
		for _, u := range out.Uploads {
			all = append(all, openUpload{Key: decode(deref(u.Key)), ID: deref(u.UploadId)})
		}
		if !deref(out.IsTruncated) || deref(out.NextKeyMarker) == "" {
			return all, nil
		}
		in.KeyMarker, in.UploadIdMarker = ptr(decode(deref(out.NextKeyMarker))), out.NextUploadIdMarker
	}
}
