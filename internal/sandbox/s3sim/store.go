package s3sim

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// storage is what the servers of all regions share.
type storage struct {
	posix      *posix.Posix
	root       string
	buckets    *registry
	foreign    []string
	maxBuckets int
	clock      func() time.Time
	log        *slog.Logger
}

// store is one region's view of the storage. It translates bucket names to absolute paths and back (versitygw
// works relative to the working directory, which is the process's and not ours), and adds what AWS knows of a
// bucket: region, creation time, public access block, limits. The posix backend is a field and not embedded,
// so that a method that is forgotten here is an error of the compiler and not a relative path.
type store struct {
	*storage
	region string
}

var _ backend.Backend = (*store)(nil)

// path is the folder of a bucket. versitygw's middleware validates names before most calls; a name that could
// lead elsewhere becomes one that cannot exist.
func (s *storage) path(bucket string) string {
	if bucket == "" || bucket != filepath.Base(bucket) || strings.HasPrefix(bucket, ".") {
		bucket = ".no-bucket"
	}
	return filepath.Join(s.root, bucket)
}

func (s *storage) pathPtr(bucket *string) *string {
	if bucket == nil {
		return nil
	}
	p := s.path(*bucket)
	return &p
}

// fail puts bucket names back into errors, and turns what is no S3 error into InternalError: versitygw prints
// those to standard error, here they go to the log.
func (s *storage) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	var be s3err.BucketError
	if errors.As(err, &be) {
		be.BucketName = filepath.Base(be.BucketName)
		return be
	}
	var se s3err.S3Error
	if errors.As(err, &se) {
		return se
	}
	s.log.Warn("sandbox S3: storage failed", "operation", op, "error", err)
	return s3err.GetAPIError(s3err.ErrInternalError)
}

// isForeign reports whether another account holds the name.
func (s *storage) isForeign(bucket string) bool { return slices.Contains(s.foreign, bucket) }

func (s *store) String() string { return "sandbox" }
func (s *store) Shutdown()      {} // shared; closed by Server.Close
func (s *store) NormalizeObjectKey(bucket, key string) string {
	return s.posix.NormalizeObjectKey(bucket, key)
}

// ListBuckets is not reached: region.listBuckets answers before versitygw's route does.
func (s *store) ListBuckets(_ context.Context, in s3response.ListBucketsInput) (s3response.ListAllMyBucketsResult, error) {
	return s.listPage(listQuery{prefix: in.Prefix, after: in.ContinuationToken, limit: int(in.MaxBuckets)}), nil
}

// listQuery selects buckets: names with prefix and behind after, in one region when it is not empty.
type listQuery struct {
	prefix, after, region string
	limit                 int
}

// listPage pages over the registry, which knows creation times and regions.
func (s *storage) listPage(q listQuery) s3response.ListAllMyBucketsResult {
	out := s3response.ListAllMyBucketsResult{Prefix: q.prefix, Owner: s3response.CanonicalUser{ID: AccountID, DisplayName: "sandbox"}}
	for _, name := range s.buckets.names() {
		rec, ok := s.buckets.get(name)
		if !ok || !strings.HasPrefix(name, q.prefix) || name <= q.after || (q.region != "" && rec.Region != q.region) {
			continue
		}
		if len(out.Buckets.Bucket) == q.limit {
			out.ContinuationToken = out.Buckets.Bucket[q.limit-1].Name
			break
		}
		out.Buckets.Bucket = append(out.Buckets.Bucket, s3response.ListAllMyBucketsEntry{
			Name: name, BucketRegion: rec.Region, CreationDate: rec.Created,
		})
	}
	return out
}

// HeadBucket also tells GetBucketLocation the bucket's own region: it reads the region after this call, and
// may be asked through us-east-1 about a bucket of any region.
func (s *store) HeadBucket(ctx context.Context, in *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
	if rec, ok := s.buckets.get(*in.Bucket); ok {
		if rctx, ok := ctx.(*fasthttp.RequestCtx); ok {
			rctx.SetUserValue(regionLocal, rec.Region)
		}
	}
	out, err := s.posix.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: s.pathPtr(in.Bucket)})
	return out, s.fail("HeadBucket", err)
}

