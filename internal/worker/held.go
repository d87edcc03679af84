package worker

import (
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// verdict is what is to be done with a job that was delivered.
type verdict int

const (
	fresh   verdict = iota // do it
	doubled                // it is being done here, or its end is being told
	stale                  // a copy of an activation whose end the cluster has accepted
	untold                 // its end is known here and not there: tell it again
)

// stage is how far a job is.
type stage int

const (
	doing      stage = iota
	telling          // its end is on the way to the cluster
	heard            // the cluster has accepted its end, or said that it is over
	unanswered       // nobody knows whether the cluster heard of its end
)

// entry is a job that this worker has, or had a while ago.
type entry struct {
	job     job.Job // the newest activation; after the end only what tells activations apart
	stage   stage
	outcome job.Outcome // its texts and variables only while they may be sent again
	since   time.Time   // of the stage
	seq     uint64      // of the end, to find it in the order of ends
}

// end is one that may be forgotten.
type end struct {
	key int64
	seq uint64
}

// held knows the jobs that are in the works, and for a while those that were.
type held struct {
	mu       sync.Mutex
	entries  map[int64]*entry
	ends     []end // in the order in which they may be forgotten
	seq      uint64
	bytes    int           // of outcomes that may be sent again
	remember time.Duration // how long an accepted end can meet a copy of its activation
}

// Bounds of what is remembered of jobs that have ended.
const (
	mostEnds     = 1 << 15
	mostOutcomes = 32 << 20 // bytes
)

func newHeld(remember time.Duration) *held {
	return &held{entries: map[int64]*entry{}, remember: remember}
}

// admit decides on a delivered job. Deadlines are the engine's time: they are
// compared with each other, never with our clock.
func (h *held) admit(j job.Job, now time.Time) (*entry, verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.entries[j.Key]
	v := h.judge(e, j, now)
	switch v {
	case fresh:
		e = h.restart(e, j, now)
	case doubled:
		if j.Deadline > e.job.Deadline { // the cluster gave it to us once more
			e.job, e.since = j, now
		}
	case untold:
		e.job, e.stage, e.since = j, telling, now
	}
	return e, v
}

func (h *held) restart(e *entry, j job.Job, now time.Time) *entry {
	if e != nil {
		h.bytes -= len(e.outcome.Variables)
	}
	e = &entry{job: j, since: now} // a new one: who ended the old one may still look at it
	h.entries[j.Key] = e
	return e
}

func (h *held) judge(e *entry, j job.Job, now time.Time) verdict {
	switch {
	case e == nil:
		return fresh
	case e.stage == doing || e.stage == telling:
		return doubled
	case e.stage == unanswered:
		if applied(e, j) {
			return fresh
		}
		return untold
	case now.Sub(e.since) > h.remember:
		return fresh
	case e.outcome.Kind == job.Complete || j.Deadline == e.job.Deadline && j.Deadline != 0:
		return stale
	case j.Deadline < e.job.Deadline && j.Retries == e.job.Retries && e.outcome.Retries != j.Retries:
		return stale // of an activation before the one that ended
	}
	return fresh // failed with retries left, or its incident was resolved
}

// applied tells whether a failure whose answer was lost did arrive: the job
// comes back with the retries that it said.
func applied(e *entry, j job.Job) bool {
	return e.outcome.Kind == job.Fail && j.Retries == e.outcome.Retries && j.Retries != e.job.Retries
}

// current gives the newest activation, whose lease counts.
func (h *held) current(e *entry) job.Job {
	h.mu.Lock()
	defer h.mu.Unlock()
	return e.job
}

// told gives what is to be told again.
func (h *held) told(e *entry) (job.Job, job.Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return e.job, e.outcome
}

// ending keeps the outcome, so that it can be told again.
func (h *held) ending(e *entry, out job.Outcome, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes += len(out.Variables) - len(e.outcome.Variables)
	e.stage, e.outcome, e.since = telling, out, now
	e.job.Variables, e.job.CustomHeaders = nil, nil
}

// ended says whether the cluster has heard of the end.
func (h *held) ended(e *entry, known bool, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	e.stage, e.since, e.seq = unanswered, now, h.seq
	if known {
		h.bytes -= len(e.outcome.Variables)
		e.stage = heard
		e.outcome = job.Outcome{Kind: e.outcome.Kind, Retries: e.outcome.Retries}
	}
	if h.entries[e.job.Key] == e {
		h.ends = append(h.ends, end{e.job.Key, e.seq})
	}
	h.forget()
}

// drop forgets a job that was not begun.
func (h *held) drop(e *entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.entries[e.job.Key] == e {
		delete(h.entries, e.job.Key)
	}
}

// forget keeps the memory of ends within its bounds.
func (h *held) forget() {
	for len(h.ends) > mostEnds || h.bytes > mostOutcomes && len(h.ends) > 0 {
		oldest := h.ends[0]
		h.ends = h.ends[1:]
		if e := h.entries[oldest.key]; e != nil && e.seq == oldest.seq && (e.stage == heard || e.stage == unanswered) {
			h.bytes -= len(e.outcome.Variables)
			delete(h.entries, oldest.key)
		}
	}
}

func (h *held) inTheWorks() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, e := range h.entries {
		if e.stage == doing {
			n++
		}
	}
	return n
}
