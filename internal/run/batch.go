package run

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/validate"
)

// batch is an array given to a scalar parameter: the command runs once per
// element, in order, each a run of its own.
type batch struct {
	field    *schema.Field
	elements []any
	input    map[string]any // canonical, with the array
	problems []schema.Problem
}

// batchOf finds the array given to a scalar parameter; nil when there is none.
// Two such arrays are an error: it would not be clear how they go together.
func batchOf(t *schema.Type, in map[string]any) (*batch, *connector.Error) {
	canonical, problems := t.Prepare(in)
	var b *batch
	for i := range t.Fields {
		f := &t.Fields[i]
		list, ok := canonical[f.ID].([]any)
		if !ok || !f.Scalar() {
			continue
		}
		if b != nil {
			return nil, connector.InvalidField(schema.Pointer("", f.ID),
				fmt.Sprintf("%s and %s are both arrays, but each takes one value.", b.field.Name(), f.Name()), "Give an array to one of them at most.")
		}
		b = &batch{field: f, elements: list, input: canonical, problems: problems}
	}
	if b != nil && len(b.elements) == 0 {
		return nil, connector.InvalidField(schema.Pointer("", b.field.ID), b.field.Name()+" is an empty array.", "Give at least one value.")
	}
	return b, nil
}

// name is how the element shows among the items; a secret shows its place only.
func (b *batch) name(i int) string {
	if b.field.Secret {
		return fmt.Sprintf("%s %d", connector.Redacted, i+1)
	}
	return fmt.Sprint(b.elements[i])
}

func (b *batch) inputFor(i int) map[string]any {
	in := maps.Clone(b.input)
	in[b.field.ID] = b.elements[i]
	return in
}

// sharedErrors are those that every child would have.
func (b *batch) sharedErrors(v *validate.Validator, t *schema.Type) []*connector.Error {
	_, errs := v.Object(t, b.inputFor(0))
	var shared []*connector.Error
	for _, p := range b.problems {
		shared = append(shared, connector.InvalidField(p.Pointer, p.Message, p.Fix))
	}
	own := schema.Pointer("", b.field.ID)
	for _, e := range errs {
		if e.Field != own && !strings.HasPrefix(e.Field, own+"/") {
			shared = append(shared, e)
		}
	}
	return shared
}

// runBatch runs the children and gathers their outputs.
func (s *Service) runBatch(ctx context.Context, j *job) error {
	items := connector.NewItems(j.rec, s.Now)
	items.Total(len(j.batch.elements), 0)
	g := gather{keys: map[string][]any{}, table: schema.Table{Columns: []string{}, Rows: [][]any{}}}
	for i := range j.batch.elements {
		if ctx.Err() != nil {
			break
		}
		it := items.Start(j.batch.name(i))
		child, err := s.runChild(ctx, j, i)
		if err != nil {
			it.Fail(err)
			continue
		}
		g.add(child)
		it.AddBytes(child.Progress.Bytes)
		endItem(it, child)
	}
	if err := g.into(j); err != nil {
		return err
	}
	return ctx.Err()
}

func (s *Service) runChild(ctx context.Context, j *job, i int) (*Record, error) {
	raw, err := json.Marshal(j.batch.inputFor(i))
	if err != nil {
		return nil, err
	}
	req := j.req
	req.Input, req.IdempotencyKey, req.Parent = raw, "", j.row.ID
	if j.conn != nil {
		req.Connection = j.conn.ID
	}
	return s.runWithin(ctx, j.actor, req)
}

func endItem(it *connector.Item, child *Record) {
	if child.Error == nil {
		it.Done("Run " + child.RunID)
		return
	}
	e := &connector.Error{Kind: child.Error.Kind, Status: child.Error.StatusCode, Message: child.Error.Message, Fix: child.Error.Fix}
	if len(child.Error.Items) > 0 {
		first := child.Error.Items[0]
		e.Operation, e.Code, e.RequestID = first.Operation, first.Code, first.RequestID
	}
	it.Fail(e)
}

type gather struct {
	raws  []any
	keys  map[string][]any
	table schema.Table
	plan  []connector.PlanStep
}

func (g *gather) add(r *Record) {
	g.raws = append(g.raws, r.RawData)
	for k, v := range r.KeyFields {
		g.keys[k] = append(g.keys[k], v...)
	}
	if len(r.Result.Columns) > 0 {
		g.table.Columns = r.Result.Columns
		g.table.Rows = append(g.table.Rows, r.Result.Rows...)
	}
	g.plan = append(g.plan, r.Plan...)
}

func (g *gather) into(j *job) error {
	raw, err := json.Marshal(append([]any{}, g.raws...))
	j.out.body = output{RawData: raw, KeyFields: g.keys, Result: g.table, Plan: g.plan}
	return err
}
