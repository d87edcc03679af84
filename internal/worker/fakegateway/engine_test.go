package fakegateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// bubble runs a test on an engine in a bubble of fake time.
func bubble(t *testing.T, o fakegateway.Options, test func(t *testing.T, e *fakegateway.Engine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Now = time.Now
		e := fakegateway.New(o)
		defer e.Close()
		test(t, e)
	})
}

func asked(typ string, most int) gateway.Activation {
	return gateway.Activation{Type: typ, Worker: "w", Timeout: 10 * time.Second, MaxJobs: most, LongPoll: -1}
}

func poll(t *testing.T, e *fakegateway.Engine, a gateway.Activation, want int) []job.Job {
	t.Helper()
	got, err := e.Direct().Poll(t.Context(), a)
	if err != nil || len(got) != want {
		t.Fatalf("want %d jobs, got %d: %v", want, len(got), err)
	}
	return got
}

func code(err error) string {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		return e.Code
	}
	return "OK"
}

func TestAJobComesBackWhenItsTimeIsOver(t *testing.T) {
	bubble(t, fakegateway.Options{}, func(t *testing.T, e *fakegateway.Engine) {
		e.Create(fakegateway.Spec{Type: "a"})
		j := poll(t, e, asked("a", 5), 1)[0]
		poll(t, e, asked("a", 5), 0)
		pass(9 * time.Second)
		if err := e.Direct().Extend(t.Context(), j, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		pass(9 * time.Second)
		poll(t, e, asked("a", 5), 0)
		pass(2 * time.Second)
		if again := poll(t, e, asked("a", 5), 1)[0]; again.Key != j.Key || again.Deadline <= j.Deadline {
			t.Errorf("got %+v after %+v", again, j)
		}
	})
}

func TestRetriesBackoffAndIncident(t *testing.T) {
	bubble(t, fakegateway.Options{}, func(t *testing.T, e *fakegateway.Engine) {
		e.Create(fakegateway.Spec{Type: "a", Variables: json.RawMessage(`{"x":1}`)})
		jobs, a := e.Direct(), asked("a", 5)
		j := poll(t, e, a, 1)[0]
		if err := jobs.Fail(t.Context(), j, gateway.Failure{Retries: 2, Backoff: 5 * time.Second, Variables: json.RawMessage(`{"error":"e"}`)}); err != nil {
			t.Fatal(err)
		}
		poll(t, e, a, 0)
		pass(6 * time.Second)
		j = poll(t, e, a, 1)[0]
		if j.Retries != 2 || !json.Valid(j.Variables) || len(j.Variables) < len(`{"x":1,"error":"e"}`) {
			t.Errorf("got %+v %s", j, j.Variables)
		}
		if err := jobs.Fail(t.Context(), j, gateway.Failure{}); err != nil {
			t.Fatal(err)
		}
		if c := code(jobs.Complete(t.Context(), j, nil)); c != "FAILED_PRECONDITION" {
			t.Errorf("in an incident: %s", c)
		}
		e.Resolve(j.Key, 1)
		j = poll(t, e, a, 1)[0]
		if err := jobs.Complete(t.Context(), j, nil); err != nil || e.Report().Completed != 1 || e.Report().Open != 0 {
			t.Errorf("%v %+v", err, e.Report())
		}
		for name, c := range map[string]string{"twice": code(jobs.Complete(t.Context(), j, nil)), "not an object": code(jobs.Complete(t.Context(), j, json.RawMessage(`[1]`)))} {
			if c != map[string]string{"twice": "NOT_FOUND", "not an object": "INVALID_ARGUMENT"}[name] {
				t.Errorf("%s: %s", name, c)
			}
		}
		if c := code(jobs.Complete(t.Context(), job.Job{Key: 12345}, nil)); c != "UNAVAILABLE" {
			t.Errorf("a key of no partition: %s", c)
		}
	})
}

func TestVariablesAndTenants(t *testing.T) {
	bubble(t, fakegateway.Options{}, func(t *testing.T, e *fakegateway.Engine) {
		e.Create(fakegateway.Spec{Type: "a", Variables: json.RawMessage(`{"x":1,"y":{"z":2},"w":3}`)}, fakegateway.Spec{Type: "a", Tenant: "other"})
		a := asked("a", 5)
		a.Fetch = []string{"y", "none"}
		j := poll(t, e, a, 1)[0]
		if diff := cmp.Diff(`{"y":{"z":2}}`, string(j.Variables)); diff != "" {
			t.Error(diff)
		}
		a.Tenants = []string{"other"}
		if j := poll(t, e, a, 1)[0]; j.TenantID != "other" {
			t.Errorf("got %+v", j)
		}
	})
}

// TestStreams shows the rules of pushing: what was there before the stream is
// left to polls, streams that ask for the same take turns, a full one is passed
// over, and when all are full the job goes back.
func TestStreams(t *testing.T) {
	bubble(t, fakegateway.Options{}, func(t *testing.T, e *fakegateway.Engine) {
		e.Create(fakegateway.Spec{Type: "a"})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		got := [2][]int64{}
		goOn := make(chan struct{})
		for i := range got {
			go func() {
				_ = e.Direct().Stream(ctx, asked("a", 0), func() {}, func(j job.Job) {
					got[i] = append(got[i], j.Key)
					if i == 0 {
						<-goOn
					}
				})
			}()
		}
		synctest.Wait()
		if len(got[0])+len(got[1]) != 0 {
			t.Fatal("the backlog was pushed")
		}
		for range 20 {
			e.Create(fakegateway.Spec{Type: "a"})
			synctest.Wait()
		}
		if n := len(got[1]); len(got[0]) != 1 || n != 11 { // one in hand and 8 in the buffer of the other
			t.Errorf("the one that is busy took %d, the other %d", len(got[0]), n)
		}
		if r := e.Report(); r.Yielded != 0 {
			t.Errorf("a job was yielded although a stream had room: %+v", r)
		}
		close(goOn)
		synctest.Wait()
		e.BreakStreams()
		synctest.Wait()
		if n := e.Streams("a"); n != 0 {
			t.Errorf("%d streams are left", n)
		}
		poll(t, e, asked("a", 5), 1)
	})
}

func TestLongPoll(t *testing.T) {
	bubble(t, fakegateway.Options{}, func(t *testing.T, e *fakegateway.Engine) {
		a := asked("a", 5)
		a.LongPoll = 10 * time.Second
		begun := time.Now()
		poll(t, e, a, 0)
		if took := time.Since(begun); took != a.LongPoll {
			t.Errorf("it waited %s", took)
		}
		time.AfterFunc(3*time.Second, func() { e.Create(fakegateway.Spec{Type: "a"}) })
		begun = time.Now()
		poll(t, e, a, 1)
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("it came after %s", took)
		}
	})
}

