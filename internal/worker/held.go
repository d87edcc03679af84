package worker

import (
	"hash/maphash"
	"strconv"
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
	next    *job.Job    // an activation that came while the end was being told
	passed  bool        // the cluster has shown that it heard of the end
	asks    uint64      // of the activation

	given  int64     // when the cluster gave the activation, in milliseconds of its time
	came   time.Time // when it came here, in ours
	endsAt int64     // when the cluster had heard of the end, in its time; rather too early
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
	seed     maphash.Seed
}

// Bounds of what is remembered of jobs that have ended.
const (
	mostEnds     = 1 << 15
	mostOutcomes = 32 << 20 // bytes
)

func newHeld(remember time.Duration) *held {
	return &held{entries: map[int64]*entry{}, remember: remember, seed: maphash.MakeSeed()}
}

// admit decides on a delivered job, which was activated for timeout. Deadlines
// are the engine's time: they are compared with each other, never with our
// clock.
func (h *held) admit(j job.Job, timeout time.Duration, now time.Time) (*entry, verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, given, asks := h.entries[j.Key], j.Deadline-timeout.Milliseconds(), h.asks(j)
	v := h.judge(e, j, given, now)
	if (v == stale || v == untold) && asks != e.asks {
		v = fresh // a cluster that was emptied counts its jobs from the start: this is another one
	}
	switch v {
	case fresh:
		e = h.restart(e, j, now)
		e.given, e.came, e.asks = given, now, asks
	case doubled:
		e.renew(j, given, now)
	case untold:
		e.job, e.stage, e.since = j, telling, now
		e.given, e.came = given, now
	}
	return e, v
}

// asks stands for what a job asks for: two that differ in it have different
// results, whatever their keys.
func (h *held) asks(j job.Job) uint64 {
	var m maphash.Hash
	m.SetSeed(h.seed)
	for _, n := range []int64{j.ProcessDefinitionKey, j.ProcessInstanceKey, j.ElementInstanceKey} {
		_, _ = m.WriteString(strconv.FormatInt(n, 16) + "\n") // never fails
	}
	for _, s := range []string{j.Type, j.TenantID, j.BPMNProcessID, j.ElementID} {
		_, _ = m.WriteString(s + "\n")
	}
	_, _ = m.Write(j.CustomHeaders)
	_ = m.WriteByte('\n')
	_, _ = m.Write(j.Variables)
	return m.Sum64()
}

// renew notes that the cluster gave the job to us once more. While its end is
// on the way nobody can know what that means: the end may just have arrived.
func (e *entry) renew(j job.Job, given int64, now time.Time) {
	switch {
	case e.stage == telling && j.Deadline != e.job.Deadline:
		e.next = &j
	case e.stage == doing && j.Deadline > e.job.Deadline:
		e.job, e.given, e.came = j, given, now
	}
}

func (h *held) restart(e *entry, j job.Job, now time.Time) *entry {
	if e != nil {
		h.bytes -= len(e.outcome.Variables)
		e.passed = true
	}
	e = &entry{job: j, since: now} // a new one: who ended the old one may still look at it
	h.entries[j.Key] = e
	return e
}

func (h *held) judge(e *entry, j job.Job, given int64, now time.Time) verdict {
	switch {
	case e == nil:
		return fresh
	case e.stage != doing && applied(e, j):
		return fresh
	case e.stage == doing || e.stage == telling:
		return doubled
	case e.stage == unanswered:
		return untold
	case now.Sub(e.since) > h.remember:
		return fresh
	case e.outcome.Kind == job.Complete:
		if j.Deadline != 0 && given > e.endsAt+lateEnd {
			return fresh // no cluster gives a job that it knows as completed: it has lost its state
		}
		return stale
	case j.Deadline == e.job.Deadline && j.Deadline != 0:
		return stale
	case e.outcome.Kind == job.Fail && e.outcome.Retries > 0 && j.Retries == e.job.Retries && e.outcome.Retries != j.Retries:
		return stale // a retry would have the retries that the failure said
	case j.Deadline != 0 && given <= e.endsAt+e.margin():
		return stale // of an activation before the end was heard
	}
	return fresh // failed with retries left, or its incident was resolved
}

// lateEnd is by how much endsAt can be too early, in milliseconds.
const lateEnd = 1000

// margin makes up for how long the activation was on its way here, where only a
// person brings the job back.
func (e *entry) margin() int64 {
	if e.outcome.Kind == job.Throw {
		return 250 // milliseconds
	}
	return 0
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
	if e.next != nil {
		return *e.next
	}
	return e.job
}

// passed tells whether the cluster has shown that it heard of the end.
func (h *held) passed(e *entry) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return e.passed
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

// ended says whether the cluster has heard of the end. It gives the activation
// that came meanwhile, which can be judged now.
func (h *held) ended(e *entry, known bool, now time.Time) *job.Job {
	h.mu.Lock()
	defer h.mu.Unlock()
	next := e.next
	h.seq++
	e.next = nil
	e.endsAt = e.given + now.Sub(e.came).Milliseconds()
	e.stage, e.since, e.seq = unanswered, now, h.seq
	if known {
		if !e.passed { // else it was taken off already
			h.bytes -= len(e.outcome.Variables)
		}
		e.stage = heard
		e.outcome = job.Outcome{Kind: e.outcome.Kind, Retries: e.outcome.Retries}
	}
	if h.entries[e.job.Key] == e {
		h.ends = append(h.ends, end{e.job.Key, e.seq})
	}
	h.forget()
	return next
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
