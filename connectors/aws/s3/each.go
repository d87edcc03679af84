package s3

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// outcome is how an item ended that did not fail.
type outcome struct {
	skipped bool
	message string
}

// eachItem runs f for every name as one item of the run.
func eachItem(ctx context.Context, call *connector.Call, limit int, names []string, f func(i int, it *connector.Item) (outcome, error)) error {
	return connector.Each(ctx, limit, len(names), func(i int) {
		it := call.Items.StartAt(i, names[i])
		end(it, func() (outcome, error) { return f(i, it) })
	})
}

func end(it *connector.Item, f func() (outcome, error)) {
	out, err := f()
	switch {
	case err != nil:
		it.Fail(err)
	case out.skipped:
		it.Skip(out.message)
	default:
		it.Done(out.message)
	}
}

// prefixed puts words before an error's message, as this integration does for
// single items.
func prefixed(err error, words string) error {
	if err == nil {
		return nil
	}
	e := *connector.AsError(err)
	if e.Kind == connector.Canceled {
		return &e
	}
	e.Message = words + e.Message
	return &e
}

// compact keeps the results that items left, in their order.
func compact[T any](all []*T) []T {
	out := make([]T, 0, len(all))
	for _, p := range all {
		if p != nil {
			out = append(out, *p)
		}
	}
	return out
}
