package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// deletedMark is what a deletion left of an object, as an undo step keeps it.
// Before the request is sent only the time is known.
type deletedMark struct {
	At     time.Time `json:"at,omitzero"`
	Marker string    `json:"marker,omitempty"` // ID of the delete marker
	Gone   bool      `json:"gone,omitempty"`   // removed for good
}

func (m deletedMark) step(path string) (connector.UndoStep, error) {
	raw, err := json.Marshal(m)
	return connector.UndoStep{Item: path, Before: json.RawMessage("null"), After: raw}, err
}

// intend keeps what is about to be deleted.
func (d *deletion) intend(ctx context.Context, list []doomed) error {
	var steps []connector.UndoStep
	for _, x := range list {
		if len(x.refs) == 0 {
			continue
		}
		s, err := deletedMark{At: d.call.Now().UTC()}.step(x.path)
		if err != nil {
			return err
		}
		steps = append(steps, s)
	}
	return d.call.SaveUndo(ctx, steps...)
}

// keep keeps what came of it: the delete markers, by which the objects can
// be brought back.
func (d *deletion) keep(ctx context.Context, deleted []DeletedObject) error {
	steps := make([]connector.UndoStep, 0, len(deleted))
	for _, o := range deleted {
		m := deletedMark{Gone: true}
		if o.DeleteMarker && o.VersionID == "" {
			m = deletedMark{Marker: o.DeleteMarkerVersionID}
		}
		s, err := m.step(o.Key)
		if err != nil {
			return err
		}
		steps = append(steps, s)
	}
	return d.call.SaveUndo(context.WithoutCancel(ctx), steps...)
}

// undelete is one path on its way back.
type undelete struct {
	path   string
	mark   deletedMark
	plan   connector.PlanStep
	remove string // the marker that is to go
}

// undoDelete removes the delete markers that the run made. All paths are
// looked at first: when one has changed since, none is touched.
func undoDelete(ctx context.Context, call *connector.Call, s *session, in *DeleteBucketObjectsIn, steps []connector.UndoStep) ([]connector.PlanStep, error) {
	c, err := s.at(in.Target)
	if err != nil {
		return nil, err
	}
	list, err := undeletes(steps)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(list))
	err = connector.Each(ctx, s.concurrency, len(list), func(i int) { errs[i] = c.lookBack(ctx, in.BucketName, &list[i]) })
	plan := make([]connector.PlanStep, len(list))
	for i := range list {
		plan[i] = list[i].plan
	}
	if err := firstError(append(errs, err)); err != nil || call.DryRun {
		return plan, err
	}
	return plan, c.removeMarkers(ctx, in.BucketName, list)
}

// undeletes joins the steps of each path; the last one knows most.
func undeletes(steps []connector.UndoStep) ([]undelete, error) {
	var list []undelete
	at := map[string]int{}
	for _, st := range steps {
		var m deletedMark
		if err := json.Unmarshal(st.After, &m); err != nil {
			return nil, &connector.Error{Kind: connector.Internal, Item: st.Item, Message: "What the run kept for undo cannot be read.", Err: err}
		}
		i, seen := at[st.Item]
		if !seen {
			i = len(list)
			at[st.Item] = i
			list = append(list, undelete{path: st.Item})
		}
		if m.At.IsZero() {
			m.At = list[i].mark.At
		}
		list[i].mark = m
	}
	return list, nil
}

// lookBack finds out whether, and how, a path can come back.
func (c *client) lookBack(ctx context.Context, bucket string, u *undelete) error {
	u.plan = connector.PlanStep{Item: u.path, Action: connector.PlanNone}
	switch {
	case u.mark.Gone:
		u.plan.Note = "It was removed for good, which cannot be undone."
		return nil
	case u.mark.Marker == "null":
		u.plan.Note = "Versioning was suspended, so that what was deleted may be gone. Look with List Object Versions, and bring a version back with Restore Object Version."
		return nil
	}
	h, err := c.history(ctx, bucket, u.path)
	if err != nil {
		return err
	}
	return u.decide(h)
}

// history gives all versions and delete markers of one key.
func (c *client) history(ctx context.Context, bucket, key string) (*ListObjectVersionsOut, error) {
	h := &ListObjectVersionsOut{}
	q := versionQuery{Bucket: bucket, Prefix: key, Max: 10}
	for {
		p, err := c.listVersions(ctx, q)
		if err != nil {
			return nil, err
		}
		next := p.NextKey
		if past := h.add(p, key); past || !p.Truncated || next == "" || next > key {
			return h, nil
		}
		q.KeyMarker, q.VersionMarker, q.Max = next, p.NextVersionID, pageSize
	}
}

// decide compares what there is now with what the run left.
func (u *undelete) decide(h *ListObjectVersionsOut) error {
	var top *DeleteMarker // the marker that hides the object
	ours := false         // whether the run's own marker is still there
	for i, m := range h.DeleteMarkers {
		if m.IsLatest {
			top = &h.DeleteMarkers[i]
		}
		ours = ours || m.VersionID == u.mark.Marker
	}
	switch {
	case top == nil && ours, top != nil && !u.made(top):
		e := *connector.AsError(changedSince(fmt.Sprintf("The file %q", u.path), ""))
		e.Item = u.path
		return &e
	case top == nil && len(h.Versions) > 0:
		u.plan.Note = "It is there again already, or was not deleted."
	case len(h.Versions) == 0:
		u.plan.Note = "No version of it is left."
	default:
		u.remove = top.VersionID
		u.plan.Action, u.plan.Size, u.plan.Note = connector.PlanCreate, h.Versions[0].Size, "The delete marker is removed."
	}
	return nil
}

// made tells whether the run made a marker. One that ended before it knew the
// ID goes by the time, in whole seconds as S3 has it.
func (u *undelete) made(m *DeleteMarker) bool {
	if u.mark.Marker != "" {
		return m.VersionID == u.mark.Marker
	}
	when, err := time.Parse(time.RFC3339Nano, m.LastModified)
	return err == nil && !when.Before(u.mark.At.Truncate(time.Second))
}

func (c *client) removeMarkers(ctx context.Context, bucket string, list []undelete) error {
	var refs []ref
	for _, u := range list {
		if u.remove != "" {
			refs = append(refs, ref{Bucket: bucket, Key: u.path, Version: u.remove})
		}
	}
	if len(refs) == 0 {
		return &connector.Error{Kind: connector.Conflict, Message: "Nothing of what the run deleted can be put back.", Fix: "See the plan for the reason of each path."}
	}
	for len(refs) > 0 {
		n := min(pageSize, len(refs))
		a, err := c.DeleteMany(ctx, bucket, refs[:n])
		if err != nil {
			return err
		}
		if len(a.Errors) > 0 {
			return a.Errors[0].explain()
		}
		refs = refs[n:]
	}
	return nil
}
