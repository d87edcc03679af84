package run_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

// shelf is a cloud with one value that a command sets and undo puts back.
type shelf struct{ value string }

type setIn struct {
	Value string `json:"value" label:"Value" doc:"Value."`
}
type setOut struct{}

func shelfIntegration(sh *shelf) *connector.Integration {
	set := func(ctx context.Context, c *connector.Call, _ *client, in *setIn) (*setOut, error) {
		before, err := json.Marshal(sh.value)
		if err != nil {
			return nil, err
		}
		after, err := json.Marshal(in.Value)
		if err != nil {
			return nil, err
		}
		if err := c.SaveUndo(ctx, connector.UndoStep{Item: "shelf", Before: before, After: after}); err != nil {
			return nil, err
		}
		sh.value = in.Value
		return &setOut{}, nil
	}
	undo := func(_ context.Context, c *connector.Call, _ *client, _ *setIn, steps []connector.UndoStep) ([]connector.PlanStep, error) {
		var before, after string
		if err := json.Unmarshal(steps[0].Before, &before); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(steps[0].After, &after); err != nil {
			return nil, err
		}
		if sh.value != after {
			return nil, &connector.Error{Kind: connector.Conflict, Message: "It has changed since."}
		}
		if !c.DryRun {
			sh.value = before
		}
		return []connector.PlanStep{{Item: "shelf", Action: connector.PlanReplace, Note: after + " -> " + before}}, nil
	}
	i := acme()
	cmd := connector.NewCommand(connector.Meta{Name: "Set Value", Effect: connector.Write}, set)
	i.Commands = append(i.Commands, connector.WithUndo(cmd, undo))
	return i
}

func TestUndo(t *testing.T) {
	sh := &shelf{"old"}
	b := runtest.New(t, runtest.Options{Integrations: []*connector.Integration{shelfIntegration(sh)}})
	b.Connect(t, "acme", "main", map[string]any{"host": "h", "token": canary})
	first := b.Do(t, "acme", "set-value", map[string]any{"value": "new"})
	if !first.CanUndo || sh.value != "new" {
		t.Fatalf("set: %+v, value %s", first.Error, sh.value)
	}
	plan, err := b.Undo(t.Context(), b.Owner, first.RunID, true)
	if err != nil || sh.value != "new" {
		t.Fatalf("a dry run changes nothing: %v, value %s", err, sh.value)
	}
	want := []connector.PlanStep{{Item: "shelf", Action: "replace", Note: "new -> old"}}
	if diff := cmp.Diff(want, plan.Plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	rec, err := b.Undo(t.Context(), b.Owner, first.RunID, false)
	if err != nil || rec.Error != nil || sh.value != "old" || *rec.ParentRunID != first.RunID {
		t.Errorf("undo: %+v %v, value %s", rec, err, sh.value)
	}
	again, err := b.Undo(t.Context(), b.Owner, first.RunID, false)
	if err != nil || again.Error == nil || again.Error.Kind != connector.Conflict {
		t.Errorf("the target has changed since: %+v %v", again, err)
	}
	stored, err := b.Get(t.Context(), b.Owner, first.RunID)
	if err != nil || !stored.CanUndo {
		t.Errorf("the stored run says it can be undone: %+v %v", stored, err)
	}
	other := b.Do(t, "acme", "get-one", map[string]any{"name": "x"})
	if _, err := b.Undo(t.Context(), b.Owner, other.RunID, false); connector.AsError(err).Kind != connector.Conflict {
		t.Errorf("nothing to undo: %v", err)
	}
}
