package camundas3

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

func TestDelete(t *testing.T) {
	b := newBench(t)
	b.put(t, "a/k.txt", "", "x")
	for _, key := range []string{"a/k.txt", "never there"} {
		out := ok[DeleteObjectOut](t, b, "delete-object", b.access(in{"key": key}), nil)
		if diff := cmp.Diff(DeleteObjectOut{Bucket: "bkt", Key: key}, out); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if body, _ := b.object(t, "a/k.txt"); body != "absent" {
		t.Error("the object is still there")
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel() // it waits more than it works
	b := newBench(t)
	b.put(t, "k", "text/plain", "hello")
	for _, tc := range []struct {
		reason   string
		times    int
		answer   http.HandlerFunc
		ends     Reason // empty: it succeeds
		attempts int
	}{
		{"one busy answer", 1, refusal(503, "SlowDown", "Please reduce your request rate."), "", 2},
		{"busy for ever", 9, refusal(500, "InternalError", "We encountered an internal error."), Answered, 4},
		{"a clock that is off", 9, refusal(403, "RequestTimeTooSkewed", "The difference is too large."), Answered, 4},
		{"a connection cut once", 1, cut, "", 2},
		{"cut for ever", 9, cut, NoAnswer, 4},
		{"denied", 9, refusal(403, "AccessDenied", "Access Denied"), Answered, 1},
		{"elsewhere", 9, refusal(301, "PermanentRedirect", "Use the specified endpoint."), Answered, 1},
	} {
		for _, command := range []string{"download-object", "delete-object"} {
			b.door.script(tc.times, tc.answer)
			input := b.access(in{"key": "k"})
			if tc.ends == "" {
				ok[in](t, b, command, input, nil)
			} else if _, f := b.fails(t, command, input, nil); f == nil || f.Reason != tc.ends || f.Attempts != tc.attempts {
				t.Errorf("%s, %s: %+v", tc.reason, command, f)
			}
			// The transport takes a fresh connection when one that was kept is gone.
			if got := len(b.door.requests()); got < tc.attempts || got > tc.attempts+1 {
				t.Errorf("%s, %s: %d requests", tc.reason, command, got)
			}
			b.put(t, "k", "text/plain", "hello")
		}
	}
}

func TestAnswerOfS3(t *testing.T) {
	b := newBench(t)
	b.door.script(1, refusal(403, "AccessDenied", "Access Denied"))
	e, f := b.fails(t, "delete-object", b.access(in{"key": "k"}), nil)
	if e.Kind != connector.Denied || e.StatusCode != 403 || e.Items[0].Code != "AccessDenied" {
		t.Errorf("%+v", e)
	}
	want := Failure{Reason: Answered, Attempts: 1, Status: 403, Code: "AccessDenied", Message: "Access Denied", RequestID: "REQ1", HostID: "HOST1", Host: f.Host, Err: f.Err}
	if *f != want {
		t.Errorf("%+v", f)
	}
	b.door.script(1, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	if _, f = b.fails(t, "delete-object", b.access(in{"key": "k"}), nil); f.Code != "" || f.Message != "" || f.Status != 404 {
		t.Errorf("an answer without a body: %+v", f)
	}
}

func TestDeletePlan(t *testing.T) {
	b := newBench(t)
	b.put(t, "k", "", "four")
	for key, want := range map[string]connector.PlanStep{
		"k":    {Item: "k", Action: connector.PlanDelete, Size: 4},
		"none": {Item: "none", Action: connector.PlanNone, Note: "There is no such object."},
	} {
		if diff := cmp.Diff([]connector.PlanStep{want}, b.plan(t, "delete-object", b.access(in{"key": key}))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func (b *bench) plan(t *testing.T, command string, input in) []connector.PlanStep {
	t.Helper()
	b.sim.ResetRequests()
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "camunda-aws-s3", Command: command, Input: encode(t, input), DryRun: true, Origin: "test"})
	must(t, err)
	if rec.Error != nil {
		t.Fatal(rec.Error.Line())
	}
	for _, r := range b.sim.Requests() {
		if !r.ReadOnly() {
			t.Errorf("a dry run sent %s", r.Operation)
		}
	}
	return rec.Plan
}
