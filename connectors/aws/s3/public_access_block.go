package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// GetBlockIn is the input of Get Bucket Public Access Block.
type GetBlockIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose configuration is read. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Target
}

// GetBlockOut is its raw data, in the API's shape.
type GetBlockOut struct {
	Configuration AccessBlock `json:"PublicAccessBlockConfiguration"`
	Summary       []BlockRow  `json:"Switches" doc:"The four switches, one by one."`
	BucketRegion  string      `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

// BlockRow is one switch.
type BlockRow struct {
	Name string `json:"Name" col:"Switch"`
	On   bool   `json:"On" col:"On"`
}

func (b *AccessBlock) rows() []BlockRow {
	return []BlockRow{
		{"Block Public ACLs", b.BlockPublicAcls},
		{"Ignore Public ACLs", b.IgnorePublicAcls},
		{"Block Public Policy", b.BlockPublicPolicy},
		{"Restrict Public Buckets", b.RestrictPublicBuckets},
	}
}

func getPublicAccessBlock() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "Get Bucket Public Access Block",
		Summary:     "Retrieves the public access block of a bucket.",
		Description: "A bucket without one is an error with status code 404. The account may have an access block of its own, which applies besides and is not shown.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: []connector.Permission{{Name: "s3:GetBucketPublicAccessBlock"}},
		Corrections: []string{
			"A bucket without a configuration is answered with the code " + noBlock + " and status code 404.",
		},
	}, runGetBlock)
}

func runGetBlock(ctx context.Context, _ *connector.Call, s *session, in *GetBlockIn) (*GetBlockOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	now, err := c.accessBlock(ctx, in.BucketName)
	switch {
	case err != nil:
		return nil, err
	case now.hidden != nil:
		return nil, now.hidden
	case now.block == nil:
		return nil, &connector.Error{
			Kind: connector.NotFound, Item: in.BucketName, Operation: "GetPublicAccessBlock", Code: noBlock, Status: 404,
			Message: "An error occurred (" + noBlock + ") when calling the GetPublicAccessBlock operation: The public access block configuration was not found.",
			Fix:     "The bucket has no public access block. Run Put Bucket Public Access Block to add one.",
		}
	}
	return &GetBlockOut{Configuration: *now.block, Summary: now.block.rows(), BucketRegion: c.elsewhere(in.BucketName)}, nil
}

// DeleteBlockIn is the input of Delete Public Access Block.
type DeleteBlockIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose configuration is deleted. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Target
}

// DeleteBlockOut is its raw data. The API itself answers nothing.
type DeleteBlockOut struct {
	BucketName   string          `json:"BucketName" key:"BucketName" col:"Bucket"`
	Deleted      bool            `json:"Deleted" col:"Deleted" doc:"False when there was none."`
	Previous     map[string]bool `json:"Previous,omitempty" doc:"The configuration that was deleted."`
	Notes        []string        `json:"Notes,omitempty" doc:"What should be known about the deletion."`
	BucketRegion string          `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func deletePublicAccessBlock() *connector.Command {
	cmd := connector.NewPlanned(connector.Meta{
		Name:    "Delete Public Access Block",
		Summary: "Deletes the public access block of a bucket.",
		Description: "The bucket itself stays. Public policies and ACLs that the block held back take effect at once, unless the account has a block of its own. " +
			"Some services take the call for one that deletes the bucket; it is sent only where a configuration was read before. The configuration is kept with the run, and `runs undo` puts it back.",
		Effect: connector.Delete | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:PutBucketPublicAccessBlock"},
			{Name: "s3:GetBucketPublicAccessBlock", When: "to show what is deleted and to undo; on services other than AWS always"},
		},
	}, runDeleteBlock, planDeleteBlock)
	return connector.WithUndo(cmd, func(ctx context.Context, call *connector.Call, s *session, in *DeleteBlockIn, steps []connector.UndoStep) ([]connector.PlanStep, error) {
		return undoBlock(ctx, call, s, in.Target, steps)
	})
}

func runDeleteBlock(ctx context.Context, call *connector.Call, s *session, in *DeleteBlockIn) (*DeleteBlockOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	now, err := c.accessBlock(ctx, in.BucketName)
	if err != nil {
		return nil, err
	}
	out := &DeleteBlockOut{BucketName: in.BucketName, Previous: now.block.switches(), BucketRegion: c.elsewhere(in.BucketName)}
	if n := now.hiddenNote(); n != "" {
		out.Notes = append(out.Notes, n)
	} else if now.block == nil {
		return out, nil
	}
	if err := now.save(ctx, call, in.BucketName, nil); err != nil {
		return nil, err
	}
	if err := c.deleteAccessBlock(ctx, in.BucketName); err != nil {
		return nil, err
	}
	out.Deleted = true
	return out, nil
}

func planDeleteBlock(ctx context.Context, _ *connector.Call, s *session, in *DeleteBlockIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	now, err := c.accessBlock(ctx, in.BucketName)
	if err != nil {
		return nil, err
	}
	step := connector.PlanStep{Item: in.BucketName, Action: connector.PlanDelete, Note: first(now.hiddenNote(), blockDiff(now.block, nil))}
	if now.hidden == nil && now.block == nil {
		step.Action, step.Note = connector.PlanNone, "The bucket has no public access block."
	}
	return []connector.PlanStep{step}, nil
}
