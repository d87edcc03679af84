package s3wire

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// BucketsInput asks for one page of the account's buckets. Services other than
// AWS may take none of its fields and give all buckets.
type BucketsInput struct {
	Prefix string
	Region string // only buckets of this region; empty is all
	Token  string // the Next of the page before
	Max    int    // 0 is all
}

// Bucket is one bucket.
type Bucket struct {
	Name    string
	Created time.Time
	Region  string // where the service tells
	ARN     string // where the service tells
}

// BucketsPage is a page of buckets.
type BucketsPage struct {
	Buckets []Bucket
	Owner   *Owner
	Next    string
}

// ListBuckets gives one page of buckets.
func (c *Client) ListBuckets(ctx context.Context, in *BucketsInput) (*BucketsPage, error) {
	query := withParam(nil, "prefix", in.Prefix)
	query = withParam(query, "bucket-region", in.Region)
	query = withParam(query, "continuation-token", in.Token)
	if in.Max > 0 {
		query = append(query, param{"max-buckets", strconv.Itoa(in.Max)})
	}
	var page *BucketsPage
	err := c.do(ctx, &call{op: "ListBuckets", method: http.MethodGet, query: query, take: func(a *answer) error {
		page = &BucketsPage{}
		return a.document("ListAllMyBucketsResult", page.element)
	}})
	if err != nil {
		return nil, err
	}
	return page, nil
}

func (p *BucketsPage) element(s *scanner, name []byte) (err error) {
	switch string(name) {
	case "Buckets":
		return s.each(func([]byte) error {
			p.Buckets = append(p.Buckets, Bucket{})
			return s.bucket(&p.Buckets[len(p.Buckets)-1])
		})
	case "Owner":
		p.Owner = &Owner{}
		return s.owner(p.Owner)
	case "ContinuationToken":
		p.Next, err = s.text()
		return err
	}
	return s.skip()
}

func (s *scanner) bucket(b *Bucket) error {
	return s.each(func(name []byte) (err error) {
		switch string(name) {
		case "Name":
			b.Name, err = s.text()
		case "CreationDate":
			b.Created, err = s.time()
		case "BucketRegion":
			b.Region, err = s.text()
		case "BucketArn":
			b.ARN, err = s.text()
		default:
			err = s.skip()
		}
		return err
	})
}