func (s *store) CreateBucket(ctx context.Context, in *s3.CreateBucketInput, acl []byte) error {
	name := *in.Bucket
	if s.isForeign(name) {
		return s3err.GetBucketErr(s3err.ErrBucketAlreadyExists, name)
	}
	if err := s.checkLocation(ctx); err != nil {
		return err
	}
	s.buckets.creating.Lock()
	defer s.buckets.creating.Unlock()
	if rec, ok := s.buckets.get(name); ok {
		if rec.Region == DefaultRegion && s.region == DefaultRegion {
			return nil // as in AWS, and only there: creating one's own bucket again is fine
		}
		return s3err.GetBucketErr(s3err.ErrBucketAlreadyOwnedByYou, name)
	}
	if s.maxBuckets > 0 && s.buckets.count() >= s.maxBuckets {
		return errTooManyBuckets
	}
	cp := *in
	cp.Bucket = s.pathPtr(in.Bucket)
	if err := s.posix.CreateBucket(ctx, &cp, acl); err != nil {
		return s.fail("CreateBucket", err)
	}
	rec := bucketRecord{Region: s.region, Created: s.clock().UTC().Truncate(time.Second)}
	return s.fail("CreateBucket", s.buckets.add(name, rec))
}

// checkLocation demands a LocationConstraint outside us-east-1; versitygw has already refused a wrong one.
func (s *store) checkLocation(ctx context.Context) error {
	rctx, ok := ctx.(*fasthttp.RequestCtx)
	if !ok || s.region == DefaultRegion {
		return nil
	}
	if locationConstraint(rctx.Request.Body()) == "" {
		return errIllegalLocation("unspecified")
	}
	return nil
}

func (s *store) DeleteBucket(ctx context.Context, bucket string) error {
	s.buckets.creating.Lock()
	defer s.buckets.creating.Unlock()
	if err := s.posix.DeleteBucket(ctx, s.path(bucket)); err != nil {
		return s.fail("DeleteBucket", err)
	}
	return s.fail("DeleteBucket", s.buckets.remove(bucket))
}

// GetBucketAcl is versitygw's first question about every bucket, and so the place where a bucket of another
// account is refused. Public grants are left out for anonymous callers when they shall be ignored.
func (s *store) GetBucketAcl(ctx context.Context, in *s3.GetBucketAclInput) ([]byte, error) {
	if s.isForeign(*in.Bucket) {
		return nil, s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	data, err := s.posix.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: s.pathPtr(in.Bucket)})
	if err == nil && s.buckets.block(*in.Bucket).IgnorePublicAcls && isAnonymous(ctx) {
		data, err = withoutPublicGrants(data)
	}
	return data, s.fail("GetBucketAcl", err)
}

