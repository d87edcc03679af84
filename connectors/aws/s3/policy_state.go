package s3

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/iampolicy"
)

// policyState is the policy that a bucket has now.
type policyState struct {
	text   string // empty: none
	hidden error  // why it may not be read; nil when it was
}

// readPolicy reads the present policy. A caller who may change the policy but
// not read it goes on without knowing it.
func (c *client) readPolicy(ctx context.Context, bucket string) (policyState, error) {
	text, err := c.bucketPolicy(ctx, bucket)
	switch {
	case err == nil:
		return policyState{text: text}, nil
	case hasCode(err, "NoSuchBucketPolicy"):
		return policyState{}, nil
	case connector.AsError(err).Status == http.StatusForbidden:
		return policyState{hidden: err}, nil
	}
	return policyState{}, explainPolicy(err)
}

// hiddenNote says what follows from a present policy that may not be read.
func (p policyState) hiddenNote() string {
	if p.hidden == nil {
		return ""
	}
	return "The present policy may not be read, so that the difference is not known and the run cannot be undone (allow s3:GetBucketPolicy)."
}

// quotedOrNull is the policy as an undo step keeps it.
func quotedOrNull(text string) json.RawMessage {
	if text == "" {
		return json.RawMessage("null")
	}
	b, err := json.Marshal(text)
	if err != nil { // a string always encodes
		return json.RawMessage("null")
	}
	return b
}

// save keeps the present policy with the run, before it is changed.
func (p policyState) save(ctx context.Context, call *connector.Call, bucket, after string) error {
	if p.hidden != nil {
		return nil
	}
	return call.SaveUndo(ctx, connector.UndoStep{Item: bucket, Before: quotedOrNull(p.text), After: quotedOrNull(after)})
}

// deniedHint is what this integration's documentation says of a denial here.
const deniedHint = "The access to the specified bucket is denied, please check bucket permission setting."

// explainPolicy adds to faults of the policy operations what people need to
// know about them.
func explainPolicy(err error) error {
	if err == nil {
		return nil
	}
	e := *connector.AsError(err)
	switch {
	case e.Code == "NoSuchBucketPolicy":
		e.Fix = "The bucket has no policy. Run Put Bucket Policy to add one."
	case e.Code == "AccessDenied" && strings.HasSuffix(e.Operation, "BucketPolicy"):
		e.Message += " " + deniedHint
		if e.Operation == "PutBucketPolicy" {
			e.Fix = "Allow s3:PutBucketPolicy to the connection's identity. Where Block Public Policy is on, for the bucket or the account, S3 refuses public policies in this way too."
		}
	case e.Code == "MethodNotAllowed":
		e.Fix = "Only identities of the account that owns the bucket may read or change its policy."
	}
	return &e
}

// undoPolicy puts the policies back that the steps kept.
func undoPolicy(ctx context.Context, call *connector.Call, s *session, t Target, steps []connector.UndoStep) ([]connector.PlanStep, error) {
	c, err := s.at(t)
	if err != nil {
		return nil, err
	}
	plan := make([]connector.PlanStep, 0, len(steps))
	for _, st := range steps {
		p, err := c.undoOnePolicy(ctx, call, st)
		if err != nil {
			return plan, err
		}
		plan = append(plan, p)
	}
	return plan, nil
}

func (c *client) undoOnePolicy(ctx context.Context, call *connector.Call, st connector.UndoStep) (connector.PlanStep, error) {
	step := connector.PlanStep{Item: st.Item, Action: connector.PlanNone}
	var before, after string
	if err := decodeStep(st, &before, &after); err != nil {
		return step, err
	}
	now, err := c.readPolicy(ctx, st.Item)
	if err == nil && now.hidden != nil {
		err = explainPolicy(now.hidden)
	}
	if err != nil {
		return step, err
	}
	if samePolicy(now.text, before) {
		step.Note = "The policy is already what it was before the run."
		return step, nil
	}
	if !samePolicy(now.text, after) {
		return step, changedSince(`The policy of bucket "`+st.Item+`"`, iampolicy.Diff([]byte(after), []byte(now.text)))
	}
	step.Action, step.Size, step.Note = policyAction(now.text, before), int64(len(before)), iampolicy.Diff([]byte(now.text), []byte(before))
	if call.DryRun {
		return step, nil
	}
	if err := now.save(ctx, call, st.Item, before); err != nil {
		return step, err
	}
	return step, explainPolicy(c.setPolicy(ctx, st.Item, before))
}

func (c *client) setPolicy(ctx context.Context, bucket, text string) error {
	if text == "" {
		return c.deleteBucketPolicy(ctx, bucket)
	}
	return c.putBucketPolicy(ctx, bucket, text, false)
}

// policyAction is what changing one policy into another means; empty is none.
func policyAction(from, to string) string {
	switch {
	case from == "" && to == "":
		return connector.PlanNone
	case from == "":
		return connector.PlanCreate
	case to == "":
		return connector.PlanDelete
	case samePolicy(from, to):
		return connector.PlanNone
	}
	return connector.PlanReplace
}

func samePolicy(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	return iampolicy.Equal([]byte(a), []byte(b))
}

// decodeStep reads what an undo step kept; null leaves a target as it is.
func decodeStep(st connector.UndoStep, before, after any) error {
	for raw, dst := range map[*json.RawMessage]any{&st.Before: before, &st.After: after} {
		if err := json.Unmarshal(*raw, dst); err != nil {
			return &connector.Error{Kind: connector.Internal, Item: st.Item, Message: "What the run kept for undo cannot be read.", Err: err}
		}
	}
	return nil
}

// changedSince refuses an undo whose target is no longer what the run made of
// it.
func changedSince(what, difference string) error {
	e := &connector.Error{
		Kind: connector.Conflict, Message: what + " has changed since the run: undoing it would discard that change.",
		Fix: "Compare, and put back by hand what is still wanted.",
	}
	if difference != "" {
		e.Message += " Difference:\n" + difference
	}
	return e
}
