package s3

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
)

// States of a bucket's versioning; empty where it was never on.
const (
	versioningOn     = "Enabled"
	versioningPaused = "Suspended"
)

// GetVersioningIn is the input of Get Bucket Versioning.
type GetVersioningIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose versioning is read. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Target
}

// GetVersioningOut is its raw data, in the API's shape.
type GetVersioningOut struct {
	BucketName   string `json:"BucketName" key:"BucketName" col:"Bucket"`
	Status       string `json:"Status" key:"Status" col:"Status" doc:"Enabled, Suspended, or empty where versioning was never on."`
	MFADelete    string `json:"MFADelete,omitempty" col:"MFA delete" doc:"Enabled where removing versions takes a one-time code."`
	BucketRegion string `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func getBucketVersioning() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "Get Bucket Versioning",
		Summary:     "Tells whether a bucket keeps versions of its objects.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: []connector.Permission{{Name: "s3:GetBucketVersioning"}},
	}, func(ctx context.Context, _ *connector.Call, s *session, in *GetVersioningIn) (*GetVersioningOut, error) {
		c, err := s.at(in.Target)
		if err != nil {
			return nil, err
		}
		out, err := c.getVersioning(ctx, in.BucketName)
		if err != nil {
			return nil, err
		}
		return &GetVersioningOut{BucketName: in.BucketName, Status: string(out.Status), MFADelete: string(out.MFADelete), BucketRegion: c.elsewhere(in.BucketName)}, nil
	})
}

// PutVersioningIn is the input of Put Bucket Versioning.
type PutVersioningIn struct {
	BucketName string `json:"bucketName" label:"Bucket Name" doc:"Bucket whose versioning is set. Find it with List Buckets, at $.Buckets[*].Name." example:"mybucketbbb" alias:"bucket" minLength:"1" resource:"bucket"`
	Status     string `json:"status" label:"Status" doc:"Enabled keeps every version from now on. Suspended keeps those that exist and no new ones; versioning can never be turned off again." enum:"Enabled,Suspended" example:"Enabled"`
	Target
}

// PutVersioningOut is its raw data. The API itself answers nothing.
type PutVersioningOut struct {
	BucketName   string `json:"BucketName" key:"BucketName" col:"Bucket"`
	Status       string `json:"Status" key:"Status" col:"Status"`
	Previous     string `json:"PreviousStatus" col:"Before" doc:"The state before; empty where versioning was never on."`
	BucketRegion string `json:"BucketRegion,omitempty" doc:"Where the bucket was found, when elsewhere than asked."`
}

func putBucketVersioning() *connector.Command {
	cmd := connector.NewPlanned(connector.Meta{
		Name:        "Put Bucket Versioning",
		Summary:     "Turns versioning of a bucket on, or suspends it.",
		Description: "Versions cost storage until they are removed. Buckets with MFA delete ask for a one-time code, which this command does not send. `runs undo` puts the state before back, as far as S3 has a way: what was never on can only be suspended.",
		Effect:      connector.Write | connector.Idempotent,
		Permissions: []connector.Permission{{Name: "s3:PutBucketVersioning"}, {Name: "s3:GetBucketVersioning"}},
	}, runPutVersioning, planPutVersioning)
	return connector.WithUndo(cmd, undoVersioning)
}

func versioningAction(from, to string) string {
	switch {
	case from == to:
		return connector.PlanNone
	case from == "":
		return connector.PlanCreate
	}
	return connector.PlanReplace
}

func versioningNote(from, to string) string {
	return "- Status: " + first(from, "(never on)") + "\n+ Status: " + to
}

func planPutVersioning(ctx context.Context, _ *connector.Call, s *session, in *PutVersioningIn) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	now, err := c.getVersioning(ctx, in.BucketName)
	if err != nil {
		return nil, err
	}
	step := connector.PlanStep{Item: in.BucketName, Action: versioningAction(string(now.Status), in.Status)}
	if step.Action != connector.PlanNone {
		step.Note = versioningNote(string(now.Status), in.Status)
	}
	return []connector.PlanStep{step}, nil
}

func runPutVersioning(ctx context.Context, call *connector.Call, s *session, in *PutVersioningIn) (*PutVersioningOut, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	now, err := c.getVersioning(ctx, in.BucketName)
	if err != nil {
		return nil, err
	}
	out := &PutVersioningOut{BucketName: in.BucketName, Status: in.Status, Previous: string(now.Status), BucketRegion: c.elsewhere(in.BucketName)}
	if out.Previous == in.Status {
		return out, nil
	}
	return out, c.setVersioning(ctx, call, in.BucketName, out.Previous, in.Status)
}

func (c *client) setVersioning(ctx context.Context, call *connector.Call, bucket, from, to string) error {
	before, err := json.Marshal(from)
	if err != nil {
		return err
	}
	after, err := json.Marshal(to)
	if err != nil {
		return err
	}
	if err := call.SaveUndo(ctx, connector.UndoStep{Item: bucket, Before: before, After: after}); err != nil {
		return err
	}
	return c.putVersioning(ctx, bucket, to)
}

func undoVersioning(ctx context.Context, call *connector.Call, s *session, in *PutVersioningIn, steps []connector.UndoStep) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	plan := make([]connector.PlanStep, 0, len(steps))
	for _, st := range steps {
		p, err := c.undoOneVersioning(ctx, call, st)
		if err != nil {
			return plan, err
		}
		plan = append(plan, p)
	}
	return plan, nil
}

func (c *client) undoOneVersioning(ctx context.Context, call *connector.Call, st connector.UndoStep) (connector.PlanStep, error) {
	step := connector.PlanStep{Item: st.Item, Action: connector.PlanNone}
	var before, after string
	if err := decodeStep(st, &before, &after); err != nil {
		return step, err
	}
	now, err := c.getVersioning(ctx, st.Item)
	if err != nil {
		return step, err
	}
	target := first(before, versioningPaused)
	switch string(now.Status) {
	case before, target:
		step.Note = "Versioning is already what it was before the run, as far as S3 has a way back."
		return step, nil
	case after:
	default:
		return step, changedSince(`The versioning of bucket "`+st.Item+`"`, versioningNote(after, string(now.Status)))
	}
	step.Action, step.Note = connector.PlanReplace, versioningNote(after, target)
	if before == "" {
		step.Note += "\nVersioning that was on once can only be suspended."
	}
	if call.DryRun {
		return step, nil
	}
	return step, c.setVersioning(ctx, call, st.Item, after, target)
}
