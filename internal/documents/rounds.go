package documents

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// A store that is listed in order is swept in two ways. Documents that are due
// stand at its beginning, by the dates in their IDs, and are looked for often.
// Everything is looked through rarely, for documents that were stored before IDs
// had dates, and for content that a crash left. Both do a bounded amount of work
// at a time; several nodes may do it at once.
const (
	dueEvery   = time.Hour
	allEvery   = 7 * 24 * time.Hour
	retryAfter = 10 * time.Minute // of what failed

	mostListed  = 10_000 // names that are seen in one round
	mostLooked  = 1_000  // documents that are looked at, and perhaps removed
	mostFailing = 10     // failures that end a round
)

// rounds are the two ways. What they remember is forgotten when the process ends,
// which does no harm.
type rounds struct {
	mu       sync.Mutex
	due, all turn
}

// turn is when a round is next, and where it begins.
type turn struct {
	at    time.Time
	after string
}

func (k *kept) sweepSorted(ctx context.Context) (int, error) {
	if !k.rounds.mu.TryLock() {
		return 0, nil // it is being done
	}
	defer k.rounds.mu.Unlock()
	due := round{kept: k, dated: true, after: max(k.rounds.due.after, firstEnd), before: endDigits(k.now().Unix() + 1)}
	if err := due.take(ctx, &k.rounds.due, dueEvery); err != nil {
		return due.removed, err
	}
	all := round{kept: k, after: k.rounds.all.after}
	err := all.take(ctx, &k.rounds.all, allEvery)
	return due.removed + all.removed, err
}

// firstEnd sorts before each ID that was ever dated, but after most of what
// others may have put beside the documents.
const firstEnd = "0068000000"

// round is one look through a part of a store.
type round struct {
	*kept
	dated         bool // IDs without dates are passed over
	after, before string
	ended         bool

	listed, looked, removed int
	failed                  []error
}

// take does a round if it is its turn, and says when the next one is: at once,
// where this one did not get to its end.
func (r *round) take(ctx context.Context, t *turn, every time.Duration) error {
	now := r.now()
	if now.Before(t.at) {
		return nil
	}
	err := r.run(ctx)
	switch {
	case err != nil:
		t.at = now.Add(retryAfter)
	case r.ended:
		t.at = now.Add(every)
	}
	if t.after = r.after; r.ended {
		t.after = ""
	}
	if ctx.Err() != nil {
		return connector.AsError(ctx.Err())
	}
	return err
}

// run looks through names from after to before. Where it has to stop early, after
// is how far it got.
func (r *round) run(ctx context.Context) error {
	var content *Object // whose record should be next
	for o, err := range r.sorted.After(ctx, r.after) {
		if err != nil {
			return errors.Join(append(r.failed, storeError(err))...)
		}
		if r.enough(ctx) {
			return errors.Join(r.failed...)
		}
		if content != nil && o.Name != content.Name+recordSuffix {
			r.look(ctx, *content)
		}
		content = nil
		if r.before != "" && o.Name >= r.before {
			break
		}
		r.listed++
		if content = r.see(ctx, o); content == nil {
			r.after = o.Name
		}
	}
	if content != nil {
		r.look(ctx, *content)
	}
	r.ended = ctx.Err() == nil
	return errors.Join(r.failed...)
}

// see looks at a record that may be over. Content it gives back: whether it has a
// record shows when the next name is known.
func (r *round) see(ctx context.Context, o Object) *Object {
	id, isRecord := strings.CutSuffix(o.Name, recordSuffix)
	switch {
	case isRecord && r.mayBeOver(id):
		r.look(ctx, o)
	case !isRecord && r.mayBeLeft(id):
		return &o
	}
	return nil
}

func (r *round) enough(ctx context.Context) bool {
	return r.listed >= mostListed || r.looked >= mostLooked || len(r.failed) >= mostFailing || ctx.Err() != nil
}

// mayBeLeft tells whether content without a record is ours to remove. Without a
// date in its name it may be anybody's.
func (r *round) mayBeLeft(id string) bool {
	_, ok := isDated(id)
	return ok
}

// mayBeOver tells whether a record has to be read to know.
func (r *round) mayBeOver(id string) bool {
	end, ok := isDated(id)
	if !ok {
		return !r.dated
	}
	return end <= r.now().Unix()
}

func (r *round) look(ctx context.Context, o Object) {
	r.looked++
	removed, err := r.sweepOne(ctx, o)
	switch _, ours := isDated(strings.TrimSuffix(o.Name, recordSuffix)); {
	case err == nil && removed:
		r.removed++
	case err != nil && (ours || connector.AsError(err).Kind != connector.Internal): // else it is no record, but another's
		r.failed = append(r.failed, err)
	}
}
