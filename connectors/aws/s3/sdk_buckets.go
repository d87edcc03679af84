package s3

import (
	"context"
	"net/http"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

// createBucket sends the region as the location, except us-east-1, which must
// not be sent.
func (c *client) createBucket(ctx context.Context, bucket string) (*awss3.CreateBucketOutput, error) {
	in := &awss3.CreateBucketInput{Bucket: &bucket}
	if c.region != "us-east-1" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(c.region)}
	}
	return do(ctx, c, "", func(s *awss3.Client) (*awss3.CreateBucketOutput, error) { return s.CreateBucket(ctx, in) })
}

func (c *client) deleteBucket(ctx context.Context, bucket string) error {
	_, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.DeleteBucketOutput, error) {
		return s.DeleteBucket(ctx, &awss3.DeleteBucketInput{Bucket: &bucket})
	})
	return err
}

// headBucket gives a bucket's region, empty when the service does not tell.
func (c *client) headBucket(ctx context.Context, bucket string) (string, error) {
	out, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.HeadBucketOutput, error) {
		return s.HeadBucket(ctx, &awss3.HeadBucketInput{Bucket: &bucket})
	})
	if f := awsconn.FaultOf(err); f != nil && f.Region != "" && f.Status == http.StatusForbidden {
		return f.Region, nil // AWS tells the region even to those who may not look inside
	}
	if err != nil {
		return "", err
	}
	return deref(out.BucketRegion), nil
}

// versioning is the state of a bucket's versioning: "", Enabled or Suspended.
// A service that does not know versioning has none.
func (c *client) versioning(ctx context.Context, bucket string) (string, error) {
	out, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.GetBucketVersioningOutput, error) {
		return s.GetBucketVersioning(ctx, &awss3.GetBucketVersioningInput{Bucket: &bucket})
	})
	if unsupported(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return string(out.Status), nil
}

// unsupported tells whether a service answered that it does not offer the
// operation.
func unsupported(err error) bool {
	f := awsconn.FaultOf(err)
	if f == nil {
		return false
	}
	return f.Status == http.StatusNotImplemented || f.Status == http.StatusMethodNotAllowed ||
		f.Code == "NotImplemented" || f.Code == "VersioningNotConfigured"
}

func notFound(err error) bool {
	return err != nil && connector.AsError(err).Kind == connector.NotFound
}
