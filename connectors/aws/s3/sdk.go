package s3

import (
	"context"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

// client is one call's view of the service: a role, a region, and what the
// session has learned of buckets. Objects go over the fast wire, buckets and
// their settings through the SDK.
type client struct {
	s      *session
	role   awsconn.Role
	region string
}

// home is the region to ask for a bucket.
func (c *client) home(bucket string) string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if r, ok := c.s.homes[bucket]; ok {
		return r
	}
	return c.region
}

// elsewhere names the region of a bucket that was found in another one than
// asked; empty otherwise.
func (c *client) elsewhere(bucket string) string {
	if r := c.home(bucket); r != c.region {
		return r
	}
	return ""
}

func (c *client) learn(bucket, region string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.homes[bucket] = region
}

func (c *client) forget(bucket string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	delete(c.s.homes, bucket)
}

func (c *client) sdk(region string) *awss3.Client {
	return c.s.client(clientKey{c.role, region})
}

// do calls f with the SDK client of the bucket's region.
func do[O any](ctx context.Context, c *client, bucket string, f func(*awss3.Client) (O, error)) (O, error) {
	return follow(ctx, c, bucket, func(region string) (O, error) {
		out, err := f(c.sdk(region))
		return out, awsconn.MapError(err, c.s.conn.EndpointName("s3", region))
	})
}

// follow calls f with the bucket's region. When the service says that the
// bucket lives elsewhere, the call is repeated there, once.
func follow[O any](ctx context.Context, c *client, bucket string, f func(region string) (O, error)) (O, error) {
	region := c.home(bucket)
	out, err := f(region)
	if err == nil {
		return out, nil
	}
	fault := awsconn.FaultOf(err)
	if bucket == "" || fault == nil || fault.Region == "" || fault.Region == region || !wrongRegion(fault) || ctx.Err() != nil {
		return out, err
	}
	out, err = f(fault.Region)
	if err == nil {
		c.learn(bucket, fault.Region)
	}
	return out, err
}

func wrongRegion(f *awsconn.Fault) bool {
	switch f.Code {
	case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301", "307", "400":
		return true
	}
	return f.Status == 301 || f.Status == 307
}

// contentMD5 makes the SDK send Content-MD5 in place of its CRC32: every
// service knows the one, old ones refuse the other.
func contentMD5(o *awss3.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		_, _ = stack.Initialize.Remove("AWSChecksum:SetupInputContext") // absent is as good, here and below
		_, _ = stack.Build.Remove("AWSChecksum:RequestMetricsTracking")
		_, _ = stack.Finalize.Remove("AWSChecksum:ComputeInputPayloadChecksum")
		_, _ = stack.Finalize.Remove("addInputChecksumTrailer")
		return smithyhttp.AddContentChecksumMiddleware(stack)
	})
}

// askChecksums asks for the stored checksums without the SDK's own check:
// this package does it for every algorithm, and for resumed bodies too.
func askChecksums(o *awss3.Options) {
	o.APIOptions = append(o.APIOptions, smithyhttp.AddHeaderValue("X-Amz-Checksum-Mode", "ENABLED"))
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func ptr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// iso is a time as raw data shows it.
func iso(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
