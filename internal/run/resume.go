package run

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Resume makes a new run of what is left of one that has ended: the items that
// failed, were canceled or never started. The new run names the old one as its
// parent. A run with nothing left, and one with unsaved settings, is Conflict.
func (s *Service) Resume(ctx context.Context, actor authz.Actor, id string) (*Record, error) {
	req, err := s.ResumeRequest(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	return s.Run(ctx, actor, req)
}

// ResumeRequest is what Resume runs, for those who want to follow it.
func (s *Service) ResumeRequest(ctx context.Context, actor authz.Actor, id string) (Request, error) {
	row, err := s.findFor(ctx, actor, id)
	if err != nil {
		return Request{}, err
	}
	if e := resumable(row); e != nil {
		return Request{}, e
	}
	input, err := s.remaining(ctx, row)
	if err != nil {
		return Request{}, err
	}
	req := against(row, input)
	req.DryRun = row.DryRun
	return req, nil
}

// findFor finds a run for somebody who may run commands; the effects of its
// command are checked when the new run is admitted.
func (s *Service) findFor(ctx context.Context, actor authz.Actor, id string) (*store.Run, error) {
	if err := authz.Require(actor, authz.Run); err != nil {
		return nil, err
	}
	return s.find(ctx, actor.Tenant, id)
}

// against asks for a run of the same command over the same connection.
func against(row *store.Run, input json.RawMessage) Request {
	req := Request{Integration: row.Integration, Command: row.Command, Input: input, Origin: row.Origin, Parent: row.ID}
	if row.ConnectionID != nil {
		req.Connection = *row.ConnectionID
	}
	return req
}

func resumable(row *store.Run) *connector.Error {
	switch {
	case !State(row.State).Ended():
		return &connector.Error{Kind: connector.Conflict, Message: "The run has not ended yet.", Fix: "Wait for its end, or cancel it first."}
	case row.Inline:
		return &connector.Error{Kind: connector.Conflict, Message: "The run used settings that were not saved.", Fix: "Save them as a connection and run the command again."}
	case row.ReturnData != nil && *row.ReturnData == string(Successful):
		return &connector.Error{Kind: connector.Conflict, Message: "The run was successful: nothing is left to do.", Fix: "Run the command again if you want to repeat it."}
	}
	return nil
}

func (s *Service) remaining(ctx context.Context, row *store.Run) (json.RawMessage, error) {
	raw, err := s.inputOf(ctx, row)
	if err != nil {
		return nil, err
	}
	_, cmd, err := s.Catalog.Command(row.Integration, row.Command)
	if err != nil {
		return nil, err
	}
	in, p := schema.Decode(raw)
	if p != nil {
		return nil, connector.InvalidField(p.Pointer, p.Message, p.Fix)
	}
	field, ok := listOf(cmd.In, in)
	if !ok {
		return raw, nil // no list: the whole command goes again
	}
	list, _ := in[field].([]any)
	left, err := s.unfinished(ctx, row, list)
	if err != nil {
		return nil, err
	}
	if len(left) == 0 {
		return nil, &connector.Error{Kind: connector.Conflict, Message: "Every item of the run is done.", Fix: "Nothing is left to resume."}
	}
	in[field] = left
	return json.Marshal(in)
}

// listOf finds the parameter whose elements are the run's items.
func listOf(t *schema.Type, in map[string]any) (string, bool) {
	if b, err := batchOf(t, in); err == nil && b != nil {
		return b.field.ID, true
	}
	f, ok := t.ItemsField()
	if !ok {
		return "", false
	}
	_, given := in[f.ID].([]any)
	return f.ID, given
}

func (s *Service) unfinished(ctx context.Context, row *store.Run, list []any) ([]any, error) {
	items, err := s.items(ctx, row.Tenant, row.ID, 0, len(list))
	if err != nil {
		return nil, err
	}
	var left []any
	for i, v := range list {
		if i < len(items) && (items[i].State == connector.ItemDone || items[i].State == connector.ItemSkipped) {
			continue
		}
		left = append(left, v)
	}
	return left, nil
}
