package fakegateway

import (
	"context"
	"time"
)

// Report is what happened to the jobs.
type Report struct {
	Created, Completed, Thrown, Canceled, Incidents int64
	Failed, Redelivered, TimedOut                   int64
	Pushed, Polled, Yielded, Extended               int64
	// Open are jobs that have not ended, without those that wait in an incident.
	Open int64
	// Conflicts are jobs of which the worker told two ends that differ.
	Conflicts int64
	// The faults that there were.
	LostActivations, Duplicates, BrokenStreams, Refused, LostAnswers, Busy int64
}

// Faults is how many faults there were.
func (r Report) Faults() int64 {
	return r.LostActivations + r.Duplicates + r.BrokenStreams + r.Refused + r.LostAnswers + r.Busy
}

// Report counts.
func (e *Engine) Report() Report {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.report()
}

func (e *Engine) report() Report {
	r := e.counts
	r.Open = r.Created - r.Completed - r.Thrown - r.Canceled - r.Incidents
	return r
}

// Wait waits until no job is open, and tells whether that came to be before ctx
// ended.
func (e *Engine) Wait(ctx context.Context) bool {
	stop := context.AfterFunc(ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.idle.Broadcast()
	})
	defer stop()
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.report().Open > 0 {
		if ctx.Err() != nil {
			return false
		}
		e.idle.Wait()
	}
	return true
}

// Job is a job as the engine has it.
type Job struct {
	State       string
	Retries     int32
	Activations int32
	Deadline    time.Time // of the engine's clock
}

// Job shows one job.
func (e *Engine) Job(key int64) Job {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tasks[key]
	if t == nil {
		return Job{}
	}
	return Job{t.state.String(), t.retries, t.times, time.UnixMilli(t.deadline)}
}

// Cancel ends a job as a canceled process instance does.
func (e *Engine) Cancel(key int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tasks[key]
	if t == nil || t.state.final() {
		return
	}
	if t.state == incident {
		e.counts.Incidents--
	}
	t.state = canceled
	t.gen++
	e.counts.Canceled++
	e.idle.Broadcast()
}

// Resolve gives a job that waits in an incident retries again. A job that ended
// with an error that nothing caught is such a job too.
func (e *Engine) Resolve(key int64, retries int32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tasks[key]
	switch {
	case t == nil:
		return
	case t.state == incident:
		e.counts.Incidents--
	case t.state == thrown:
		e.counts.Thrown--
	default:
		return
	}
	t.retries, t.told = retries, told{}
	e.ready(t, true)
}

// Conflicts tells what happened to the jobs of which two ends were told that
// differ, where the options keep that.
func (e *Engine) Conflicts() [][]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out [][]string
	for _, t := range e.tasks {
		if t.told.conflict {
			out = append(out, t.history)
		}
	}
	return out
}
