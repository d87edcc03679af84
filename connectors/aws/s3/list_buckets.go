package s3

import (
	"context"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/s3wire"
)

// ListBucketsIn is the input of List Buckets.
type ListBucketsIn struct {
	Prefix       string `json:"prefix,omitempty" label:"Prefix" doc:"Only buckets whose names begin with this." group:"Selection"`
	BucketRegion string `json:"bucketRegion,omitempty" label:"Bucket Region" doc:"Only buckets of this region. Written like Region Name; AWS answers only when the call goes to the same region, which is done here." maxLength:"128" group:"Selection"`
	Target
}

// Owner is who owns buckets or an object.
type Owner struct {
	ID          string `json:"ID,omitempty"`
	DisplayName string `json:"DisplayName,omitempty"`
}

// Bucket is one bucket of a list.
type Bucket struct {
	Name         string `json:"Name" key:"BucketNames" col:"Bucket"`
	CreationDate string `json:"CreationDate,omitempty" col:"Created" doc:"ISO 8601, UTC."`
	BucketRegion string `json:"BucketRegion,omitempty" col:"Region"`
	BucketArn    string `json:"BucketArn,omitempty"`
}

// ListBucketsOut is the raw data, in the API's shape with all pages merged.
type ListBucketsOut struct {
	Buckets []Bucket `json:"Buckets"`
	Owner   *Owner   `json:"Owner,omitempty"`
	Prefix  string   `json:"Prefix,omitempty" doc:"The prefix asked for."`
}

func listBuckets() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Buckets",
		Summary:     "Lists the buckets that the connection's account owns.",
		Description: "Pages are followed to the end, so that accounts with more than 10,000 buckets are listed whole. Other commands take the names from the raw data at `$.Buckets[*].Name`.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: []connector.Permission{{Name: "s3:ListAllMyBuckets"}},
		Corrections: []string{"Parameters refused before a call have status code 400, not 403."},
	}, runListBuckets)
}

func runListBuckets(ctx context.Context, _ *connector.Call, s *session, in *ListBucketsIn) (*ListBucketsOut, error) {
	where := in.Target
	if in.BucketRegion != "" {
		where.RegionName = in.BucketRegion
	}
	c, err := s.at(where)
	if err != nil {
		if in.BucketRegion != "" {
			return nil, at(connector.AsError(err), "/bucketRegion")
		}
		return nil, err
	}
	q := &s3wire.BucketsInput{Prefix: in.Prefix}
	if in.BucketRegion != "" {
		q.Region = c.region
	}
	return c.allBuckets(ctx, q)
}

// bucketPage is the most that AWS gives at once; without a page size, accounts
// above 10,000 buckets are refused.
const bucketPage = 10000

func (c *client) allBuckets(ctx context.Context, q *s3wire.BucketsInput) (*ListBucketsOut, error) {
	out := &ListBucketsOut{Buckets: []Bucket{}, Prefix: q.Prefix}
	if c.s.conn.AWS() {
		q.Max = bucketPage
	}
	for {
		p, err := c.listBuckets(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, b := range p.Buckets {
			if !strings.HasPrefix(b.Name, out.Prefix) { // some services ignore the prefix
				continue
			}
			out.Buckets = append(out.Buckets, Bucket{Name: b.Name, CreationDate: iso(&b.Created), BucketRegion: b.Region, BucketArn: b.ARN})
		}
		if p.Owner != nil {
			out.Owner = &Owner{ID: p.Owner.ID, DisplayName: p.Owner.DisplayName}
		}
		if p.Next == "" || p.Next == q.Token {
			return out, nil
		}
		q.Token = p.Next
	}
}
