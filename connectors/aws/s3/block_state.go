package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// lines name the switches with their values.
func (b *AccessBlock) lines() []string {
	if b == nil {
		return nil
	}
	return []string{
		fmt.Sprintf("BlockPublicAcls: %v", b.BlockPublicAcls), fmt.Sprintf("IgnorePublicAcls: %v", b.IgnorePublicAcls),
		fmt.Sprintf("BlockPublicPolicy: %v", b.BlockPublicPolicy), fmt.Sprintf("RestrictPublicBuckets: %v", b.RestrictPublicBuckets),
	}
}

// switches are the values by name; nil for no access block.
func (b *AccessBlock) switches() map[string]bool {
	if b == nil {
		return nil
	}
	return map[string]bool{
		"BlockPublicAcls": b.BlockPublicAcls, "IgnorePublicAcls": b.IgnorePublicAcls,
		"BlockPublicPolicy": b.BlockPublicPolicy, "RestrictPublicBuckets": b.RestrictPublicBuckets,
	}
}

// blockDiff shows what changes from one access block to another, with "- "
// before what goes and "+ " before what comes; nil is none.
func blockDiff(from, to *AccessBlock) string {
	a, b := from.lines(), to.lines()
	var out []string
	for i := range max(len(a), len(b)) {
		if i < len(a) && i < len(b) && a[i] == b[i] {
			continue
		}
		if i < len(a) {
			out = append(out, "- "+a[i])
		}
		if i < len(b) {
			out = append(out, "+ "+b[i])
		}
	}
	return strings.Join(out, "\n")
}

// blockAction is what changing one access block into another means.
func blockAction(from, to *AccessBlock) string {
	switch {
	case from == nil && to == nil, from != nil && to != nil && *from == *to:
		return connector.PlanNone
	case from == nil:
		return connector.PlanCreate
	case to == nil:
		return connector.PlanDelete
	}
	return connector.PlanReplace
}

func (b blockState) hiddenNote() string {
	if b.hidden == nil {
		return ""
	}
	return "The present access block may not be read, so that the difference is not known and the run cannot be undone (allow s3:GetBucketPublicAccessBlock)."
}

// save keeps the present access block with the run, before it is changed.
func (b blockState) save(ctx context.Context, call *connector.Call, bucket string, after *AccessBlock) error {
	if b.hidden != nil {
		return nil
	}
	old, err := json.Marshal(b.block)
	if err != nil {
		return err
	}
	next, err := json.Marshal(after)
	if err != nil {
		return err
	}
	return call.SaveUndo(ctx, connector.UndoStep{Item: bucket, Before: old, After: next})
}

// undoBlock puts the access blocks back that the steps kept.
func undoBlock(ctx context.Context, call *connector.Call, s *session, t Target, steps []connector.UndoStep) ([]connector.PlanStep, error) {
	c, err := s.at(t)
	if err != nil {
		return nil, err
	}
	plan := make([]connector.PlanStep, 0, len(steps))
	for _, st := range steps {
		p, err := c.undoOneBlock(ctx, call, st)
		if err != nil {
			return plan, err
		}
		plan = append(plan, p)
	}
	return plan, nil
}

func (c *client) undoOneBlock(ctx context.Context, call *connector.Call, st connector.UndoStep) (connector.PlanStep, error) {
	step := connector.PlanStep{Item: st.Item, Action: connector.PlanNone}
	var before, after *AccessBlock
	if err := decodeStep(st, &before, &after); err != nil {
		return step, err
	}
	now, err := c.accessBlock(ctx, st.Item)
	if err == nil && now.hidden != nil {
		err = now.hidden
	}
	if err != nil {
		return step, err
	}
	if blockAction(now.block, before) == connector.PlanNone {
		step.Note = "The access block is already what it was before the run."
		return step, nil
	}
	if blockAction(now.block, after) != connector.PlanNone {
		return step, changedSince(`The public access block of bucket "`+st.Item+`"`, blockDiff(after, now.block))
	}
	step.Action, step.Note = blockAction(now.block, before), blockDiff(now.block, before)
	if call.DryRun {
		return step, nil
	}
	if err := now.save(ctx, call, st.Item, before); err != nil {
		return step, err
	}
	return step, c.setBlock(ctx, st.Item, before)
}

func (c *client) setBlock(ctx context.Context, bucket string, b *AccessBlock) error {
	if b == nil {
		return c.deleteAccessBlock(ctx, bucket)
	}
	return c.putAccessBlock(ctx, bucket, *b)
}
