package worker

import (
	"context"
	"time"

	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// commandTimeout is how long one command to the cluster may take. A cluster
// that replays its log lets commands hang for up to 15 s.
const commandTimeout = 15 * time.Second

// lastTimeout is the same when the time to finish jobs is over.
const lastTimeout = 2 * time.Second

// tell tells the cluster how a job ended, again and again until it has heard or
// the job is no longer ours. What it did not hear is told when the job comes
// back; see held.
func (w *Worker) tell(l *lane, e *entry, label obs.WorkerJob, out job.Outcome, until time.Time) {
	if out.Kind == job.None {
		l.resume(w.held.ended(e, true, w.Now()))
		return
	}
	out, f := w.send(l, e, out, until)
	// A result that came while the job waits, such as for a retry that this worker
	// itself asked for once too often, is told when the job comes back.
	l.resume(w.held.ended(e, f != again && (f != parked || out.Kind == job.Fail), w.Now()))
	switch f {
	case accepted:
		w.Metrics.Ended(action(out.Kind), label, w.Now())
		l.tally.told(out.Kind, w.Now())
		if out.Kind == job.Fail && out.Retries > 0 { // not every engine pushes it when its time has come
			l.within(max(out.RetryBackoff, 0) + time.Second)
		}
	case over, parked:
		l.tally.gone()
	default:
		l.tally.unheard()
	}
	w.Metrics.Command(string(out.Kind), f.String())
}

// send sends one end until its fate is known or there is no time left. A
// cluster that refuses what a job gave gets a failure instead: the job would
// only be done again, and refused again.
func (w *Worker) send(l *lane, e *entry, out job.Outcome, until time.Time) (job.Outcome, fate) {
	p := pauses{Backoff: w.Settings.Retry}
	for {
		if w.held.passed(e) { // to tell it again would end the retry that is under way
			return out, accepted
		}
		err := w.command(l.jobs, w.held.current(e), out)
		f := fateOf(err)
		switch {
		case f == refused && out.Kind != job.Fail:
			w.Log.ErrorContext(l.jobs, "the cluster refused the result of a job", "job", e.job.Key, "type", l.act.Type, "error", err)
			out = refusal(err)
			w.held.ending(e, out, w.Now())
			w.noteFailure(l, w.held.current(e), out)
			continue
		case f == refused:
			w.Log.ErrorContext(l.jobs, "the cluster refused the failure of a job", "job", e.job.Key, "type", l.act.Type, "error", err)
			return out, f
		case f != again:
			return out, f
		}
		pause := p.next()
		if w.Now().Add(pause).After(until) {
			w.Log.WarnContext(l.jobs, "the cluster did not hear of the end of a job in time", "job", e.job.Key, "type", l.act.Type, "error", err)
			return out, f
		}
		w.Metrics.CommandRetried()
		if !wait(l.jobs, pause) { // the worker's own time is over
			return out, f
		}
	}
}

func refusal(err error) job.Outcome {
	text := "The cluster refused the result of the job: " + err.Error()
	return job.Outcome{Kind: job.Fail, Retries: 0, ErrorMessage: text, Failure: text}
}

// command sends one end once. The worker's own end does not cut it off.
func (w *Worker) command(ctx context.Context, j job.Job, out job.Outcome) error {
	limit := commandTimeout
	if ctx.Err() != nil {
		limit = lastTimeout
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	switch out.Kind {
	case job.Complete:
		return w.Jobs.Complete(ctx, j, out.Variables)
	case job.Throw:
		return w.Jobs.Throw(ctx, j, gateway.Thrown{Code: out.ErrorCode, Message: out.ErrorMessage, Variables: out.Variables})
	default:
		return w.Jobs.Fail(ctx, j, gateway.Failure{Retries: out.Retries, Backoff: out.RetryBackoff, Message: out.ErrorMessage, Variables: out.Variables})
	}
}
