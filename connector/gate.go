package connector

import "context"

type gateKey struct{}

// WithGate gives a context whose calls wait, before they send anything, until
// wait returns, and send nothing if it fails. The platform holds a run back so
// until the record of what it is about to do is on the disk; meanwhile the run
// prepares its call.
func WithGate(ctx context.Context, wait func(context.Context) error) context.Context {
	return context.WithValue(ctx, gateKey{}, wait)
}

// PassGate waits for the context's gate; without one it returns at once. Env's
// HTTP clients do it for each request. An integration that sends by other means
// has to do it before it changes anything.
func PassGate(ctx context.Context) error {
	if wait, ok := ctx.Value(gateKey{}).(func(context.Context) error); ok {
		return wait(ctx)
	}
	return nil
}
