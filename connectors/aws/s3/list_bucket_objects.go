package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// pageSize is the most keys of one answer.
const pageSize = 1000

// ListBucketObjectsIn is the input of List Bucket Objects.
type ListBucketObjectsIn struct {
	BucketName     string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose objects are listed. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" minLength:"1" resource:"bucket"`
	MaximumObjects int    `json:"maximumObjects" label:"Maximum Objects" doc:"How many objects to give at most. 0 gives all; above 1,000 further pages are fetched." default:"1000" minimum:"0" example:"10"`
	Prefix         string `json:"prefix,omitempty" label:"Prefix" doc:"Only keys that begin with this." example:"temp/" maxLength:"1024" group:"Selection"`
	Delimiter      string `json:"delimiter,omitempty" label:"Delimiter" doc:"Keys that agree up to this text after the prefix are given once, as a common prefix. Use / to list one folder." example:"/" group:"Selection"`
	StartAfter     string `json:"startAfter,omitempty" label:"Start After" doc:"Only keys that sort after this one." maxLength:"1024" group:"Selection"`
	Continuation   string `json:"continuationToken,omitempty" label:"Continuation Token" doc:"Goes on where an earlier list was cut: the $.NextContinuationToken of its raw data." group:"Selection"`
	Target
}

// ObjectSummary is an object as lists show it.
type ObjectSummary struct {
	Key               string   `json:"Key" key:"Keys" col:"Key"`
	LastModified      string   `json:"LastModified,omitempty" col:"Last modified" doc:"ISO 8601, UTC."`
	ETag              string   `json:"ETag,omitempty" key:"ETags" doc:"With its quotes, as the API gives it."`
	ChecksumAlgorithm []string `json:"ChecksumAlgorithm,omitempty"`
	ChecksumType      string   `json:"ChecksumType,omitempty"`
	Size              int64    `json:"Size" key:"Sizes" col:"Size"`
	StorageClass      string   `json:"StorageClass,omitempty" col:"Storage class"`
	Owner             *Owner   `json:"Owner,omitempty"`
}

// CommonPrefix is a folder of a list with a delimiter.
type CommonPrefix struct {
	Prefix string `json:"Prefix" key:"Prefixes"`
}

// ListBucketObjectsOut is the raw data, in the API's shape with pages merged.
type ListBucketObjectsOut struct {
	Name                  string          `json:"Name" doc:"The bucket."`
	Prefix                string          `json:"Prefix" doc:"The prefix asked for."`
	Delimiter             string          `json:"Delimiter,omitempty" doc:"The delimiter asked for."`
	StartAfter            string          `json:"StartAfter,omitempty" doc:"The key asked to start after."`
	MaxKeys               int             `json:"MaxKeys" doc:"The maximum asked for; 0 is none."`
	KeyCount              int             `json:"KeyCount" doc:"Objects and common prefixes of all pages."`
	IsTruncated           bool            `json:"IsTruncated" doc:"Whether there is more than the maximum."`
	Contents              []ObjectSummary `json:"Contents"`
	CommonPrefixes        []CommonPrefix  `json:"CommonPrefixes,omitempty"`
	NextContinuationToken string          `json:"NextContinuationToken,omitempty" doc:"Where a cut list goes on; give it as Continuation Token."`
	BucketRegion          string          `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func listBucketObjects() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Bucket Objects",
		Summary:     "Lists the objects of a bucket.",
		Description: "Only current objects are listed, not older versions. Other commands take the paths from the raw data at `$.Contents[*].Key`. A list that was cut at Maximum Objects keeps `IsTruncated` and `NextContinuationToken`.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: []connector.Permission{{Name: "s3:ListBucket"}},
		Corrections: []string{
			"1,000 is the size of one answer, not a limit: more pages are fetched for a higher maximum.",
			"Parameters refused before a call have status code 400, not 403.",
		},
	}, runListBucketObjects)
}

func runListBucketObjects(ctx context.Context, _ *connector.Call, s *session, in *ListBucketObjectsIn) (*ListBucketObjectsOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	out := &ListBucketObjectsOut{
		Name: in.BucketName, Prefix: in.Prefix, Delimiter: in.Delimiter, StartAfter: in.StartAfter,
		MaxKeys: in.MaximumObjects, Contents: []ObjectSummary{},
	}
	q := listQuery{Bucket: in.BucketName, Prefix: in.Prefix, Delimiter: in.Delimiter, StartAfter: in.StartAfter, Token: in.Continuation}
	for {
		q.Max = pageSize
		if in.MaximumObjects > 0 {
			q.Max = min(pageSize, in.MaximumObjects-out.KeyCount)
		}
		p, err := c.List(ctx, q)
		if err != nil {
			return nil, err
		}
		out.add(p)
		enough := in.MaximumObjects > 0 && out.KeyCount >= in.MaximumObjects
		if !p.Truncated || p.Next == "" || enough {
			out.BucketRegion = c.elsewhere(in.BucketName)
			return out, nil
		}
		q.Token = p.Next
	}
}

func (o *ListBucketObjectsOut) add(p *listPage) {
	o.Contents = append(o.Contents, p.Contents...)
	for _, x := range p.CommonPrefixes {
		o.CommonPrefixes = append(o.CommonPrefixes, CommonPrefix{x})
	}
	o.KeyCount += p.KeyCount
	o.IsTruncated, o.NextContinuationToken = p.Truncated, p.Next
}
