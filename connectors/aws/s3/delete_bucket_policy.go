package s3

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/iampolicy"
)

// DeleteBucketPolicyIn is the input of Delete Bucket Policy.
type DeleteBucketPolicyIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose policy is deleted. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Target
}

// DeleteBucketPolicyOut is its raw data. The API itself answers nothing.
type DeleteBucketPolicyOut struct {
	BucketName     string          `json:"BucketName" key:"BucketName" col:"Bucket"`
	Deleted        bool            `json:"Deleted" col:"Deleted" doc:"False when there was no policy."`
	PreviousPolicy json.RawMessage `json:"PreviousPolicy,omitempty" doc:"The policy that was deleted, as JSON."`
	Notes          []string        `json:"Notes,omitempty" doc:"What should be known about the deletion."`
	BucketRegion   string          `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func deleteBucketPolicy() *connector.Command {
	cmd := connector.NewPlanned(connector.Meta{
		Name:        "Delete Bucket Policy",
		Summary:     "Deletes the policy of a bucket.",
		Description: "Whoever was allowed by the policy alone loses access; whoever was denied by it may gain access. A bucket without a policy stays as it is, which is no failure. The policy is kept with the run, and `runs undo` puts it back.",
		Effect:      connector.Delete | connector.Idempotent,
		Permissions: []connector.Permission{
			{Name: "s3:DeleteBucketPolicy"},
			{Name: "s3:GetBucketPolicy", When: "to show what is deleted and to undo"},
			{Name: "s3:PutBucketPolicy", When: "to undo"},
		},
	}, runDeleteBucketPolicy, planDeleteBucketPolicy)
	return connector.WithUndo(cmd, func(ctx context.Context, call *connector.Call, s *session, in *DeleteBucketPolicyIn, steps []connector.UndoStep) ([]connector.PlanStep, error) {
		return undoPolicy(ctx, call, s, in.Target, steps)
	})
}

func runDeleteBucketPolicy(ctx context.Context, call *connector.Call, s *session, in *DeleteBucketPolicyIn) (*DeleteBucketPolicyOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	now, err := c.readPolicy(ctx, in.BucketName)
	if err != nil {
		return nil, err
	}
	out := &DeleteBucketPolicyOut{BucketName: in.BucketName, PreviousPolicy: jsonOrNil(now.text), BucketRegion: c.elsewhere(in.BucketName)}
	if n := now.hiddenNote(); n != "" {
		out.Notes = append(out.Notes, n)
	} else if now.text == "" {
		return out, nil
	}
	if err := now.save(ctx, call, in.BucketName, ""); err != nil {
		return nil, err
	}
	if err := c.deleteBucketPolicy(ctx, in.BucketName); err != nil {
		return nil, explainPolicy(err)
	}
	out.Deleted = true
	return out, nil
}

func planDeleteBucketPolicy(ctx context.Context, _ *connector.Call, s *session, in *DeleteBucketPolicyIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	now, err := c.readPolicy(ctx, in.BucketName)
	if err != nil {
		return nil, err
	}
	step := connector.PlanStep{Item: in.BucketName, Action: connector.PlanDelete, Size: int64(len(now.text))}
	switch {
	case now.hidden != nil:
		step.Note = now.hiddenNote()
	case now.text == "":
		step.Action, step.Note = connector.PlanNone, "The bucket has no policy."
	default:
		step.Note = strings.TrimSpace(iampolicy.Diff([]byte(now.text), nil))
	}
	return []connector.PlanStep{step}, nil
}
