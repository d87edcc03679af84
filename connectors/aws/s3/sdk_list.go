package s3

import (
	"context"
	"net/url"
	"sort"
	"strings"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// List gives one page. Keys travel URL-encoded, because XML cannot carry every
// character that a key may have.
func (c *client) List(ctx context.Context, q listQuery) (*listPage, error) {
	in := &awss3.ListObjectsV2Input{
		Bucket: &q.Bucket, Prefix: ptr(q.Prefix), Delimiter: ptr(q.Delimiter), StartAfter: ptr(q.StartAfter),
		ContinuationToken: ptr(q.Token), EncodingType: types.EncodingTypeUrl,
	}
	if q.Max > 0 {
		n := int32(min(q.Max, pageSize)) // at most 1000
		in.MaxKeys = &n
	}
	out, err := do(ctx, c, q.Bucket, func(s *awss3.Client) (*awss3.ListObjectsV2Output, error) { return s.ListObjectsV2(ctx, in) })
	if err != nil {
		return nil, err
	}
	decode := decoder(out.EncodingType)
	p := &listPage{KeyCount: int(deref(out.KeyCount)), Truncated: deref(out.IsTruncated), Next: deref(out.NextContinuationToken)}
	for i := range out.Contents {
		p.Contents = append(p.Contents, summary(&out.Contents[i], decode))
	}
	for _, x := range out.CommonPrefixes {
		p.CommonPrefixes = append(p.CommonPrefixes, decode(deref(x.Prefix)))
	}
	if p.KeyCount == 0 { // some services leave it out
		p.KeyCount = len(p.Contents) + len(p.CommonPrefixes)
	}
	return p, nil
}

func summary(o *types.Object, decode func(string) string) ObjectSummary {
	s := ObjectSummary{
		Key: decode(deref(o.Key)), LastModified: iso(o.LastModified), ETag: deref(o.ETag), Size: deref(o.Size),
		StorageClass: string(o.StorageClass), ChecksumType: string(o.ChecksumType),
	}
	for _, a := range o.ChecksumAlgorithm {
		s.ChecksumAlgorithm = append(s.ChecksumAlgorithm, string(a))
	}
	if o.Owner != nil {
		s.Owner = &Owner{ID: deref(o.Owner.ID), DisplayName: deref(o.Owner.DisplayName)}
	}
	return s
}

// decoder undoes the encoding that the service says it used.
func decoder(e types.EncodingType) func(string) string {
	if e != types.EncodingTypeUrl {
		return func(s string) string { return s }
	}
	return func(s string) string {
		if d, err := url.QueryUnescape(s); err == nil {
			return d
		}
		return s
	}
}

// ListVersions gives one page of versions and delete markers, by key.
func (c *client) ListVersions(ctx context.Context, q versionQuery) (*versionPage, error) {
	out, err := c.listVersions(ctx, q)
	if err != nil {
		return nil, err
	}
	p := &versionPage{Truncated: deref(out.IsTruncated), NextKey: deref(out.NextKeyMarker), NextVersion: deref(out.NextVersionIdMarker)}
	for _, v := range out.Versions {
		p.Versions = append(p.Versions, version{Key: deref(v.Key), Version: deref(v.VersionId), Latest: deref(v.IsLatest), Size: deref(v.Size)})
	}
	for _, m := range out.DeleteMarkers {
		p.Versions = append(p.Versions, version{Key: deref(m.Key), Version: deref(m.VersionId), Latest: deref(m.IsLatest), Marker: true})
	}
	sort.SliceStable(p.Versions, func(i, j int) bool { return strings.Compare(p.Versions[i].Key, p.Versions[j].Key) < 0 })
	return p, nil
}
