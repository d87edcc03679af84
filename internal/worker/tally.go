package worker

import (
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

// tally counts the jobs of one type.
type tally struct {
	mu      sync.Mutex
	v       view.Type
	seconds [rateSeconds]int64 // ends that the cluster accepted, by second
	second  int64              // the newest of them
	worked  time.Duration      // of all jobs that were done
	done    int64
}

// rateSeconds is over how long rates are taken.
const rateSeconds = 60

func newTally(typ, name string) *tally {
	return &tally{v: view.Type{Type: typ, Name: name}}
}

func (t *tally) with(f func(v *view.Type)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.v)
}

func (t *tally) taken()   { t.with(func(v *view.Type) { v.Delivered++ }) }
func (t *tally) doubled() { t.with(func(v *view.Type) { v.Duplicates++ }) }
func (t *tally) gone()    { t.with(func(v *view.Type) { v.Gone++ }) }
func (t *tally) unheard() { t.with(func(v *view.Type) { v.Unheard++ }) }
func (t *tally) ended()   { t.with(func(v *view.Type) { v.Active-- }) }

// took counts what one job took to do, whatever came of it.
func (t *tally) took(d time.Duration) {
	t.with(func(v *view.Type) {
		t.worked += d
		t.done++
		v.LastMs = milliseconds(d)
		v.AverageMs = milliseconds(t.worked) / float64(t.done)
	})
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (t *tally) begun(now time.Time) {
	t.with(func(v *view.Type) {
		v.Activated++
		v.Active++
		v.LastActivated = &now
	})
}

func (t *tally) broken(err error, now time.Time) {
	t.with(func(v *view.Type) {
		v.Reconnects++
		if err != nil {
			v.LastProblem, v.LastProblemAt = err.Error(), &now
		}
	})
}

func (t *tally) polled(now time.Time) { t.with(func(v *view.Type) { v.LastPoll = &now }) }

func (t *tally) failedPoll(err error, now time.Time) {
	t.with(func(v *view.Type) { v.LastProblem, v.LastProblemAt = err.Error(), &now })
}

// told counts an end that the cluster has accepted.
func (t *tally) told(k job.Kind, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch k {
	case job.Complete:
		t.v.Completed++
		t.v.LastCompleted = &now
	case job.Throw:
		t.v.Thrown++
		t.v.LastFailed = &now
	default:
		t.v.Failed++
		t.v.LastFailed = &now
	}
	t.v.LastEnded = &now
	t.advance(now)
	t.seconds[t.second%rateSeconds]++
}

// advance empties the seconds that have passed.
func (t *tally) advance(now time.Time) {
	for s := max(t.second+1, now.Unix()-rateSeconds+1); s <= now.Unix(); s++ {
		t.seconds[s%rateSeconds] = 0
	}
	t.second = max(t.second, now.Unix())
}

// view gives the counts; Rate is jobs a second over the last minute.
func (t *tally) view(now time.Time) view.Type {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.advance(now)
	v := t.v
	var sum int64
	for _, n := range t.seconds {
		sum += n
	}
	v.Rate = float64(sum) / rateSeconds
	return v
}
