// Package e2e runs the commands of AWS S3 through the API, over the whole path,
// against every S3 server that the tests know and the sandbox of this program.
package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

func TestMain(m *testing.M) { apptest.Main(m, all.Integrations) }

const sandboxName = "sandbox"

// names are the columns of the matrix.
func names() []string { return append([]string{sandboxName}, servers.S3Names()...) }

// Identities that every server has a connection for. Where a server does not
// know such an identity, the connection has keys that nobody has.
const (
	owner   = "owner"
	nobody  = "nobody"  // good keys, no right to the owner's buckets
	capped  = "capped"  // may own two buckets
	unknown = "unknown" // an access key that does not exist
	forged  = "forged"  // the owner's access key with another secret
)

// target is a server with a connection for each identity.
type target struct {
	server servers.S3
	api    *apptest.Client
	sdk    *awss3.Client // the cloud as the tests prepare and look at it
	capped *awss3.Client
	prefix string // of the names of all its buckets
}

var strangers = servers.Keys{AccessKey: "AKIASTRANGER00000001", SecretKey: "strangers-have-no-secrets-here-0000000"}

func newTarget(t *testing.T, api *apptest.Client, s servers.S3, cappedEndpoint string) *target {
	t.Helper()
	if s.Nobody == (servers.Keys{}) {
		s.Nobody = strangers
		if s.Capped != (servers.Keys{}) { // another user of the same server
			s.Nobody = s.Capped
		}
	}
	if s.Capped == (servers.Keys{}) {
		s.Capped = s.Owner
	}
	x := &target{server: s, api: api, sdk: sdkClient(s.Endpoint, s.Region, s.Owner), prefix: "e2e-" + strings.ToLower(rand.Text()[:10]) + "-"}
	x.capped = sdkClient(cappedEndpoint, s.Region, s.Capped)
	for identity, k := range map[string]servers.Keys{
		owner: s.Owner, nobody: s.Nobody, capped: s.Capped,
		unknown: {AccessKey: "AKIAUNKNOWN000000001", SecretKey: s.Owner.SecretKey},
		forged:  {AccessKey: s.Owner.AccessKey, SecretKey: "forged-" + s.Owner.SecretKey[7:]},
	} {
		endpoint := s.Endpoint
		if identity == capped {
			endpoint = cappedEndpoint
		}
		api.Connect(t, "aws-s3", x.connection(identity), map[string]any{
			"accessKey": k.AccessKey, "secretKey": k.SecretKey, "endpointUrl": endpoint, "defaultRegionName": s.Region,
		})
	}
	return x
}

func (x *target) connection(identity string) string { return x.server.Name + "-" + identity }

// sandbox starts the program's own S3, and a second one that takes two buckets.
func sandbox(t *testing.T) (servers.S3, string) {
	t.Helper()
	keys := servers.Keys{AccessKey: "AKIASANDBOXE2E000001", SecretKey: "sandbox-secret-for-the-end-to-end-tests"}
	without := servers.Keys{AccessKey: "AKIANOBODYE2E0000001", SecretKey: "nobody-secret-for-the-end-to-end-tests0"}
	const role = "arn:aws:iam::" + s3sim.AccountID + ":role/"
	start := func(most int) *s3sim.Server {
		sim, err := s3sim.Start(t.Context(), s3sim.Options{
			Dir: t.TempDir(), AccessKey: keys.AccessKey, SecretKey: keys.SecretKey, MaxBuckets: most,
			Identities: []s3sim.Identity{{Name: "nobody", AccessKey: without.AccessKey, SecretKey: without.SecretKey}},
			Roles: []s3sim.Role{
				{ARN: role + "trusting", Trusted: []string{keys.AccessKey}, Allow: s3sim.AllowActions("*")},
				{ARN: role + "distrustful"},
			},
		})
		apptest.Must(t, err)
		t.Cleanup(func() { apptest.Must(t, sim.Close()) })
		return sim
	}
	sim, full := start(0), start(2)
	return servers.S3{
		Name: sandboxName, Endpoint: sim.Endpoint(), Region: sim.Region(), Owner: keys, Nobody: without, Capped: keys, CappedBuckets: "2",
		STSEndpoint: sim.Endpoint(), RoleARN: role + "trusting", UntrustingRoleARN: role + "distrustful",
	}, full.Endpoint()
}

