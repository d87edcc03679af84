package s3job

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// FuzzCall: whatever a job holds, it comes to a run whose input is JSON, or to a
// fault.
func FuzzCall(f *testing.F) {
	for _, seed := range []string{
		uploadOf(ref), downloadOf(`,"asFile":"yes"`), deleteOf(`["b"]`, `{"camunda.function.type":"x","params":[1]}`), `null`, `[{}]`,
		vars(keys, `"configuration":{"endpoint":"http://[::1]:9","region":"r","fairlead":{"pathStyle":"on"}}`, deletes, actionOfB), vars(`"awsCredential":{`+keys+`,"region":1}`, deletes, actionOfB),
	} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, variables []byte, newest bool) {
		v := compat.V88
		if newest {
			v = compat.V810
		}
		seen := false
		_, err := New(Options{}, func(string) (string, bool) { return "", false }).Call(t.Context(), job.Invocation{
			Job: job.Job{Variables: variables}, Variables: variables, Compat: v, Documents: texts{"d": "x"},
			Intrinsic: func(_ context.Context, node json.RawMessage) (json.RawMessage, error) { return node, nil },
			Run: func(_ context.Context, req run.Request) (*run.Record, error) {
				if seen = true; !json.Valid(req.Input) {
					t.Errorf("%q became %q", variables, req.Input)
				}
				return nil, errSeen
			},
		})
		if fault, ok := errors.AsType[*job.Fault](err); !ok || !seen && (fault.Type == "" || fault.Message == "") {
			t.Errorf("%q: %v", variables, err)
		}
	})
}
