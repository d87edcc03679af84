package smoke

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fairlead-io/fairlead/test/servers"
)

const yes = "yes"

// errNotOffered is the answer of a server that has nothing to ask: no such identity,
// no such role.
var errNotOffered = errors.New("not offered")

// check is one question. A server answers yes, except where otherwise says what it
// is known to answer instead.
type check struct {
	name      string
	ask       func(context.Context, *target) error
	otherwise map[string]string
}

// checks are asked in this order: later ones use the bucket that the first one made.
func checks() []check {
	return []check{
		{"create, head and list the bucket", createBucket, nil},
		{"object up and down, odd key", roundTrip, nil},
		{"multipart 5 MiB + 1", multipart, nil},
		{"list pages with a prefix", listPages, nil},
		{"copy, then delete a batch", copyAndDelete, nil},
		// Before versioning is on: Ceph 16 takes no notice of If-None-Match in a versioned bucket.
		{"put if absent", putIfAbsent, nil},
		{"versions and delete marker", versions, nil},
		{"BucketNotEmpty", bucketNotEmpty, nil},
		{"NoSuchBucketPolicy", noPolicy, nil},
		{"location eu-west-1", location, map[string]string{
			"versitygw": "InvalidLocationConstraint", "versitygw-iam": "InvalidLocationConstraint", "ceph": "InvalidLocationConstraint",
		}},
		{"public access block round trip", publicAccessBlock, map[string]string{
			"versitygw": "NotImplemented", "versitygw-iam": "NotImplemented",
		}},
		{"public access block enforced", publicAccessBlockEnforced, map[string]string{
			"versitygw": "NotImplemented", "versitygw-iam": "NotImplemented", "moto": "accepted",
		}},
		{"wrong access key: InvalidAccessKeyId", wrongAccessKey, map[string]string{
			"versitygw": "XAdminUserNotFound", "ceph": "AccessDenied", "moto": "accepted",
		}},
		{"wrong secret: SignatureDoesNotMatch", wrongSecret, map[string]string{
			"ceph": "AccessDenied", "moto": "accepted",
		}},
		{"user without rights: AccessDenied", withoutRights, map[string]string{
			"versitygw": "not offered", "ceph": "not offered", "moto": "not offered",
		}},
		{"TooManyBuckets", tooManyBuckets, map[string]string{
			"versitygw": "not offered", "versitygw-iam": "not offered", "moto": "not offered",
		}},
		{"AssumeRole, session reads", assumeRole, map[string]string{
			"versitygw": "not offered", "versitygw-iam": "not offered",
		}},
		{"role does not trust: AccessDenied", untrusted, map[string]string{
			"versitygw": "not offered", "versitygw-iam": "not offered", "moto": "not offered",
		}},
		{"GetCallerIdentity", callerIdentity, map[string]string{
			"versitygw": "not offered", "ceph": "MethodNotAllowed",
		}},
	}
}

func createBucket(ctx context.Context, t *target) error {
	client := t.s3(t.Owner)
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &t.bucket}); err != nil {
		return err
	}
	if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &t.bucket}); err != nil {
		return err
	}
	listed, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return err
	}
	for _, b := range listed.Buckets {
		if aws.ToString(b.Name) == t.bucket {
			return nil
		}
	}
	return fmt.Errorf("not among the %d listed", len(listed.Buckets))
}

func roundTrip(ctx context.Context, t *target) error {
	const key = "odd/k e+y %é&<'\">.txt"
	content := []byte("smoke")
	if err := t.put(ctx, key, content); err != nil {
		return err
	}
	return t.expectContent(ctx, t.s3(t.Owner), key, content)
}

func multipart(ctx context.Context, t *target) error {
	const key, partSize = "big", 5 << 20
	client := t.s3(t.Owner)
	content := bytes.Repeat([]byte("x"), partSize+1)
	upload, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &t.bucket, Key: aws.String(key)})
	if err != nil {
		return err
	}
	var parts []types.CompletedPart
	for n, body := range [][]byte{content[:partSize], content[partSize:]} {
		number := aws.Int32(int32(n + 1))
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &t.bucket, Key: aws.String(key), UploadId: upload.UploadId, PartNumber: number, Body: bytes.NewReader(body),
		})
		if err != nil {
			return err
		}
		parts = append(parts, types.CompletedPart{ETag: out.ETag, PartNumber: number, ChecksumCRC32: out.ChecksumCRC32})
	}
	_, err = client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &t.bucket, Key: aws.String(key), UploadId: upload.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	if err != nil {
		return err
	}
	return t.expectContent(ctx, client, key, content)
}

func listPages(ctx context.Context, t *target) error {
	for n := range 5 {
		if err := t.put(ctx, "page/"+strconv.Itoa(n), nil); err != nil {
			return err
		}
	}
	pages := s3.NewListObjectsV2Paginator(t.s3(t.Owner), &s3.ListObjectsV2Input{
		Bucket: &t.bucket, Prefix: aws.String("page/"), MaxKeys: aws.Int32(2),
	})
	keys := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		keys += len(page.Contents)
	}
	if keys != 5 {
		return fmt.Errorf("%d keys instead of 5", keys)
	}
	return nil
}

