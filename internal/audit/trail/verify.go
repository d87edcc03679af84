package trail

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Report is what a verification has found.
type Report struct {
	Tenant      string     `json:"tenant"`
	Entries     int64      `json:"entries" doc:"How many entries were found good."`
	Hash        string     `json:"hash" doc:"SHA-256 of the last good entry."`
	Checkpoints int        `json:"checkpoints" doc:"How many signed checkpoints fit."`
	SignedUpTo  int64      `json:"signedUpTo" doc:"The last entry that a signed checkpoint covers."`
	SignedAt    *time.Time `json:"signedAt,omitempty"`
	OK          bool       `json:"ok"`
	BadEntry    int64      `json:"badEntry,omitempty" doc:"Number of the first entry that is wrong or missing."`
	BadID       string     `json:"badId,omitempty" doc:"ID of the entry found there."`
	Problem     string     `json:"problem,omitempty" doc:"What is wrong with it."`
}

// Verify checks every entry of a tenant's chain against the one before and against the signed checkpoints, those in the
// database, the one in the anchor file, and any that were kept elsewhere. It names the first bad entry.
func (t *Trail) Verify(ctx context.Context, tenant string, kept ...Mark) (Report, error) {
	head, err := t.Store.AuditHead(ctx, tenant)
	if err != nil {
		return Report{}, err
	}
	known, err := t.Keys.PublicKeys(ctx, tenant)
	if err != nil {
		return Report{}, err
	}
	marks, err := t.checkpoints(ctx, tenant, kept)
	if err != nil {
		return Report{}, err
	}
	places := audit.NewPlaces(marks, known)
	r := Report{Tenant: tenant}
	for _, c := range marks {
		if c.SignedBy(known) {
			at := time.UnixMicro(c.At).UTC()
			r.SignedUpTo, r.SignedAt = c.Seq, &at
		}
	}
	var met *audit.Problem
	n, reached, problem, err := audit.Verify(ctx, tenant, audit.Checkpoint{}, func(yield func(audit.Entry, error) bool) {
		for e, err := range t.Store.AuditChain(ctx, tenant, 0) {
			if !yield(e, err) {
				return // it is e that is wrong
			}
			if met = places.Meet(e); met != nil {
				return
			}
		}
	})
	if err != nil {
		return Report{}, err
	}
	r.Entries, r.Hash, r.Checkpoints = n, reached.Hash.String(), places.Checked
	r.conclude(firstOf(problem, met, places, reached, head))
	return r, nil
}

// firstOf finds what is wrong first. Entries are added while the chain is read, so only a chain that is shorter than its
// head was, or ends otherwise at the same place, is broken at its end.
func firstOf(problem, met *audit.Problem, places *audit.Places, reached, head audit.Checkpoint) *audit.Problem {
	switch {
	case problem != nil:
		return problem
	case met != nil:
		return met
	}
	if p := places.End(reached); p != nil {
		return p
	}
	if reached.Seq <= head.Seq {
		return audit.Expect(reached, head)
	}
	return nil
}

func (r *Report) conclude(p *audit.Problem) {
	r.OK = p == nil
	if p != nil {
		r.BadEntry, r.BadID, r.Problem = p.Seq, p.ID, p.Reason
	}
}

// String gives the report as one line for people.
func (r *Report) String() string {
	if !r.OK {
		p := audit.Problem{Seq: r.BadEntry, ID: r.BadID, Reason: r.Problem}
		return "broken at " + p.String()
	}
	return fmt.Sprintf("good: %d entries, %d signed checkpoints up to entry %d", r.Entries, r.Checkpoints, r.SignedUpTo)
}

// checkpoints gives all that are known of a tenant, in order. Two of one place that differ both stay: one of them is
// wrong, and will be found so.
func (t *Trail) checkpoints(ctx context.Context, tenant string, kept []Mark) ([]store.Checkpoint, error) {
	all, err := t.Checkpoints(ctx, tenant)
	if err != nil {
		return nil, err
	}
	anchored, err := t.anchored()
	if err != nil {
		return nil, fmt.Errorf("the file of audit checkpoints %s cannot be read: %w", t.Anchor, err)
	}
	for _, m := range append(anchored, kept...) {
		if m.Tenant == tenant {
			all = append(all, m.Checkpoint())
		}
	}
	slices.SortStableFunc(all, func(a, b store.Checkpoint) int { return int(a.Seq - b.Seq) })
	return slices.CompactFunc(all, func(a, b store.Checkpoint) bool {
		return a.Checkpoint == b.Checkpoint && a.At == b.At && string(a.Signature) == string(b.Signature)
	}), nil
}

// Checkpoints gives the checkpoints in the database, in order.
func (t *Trail) Checkpoints(ctx context.Context, tenant string) ([]store.Checkpoint, error) {
	var all []store.Checkpoint
	for after := int64(0); ; {
		page, err := t.Store.Checkpoints(ctx, tenant, after)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < store.MaxLimit {
			return all, nil
		}
		after = page[len(page)-1].Seq
	}
}