// targets gives every server that runs.
// FAIRLEAD_E2E_ONLY=sandbox,ceph narrows it, for work by hand.
func targets(t *testing.T, api *apptest.Client) []*target {
	t.Helper()
	running, _ := servers.AllS3()
	sim, full := sandbox(t)
	list := []*target{newTarget(t, api, sim, full)}
	for _, s := range running {
		list = append(list, newTarget(t, api, s, s.Endpoint))
	}
	only := os.Getenv("FAIRLEAD_E2E_ONLY")
	if only == "" {
		return list
	}
	var some []*target
	for _, x := range list {
		if strings.Contains(","+only+",", ","+x.server.Name+",") {
			some = append(some, x)
		}
	}
	return some
}

func sdkClient(endpoint, region string, k servers.Keys) *awss3.Client {
	return awss3.New(awss3.Options{
		BaseEndpoint: &endpoint, Region: region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(k.AccessKey, k.SecretKey, ""),
		HTTPClient:  &http.Client{Transport: plainBodies{http.DefaultTransport}},
	})
}

// plainBodies hides WriteTo, which the SDK's request body loses once an answer
// has arrived; net/http then closes the connection under it.
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

// bucket makes a bucket and gives its whole name.
func (x *target) bucket(t testing.TB, name string) string {
	t.Helper()
	name = x.prefix + name
	_, err := x.sdk.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &name})
	apptest.Must(t, err)
	return name
}

func (x *target) versioned(t testing.TB, name string) string {
	t.Helper()
	name = x.bucket(t, name)
	_, err := x.sdk.PutBucketVersioning(t.Context(), &awss3.PutBucketVersioningInput{
		Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	apptest.Must(t, err)
	return name
}

func (x *target) put(t testing.TB, bucket string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		_, err := x.sdk.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(textOf(key)))})
		apptest.Must(t, err)
	}
}

// textOf is the content of an object that put makes.
func textOf(key string) string { return "content of " + key + "\n" }

func (x *target) get(t testing.TB, bucket, key string) (content, contentType string) {
	t.Helper()
	out, err := x.sdk.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: &bucket, Key: &key})
	apptest.Must(t, err)
	defer out.Body.Close()
	raw, err := io.ReadAll(out.Body)
	apptest.Must(t, err)
	return string(raw), aws.ToString(out.ContentType)
}

// keys lists a bucket's current objects; with versions, every version and
// delete marker too.
func (x *target) keys(t testing.TB, bucket string) []string {
	t.Helper()
	out, err := x.sdk.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: &bucket})
	apptest.Must(t, err)
	list := []string{}
	for _, o := range out.Contents {
		list = append(list, aws.ToString(o.Key))
	}
	return list
}

func (x *target) versions(t testing.TB, bucket string) int {
	t.Helper()
	out, err := x.sdk.ListObjectVersions(t.Context(), &awss3.ListObjectVersionsInput{Bucket: &bucket})
	apptest.Must(t, err)
	return len(out.Versions) + len(out.DeleteMarkers)
}

func (x *target) has(t testing.TB, bucket string) bool {
	t.Helper()
	_, err := x.sdk.HeadBucket(t.Context(), &awss3.HeadBucketInput{Bucket: &bucket})
	return err == nil
}

// dropCapped gives the capped user its allowance back, for the next run on the
// same server.
func (x *target) dropCapped(ctx context.Context, buckets []string) {
	for _, b := range buckets {
		// One that stays makes the next run fail and be seen.
		_, _ = x.capped.DeleteBucket(ctx, &awss3.DeleteBucketInput{Bucket: &b})
	}
}
