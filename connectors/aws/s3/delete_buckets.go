package s3

import (
	"context"
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// DeleteBucketsIn is the input of Delete Buckets.
type DeleteBucketsIn struct {
	BucketNames []string `json:"bucketNames" label:"Bucket Names" doc:"Names of the buckets to delete. They must be empty; find them with List Buckets, in its raw data at $.Buckets[*].Name." example:"[\"acme-evidence-2026\"]" minItems:"1" items:"true" resource:"bucket"`
	Target
}

// DeleteBucketsOut is its raw data. The API answers nothing; the names are
// those that were deleted.
type DeleteBucketsOut struct {
	Buckets []DeletedBucket `json:"Buckets" doc:"The buckets deleted."`
}

// DeletedBucket is one bucket that was deleted.
type DeletedBucket struct {
	Name    string `json:"Name" key:"BucketNames" col:"Bucket"`
	Deleted bool   `json:"Deleted" col:"Deleted"`
	Region  string `json:"BucketRegion" col:"Region"`
}

func deleteBuckets() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Delete Buckets",
		Summary:     "Deletes empty buckets.",
		Description: "A bucket counts as full while it holds an object, an older version or a delete marker. The error then says how many are left and which command empties it.",
		Effect:      connector.Delete,
		Permissions: []connector.Permission{
			{Name: "s3:DeleteBucket"},
			{Name: "s3:ListBucketVersions", When: "to count what is left in a bucket that is not empty"},
		},
		Corrections: []string{
			"The permission is s3:DeleteBucket; s3:DeleteObject and s3:ListBucket belong to Delete Bucket Objects.",
			"NoSuchBucket is answered with status code 404 and BucketNotEmpty with 409, not with 403.",
		},
	}, runDeleteBuckets, planDeleteBuckets)
}

func runDeleteBuckets(ctx context.Context, call *connector.Call, s *session, in *DeleteBucketsIn) (*DeleteBucketsOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	call.Items.Total(len(in.BucketNames), 0)
	gone := make([]*DeletedBucket, len(in.BucketNames))
	err = eachItem(ctx, call, s.concurrency, in.BucketNames, func(i int, _ *connector.Item) (outcome, error) {
		name := in.BucketNames[i]
		region := c.home(name)
		if err := c.deleteBucket(ctx, name); err != nil {
			return outcome{}, prefixed(c.countLeft(ctx, name, err), `Delete bucket "`+name+`" failed: `)
		}
		region = first(c.elsewhere(name), region)
		c.forget(name)
		gone[i] = &DeletedBucket{Name: name, Deleted: true, Region: region}
		return outcome{}, nil
	})
	return &DeleteBucketsOut{Buckets: compact(gone)}, err
}

// countPages bounds the counting of a full bucket.
const countPages = 10

// countLeft adds to BucketNotEmpty what the bucket still holds.
func (c *client) countLeft(ctx context.Context, bucket string, err error) error {
	e := *connector.AsError(err)
	if e.Code != "BucketNotEmpty" {
		return &e
	}
	left := c.contents(ctx, bucket)
	if s := left.String(); s != "" {
		e.Message += " It still holds " + s + "."
	}
	e.Fix = "Empty the bucket with Empty Bucket (a dry run lists what it would remove), or delete what is left with Delete Bucket Objects, then delete the bucket."
	if left.versions+left.markers > 0 {
		e.Fix = "Empty the bucket with Empty Bucket (a dry run lists what it would remove), or delete what is left with Delete Bucket Objects and Enable All Versions Deletion, then delete the bucket."
	}
	return &e
}

type remains struct {
	objects, versions, markers int
	more                       bool
}

// String lists what there is: "3 objects, 1 older version and 2 delete markers".
func (r remains) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{r.objects, "object"}, {r.versions, "older version"}, {r.markers, "delete marker"}} {
		switch {
		case p.n == 1:
			parts = append(parts, "1 "+p.word)
		case p.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.word))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, ", ")
	if i := strings.LastIndex(text, ", "); i > 0 {
		text = text[:i] + " and " + text[i+2:]
	}
	if r.more {
		return "at least " + text
	}
	return text
}

// contents counts the versions of a bucket, or its objects where versions
// cannot be listed; failures leave the count as far as it came.
func (c *client) contents(ctx context.Context, bucket string) remains {
	var r remains
	q := versionQuery{Bucket: bucket}
	for range countPages {
		p, err := c.ListVersions(ctx, q)
		if err != nil {
			break
		}
		for _, v := range p.Versions {
			switch {
			case v.Marker:
				r.markers++
			case v.Latest:
				r.objects++
			default:
				r.versions++
			}
		}
		if r.more = p.Truncated; !p.Truncated {
			return r
		}
		q.KeyMarker, q.VersionMarker = p.NextKey, p.NextVersion
	}
	if r == (remains{}) {
		if p, err := c.List(ctx, listQuery{Bucket: bucket}); err == nil {
			r.objects, r.more = p.KeyCount, p.Truncated
		}
	}
	return r
}

func planDeleteBuckets(ctx context.Context, _ *connector.Call, s *session, in *DeleteBucketsIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	return planBuckets(ctx, c, in.BucketNames, func(name string) (string, error) {
		if _, err := c.headBucket(ctx, name); err != nil {
			if notFound(err) {
				return connector.PlanNone, nil
			}
			return "", err
		}
		full, err := c.full(ctx, name)
		if err != nil || full {
			return connector.PlanNone, err
		}
		return connector.PlanDelete, nil
	})
}

// full tells whether anything in a bucket forbids its deletion.
func (c *client) full(ctx context.Context, bucket string) (bool, error) {
	p, err := c.ListVersions(ctx, versionQuery{Bucket: bucket, Max: 1})
	if err == nil {
		return len(p.Versions) > 0, nil
	}
	l, err := c.List(ctx, listQuery{Bucket: bucket, Max: 1})
	if err != nil {
		return false, err
	}
	return l.KeyCount > 0, nil
}
