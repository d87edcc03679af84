package s3sim

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// sandbox starts a server whose state and connections end with the test.
func sandbox(t *testing.T, change ...func(*Options)) *Server {
	t.Helper()
	o := Options{Dir: t.TempDir()}
	for _, f := range change {
		f(&o)
	}
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// httpClient keeps each test's connections apart, so that a test can end them.
func httpClient(t *testing.T) *http.Client {
	tr := &http.Transport{DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func client(t *testing.T, s *Server, region string) *s3.Client {
	return clientAs(t, s, region, aws.Credentials{AccessKeyID: s.AccessKey(), SecretAccessKey: s.SecretKey()})
}

func clientAs(t *testing.T, s *Server, region string, c aws.Credentials) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(s.Endpoint()), Region: region, UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.StaticCredentialsProvider{Value: c}, HTTPClient: httpClient(t),
	})
}

func stsAs(t *testing.T, s *Server, c aws.Credentials) *sts.Client {
	return sts.New(sts.Options{
		BaseEndpoint: aws.String(s.Endpoint()), Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.StaticCredentialsProvider{Value: c}, HTTPClient: httpClient(t),
	})
}

func mainKey(s *Server) aws.Credentials {
	return aws.Credentials{AccessKeyID: s.AccessKey(), SecretAccessKey: s.SecretKey()}
}

// apiError is what a client sees of an error.
type apiError struct {
	Code    string
	Status  int
	Message string
}

func failure(err error) apiError {
	var e apiError
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code, e.Message = api.ErrorCode(), api.ErrorMessage()
	}
	var res *smithyhttp.ResponseError
	if errors.As(err, &res) {
		e.Status = res.HTTPStatusCode()
	}
	return e
}

func wantFailure(t *testing.T, what string, err error, want apiError) {
	t.Helper()
	if got := failure(err); got != want {
		t.Errorf("%s:\n got %+v (%v)\nwant %+v", what, got, err, want)
	}
}

func mustCreate(t *testing.T, c *s3.Client, bucket string) {
	t.Helper()
	in := &s3.CreateBucketInput{Bucket: &bucket}
	if r := c.Options().Region; r != DefaultRegion {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(r)}
	}
	if _, err := c.CreateBucket(t.Context(), in); err != nil {
		t.Fatalf("CreateBucket %s: %v", bucket, err)
	}
}

func mustPut(t *testing.T, c *s3.Client, bucket, key, content string) *s3.PutObjectOutput {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(content))})
	if err != nil {
		t.Fatalf("PutObject %s/%s: %v", bucket, key, err)
	}
	return out
}

func content(t *testing.T, c *s3.Client, bucket, key string) string {
	t.Helper()
	out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatalf("GetObject %s/%s: %v", bucket, key, err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
