package worker_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// bubble runs a test with a cluster and fake time. The engine looks at its
// timeouts once a second, as real ones do.
func bubble(t *testing.T, test func(t *testing.T, e *fakegateway.Engine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := fakegateway.New(fakegateway.Options{Now: time.Now, Tick: time.Second})
		t.Cleanup(e.Close)
		e.Record()
		test(t, e)
	})
}

// commands gives what was sent of one kind.
func commands(e *fakegateway.Engine, kind string) []fakegateway.Command {
	var out []fakegateway.Command
	for _, c := range e.Commands() {
		if c.Kind == kind {
			out = append(out, c)
		}
	}
	return out
}

func TestBacklogAndNewJobsAreDone(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		e.Create(jobsOf("a", 500)...)
		h := &handler{types: []string{"a", "b"}}
		w, _ := start(t, e.Direct(), h, worker.Settings{})
		pass(time.Second)
		e.Create(jobsOf("b", 5)...)
		e.Create(jobsOf("a", 5)...)
		pass(time.Second)
		r, s := e.Report(), w.State()
		if r.Completed != 510 || r.Pushed != 10 || h.executions.Load() != 510 {
			t.Errorf("%+v", r)
		}
		if s.Completed != 510 || s.Active != 0 || s.Rate < 8 || s.Types[1].Completed != 5 || s.Types[1].Transport != "stream" || !s.Cluster.Ready() || s.State != "running" {
			t.Errorf("%+v", s)
		}
		if err := w.Ready(); err != nil {
			t.Error(err)
		}
	})
}

// TestOneBudgetForAllTypes counts how many jobs are in the works at a time.
func TestOneBudgetForAllTypes(t *testing.T) {
	for _, streams := range []bool{true, false} {
		bubble(t, func(t *testing.T, e *fakegateway.Engine) {
			h := &handler{types: []string{"a", "b", "c"}}
			var now, most atomic.Int64
			h.do = func(context.Context, job.Job, extender) job.Outcome {
				most.Store(max(most.Load(), now.Add(1)))
				pass(100 * time.Millisecond)
				now.Add(-1)
				return done(1)
			}
			for _, typ := range h.types {
				e.Create(jobsOf(typ, 40)...)
			}
			d := e.Direct()
			d.Streams = streams
			start(t, d, h, worker.Settings{MaxJobs: 10})
			pass(time.Second)
			for _, typ := range h.types {
				e.Create(jobsOf(typ, 40)...)
			}
			pass(4 * time.Second)
			if r := e.Report(); r.Completed != 240 || most.Load() != 10 {
				t.Errorf("streams %v: %d at a time, %+v", streams, most.Load(), r)
			}
		})
	}
}

func TestALongJobIsKept(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a"}}
		h.do = func(context.Context, job.Job, extender) job.Outcome {
			pass(10 * time.Minute)
			return done(h.executions.Load())
		}
		key := e.Create(jobsOf("a", 1)...)[0]
		start(t, e.Direct(), h, worker.Settings{Timeout: time.Minute})
		pass(11 * time.Minute)
		if j := e.Job(key); j.State != "COMPLETED" || j.Activations != 1 || h.executions.Load() != 1 {
			t.Errorf("%+v, %d executions", j, h.executions.Load())
		}
		if n := len(commands(e, fakegateway.KindTimeout)); n < 18 || n > 20 { // every half minute
			t.Errorf("%d extensions", n)
		}
	})
}

func TestTheHandlerMayAskForMoreTime(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a"}}
		h.do = func(ctx context.Context, _ job.Job, extend extender) job.Outcome {
			if err := extend(ctx, time.Hour); err != nil {
				t.Error(err)
			}
			pass(40 * time.Minute)
			return done(1)
		}
		e.Create(jobsOf("a", 1)...)
		start(t, e.Direct(), h, worker.Settings{Timeout: time.Minute})
		pass(50 * time.Minute)
		sent := commands(e, fakegateway.KindTimeout)
		if len(sent) != 2 || sent[0].Timeout != time.Hour || sent[1].Timeout != time.Hour || e.Report().Completed != 1 {
			t.Errorf("%+v", sent)
		}
	})
}