func copyAndDelete(ctx context.Context, t *target) error {
	client := t.s3(t.Owner)
	if err := t.put(ctx, "copy/from", []byte("copied")); err != nil {
		return err
	}
	_, err := client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &t.bucket, Key: aws.String("copy/to"), CopySource: aws.String(t.bucket + "/copy/from"),
	})
	if err != nil {
		return err
	}
	if err := t.expectContent(ctx, client, "copy/to", []byte("copied")); err != nil {
		return err
	}
	deleted, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &t.bucket, Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("copy/from")}, {Key: aws.String("copy/to")}},
	}})
	if err != nil {
		return err
	}
	if len(deleted.Deleted) != 2 {
		return fmt.Errorf("%d deleted instead of 2", len(deleted.Deleted))
	}
	return nil
}

func versions(ctx context.Context, t *target) error {
	client := t.s3(t.Owner)
	_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &t.bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		return err
	}
	for _, content := range []string{"first", "second"} {
		if err := t.put(ctx, "versioned", []byte(content)); err != nil {
			return err
		}
	}
	if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &t.bucket, Key: aws.String("versioned")}); err != nil {
		return err
	}
	listed, err := client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &t.bucket, Prefix: aws.String("versioned")})
	if err != nil {
		return err
	}
	if len(listed.Versions) != 2 || len(listed.DeleteMarkers) != 1 {
		return fmt.Errorf("%d versions, %d markers", len(listed.Versions), len(listed.DeleteMarkers))
	}
	return nil
}

func putIfAbsent(ctx context.Context, t *target) error {
	if err := t.put(ctx, "present", nil); err != nil {
		return err
	}
	_, err := t.s3(t.Owner).PutObject(ctx, &s3.PutObjectInput{
		Bucket: &t.bucket, Key: aws.String("present"), Body: bytes.NewReader(nil), IfNoneMatch: aws.String("*"),
	})
	return expectCode(err, "PreconditionFailed")
}

func bucketNotEmpty(ctx context.Context, t *target) error {
	_, err := t.s3(t.Owner).DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &t.bucket})
	return expectCode(err, "BucketNotEmpty")
}

func noPolicy(ctx context.Context, t *target) error {
	_, err := t.s3(t.Owner).GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &t.bucket})
	return expectCode(err, "NoSuchBucketPolicy")
}

func location(ctx context.Context, t *target) error {
	name := uniqueName()
	_, err := t.s3(t.Owner).CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket:                    &name,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraintEuWest1},
	})
	if err != nil {
		return err
	}
	got, err := t.s3(t.Owner).GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &name})
	if err != nil {
		return err
	}
	if got.LocationConstraint != types.BucketLocationConstraintEuWest1 {
		return fmt.Errorf("location %q", got.LocationConstraint)
	}
	return nil
}

func blockPublicPolicy() *types.PublicAccessBlockConfiguration {
	return &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(false),
		BlockPublicPolicy: aws.Bool(true), RestrictPublicBuckets: aws.Bool(false),
	}
}

func publicAccessBlock(ctx context.Context, t *target) error {
	client := t.s3(t.Owner)
	_, err := client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &t.bucket, PublicAccessBlockConfiguration: blockPublicPolicy(),
	})
	if err != nil {
		return err
	}
	got, err := client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &t.bucket})
	if err != nil {
		return err
	}
	c := got.PublicAccessBlockConfiguration
	if !aws.ToBool(c.BlockPublicAcls) || aws.ToBool(c.IgnorePublicAcls) || !aws.ToBool(c.BlockPublicPolicy) || aws.ToBool(c.RestrictPublicBuckets) {
		return errors.New("other values came back")
	}
	return nil
}

func publicAccessBlockEnforced(ctx context.Context, t *target) error {
	client := t.s3(t.Owner)
	_, err := client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &t.bucket, PublicAccessBlockConfiguration: blockPublicPolicy(),
	})
	if err != nil {
		return err
	}
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",`+
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*"}]}`, t.bucket)
	_, err = client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &t.bucket, Policy: &policy})
	return expectCode(err, "AccessDenied")
}

func wrongAccessKey(ctx context.Context, t *target) error {
	_, err := t.s3(servers.Keys{AccessKey: "AKIAUNKNOWN000000001", SecretKey: t.Owner.SecretKey}).ListBuckets(ctx, &s3.ListBucketsInput{})
	return expectCode(err, "InvalidAccessKeyId")
}

func wrongSecret(ctx context.Context, t *target) error {
	_, err := t.s3(servers.Keys{AccessKey: t.Owner.AccessKey, SecretKey: "wrong"}).ListBuckets(ctx, &s3.ListBucketsInput{})
	return expectCode(err, "SignatureDoesNotMatch")
}

func withoutRights(ctx context.Context, t *target) error {
	if t.Nobody == (servers.Keys{}) {
		return errNotOffered
	}
	_, err := t.s3(t.Nobody).ListBuckets(ctx, &s3.ListBucketsInput{})
	return expectCode(err, "AccessDenied")
}

func tooManyBuckets(ctx context.Context, t *target) error {
	if t.Capped == (servers.Keys{}) {
		return errNotOffered
	}
	limit, err := strconv.Atoi(t.CappedBuckets)
	if err != nil {
		return fmt.Errorf("capped buckets: %w", err)
	}
	client := t.s3(t.Capped)
	defer deleteAllBuckets(ctx, client)
	for range limit {
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(uniqueName())}); err != nil {
			return fmt.Errorf("below the limit: %w", err)
		}
	}
	_, err = client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(uniqueName())})
	return expectCode(err, "TooManyBuckets")
}

// deleteAllBuckets gives the capped user its allowance back for the next run.
func deleteAllBuckets(ctx context.Context, client *s3.Client) {
	listed, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return
	}
	for _, b := range listed.Buckets {
		// A bucket that stays makes the next run fail and be seen.
		_, _ = client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: b.Name})
	}
}
