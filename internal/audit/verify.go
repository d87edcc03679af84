package audit

import (
	"context"
	"fmt"
	"iter"
)

// Checkpoint is a place in a tenant's chain. The zero Checkpoint is the place before the first entry.
type Checkpoint struct {
	Seq  int64
	Hash Hash
}

// Problem says where and how a chain is broken.
type Problem struct {
	Seq    int64  // sequence number the chain should have had at this place
	ID     string // id of the entry found there, empty if none was found
	Reason string // what is wrong, for people
}

// String describes the problem in one line.
func (p *Problem) String() string {
	if p.ID == "" {
		return fmt.Sprintf("entry %d: %s", p.Seq, p.Reason)
	}
	return fmt.Sprintf("entry %d (id %s): %s", p.Seq, p.ID, p.Reason)
}

// Verify walks a tenant's chain in order and reports how many entries are good, the place reached, and the first
// problem, if any. start is the place before the first entry read: zero for a whole chain, or a trusted checkpoint. The
// error is that of the reader or the context; a broken chain is a Problem, not an error.
//
// A chain cut off at its end is still a good chain: compare the place reached with Expect.
func Verify(ctx context.Context, tenant string, start Checkpoint, entries iter.Seq2[Entry, error]) (int64, Checkpoint, *Problem, error) {
	at, count := start, int64(0)
	for e, err := range entries {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return count, at, nil, err
		}
		if p := check(tenant, at, e); p != nil {
			return count, at, p, nil
		}
		at = Checkpoint{Seq: e.Seq, Hash: e.Hash}
		count++
	}
	return count, at, nil, nil
}

// Expect compares the place that Verify reached with where the chain is known to have come, so that a chain whose last
// entries were cut off is noticed.
func Expect(reached, known Checkpoint) *Problem {
	switch {
	case reached.Seq < known.Seq:
		return &Problem{Seq: reached.Seq + 1, Reason: fmt.Sprintf("missing: the chain ends at %d but had reached %d", reached.Seq, known.Seq)}
	case reached.Seq == known.Seq && reached.Hash != known.Hash:
		return &Problem{Seq: reached.Seq, Reason: "the chain's last hash is not the one on record"}
	case reached.Seq > known.Seq:
		return &Problem{Seq: known.Seq + 1, Reason: fmt.Sprintf("unexpected: the chain is on record as ending at %d", known.Seq)}
	}
	return nil
}

func check(tenant string, at Checkpoint, e Entry) *Problem {
	want := at.Seq + 1
	bad := func(format string, args ...any) *Problem {
		return &Problem{Seq: want, ID: e.ID, Reason: fmt.Sprintf(format, args...)}
	}
	if e.Seq != want {
		return bad("sequence number %d found where %d was due: entries are missing, repeated or moved", e.Seq, want)
	}
	if e.Tenant != tenant {
		return bad("belongs to tenant %q, not %q", e.Tenant, tenant)
	}
	if e.Prev != at.Hash {
		return bad("does not follow its predecessor: it names hash %s, the predecessor has %s", e.Prev, at.Hash)
	}
	canonical, err := CanonicalJSON(e.Body)
	if err != nil || string(canonical) != string(e.Body) {
		return bad("its body is not canonical JSON: it was changed after it was written")
	}
	sum, err := e.hashOver(canonical)
	if err != nil || sum != e.Hash {
		return bad("its content does not match its hash: it was changed after it was written")
	}
	return nil
}
