package s3

import (
	"context"
	"net/http"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

// AccessBlock are the four switches of a public access block.
type AccessBlock struct {
	BlockPublicAcls       bool `json:"BlockPublicAcls" key:"BlockPublicAcls" col:"Block public ACLs"`
	IgnorePublicAcls      bool `json:"IgnorePublicAcls" key:"IgnorePublicAcls" col:"Ignore public ACLs"`
	BlockPublicPolicy     bool `json:"BlockPublicPolicy" key:"BlockPublicPolicy" col:"Block public policy"`
	RestrictPublicBuckets bool `json:"RestrictPublicBuckets" key:"RestrictPublicBuckets" col:"Restrict public buckets"`
}

// blockState is the access block that a bucket has now.
type blockState struct {
	block  *AccessBlock // nil: none
	hidden error        // why it may not be read; only ever set on AWS itself
}

// noBlock is the code of a bucket that has no access block.
const noBlock = "NoSuchPublicAccessBlockConfiguration"

// accessBlock reads the present access block. Services that do not know the
// sub-resource answer for the bucket instead: what they answer here tells, and
// nothing that changes anything is ever sent to one that has not answered
// properly, because it would create or delete the bucket.
func (c *client) accessBlock(ctx context.Context, bucket string) (blockState, error) {
	out, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.GetPublicAccessBlockOutput, error) {
		return s.GetPublicAccessBlock(ctx, &awss3.GetPublicAccessBlockInput{Bucket: &bucket})
	})
	switch {
	case hasCode(err, noBlock):
		return blockState{}, nil
	case err == nil && properBlock(out.PublicAccessBlockConfiguration):
		return blockState{block: fromSDK(out.PublicAccessBlockConfiguration)}, nil
	case err == nil, c.misreadsBlock(err):
		return blockState{}, c.noBlockHere("GetPublicAccessBlock", err)
	case c.s.conn.AWS() && connector.AsError(err).Status == http.StatusForbidden:
		return blockState{hidden: err}, nil
	}
	return blockState{}, err
}

// properBlock tells a configuration from another document that was read as
// one: at least one switch must be there.
func properBlock(b *types.PublicAccessBlockConfiguration) bool {
	return b != nil && (b.BlockPublicAcls != nil || b.IgnorePublicAcls != nil || b.BlockPublicPolicy != nil || b.RestrictPublicBuckets != nil)
}

func fromSDK(b *types.PublicAccessBlockConfiguration) *AccessBlock {
	return &AccessBlock{deref(b.BlockPublicAcls), deref(b.IgnorePublicAcls), deref(b.BlockPublicPolicy), deref(b.RestrictPublicBuckets)}
}

// misreadsBlock tells answers that a service gives which takes the call for
// one of another kind.
func (c *client) misreadsBlock(err error) bool {
	return !c.s.conn.AWS() && (unsupported(err) || hasCode(err, "MalformedXML", "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNotEmpty", "InvalidRequest"))
}

// noBlockHere says that the endpoint has no access blocks.
func (c *client) noBlockHere(operation string, err error) error {
	e := &connector.Error{
		Kind: connector.Invalid, Operation: operation, Status: http.StatusNotImplemented, Code: "NotImplemented",
		Message: "Public access blocks are not supported by this endpoint (" + c.s.conn.EndpointName("s3", c.region) + ").",
		Fix:     "Leave the command out for this connection. Nothing was changed.", Err: err,
	}
	if f := awsconn.FaultOf(err); f != nil {
		e.Message += " It answered: " + f.Error()
		e.Code, e.RequestID = f.Code, f.RequestID
		if f.Status != 0 {
			e.Status = f.Status
		}
	}
	return e
}

// putAccessBlock must only be called after accessBlock gave an answer.
func (c *client) putAccessBlock(ctx context.Context, bucket string, b AccessBlock) error {
	conf := &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: &b.BlockPublicAcls, IgnorePublicAcls: &b.IgnorePublicAcls,
		BlockPublicPolicy: &b.BlockPublicPolicy, RestrictPublicBuckets: &b.RestrictPublicBuckets,
	}
	_, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.PutPublicAccessBlockOutput, error) {
		return s.PutPublicAccessBlock(ctx, &awss3.PutPublicAccessBlockInput{Bucket: &bucket, PublicAccessBlockConfiguration: conf}, contentMD5)
	})
	if c.misreadsBlock(err) {
		return c.noBlockHere("PutPublicAccessBlock", err)
	}
	return err
}

// deleteAccessBlock must only be called after accessBlock gave an answer.
func (c *client) deleteAccessBlock(ctx context.Context, bucket string) error {
	_, err := do(ctx, c, bucket, func(s *awss3.Client) (*awss3.DeletePublicAccessBlockOutput, error) {
		return s.DeletePublicAccessBlock(ctx, &awss3.DeletePublicAccessBlockInput{Bucket: &bucket})
	})
	if c.misreadsBlock(err) {
		return c.noBlockHere("DeletePublicAccessBlock", err)
	}
	return err
}
