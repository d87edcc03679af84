package s3

import (
	"context"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
)

// bucketPolicy gives the text of a bucket's policy, as the service holds it.
func (c *client) bucketPolicy(ctx context.Context, bucket string) (string, error) {
	out, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.GetBucketPolicyOutput, error) {
		return s.GetBucketPolicy(ctx, &awss3.GetBucketPolicyInput{Bucket: &bucket})
	})
	if err != nil {
		return "", err
	}
	return deref(out.Policy), nil
}

// putBucketPolicy sets a bucket's policy. AWS itself refuses a policy that
// keeps the caller from changing it again, unless lockout confirms it.
func (c *client) putBucketPolicy(ctx context.Context, bucket, text string, lockout bool) error {
	in := &awss3.PutBucketPolicyInput{Bucket: &bucket, Policy: &text}
	if lockout {
		in.ConfirmRemoveSelfBucketAccess = &lockout
	}
	_, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.PutBucketPolicyOutput, error) {
		return s.PutBucketPolicy(ctx, in, contentMD5)
	})
	return err
}

func (c *client) deleteBucketPolicy(ctx context.Context, bucket string) error {
	_, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.DeleteBucketPolicyOutput, error) {
		return s.DeleteBucketPolicy(ctx, &awss3.DeleteBucketPolicyInput{Bucket: &bucket})
	})
	return err
}

func hasCode(err error, codes ...string) bool {
	if err == nil {
		return false
	}
	got := connector.AsError(err).Code
	for _, c := range codes {
		if got == c {
			return true
		}
	}
	return false
}
