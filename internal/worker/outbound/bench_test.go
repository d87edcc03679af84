package outbound_test

import (
	"encoding/json"
	"testing"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

const benchVariables = `{"actionDiscriminator":"deleteObject","authentication":{"type":"credentials","accessKey":"{{secrets.KEY}}","secretKey":"{{secrets.SECRET}}"},"configuration":{"region":"us-east-1"},"action":{"bucket":"bkt","key":"k.txt"}}`

func benchmark(b *testing.B, h json.RawMessage, want job.Kind) {
	b.Helper()
	r := set{fn: gives(`{"bucket":"bkt","key":"k.txt"}`), secrets: values{"KEY": "AKIAEXAMPLEKEY", "SECRET": "an-example-secret-key"}}.runtime(b)
	j := job.Job{Key: 1, Type: "test", Retries: 3, Variables: json.RawMessage(benchVariables), CustomHeaders: h}
	b.ReportAllocs()
	for b.Loop() {
		if o := r.Handle(b.Context(), j, nil); o.Kind != want {
			b.Fatal(o)
		}
	}
}

func BenchmarkHandle(b *testing.B) {
	b.Run("no-expressions", func(b *testing.B) { benchmark(b, headers("resultVariable", "result"), job.Complete) })
	b.Run("two-expressions", func(b *testing.B) {
		benchmark(b, headers("resultExpression", `={stored: bucket + "/" + key, whole: response}`,
			"errorExpression", `=if error.code = "404" then bpmnError("NOT_FOUND", error.message) else null`, "retryBackoff", "PT30S"), job.Complete)
	})
	b.Run("bpmn-error", func(b *testing.B) {
		benchmark(b, headers("errorExpression", `=if response.key = "k.txt" then bpmnError("FOUND", response.bucket, {key: key}) else null`), job.Throw)
	})
}

// TestHandleIsQuick holds the allocations, which do not depend on the machine.
func TestHandleIsQuick(t *testing.T) {
	for _, c := range []struct {
		why  string
		h    json.RawMessage
		most float64
	}{
		{"no expressions", headers("resultVariable", "result"), 60},
		{"two expressions", headers("resultExpression", `={a: bucket}`, "errorExpression", `=if error.code = "1" then bpmnError("C", "m") else null`), 120},
	} {
		r := set{fn: gives(`{"bucket":"bkt","key":"k.txt"}`), secrets: values{"KEY": "AKIAEXAMPLEKEY", "SECRET": "an-example-secret-key"}}.runtime(t)
		j := job.Job{Key: 1, Type: "test", Retries: 3, Variables: json.RawMessage(benchVariables), CustomHeaders: c.h}
		if got := testing.AllocsPerRun(100, func() { r.Handle(t.Context(), j, nil) }); got > c.most {
			t.Errorf("%s: %.0f allocations, at most %.0f are expected", c.why, got, c.most)
		}
	}
}
