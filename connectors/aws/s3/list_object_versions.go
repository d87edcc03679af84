package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// ListObjectVersionsIn is the input of List Object Versions.
type ListObjectVersionsIn struct {
	BucketName      string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose versions are listed. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Key             string `json:"key,omitempty" label:"Key" doc:"Only versions of exactly this object." example:"temp/tests3.txt" maxLength:"1024"`
	Prefix          string `json:"prefix,omitempty" label:"Prefix" doc:"Only keys that begin with this." maxLength:"1024" group:"Selection"`
	MaxKeys         int    `json:"maxKeys" label:"Max Keys" doc:"How many versions and delete markers to give at most. 0 gives all; above 1,000 further pages are fetched." default:"1000" minimum:"0" group:"Selection"`
	KeyMarker       string `json:"keyMarker,omitempty" label:"Key Marker" doc:"Goes on where an earlier list was cut: the $.NextKeyMarker of its raw data." maxLength:"1024" group:"Selection"`
	VersionIDMarker string `json:"versionIdMarker,omitempty" label:"Version ID Marker" doc:"Goes on where an earlier list was cut: the $.NextVersionIdMarker of its raw data." maxLength:"1024" group:"Selection"`
	Target
}

// Validate refuses two selections at once.
func (in *ListObjectVersionsIn) Validate() []*connector.Error {
	if in.Key != "" && in.Prefix != "" {
		return []*connector.Error{connector.InvalidField("/prefix", "Key and Prefix are both given.", "Give Key for one object, or Prefix for all that begin with it.")}
	}
	return nil
}

// ObjectVersion is one version of an object.
type ObjectVersion struct {
	Key          string `json:"Key" key:"Keys" col:"Key"`
	VersionID    string `json:"VersionId" key:"VersionIds" col:"Version"`
	IsLatest     bool   `json:"IsLatest" col:"Latest"`
	LastModified string `json:"LastModified,omitempty" col:"Last modified" doc:"ISO 8601, UTC."`
	ETag         string `json:"ETag,omitempty" doc:"With its quotes, as the API gives it."`
	Size         int64  `json:"Size" col:"Size"`
	StorageClass string `json:"StorageClass,omitempty" col:"Storage class"`
}

// DeleteMarker is a mark that an object is deleted, over its versions.
type DeleteMarker struct {
	Key          string `json:"Key" key:"MarkerKeys"`
	VersionID    string `json:"VersionId" key:"MarkerVersionIds"`
	IsLatest     bool   `json:"IsLatest"`
	LastModified string `json:"LastModified,omitempty" doc:"ISO 8601, UTC."`
}

// ListObjectVersionsOut is the raw data, in the API's shape with pages merged.
type ListObjectVersionsOut struct {
	Name                string          `json:"Name" doc:"The bucket."`
	Prefix              string          `json:"Prefix" doc:"What the keys begin with."`
	MaxKeys             int             `json:"MaxKeys" doc:"The maximum asked for; 0 is none."`
	IsTruncated         bool            `json:"IsTruncated" doc:"Whether there is more than the maximum."`
	Versions            []ObjectVersion `json:"Versions"`
	DeleteMarkers       []DeleteMarker  `json:"DeleteMarkers"`
	NextKeyMarker       string          `json:"NextKeyMarker,omitempty" doc:"Where a cut list goes on; give it as Key Marker."`
	NextVersionIDMarker string          `json:"NextVersionIdMarker,omitempty" doc:"Where a cut list goes on; give it as Version ID Marker."`
	BucketRegion        string          `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func listObjectVersions() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Object Versions",
		Summary:     "Lists the versions and delete markers of a bucket.",
		Description: "In a bucket that never had versioning each object is its only version, with the ID null. Restore Object Version makes an older one current again; the IDs are in the raw data at `$.Versions[*].VersionId`.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: []connector.Permission{{Name: "s3:ListBucketVersions"}},
	}, runListObjectVersions)
}

func runListObjectVersions(ctx context.Context, _ *connector.Call, s *session, in *ListObjectVersionsIn) (*ListObjectVersionsOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	out := &ListObjectVersionsOut{Name: in.BucketName, Prefix: first(in.Key, in.Prefix), MaxKeys: in.MaxKeys, Versions: []ObjectVersion{}, DeleteMarkers: []DeleteMarker{}}
	q := versionQuery{Bucket: in.BucketName, Prefix: out.Prefix, KeyMarker: in.KeyMarker, VersionMarker: in.VersionIDMarker}
	for {
		q.Max = pageSize
		if in.MaxKeys > 0 {
			q.Max = min(pageSize, in.MaxKeys-out.count())
		}
		p, err := c.listVersions(ctx, q)
		if err != nil {
			return nil, err
		}
		past := out.add(p, in.Key)
		if out.IsTruncated = p.Truncated && !past; !out.IsTruncated {
			break
		}
		q.KeyMarker, q.VersionMarker = p.NextKey, p.NextVersionID
		if in.MaxKeys > 0 && out.count() >= in.MaxKeys || q.KeyMarker == "" {
			out.NextKeyMarker, out.NextVersionIDMarker = q.KeyMarker, q.VersionMarker
			break
		}
	}
	out.BucketRegion = c.elsewhere(in.BucketName)
	return out, nil
}

func (o *ListObjectVersionsOut) count() int { return len(o.Versions) + len(o.DeleteMarkers) }

// add takes over a page. With a key it leaves out the others, and tells
// whether the list has come past it.
func (o *ListObjectVersionsOut) add(p *s3wire.VersionsPage, key string) (past bool) {
	for _, v := range p.Versions {
		switch past = past || key != "" && v.Key > key; {
		case key != "" && v.Key != key:
		case v.Marker:
			o.DeleteMarkers = append(o.DeleteMarkers, DeleteMarker{Key: v.Key, VersionID: v.VersionID, IsLatest: v.Latest, LastModified: iso(&v.Modified)})
		default:
			o.Versions = append(o.Versions, ObjectVersion{
				Key: v.Key, VersionID: v.VersionID, IsLatest: v.Latest, LastModified: iso(&v.Modified), ETag: v.ETag, Size: v.Size, StorageClass: v.StorageClass,
			})
		}
	}
	return past
}
