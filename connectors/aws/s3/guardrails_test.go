package s3

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/leastpolicy"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/run"
)

// TestGuardrailsOfEveryCommand: what a connection may not do is refused before
// anything is sent, whatever the command calls its buckets.
func TestGuardrailsOfEveryCommand(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t, stage{})
	b.bucket(t, "conformance")
	b.put(t, "conformance", "a/file.txt", "content")
	made := 0
	all := allInputs(b, b.files, func(prefix string) string { made++; return fmt.Sprintf("%s-%d", prefix, made) })
	effects := [][]string{nil, {"read"}, {"read", "write"}, {"read", "delete"}}
	patterns := map[string]bool{"*": true, "team-*": false} // whether the buckets of the inputs fit
	for _, c := range Integration().Commands {
		for _, allowed := range effects {
			for pattern, fits := range patterns {
				g := connection.Guardrails{Effects: allowed, Resources: map[string][]string{"bucket": {pattern}}}
				named := namesBuckets(c)
				want := effectAllowed(c, allowed) && (fits || !named)
				t.Run(fmt.Sprintf("%s/%s/%s", c.ID, strings.Join(allowed, "+"), pattern), func(t *testing.T) {
					b.tryGuarded(t, c.ID, all[c.ID](t), g, want)
				})
			}
		}
	}
}

func (b *bench) tryGuarded(t *testing.T, command string, input in, g connection.Guardrails, want bool) {
	t.Helper()
	if _, err := b.Conns.Update(t.Context(), b.Owner, "main", connection.Patch{Guardrails: &g}); err != nil {
		t.Fatal(err)
	}
	b.sim.ResetRequests()
	rec := b.Do(t, "aws-s3", command, input)
	if want {
		wantVerdict(t, rec, run.Successful)
		return
	}
	if rec.Error == nil || rec.Error.Kind != connector.Denied {
		t.Errorf("it is not denied: %s", line(rec))
	}
	if ops := b.operations(); len(ops) > 0 {
		t.Errorf("it is denied, but sent %v", ops)
	}
}

func namesBuckets(c *connector.Command) bool {
	for _, f := range c.In.Fields {
		if f.Resource == leastpolicy.KindBucket {
			return true
		}
	}
	return false
}

// effectAllowed: nothing said allows everything; Test Connection is part of
// having a connection.
func effectAllowed(c *connector.Command, allowed []string) bool {
	if len(allowed) == 0 {
		return true
	}
	for _, e := range c.Effect.Names() {
		if !strings.Contains(strings.Join(allowed, " "), e) {
			return false
		}
	}
	return true
}