func (s *store) PutBucketAcl(ctx context.Context, bucket string, data []byte) error {
	if s.buckets.block(bucket).BlockPublicAcls && hasPublicGrants(data) {
		return s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	return s.fail("PutBucketAcl", s.posix.PutBucketAcl(ctx, s.path(bucket), data))
}

func (s *store) PutBucketPolicy(ctx context.Context, bucket string, policy []byte) error {
	if s.buckets.block(bucket).BlockPublicPolicy && isPublicPolicy(policy) {
		return s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	return s.fail("PutBucketPolicy", s.posix.PutBucketPolicy(ctx, s.path(bucket), policy))
}

// GetBucketPolicy hides a public policy from anonymous callers when public buckets are restricted.
func (s *store) GetBucketPolicy(ctx context.Context, bucket string) ([]byte, error) {
	policy, err := s.posix.GetBucketPolicy(ctx, s.path(bucket))
	if err == nil && s.buckets.block(bucket).RestrictPublicBuckets && isAnonymous(ctx) && isPublicPolicy(policy) {
		return nil, s3err.GetBucketErr(s3err.ErrNoSuchBucketPolicy, bucket)
	}
	return policy, s.fail("GetBucketPolicy", err)
}

func (s *store) DeleteBucketPolicy(ctx context.Context, bucket string) error {
	return s.fail("DeleteBucketPolicy", s.posix.DeleteBucketPolicy(ctx, s.path(bucket)))
}

func (s *store) PutBucketVersioning(ctx context.Context, bucket string, status types.BucketVersioningStatus) error {
	return s.fail("PutBucketVersioning", s.posix.PutBucketVersioning(ctx, s.path(bucket), status))
}

func (s *store) GetBucketVersioning(ctx context.Context, bucket string) (s3response.GetBucketVersioningOutput, error) {
	out, err := s.posix.GetBucketVersioning(ctx, s.path(bucket))
	return out, s.fail("GetBucketVersioning", err)
}

func (s *store) PutBucketOwnershipControls(ctx context.Context, bucket string, o types.ObjectOwnership) error {
	return s.fail("PutBucketOwnershipControls", s.posix.PutBucketOwnershipControls(ctx, s.path(bucket), o))
}

func (s *store) GetBucketOwnershipControls(ctx context.Context, bucket string) (types.ObjectOwnership, error) {
	out, err := s.posix.GetBucketOwnershipControls(ctx, s.path(bucket))
	return out, s.fail("GetBucketOwnershipControls", err)
}

func (s *store) DeleteBucketOwnershipControls(ctx context.Context, bucket string) error {
	return s.fail("DeleteBucketOwnershipControls", s.posix.DeleteBucketOwnershipControls(ctx, s.path(bucket)))
}

func (s *store) PutBucketCors(ctx context.Context, bucket string, cors []byte) error {
	return s.fail("PutBucketCors", s.posix.PutBucketCors(ctx, s.path(bucket), cors))
}

func (s *store) GetBucketCors(ctx context.Context, bucket string) ([]byte, error) {
	out, err := s.posix.GetBucketCors(ctx, s.path(bucket))
	return out, s.fail("GetBucketCors", err)
}

func (s *store) DeleteBucketCors(ctx context.Context, bucket string) error {
	return s.fail("DeleteBucketCors", s.posix.DeleteBucketCors(ctx, s.path(bucket)))
}

func (s *store) PutBucketWebsite(ctx context.Context, bucket string, website []byte) error {
	return s.fail("PutBucketWebsite", s.posix.PutBucketWebsite(ctx, s.path(bucket), website))
}

func (s *store) GetBucketWebsite(ctx context.Context, bucket string) ([]byte, error) {
	out, err := s.posix.GetBucketWebsite(ctx, s.path(bucket))
	return out, s.fail("GetBucketWebsite", err)
}

func (s *store) DeleteBucketWebsite(ctx context.Context, bucket string) error {
	return s.fail("DeleteBucketWebsite", s.posix.DeleteBucketWebsite(ctx, s.path(bucket)))
}

func (s *store) GetBucketTagging(ctx context.Context, bucket string) (map[string]string, error) {
	out, err := s.posix.GetBucketTagging(ctx, s.path(bucket))
	return out, s.fail("GetBucketTagging", err)
}

func (s *store) PutBucketTagging(ctx context.Context, bucket string, tags map[string]string) error {
	return s.fail("PutBucketTagging", s.posix.PutBucketTagging(ctx, s.path(bucket), tags))
}

func (s *store) DeleteBucketTagging(ctx context.Context, bucket string) error {
	return s.fail("DeleteBucketTagging", s.posix.DeleteBucketTagging(ctx, s.path(bucket)))
}

// ChangeBucketOwner and ListBucketsAndOwners belong to versitygw's admin API, which is not served.
func (s *store) ChangeBucketOwner(context.Context, string, string) error {
	return s3err.GetAPIError(s3err.ErrNotImplemented)
}

func (s *store) ListBucketsAndOwners(context.Context) ([]s3response.Bucket, error) {
	return nil, s3err.GetAPIError(s3err.ErrNotImplemented)
}

// withoutPublicGrants returns the ACL with its owner's rights only.
func withoutPublicGrants(data []byte) ([]byte, error) {
	acl, err := auth.ParseACL(data)
	if err != nil {
		return nil, err
	}
	acl.Grantees = slices.DeleteFunc(acl.Grantees, func(g auth.Grantee) bool { return g.Type == types.TypeGroup })
	return encodeACL(acl)
}
