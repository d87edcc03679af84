package connector

import (
	"context"
	"encoding/json"
)

// UndoStep is what a command changed of one item: what it was and what the
// command made of it. A null Before means that it was not there.
type UndoStep struct {
	Item   string          `json:"item"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// UndoSink keeps undo steps with the run, durably before it returns.
type UndoSink interface {
	SaveUndo(ctx context.Context, steps ...UndoStep) error
}

// SaveUndo keeps what is about to be changed. Call it before the change: a
// crash in between then leaves too much to undo rather than too little.
func (c *Call) SaveUndo(ctx context.Context, steps ...UndoStep) error {
	if c.Undo == nil || len(steps) == 0 {
		return nil
	}
	return c.Undo.SaveUndo(ctx, steps...)
}

// WithUndo makes a command undoable. undo puts back what the steps say, given
// the input of the run that is undone, and gives the plan of what it did; it
// refuses with Conflict where the target is no longer what the command made
// of it. With call.DryRun it only plans, sending reads alone. What cannot be
// undone stays in the plan with the action none and a note.
func WithUndo[C, In any](c *Command, undo func(context.Context, *Call, C, *In, []UndoStep) ([]PlanStep, error)) *Command {
	c.undo = func(ctx context.Context, call *Call, s Session, raw json.RawMessage, steps []UndoStep) ([]PlanStep, error) {
		in, client, err := decode[C, In](s, raw)
		if err != nil {
			return nil, err
		}
		return undo(ctx, call, client, in, steps)
	}
	return c
}

// CanUndo tells whether runs of the command can be undone.
func (c *Command) CanUndo() bool { return c.undo != nil }

// RunUndo undoes a run, or with call.DryRun says what that would do.
func (c *Command) RunUndo(ctx context.Context, call *Call, s Session, in json.RawMessage, steps []UndoStep) ([]PlanStep, error) {
	return c.undo(ctx, call, s, in, steps)
}
