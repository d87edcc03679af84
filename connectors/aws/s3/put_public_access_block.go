package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// PutBlockIn is the input of Put Bucket Public Access Block.
type PutBlockIn struct {
	BucketName            string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose configuration is created or changed. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	BlockPublicACLs       bool   `json:"blockPublicAcls" label:"Block Public ACLs" doc:"Whether S3 refuses calls that would set a public ACL on the bucket or its objects. ACLs and policies that exist are not touched." example:"true"`
	IgnorePublicACLs      bool   `json:"ignorePublicAcls" label:"Ignore Public ACLs" doc:"Whether S3 treats public ACLs of the bucket and its objects as if they were not there." example:"true"`
	BlockPublicPolicy     bool   `json:"blockPublicPolicy" label:"Block Public Policy" doc:"Whether S3 refuses bucket policies that make the bucket public." example:"true"`
	RestrictPublicBuckets bool   `json:"restrictPublicBuckets" label:"Restrict Public Buckets" doc:"Whether a public policy lets in only AWS services and users of the bucket's own account." example:"true"`
	MergeWithCurrent      bool   `json:"mergeWithCurrent" label:"Merge With Current" doc:"Whether switches that are on stay on: a switch given as false then leaves the present one as it is." default:"false"`
	Target
}

// PutBlockOut is its raw data. The API itself answers nothing.
type PutBlockOut struct {
	BucketName string `json:"BucketName" key:"BucketName" col:"Bucket"`
	AccessBlock
	Change       string          `json:"Change" col:"Change" doc:"created, replaced or none."`
	Difference   string          `json:"Difference" col:"Difference" doc:"To the configuration before."`
	Previous     map[string]bool `json:"Previous,omitempty" doc:"The configuration before; missing when there was none."`
	Notes        []string        `json:"Notes,omitempty" doc:"What should be known about the change."`
	BucketRegion string          `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func putPublicAccessBlock() *connector.Command {
	cmd := connector.NewPlanned(connector.Meta{
		Name:    "Put Bucket Public Access Block",
		Summary: "Creates or changes the public access block of a bucket.",
		Description: "The present configuration is read first, so that the difference can be shown and the run can be undone. " +
			"Services that do not know access blocks would take the call for one that creates a bucket; they are told by how they answer that reading, and nothing is sent to them.",
		Effect: connector.Write | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:PutBucketPublicAccessBlock"},
			{Name: "s3:GetBucketPublicAccessBlock", When: "to show the difference, to undo, and with Merge With Current; on services other than AWS always"},
		},
		Corrections: []string{
			"The API takes a missing switch for false; all four are required here, so that none is turned off by oversight. Merge With Current keeps what is on.",
			"The permission is s3:PutBucketPublicAccessBlock, for the operation PutPublicAccessBlock.",
		},
	}, runPutBlock, planPutBlock)
	return connector.WithUndo(cmd, func(ctx context.Context, call *connector.Call, s *session, in *PutBlockIn, steps []connector.UndoStep) ([]connector.PlanStep, error) {
		return undoBlock(ctx, call, s, in.Target, steps)
	})
}

// blockChange is an access block on its way to a bucket.
type blockChange struct {
	c    *client
	now  blockState
	next AccessBlock
}

func prepareBlock(ctx context.Context, s *session, in *PutBlockIn) (*blockChange, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	ch := &blockChange{c: c, next: AccessBlock{in.BlockPublicACLs, in.IgnorePublicACLs, in.BlockPublicPolicy, in.RestrictPublicBuckets}}
	if ch.now, err = c.accessBlock(ctx, in.BucketName); err != nil {
		return nil, err
	}
	if in.MergeWithCurrent {
		if ch.now.hidden != nil {
			return nil, ch.now.hidden
		}
		ch.merge()
	}
	return ch, nil
}

func (ch *blockChange) merge() {
	b := ch.now.block
	if b == nil {
		return
	}
	n := &ch.next
	n.BlockPublicAcls = n.BlockPublicAcls || b.BlockPublicAcls
	n.IgnorePublicAcls = n.IgnorePublicAcls || b.IgnorePublicAcls
	n.BlockPublicPolicy = n.BlockPublicPolicy || b.BlockPublicPolicy
	n.RestrictPublicBuckets = n.RestrictPublicBuckets || b.RestrictPublicBuckets
}

func (ch *blockChange) action() string {
	if ch.now.hidden != nil {
		return connector.PlanReplace
	}
	return blockAction(ch.now.block, &ch.next)
}

func (ch *blockChange) difference() string {
	if ch.now.hidden != nil {
		return ""
	}
	return blockDiff(ch.now.block, &ch.next)
}

func planPutBlock(ctx context.Context, _ *connector.Call, s *session, in *PutBlockIn) ([]connector.PlanStep, error) {
	ch, err := prepareBlock(ctx, s, in)
	if err != nil {
		return nil, err
	}
	return []connector.PlanStep{{Item: in.BucketName, Action: ch.action(), Note: first(ch.now.hiddenNote(), ch.difference())}}, nil
}

func runPutBlock(ctx context.Context, call *connector.Call, s *session, in *PutBlockIn) (*PutBlockOut, error) {
	ch, err := prepareBlock(ctx, s, in)
	if err != nil {
		return nil, err
	}
	out := &PutBlockOut{
		BucketName: in.BucketName, AccessBlock: ch.next, Change: pastOf(ch.action()), Difference: ch.difference(), Previous: ch.now.block.switches(),
		BucketRegion: ch.c.elsewhere(in.BucketName),
	}
	if n := ch.now.hiddenNote(); n != "" {
		out.Notes = append(out.Notes, n)
	}
	if ch.action() == connector.PlanNone {
		return out, nil
	}
	if err := ch.now.save(ctx, call, in.BucketName, &ch.next); err != nil {
		return nil, err
	}
	if err := ch.c.putAccessBlock(ctx, in.BucketName, ch.next); err != nil {
		return nil, err
	}
	return out, nil
}
