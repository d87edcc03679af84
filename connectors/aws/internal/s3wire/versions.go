package s3wire

import (
	"context"
	"slices"
	"time"
)

// VersionsInput asks for one page of a bucket's versions and delete markers.
type VersionsInput struct {
	Bucket, Prefix, Delimiter  string
	KeyMarker, VersionIDMarker string // the Next ones of the page before
	Max                        int    // at most 1,000; 0 is the service's maximum
}

// Version is one version of an object, or a delete marker.
type Version struct {
	Key, VersionID string
	Latest         bool
	Marker         bool // a delete marker: it has no ETag, size and class
	Modified       time.Time
	ETag           string // as the service gives it, with its quotes
	Size           int64
	StorageClass   string
}

// VersionsPage is a page in the order of the service, which is not always that
// of the keys: some give all markers after all versions.
type VersionsPage struct {
	Versions               []Version
	CommonPrefixes         []string
	Truncated              bool
	NextKey, NextVersionID string
}

// maxPage is the most that services give at a time.
const maxPage = 1000

// ListVersions gives one page of versions and delete markers. What a list goes
// on after is not part of it; some services begin with it all the same.
func (c *Client) ListVersions(ctx context.Context, in *VersionsInput) (*VersionsPage, error) {
	p, err := c.versionsPage(ctx, in)
	if err != nil || in.VersionIDMarker == "" {
		return p, err
	}
	if p.dropMarker(in); len(p.Versions) > 0 || !p.Truncated || in.Max == 0 || in.Max >= maxPage {
		return p, nil
	}
	more := *in
	more.Max++ // the page held nothing else, and would do so again
	if p, err = c.versionsPage(ctx, &more); err == nil {
		p.dropMarker(in)
	}
	return p, err
}

func (p *VersionsPage) dropMarker(in *VersionsInput) {
	p.Versions = slices.DeleteFunc(p.Versions, func(v Version) bool { return v.Key == in.KeyMarker && v.VersionID == in.VersionIDMarker })
}

func (c *Client) versionsPage(ctx context.Context, in *VersionsInput) (*VersionsPage, error) {
	const op = "ListObjectVersions"
	if in.Bucket == "" {
		return nil, Ref{Key: "-"}.check(op)
	}
	query := []param{{"versions", ""}, {"encoding-type", "url"}}
	query = withParam(query, "prefix", in.Prefix)
	query = withParam(query, "delimiter", in.Delimiter)
	query = withParam(query, "key-marker", in.KeyMarker)
	query = withParam(query, "version-id-marker", in.VersionIDMarker)
	return listed[VersionsPage](ctx, c, op, in.Bucket, "ListVersionsResult", in.Max, query)
}

func (p *VersionsPage) element(s *scanner, name []byte, encoded *bool) (err error) {
	switch string(name) {
	case "Version", "DeleteMarker":
		p.Versions = append(p.Versions, Version{Marker: name[0] == 'D'})
		return s.version(&p.Versions[len(p.Versions)-1])
	case "CommonPrefixes":
		return s.prefix(&p.CommonPrefixes)
	case "IsTruncated":
		return s.boolean(&p.Truncated)
	case "NextKeyMarker":
		p.NextKey, err = s.text()
		return err
	case "NextVersionIdMarker":
		p.NextVersionID, err = s.text()
		return err
	case "EncodingType":
		return s.isURL(encoded)
	}
	return s.skip()
}

func (s *scanner) version(v *Version) error {
	return s.each(func(name []byte) (err error) {
		switch string(name) {
		case "Key":
			v.Key, err = s.text()
		case "VersionId":
			v.VersionID, err = s.text()
		case "IsLatest":
			err = s.boolean(&v.Latest)
		case "LastModified":
			v.Modified, err = s.time()
		case "ETag":
			v.ETag, err = s.text()
		case "Size":
			err = s.number(&v.Size)
		case "StorageClass":
			v.StorageClass, err = s.word()
		default:
			err = s.skip()
		}
		return err
	})
}

func (p *VersionsPage) decode() {
	for i := range p.Versions {
		p.Versions[i].Key = decodeKey(p.Versions[i].Key)
	}
	decodeKeys(p.CommonPrefixes)
	p.NextKey = decodeKey(p.NextKey)
}
