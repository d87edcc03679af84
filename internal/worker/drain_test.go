package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

func TestDrainLetsJobsEnd(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a"}}
		h.do = func(ctx context.Context, _ job.Job, _ extender) job.Outcome {
			select {
			case <-ctx.Done():
				t.Error("canceled in the time that it had")
			case <-time.After(20 * time.Second):
			}
			return done(1)
		}
		e.Create(jobsOf("a", 3)...)
		w, stop := start(t, e.Direct(), h, worker.Settings{Drain: 30 * time.Second})
		pass(time.Second)
		stop()
		if r := e.Report(); r.Completed != 3 || w.State().State != "stopped" || w.Ready() == nil {
			t.Errorf("%+v %+v", r, w.State())
		}
	})
}

// TestDrainGivesBack ends a worker whose jobs take too long: they cost no retry,
// and the next worker has them within seconds.
func TestDrainGivesBack(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a"}}
		h.do = func(ctx context.Context, j job.Job, _ extender) job.Outcome {
			<-ctx.Done()
			return job.Outcome{Kind: job.Fail, Retries: j.Retries - 1, ErrorMessage: "canceled", Failure: "canceled"}
		}
		_, stop := start(t, e.Direct(), h, worker.Settings{MaxJobs: 2, Drain: 5 * time.Second, Timeout: time.Hour})
		pass(time.Second)
		keys := e.Create(jobsOf("a", 4)...) // two are done, one is in hand, one is in the stream
		pass(time.Second)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("it ended after %s", took)
		}
		if n := len(commands(e, fakegateway.KindFail)); n != 0 {
			t.Errorf("%d jobs were failed", n)
		}
		start(t, e.Direct(), &handler{types: []string{"a"}}, worker.Settings{})
		pass(15 * time.Second)
		for i, k := range keys[:3] {
			if j := e.Job(k); j.State != "COMPLETED" || j.Retries != 3 {
				t.Errorf("job %d: %+v", i, j)
			}
		}
		pass(time.Hour)
		if j := e.Job(keys[3]); j.State != "COMPLETED" { // nobody had it to give it back
			t.Errorf("%+v", j)
		}
	})
}

// TestDrainWithoutACluster ends in time although nobody hears of the jobs' ends.
func TestDrainWithoutACluster(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a"}}
		h.do = func(context.Context, job.Job, extender) job.Outcome {
			e.Down(true)
			return done(1)
		}
		_, stop := start(t, e.Direct(), h, worker.Settings{Drain: 5 * time.Second, Timeout: time.Hour})
		pass(time.Second)
		e.Create(jobsOf("a", 1)...)
		pass(time.Second)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took > 6*time.Second {
			t.Errorf("it ended after %s", took)
		}
	})
}
