// Package smoke asks each real server a few questions with AWS's own SDK and
// compares the answers with what that server is known to answer. If it fails, a
// failure of the product's own suites on that server says nothing.
package smoke

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/fairlead-io/fairlead/test/servers"
)

// target is a server together with the bucket that its checks share.
type target struct {
	servers.S3
	bucket string
}

func newTarget(server servers.S3) *target {
	return &target{S3: server, bucket: uniqueName()}
}

// uniqueName is a valid bucket name that no earlier run on the same server used.
func uniqueName() string {
	return "smoke-" + strings.ToLower(rand.Text())
}

func (t *target) s3(k servers.Keys) *s3.Client {
	return t.s3WithSession(k, "")
}

func (t *target) s3WithSession(k servers.Keys, session string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint:     aws.String(t.Endpoint),
		Region:           t.Region,
		Credentials:      credentials.NewStaticCredentialsProvider(k.AccessKey, k.SecretKey, session),
		UsePathStyle:     true,
		HTTPClient:       &http.Client{Transport: plainBodies{http.DefaultTransport}},
		RetryMaxAttempts: 1,
	})
}

func (t *target) sts() *sts.Client {
	endpoint := t.STSEndpoint
	if endpoint == "" {
		endpoint = t.Endpoint
	}
	return sts.New(sts.Options{
		BaseEndpoint:     aws.String(endpoint),
		Region:           t.Region,
		Credentials:      credentials.NewStaticCredentialsProvider(t.Owner.AccessKey, t.Owner.SecretKey, ""),
		RetryMaxAttempts: 1,
	})
}

// plainBodies hides a request body's WriteTo from net/http. The SDK closes the body
// as soon as an answer arrives, and from then on its WriteTo returns io.EOF as an
// error, for which net/http closes the connection under the answer. Ceph answers
// DeleteObjects early enough to lose several in a hundred that way.
type plainBodies struct{ next http.RoundTripper }

func (p plainBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return p.next.RoundTrip(r)
	}
	plain := *r
	plain.Body = struct {
		io.Reader
		io.Closer
	}{r.Body, r.Body}
	return p.next.RoundTrip(&plain)
}

func (t *target) put(ctx context.Context, key string, content []byte) error {
	_, err := t.s3(t.Owner).PutObject(ctx, &s3.PutObjectInput{
		Bucket: &t.bucket, Key: &key, Body: bytes.NewReader(content),
	})
	return err
}

// expectContent reads an object whole and compares it; smoke objects are small.
func (t *target) expectContent(ctx context.Context, client *s3.Client, key string, want []byte) error {
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &t.bucket, Key: &key})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	got, err := io.ReadAll(out.Body)
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s has %d bytes that differ from the %d stored", key, len(got), len(want))
	}
	return nil
}

// answer is what a matrix shows: "yes", the server's error code, or the error itself.
func answer(err error) string {
	if err == nil {
		return yes
	}
	var coded smithy.APIError
	if errors.As(err, &coded) && coded.ErrorCode() != "" {
		return coded.ErrorCode()
	}
	return err.Error()
}

// expectCode turns "the server refused as it should" into success. Another refusal
// stays the answer; no refusal becomes "accepted".
func expectCode(err error, code string) error {
	if err == nil {
		return errors.New("accepted")
	}
	if answer(err) == code {
		return nil
	}
	return err
}
