package worker_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// rough are the faults of the harness.
var rough = fakegateway.Faults{LoseActivation: .01, Duplicate: .05, BreakStream: .005, Refuse: .01, LoseAnswer: .01, Busy: .002}

var roughSettings = worker.Settings{
	Timeout: 2 * time.Second, PollEvery: 200 * time.Millisecond, HealthEvery: time.Second,
	Retry: worker.Backoff{First: 5 * time.Millisecond, Most: 100 * time.Millisecond},
}

// jobCount is 100,000 jobs, and 1,000,000 in "make soak".
func jobCount() int {
	if os.Getenv("FAIRLEAD_SOAK") != "" {
		return 1_000_000
	}
	return 100_000
}

// TestSoakJobs shows that no job is lost, and that of none two different ends
// are told, whatever the way to the cluster does.
func TestSoakJobs(t *testing.T) {
	e := fakegateway.New(fakegateway.Options{Now: time.Now, Seed: 7, Faults: rough, Tick: 50 * time.Millisecond, History: jobCount() < 200_000})
	defer e.Close()
	h := &handler{types: []string{"a", "b", "c"}}
	h.do = mixed(h)
	start(t, e.Direct(), h, roughSettings)
	total, begun := jobCount(), time.Now()
	go feed(t.Context(), e, h.types, total)
	r := settle(t, e, total, 40*time.Minute)
	took := time.Since(begun)
	if r.Open != 0 || r.Incidents != 0 || r.Completed+r.Thrown != int64(total) || r.Conflicts != 0 {
		t.Errorf("%+v\n%s", r, e.Conflicts())
	}
	if r.LostActivations == 0 || r.Duplicates == 0 || r.BrokenStreams == 0 || r.LostAnswers == 0 || r.Refused == 0 || r.Thrown == 0 || r.Failed == 0 {
		t.Errorf("faults are missing: %+v", r)
	}
	fmt.Printf("FIGURE: worker soak: %d jobs, %d faults (%d activations lost, %d duplicates, %d streams broken, %d commands refused, %d answers lost, %d busy), %d executions, %d lost, %d told two ends, in %s\n",
		total, r.Faults(), r.LostActivations, r.Duplicates, r.BrokenStreams, r.Refused, r.LostAnswers, r.Busy, h.executions.Load(), r.Open, r.Conflicts, took.Round(time.Millisecond))
}

// mixed completes most jobs, fails some of them first, and ends others with an
// error.
func mixed(h *handler) func(context.Context, job.Job, extender) job.Outcome {
	return func(_ context.Context, j job.Job, _ extender) job.Outcome {
		switch {
		case j.Key%7 == 0 && j.Retries == 3:
			return job.Outcome{Kind: job.Fail, Retries: 2, RetryBackoff: time.Duration(j.Key%3) * 30 * time.Millisecond, ErrorMessage: "planted"}
		case j.Key%11 == 0:
			return job.Outcome{Kind: job.Throw, ErrorCode: "E", ErrorMessage: strconv.FormatInt(h.executions.Load(), 10)}
		}
		return done(h.executions.Load())
	}
}

// feed creates jobs no faster than they are done, in bursts.
func feed(ctx context.Context, e *fakegateway.Engine, types []string, total int) {
	const most, burst = 500, 20
	for made := 0; made < total && ctx.Err() == nil; {
		if e.Report().Open > most {
			pass(time.Millisecond)
			continue
		}
		n := min(burst, total-made)
		e.Create(jobsOf(types[made/burst%len(types)], n)...)
		made += n
	}
}

// settle waits until all jobs were made and have ended.
func settle(t testing.TB, e *fakegateway.Engine, total int, limit time.Duration) fakegateway.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for ctx.Err() == nil {
		if e.Wait(ctx); e.Report().Created == int64(total) {
			break
		}
		pass(time.Millisecond)
	}
	e.Wait(ctx)
	return e.Report()
}

// forgetful is a worker as one would first write it: it does every job that
// comes, and says so once.
func forgetful(ctx context.Context, jobs gateway.Jobs, h worker.Handler, typ string) {
	do := func(j job.Job) {
		out := h.Handle(ctx, j, nil)
		if jobs.Complete(ctx, j, out.Variables) != nil {
			_ = jobs.Complete(ctx, j, h.Handle(ctx, j, nil).Variables)
		}
	}
	a := gateway.Activation{Type: typ, Worker: "w", Timeout: time.Second, MaxJobs: 50, LongPoll: -1}
	go func() {
		for ctx.Err() == nil {
			_ = jobs.Stream(ctx, a, func() {}, do)
		}
	}()
	for ctx.Err() == nil {
		got, _ := jobs.Poll(ctx, a)
		for _, j := range got {
			do(j)
		}
		pass(20 * time.Millisecond)
	}
}

// TestHarnessSeesTwoEnds plants a worker that does jobs again.
func TestHarnessSeesTwoEnds(t *testing.T) {
	e := fakegateway.New(fakegateway.Options{Now: time.Now, Seed: 7, Faults: rough, Tick: 50 * time.Millisecond})
	defer e.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go forgetful(ctx, e.Direct(), &handler{}, "a")
	e.Create(jobsOf("a", 2000)...)
	if r := settle(t, e, 2000, 20*time.Second); r.Conflicts == 0 {
		t.Errorf("planted, and not seen: %+v", r)
	}
}

// TestHarnessSeesLostJobs plants a worker that never polls.
func TestHarnessSeesLostJobs(t *testing.T) {
	e := fakegateway.New(fakegateway.Options{Now: time.Now, Seed: 7, Tick: 50 * time.Millisecond})
	defer e.Close()
	e.Create(jobsOf("a", 10)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	jobs, h := e.Direct(), &handler{}
	go func() {
		a := gateway.Activation{Type: "a", Worker: "w", Timeout: time.Minute}
		_ = jobs.Stream(ctx, a, func() { e.Create(jobsOf("a", 90)...) }, func(j job.Job) {
			_ = jobs.Complete(ctx, j, h.Handle(ctx, j, nil).Variables)
		})
	}()
	if r := settle(t, e, 100, 2*time.Second); r.Open < 10 || r.Completed == 0 {
		t.Errorf("planted, and not seen: %+v", r)
	}
}
