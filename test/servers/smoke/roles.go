package smoke

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/fairlead-io/fairlead/test/servers"
)

func (t *target) assume(ctx context.Context, role string) (*sts.AssumeRoleOutput, error) {
	return t.sts().AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("smoke")})
}

func assumeRole(ctx context.Context, t *target) error {
	if t.RoleARN == "" {
		return errNotOffered
	}
	out, err := t.assume(ctx, t.RoleARN)
	if err != nil {
		return err
	}
	keys := servers.Keys{AccessKey: aws.ToString(out.Credentials.AccessKeyId), SecretKey: aws.ToString(out.Credentials.SecretAccessKey)}
	return t.expectContent(ctx, t.s3WithSession(keys, aws.ToString(out.Credentials.SessionToken)), "present", nil)
}

func untrusted(ctx context.Context, t *target) error {
	if t.UntrustingRoleARN == "" {
		return errNotOffered
	}
	_, err := t.assume(ctx, t.UntrustingRoleARN)
	return expectCode(err, "AccessDenied")
}

func callerIdentity(ctx context.Context, t *target) error {
	if t.STSEndpoint == "" {
		return errNotOffered
	}
	out, err := t.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	if aws.ToString(out.Arn) == "" {
		return errors.New("no ARN")
	}
	return nil
}
