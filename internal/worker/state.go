package worker

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

// State shows the worker to people.
func (w *Worker) State() view.State {
	now := w.Now()
	s := view.State{Enabled: true, State: w.phase(), Cluster: w.broker.view(), MaxJobs: w.MaxJobs, Types: []view.Type{}, Failures: w.log.list()}
	s.Active, s.Waiting = w.budget.inUse()
	for _, l := range w.lanes {
		t := l.tally.view(now)
		t.Transport = l.transport()
		s.Activated += t.Activated
		s.Completed += t.Completed
		s.Failed += t.Failed
		s.Thrown += t.Thrown
		s.Rate += t.Rate
		s.Types = append(s.Types, t)
	}
	return s
}

func (w *Worker) phase() string {
	switch {
	case !w.running.Load():
		return "stopped"
	case w.draining.Load():
		return "draining"
	}
	return "running"
}

func (l *lane) transport() string {
	switch {
	case !l.streams.Load():
		return "poll"
	case l.open.Load():
		return "stream"
	}
	return "connecting"
}

// failures keeps the last ones.
type failures struct {
	mu   sync.Mutex
	kept []view.Failure
	most int
}

func newFailures(most int) *failures { return &failures{most: most} }

func (f *failures) add(v view.Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) == f.most {
		f.kept = slices.Delete(f.kept, 0, 1)
	}
	f.kept = append(f.kept, v)
}

// list gives them, the newest first.
func (f *failures) list() []view.Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := slices.Clone(f.kept)
	slices.Reverse(out)
	if out == nil {
		out = []view.Failure{}
	}
	return out
}

// note keeps what went wrong with a job.
func (w *Worker) note(l *lane, j job.Job, out job.Outcome) {
	if out.Kind == job.Fail || out.Kind == job.Throw {
		w.Log.Warn("a job did not succeed", "job", j.Key, "type", j.Type, "outcome", string(out.Kind), "retries", out.Retries, "process", j.BPMNProcessID, "element", j.ElementID, "message", out.Failure)
		w.noteFailure(l, j, out)
	}
}

func (w *Worker) noteFailure(l *lane, j job.Job, out job.Outcome) {
	w.log.add(view.Failure{
		At: w.Now(), JobKey: strconv.FormatInt(j.Key, 10), Type: l.act.Type, Outcome: string(out.Kind), Message: out.Failure, ErrorCode: out.ErrorCode,
		Retries: out.Retries, ProcessID: j.BPMNProcessID, ElementID: j.ElementID, ProcessInstanceKey: strconv.FormatInt(j.ProcessInstanceKey, 10),
		TenantID: j.TenantID, Input: w.input(l, j),
	})
}

func (w *Worker) input(l *lane, j job.Job) json.RawMessage {
	if w.Mask != nil {
		return short(w.Mask(j))
	}
	return short(masked(j.Variables, l.secret...))
}
