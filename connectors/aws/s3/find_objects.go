package s3

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

// explain makes an error of one object's failure inside an answer of 200.
func (e DeleteError) explain() error {
	f := &awsconn.Fault{Operation: "DeleteObjects", Code: e.Code, Message: e.Message}
	out := f.Explain()
	out.Item = e.Key
	if out.Code == "AccessDenied" {
		out.Fix = "Allow s3:DeleteObject (s3:DeleteObjectVersion for versions) on the object, or wait until its Object Lock retention or legal hold has ended."
	}
	return out
}

// findDoomed finds what stands at the paths. Versions are asked for only where
// the bucket has, or had, versioning.
func (c *client) findDoomed(ctx context.Context, in *DeleteBucketObjectsIn) ([]doomed, error) {
	list := make([]doomed, len(in.FilePaths))
	firstAt := map[string]int{}
	for i, p := range in.FilePaths {
		list[i].path = p
		if _, seen := firstAt[p]; seen {
			list[i].again = true
			continue
		}
		firstAt[p] = i
	}
	versions := false
	if in.AllVersions {
		state, err := c.versioning(ctx, in.BucketName)
		if err != nil {
			return nil, err
		}
		versions = state != ""
	}
	if versions {
		return list, c.findVersions(ctx, in.BucketName, list)
	}
	return list, c.findCurrent(ctx, in.BucketName, list, firstAt)
}

func (c *client) findCurrent(ctx context.Context, bucket string, list []doomed, firstAt map[string]int) error {
	sizes, err := c.existing(ctx, bucket, firstAt)
	if err != nil {
		return err
	}
	for p, size := range sizes {
		x := &list[firstAt[p]]
		x.refs, x.size = []ref{{Bucket: bucket, Key: p}}, size
	}
	return nil
}

// existing tells which keys exist, with their sizes. It lists below their
// common prefix while at least every tenth key listed is one of those asked
// for, and asks for the rest one by one: never are more than ten times the
// keys listed.
func (c *client) existing(ctx context.Context, bucket string, wanted map[string]int) (map[string]int64, error) {
	keys := make([]string, 0, len(wanted))
	for k := range wanted {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	found := map[string]int64{}
	rest, err := c.listAmong(ctx, bucket, keys, found)
	if err != nil {
		return nil, err
	}
	sizes := make([]int64, len(rest))
	errs := make([]error, len(rest))
	err = connector.Each(ctx, c.s.concurrency, len(rest), func(i int) { sizes[i], errs[i] = c.sizeOf(ctx, bucket, rest[i]) })
	if err := firstError(append(errs, err)); err != nil {
		return nil, err
	}
	for i, k := range rest {
		if sizes[i] >= 0 {
			found[k] = sizes[i]
		}
	}
	return found, nil
}

// listAmong notes which of the sorted keys a listing shows, and gives those
// that it leaves open.
func (c *client) listAmong(ctx context.Context, bucket string, keys []string, found map[string]int64) ([]string, error) {
	budget, listed := 10*len(keys), 0
	last := keys[len(keys)-1]
	q := listQuery{Bucket: bucket, Prefix: commonPrefix(keys[0], last)}
	for {
		q.Max = min(pageSize, budget-listed)
		p, err := c.List(ctx, q)
		if err != nil {
			return nil, err
		}
		listed += len(p.Contents)
		past := false
		for _, o := range p.Contents {
			if _, wanted := slices.BinarySearch(keys, o.Key); wanted {
				found[o.Key] = o.Size
			}
			past = past || o.Key >= last
		}
		if !p.Truncated || p.Next == "" {
			return nil, nil
		}
		if dense := 10*len(found) >= listed; past || !dense || listed >= budget {
			return slices.DeleteFunc(keys, func(k string) bool { _, ok := found[k]; return ok }), nil
		}
		q.Token = p.Next
	}
}

// sizeOf gives the size of one object, -1 when there is none. Who may list but
// not read is answered by a list of one.
func (c *client) sizeOf(ctx context.Context, bucket, key string) (int64, error) {
	o, err := c.Head(ctx, ref{Bucket: bucket, Key: key})
	if err == nil {
		return o.Size, nil
	}
	if notFound(err) {
		return -1, nil
	}
	if connector.AsError(err).Status != http.StatusForbidden {
		return -1, err
	}
	p, err := c.List(ctx, listQuery{Bucket: bucket, Prefix: key, Max: 1})
	if err != nil {
		return -1, err
	}
	if len(p.Contents) == 1 && p.Contents[0].Key == key {
		return p.Contents[0].Size, nil
	}
	return -1, nil
}

func (c *client) findVersions(ctx context.Context, bucket string, list []doomed) error {
	errs := make([]error, len(list))
	err := connector.Each(ctx, c.s.concurrency, len(list), func(i int) {
		if !list[i].again {
			list[i].refs, list[i].size, errs[i] = c.versionsOf(ctx, bucket, list[i].path)
		}
	})
	return firstError(append(errs, err))
}

// versionsOf gives every version and marker of exactly one key, and the size
// of all together. A key sorts before the keys it begins, so that the listing
// ends early.
func (c *client) versionsOf(ctx context.Context, bucket, key string) ([]ref, int64, error) {
	var refs []ref
	var size int64
	q := versionQuery{Bucket: bucket, Prefix: key, Max: 10}
	for {
		p, err := c.ListVersions(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		for _, v := range p.Versions {
			if v.Key == key {
				refs = append(refs, ref{Bucket: bucket, Key: key, Version: v.Version})
				size += v.Size
			}
		}
		past := len(p.Versions) > 0 && strings.Compare(p.Versions[len(p.Versions)-1].Key, key) > 0
		if !p.Truncated || past || p.NextKey > key {
			return refs, size, nil
		}
		q.KeyMarker, q.VersionMarker, q.Max = p.NextKey, p.NextVersion, pageSize
	}
}
