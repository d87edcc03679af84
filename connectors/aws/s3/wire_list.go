package s3

import (
	"context"
	"sort"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// List gives one page.
func (c *client) List(ctx context.Context, q listQuery) (*listPage, error) {
	in := &s3wire.ListInput{Bucket: q.Bucket, Prefix: q.Prefix, Delimiter: q.Delimiter, StartAfter: q.StartAfter, Token: q.Token, Max: min(q.Max, pageSize)}
	out, err := wire(ctx, c, q.Bucket, func(w *s3wire.Client) (*s3wire.ListPage, error) { return w.List(ctx, in) })
	if err != nil {
		return nil, err
	}
	p := &listPage{CommonPrefixes: out.CommonPrefixes, KeyCount: int(out.KeyCount), Truncated: out.Truncated, Next: out.Next}
	if len(out.Items) > 0 {
		p.Contents = make([]ObjectSummary, len(out.Items))
	}
	for i := range out.Items {
		p.Contents[i] = summary(&out.Items[i])
	}
	if p.KeyCount == 0 { // some services leave it out
		p.KeyCount = len(p.Contents) + len(p.CommonPrefixes)
	}
	return p, nil
}

func summary(o *s3wire.Item) ObjectSummary {
	s := ObjectSummary{
		Key: o.Key, LastModified: iso(&o.Modified), ETag: o.ETag, Size: o.Size, StorageClass: o.StorageClass, ChecksumType: o.ChecksumType,
		ChecksumAlgorithm: o.ChecksumAlgorithm,
	}
	if o.Owner != nil {
		s.Owner = &Owner{ID: o.Owner.ID, DisplayName: o.Owner.DisplayName}
	}
	return s
}

// listVersions gives one page in the order of the service.
func (c *client) listVersions(ctx context.Context, q versionQuery) (*s3wire.VersionsPage, error) {
	if q.Max == 0 {
		q.Max = pageSize
	}
	in := &s3wire.VersionsInput{Bucket: q.Bucket, Prefix: q.Prefix, KeyMarker: q.KeyMarker, VersionIDMarker: q.VersionMarker, Max: min(q.Max, pageSize)}
	return wire(ctx, c, q.Bucket, func(w *s3wire.Client) (*s3wire.VersionsPage, error) { return w.ListVersions(ctx, in) })
}

// ListVersions gives one page of versions and delete markers, by key; of one
// key the versions come first.
func (c *client) ListVersions(ctx context.Context, q versionQuery) (*versionPage, error) {
	out, err := c.listVersions(ctx, q)
	if err != nil {
		return nil, err
	}
	p := &versionPage{Truncated: out.Truncated, NextKey: out.NextKey, NextVersion: out.NextVersionID}
	for _, v := range out.Versions {
		p.Versions = append(p.Versions, version{Key: v.Key, Version: v.VersionID, Latest: v.Latest, Marker: v.Marker, Size: v.Size})
	}
	sort.SliceStable(p.Versions, func(i, j int) bool {
		a, b := &p.Versions[i], &p.Versions[j]
		return a.Key < b.Key || a.Key == b.Key && !a.Marker && b.Marker
	})
	return p, nil
}

// listBuckets gives one page of buckets.
func (c *client) listBuckets(ctx context.Context, in *s3wire.BucketsInput) (*s3wire.BucketsPage, error) {
	return wire(ctx, c, "", func(w *s3wire.Client) (*s3wire.BucketsPage, error) { return w.ListBuckets(ctx, in) })
}
