package s3

import (
	"context"
	"slices"

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

// listVersions gives one page in the API's shape, keys decoded. What a list
// goes on after is not part of it; some services begin with it all the same.
func (c *client) listVersions(ctx context.Context, q versionQuery) (*awss3.ListObjectVersionsOutput, error) {
	if q.Max == 0 {
		q.Max = pageSize
	}
	out, err := c.versionsPage(ctx, q)
	if err != nil || q.VersionMarker == "" {
		return out, err
	}
	if dropMarker(out, q); len(out.Versions)+len(out.DeleteMarkers) > 0 || !deref(out.IsTruncated) || q.Max >= pageSize {
		return out, nil
	}
	q.Max++ // the page held nothing else, and would do so again
	if out, err = c.versionsPage(ctx, q); err == nil {
		dropMarker(out, q)
	}
	return out, err
}

func dropMarker(p *awss3.ListObjectVersionsOutput, q versionQuery) {
	p.Versions = slices.DeleteFunc(p.Versions, func(v types.ObjectVersion) bool {
		return deref(v.Key) == q.KeyMarker && deref(v.VersionId) == q.VersionMarker
	})
	p.DeleteMarkers = slices.DeleteFunc(p.DeleteMarkers, func(m types.DeleteMarkerEntry) bool {
		return deref(m.Key) == q.KeyMarker && deref(m.VersionId) == q.VersionMarker
	})
}

func (c *client) versionsPage(ctx context.Context, q versionQuery) (*awss3.ListObjectVersionsOutput, error) {
	n := int32(min(q.Max, pageSize)) //nolint:gosec // at most 1000
	in := &awss3.ListObjectVersionsInput{
		Bucket: &q.Bucket, Prefix: ptr(q.Prefix), KeyMarker: ptr(q.KeyMarker), VersionIdMarker: ptr(q.VersionMarker),
		EncodingType: types.EncodingTypeUrl, MaxKeys: &n,
	}
	out, err := do(ctx, c, q.Bucket, func(s *awss3.Client) (*awss3.ListObjectVersionsOutput, error) {
		return s.ListObjectVersions(ctx, in)
	})
	if err != nil {
		return nil, err
	}
	decode := decoder(out.EncodingType)
	for i := range out.Versions {
		out.Versions[i].Key = ptr(decode(deref(out.Versions[i].Key)))
	}
	for i := range out.DeleteMarkers {
		out.DeleteMarkers[i].Key = ptr(decode(deref(out.DeleteMarkers[i].Key)))
	}
	out.NextKeyMarker = ptr(decode(deref(out.NextKeyMarker)))
	return out, nil
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
