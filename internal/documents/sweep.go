package documents

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// orphanAge is how old content without a record must be to be taken for what a
// crash left: a record follows its content at once.
const orphanAge = time.Hour

func (k *kept) sweep(ctx context.Context) (int, error) {
	if k.sorted != nil {
		return k.sweepSorted(ctx)
	}
	n, failed, done := 0, error(nil), map[string]bool{}
	for o, err := range k.objects.List(ctx) {
		if err != nil {
			return n, storeError(err)
		}
		id := strings.TrimSuffix(o.Name, recordSuffix)
		if done[id] {
			continue // its content went with its record
		}
		removed, err := k.sweepOne(ctx, o)
		if ctx.Err() != nil {
			return n, connector.AsError(ctx.Err())
		}
		failed = errors.Join(failed, err)
		if removed {
			n++
			done[id] = true
		}
	}
	return n, failed
}

// whole tells whether a record is one of ours: in a bucket others may keep JSON
// under names that look like those of old documents.
func (r record) whole() bool { return len(r.SHA256) == 64 && !r.CreatedAt.IsZero() }

// sweepOne sees to one object. What it removes it has read about right before, so
// that it never goes by a list that is out of date.
func (k *kept) sweepOne(ctx context.Context, o Object) (bool, error) {
	id, isRecord := strings.CutSuffix(o.Name, recordSuffix)
	if !k.valid(id) || !isRecord && k.now().Sub(o.Modified) < orphanAge {
		return false, nil
	}
	r, err := k.read(ctx, id)
	orphan := !isRecord && err != nil && connector.AsError(err).Kind == connector.NotFound
	switch {
	case orphan, err == nil && isRecord && r.over(k.now()) && (k.sorted == nil || r.whole()):
		return true, k.remove(ctx, id)
	case err != nil && connector.AsError(err).Kind != connector.NotFound:
		return false, err
	}
	return false, nil
}