// TestAnEndThatWasNotHeardIsToldAgain takes the cluster away at the moment of
// the end: the job comes back later, and its end is told, not done again.
func TestAnEndThatWasNotHeardIsToldAgain(t *testing.T) {
	for _, away := range []time.Duration{5 * time.Second, 5 * time.Minute} {
		bubble(t, func(t *testing.T, e *fakegateway.Engine) {
			h := &handler{types: []string{"a"}}
			h.do = func(context.Context, job.Job, extender) job.Outcome {
				e.Down(true)
				return done(h.executions.Load())
			}
			key := e.Create(jobsOf("a", 1)...)[0]
			w, _ := start(t, e.Direct(), h, worker.Settings{Timeout: time.Minute, HealthEvery: time.Second})
			pass(away)
			if err := w.Ready(); err == nil {
				t.Error("ready without a cluster")
			}
			e.Down(false)
			pass(2 * time.Minute)
			if j := e.Job(key); j.State != "COMPLETED" || h.executions.Load() != 1 {
				t.Errorf("away for %s: %+v, %d executions", away, j, h.executions.Load())
			}
			if err := w.Ready(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestALostAnswerIsNoSecondEnd(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		e.SetFaults(fakegateway.Faults{LoseAnswer: 1})
		h := &handler{types: []string{"a"}}
		e.Create(jobsOf("a", 1)...)
		start(t, e.Direct(), h, worker.Settings{})
		pass(5 * time.Minute)
		sent := commands(e, fakegateway.KindComplete)
		if len(sent) != 2 || sent[1].Reply != "NOT_FOUND" || h.executions.Load() != 1 {
			t.Errorf("%+v", sent)
		}
	})
}

func TestAFailedJobIsDoneAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a"}}
		h.do = func(_ context.Context, j job.Job, _ extender) job.Outcome {
			if j.Retries > 1 {
				return job.Outcome{Kind: job.Fail, Retries: j.Retries - 1, RetryBackoff: 3 * time.Second, ErrorMessage: "not yet", Failure: "not yet"}
			}
			return done(1)
		}
		key := e.Create(fakegateway.Spec{Type: "a", Retries: 3, Variables: json.RawMessage(`{"secretKey":"canary-1","region":"r"}`)})[0]
		w, _ := start(t, e.Direct(), h, worker.Settings{})
		pass(10 * time.Second)
		if j := e.Job(key); j.State != "COMPLETED" || h.executions.Load() != 3 {
			t.Errorf("%+v, %d executions", j, h.executions.Load())
		}
		f := w.State().Failures
		if len(f) != 2 || f[0].Retries != 1 || f[1].Retries != 2 || f[0].Message != "not yet" {
			t.Fatalf("got %+v", f)
		}
		if in := string(f[0].Input); strings.Contains(in, "canary") || !strings.Contains(in, `"region":"r"`) {
			t.Errorf("got %s", in)
		}
	})
}

func TestAPanicFailsItsJobOnly(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a"}}
		h.do = func(_ context.Context, j job.Job, _ extender) job.Outcome {
			if j.Retries == 3 {
				panic("planted")
			}
			return done(1)
		}
		key := e.Create(jobsOf("a", 1)...)[0]
		start(t, e.Direct(), h, worker.Settings{})
		pass(time.Second)
		sent := commands(e, fakegateway.KindFail)
		if len(sent) != 1 || sent[0].Retries != 2 || strings.Contains(sent[0].ErrorMessage, "planted") || e.Job(key).State != "COMPLETED" {
			t.Errorf("%+v %+v", sent, e.Job(key))
		}
	})
}

func TestEndsByTheirFate(t *testing.T) {
	for _, tc := range []struct {
		reason string
		script []string
		out    job.Outcome
		sent   []string // kind and reply of each command
		state  string
	}{
		{"it was canceled", []string{"NOT_FOUND"}, done(1), []string{"complete NOT_FOUND"}, "ACTIVATED"},
		{"it waits in an incident", []string{"FAILED_PRECONDITION"}, done(1), []string{"complete FAILED_PRECONDITION"}, "ACTIVATED"},
		{"what may succeed later is repeated", []string{"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED"}, done(1), []string{"complete UNAVAILABLE", "complete DEADLINE_EXCEEDED", "complete RESOURCE_EXHAUSTED", "complete ABORTED", "complete OK"}, "COMPLETED"},
		{"a result that is refused fails the job, which would only come back", nil, job.Outcome{Kind: job.Complete, Variables: json.RawMessage(`[1]`)}, []string{"complete INVALID_ARGUMENT", "fail OK"}, "INCIDENT"},
		{"a BPMN error", nil, job.Outcome{Kind: job.Throw, ErrorCode: "C", ErrorMessage: "m"}, []string{"throw OK"}, "ERROR_THROWN"},
		{"nothing is told", nil, job.Outcome{Kind: job.None}, nil, "ACTIVATED"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			bubble(t, func(t *testing.T, e *fakegateway.Engine) {
				h := &handler{types: []string{"a"}}
				h.do = func(context.Context, job.Job, extender) job.Outcome { return tc.out }
				key := e.Create(jobsOf("a", 1)...)[0]
				e.Script(key, tc.script...)
				start(t, e.Direct(), h, worker.Settings{})
				pass(20 * time.Second)
				var sent []string
				for _, c := range e.Commands() {
					sent = append(sent, c.Kind+" "+c.Reply)
				}
				if strings.Join(sent, ", ") != strings.Join(tc.sent, ", ") || e.Job(key).State != tc.state {
					t.Errorf("got %v, %s", sent, e.Job(key).State)
				}
			})
		})
	}
}