func TestFaultsAreCounted(t *testing.T) {
	bubble(t, fakegateway.Options{Seed: 3, Faults: fakegateway.Faults{LoseActivation: .5, Refuse: .3, LoseAnswer: .3}}, func(t *testing.T, e *fakegateway.Engine) {
		for range 50 {
			e.Create(fakegateway.Spec{Type: "a"})
		}
		jobs, n := e.Direct(), 0
		for e.Report().Open > 0 {
			got, err := jobs.Poll(t.Context(), asked("a", 10))
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range got {
				n++
				_ = jobs.Complete(t.Context(), j, json.RawMessage(`{}`)) // the clock brings back what was refused
			}
			pass(11 * time.Second)
		}
		r := e.Report()
		if r.LostActivations == 0 || r.Refused == 0 || r.LostAnswers == 0 || r.Completed != 50 || r.Conflicts != 0 {
			t.Errorf("after %d executions: %+v", n, r)
		}
	})
}

func TestTheLedgerSeesTwoEnds(t *testing.T) {
	bubble(t, fakegateway.Options{}, func(t *testing.T, e *fakegateway.Engine) {
		e.Create(fakegateway.Spec{Type: "a"})
		j := poll(t, e, asked("a", 1), 1)[0]
		jobs := e.Direct()
		_ = jobs.Complete(t.Context(), j, json.RawMessage(`{"n":1}`))
		_ = jobs.Complete(t.Context(), j, json.RawMessage(`{"n":1}`))
		if r := e.Report(); r.Conflicts != 0 {
			t.Errorf("the same end twice: %+v", r)
		}
		_ = jobs.Complete(t.Context(), j, json.RawMessage(`{"n":2}`))
		if r := e.Report(); r.Conflicts != 1 {
			t.Errorf("two ends: %+v", r)
		}
	})
}

// pass lets time pass, which costs nothing in a bubble.
func pass(d time.Duration) { <-time.After(d) }

// TestYield fills a stream: one that asks for something else does not stand in
// for it, and polls find what was yielded.
func TestYield(t *testing.T) {
	bubble(t, fakegateway.Options{}, func(t *testing.T, e *fakegateway.Engine) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, name := range []string{"busy", "another"} {
			a := asked("a", 0)
			a.Worker = name
			go func() {
				_ = e.Direct().Stream(ctx, a, func() {}, func(job.Job) {
					if name == "busy" {
						<-ctx.Done()
					}
				})
			}()
			synctest.Wait()
		}
		const each = 30
		for range each {
			e.Create(fakegateway.Spec{Type: "a"})
			synctest.Wait()
		}
		r := e.Report()
		if r.Yielded == 0 || r.Pushed+r.Yielded != each {
			t.Fatalf("got %+v", r)
		}
		poll(t, e, asked("a", each), int(r.Yielded))
	})
}