// TestJobsWithoutStreams polls only, as over REST.
func TestJobsWithoutStreams(t *testing.T) {
	for _, o := range []fakegateway.Options{{}, {NoWait: true}} {
		synctest.Test(t, func(t *testing.T) {
			o.Now = time.Now
			e := fakegateway.New(o)
			t.Cleanup(e.Close)
			e.Create(jobsOf("a", 300)...)
			d, h := e.Direct(), &handler{types: []string{"a"}}
			d.Streams = false
			w, _ := start(t, d, h, worker.Settings{})
			pass(5 * time.Second)
			begun := time.Now()
			e.Create(jobsOf("a", 1)...)
			if !e.Wait(t.Context()) || time.Since(begun) > time.Second {
				t.Errorf("a new job took %s", time.Since(begun))
			}
			if r, s := e.Report(), w.State(); r.Completed != 301 || r.Pushed != 0 || s.Types[0].Transport != "poll" {
				t.Errorf("%+v %+v", r, s.Types)
			}
		})
	}
}

func TestBackpressure(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		e.SetFaults(fakegateway.Faults{Busy: 1})
		h := &handler{types: []string{"a"}}
		e.Create(jobsOf("a", 100)...)
		start(t, e.Direct(), h, worker.Settings{})
		pass(time.Minute)
		if n := e.Report().Busy; n < 5 || n > 40 {
			t.Errorf("%d calls in a minute to a cluster that has too much to do", n)
		}
		e.SetFaults(fakegateway.Faults{})
		pass(6 * time.Second)
		if r := e.Report(); r.Completed != 100 {
			t.Errorf("%+v", r)
		}
	})
}

// TestAJobThatWaitedIsAskedFor fills the worker: a job that waits in its stream
// for longer than half of its time is asked for before it is begun.
func TestAJobThatWaitedIsAskedFor(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a"}}
		goOn := make(chan struct{})
		h.do = func(context.Context, job.Job, extender) job.Outcome {
			if h.executions.Load() == 1 {
				<-goOn
			}
			return done(h.executions.Load())
		}
		start(t, e.Direct(), h, worker.Settings{MaxJobs: 1, Timeout: time.Minute})
		pass(time.Second)
		keys := e.Create(jobsOf("a", 3)...)
		pass(40 * time.Second)
		e.Cancel(keys[1])
		close(goOn)
		pass(time.Minute)
		for i, want := range []string{"COMPLETED", "CANCELED", "COMPLETED"} {
			if j := e.Job(keys[i]); j.State != want || j.Activations != 1 {
				t.Errorf("job %d: %+v", i, j)
			}
		}
		if h.executions.Load() != 2 {
			t.Errorf("%d executions", h.executions.Load())
		}
	})
}

// TestLeases pauses a worker until its job is another's: its late end is
// refused, and the other's counts.
func TestLeases(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		slow := &handler{types: []string{"a"}}
		slow.do = func(context.Context, job.Job, extender) job.Outcome {
			pass(3 * time.Minute)
			return job.Outcome{Kind: job.Complete, Variables: json.RawMessage(`{"by":"the late one"}`)}
		}
		asleep := e.Direct()
		asleep.Asleep = true
		key := e.Create(jobsOf("a", 1)...)[0]
		start(t, asleep, slow, worker.Settings{Leases: true})
		pass(time.Second)
		start(t, e.Direct(), &handler{types: []string{"a"}, do: func(context.Context, job.Job, extender) job.Outcome {
			pass(10 * time.Minute)
			return done(1)
		}}, worker.Settings{Leases: true})
		pass(5 * time.Minute)
		sent := commands(e, fakegateway.KindComplete)
		if len(sent) != 1 || sent[0].Reply != "FAILED_PRECONDITION" || sent[0].Lease == "" {
			t.Fatalf("got %+v", sent)
		}
		pass(10 * time.Minute)
		if j := e.Job(key); j.State != "COMPLETED" || j.Activations < 2 {
			t.Errorf("%+v", j)
		}
	})
}
