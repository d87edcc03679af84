package worker

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

var start = time.Unix(1_800_000_000, 0)

// TestVerdicts delivers a job a second time, in each stage of the first.
func TestVerdicts(t *testing.T) {
	first := job.Job{Key: 1, Retries: 3, Deadline: 1000}
	fail := job.Outcome{Kind: job.Fail, Retries: 2}
	for _, tc := range []struct {
		reason  string
		out     *job.Outcome // nil: it is being done
		heard   bool
		retries int32
		dead    int64
		after   time.Duration
		want    verdict
	}{
		{"it is being done", nil, false, 3, 1000, 0, doubled},
		{"it is being done, and the engine gave it once more", nil, false, 3, 2000, 0, doubled},
		{"completed: a copy", &job.Outcome{Kind: job.Complete}, true, 3, 1000, 0, stale},
		{"completed: another activation can only be an older one", &job.Outcome{Kind: job.Complete}, true, 3, 500, 0, stale},
		{"completed long ago: nothing is known any more", &job.Outcome{Kind: job.Complete}, true, 3, 1000, time.Hour, fresh},
		{"completed: given well after that was heard, by a cluster that has lost its state", &job.Outcome{Kind: job.Complete}, true, 3, 2500, 0, fresh},
		{"failed: a copy of the same activation", &fail, true, 3, 1000, 0, stale},
		{"failed: a copy of an older activation", &fail, true, 3, 900, 0, stale},
		{"failed: given to us once more before that was heard", &fail, true, 3, 1050, 0, stale},
		{"an error: given to us once more before that was heard", &job.Outcome{Kind: job.Throw}, true, 3, 1050, 0, stale},
		{"failed: the retry", &fail, true, 2, 1500, 0, fresh},
		{"failed: the retry, within the same millisecond", &fail, true, 2, 1000, 0, fresh},
		{"failed: the retry after the engine's clock was put back", &fail, true, 2, 900, 0, fresh},
		{"failed for good, and its incident was resolved", &job.Outcome{Kind: job.Fail}, true, 1, 1500, 0, fresh},
		{"an error that nothing caught, and its incident was resolved", &job.Outcome{Kind: job.Throw}, true, 3, 1500, 0, fresh},
		{"nothing was told: it is due again", &job.Outcome{Kind: job.None}, true, 3, 1500, 0, fresh},
		{"nothing was told: a copy", &job.Outcome{Kind: job.None}, true, 3, 1000, 0, stale},
		{"failed, heard by now, although the answer is not here: the retry", &fail, false, 2, 1500, -1, fresh},
		{"its end is on the way", &job.Outcome{Kind: job.Complete}, false, 3, 1500, -1, doubled},
		{"completed, not heard", &job.Outcome{Kind: job.Complete}, false, 3, 1500, 0, untold},
		{"completed, not heard for long", &job.Outcome{Kind: job.Complete}, false, 3, 1500, time.Hour, untold},
		{"failed, not heard", &fail, false, 3, 1500, 0, untold},
		{"failed, heard after all: the retry", &fail, false, 2, 1500, 0, fresh},
	} {
		h := newHeld(time.Minute)
		e, v := h.admit(first, 500*time.Millisecond, start)
		if v != fresh {
			t.Fatalf("the first delivery: %d", v)
		}
		if tc.out != nil {
			h.ending(e, *tc.out, start)
			if tc.after >= 0 {
				h.ended(e, tc.heard, start.Add(100*time.Millisecond))
			}
		}
		again := job.Job{Key: 1, Retries: tc.retries, Deadline: tc.dead, LeaseToken: "newer"}
		e2, got := h.admit(again, 500*time.Millisecond, start.Add(max(tc.after, 0)))
		if got != tc.want {
			t.Errorf("%s: want %d, got %d", tc.reason, tc.want, got)
		}
		if got == untold && (h.current(e2).LeaseToken != "newer" || e2.outcome.Kind != tc.out.Kind) {
			t.Errorf("%s: %+v", tc.reason, e2)
		}
	}
}

// A cluster that was emptied gives keys that it gave before to other jobs.
func TestAKeyOfAnEmptiedClusterIsAnotherJob(t *testing.T) {
	first := job.Job{Key: 1, ProcessInstanceKey: 2, Retries: 3, Deadline: 1000, Variables: json.RawMessage(`{"n":1}`)}
	for why, c := range map[string]struct {
		change func(*job.Job)
		heard  bool
		want   verdict
	}{
		"heard, the same job":            {func(*job.Job) {}, true, stale},
		"not heard, the same job":        {func(*job.Job) {}, false, untold},
		"heard, other variables":         {func(j *job.Job) { j.Variables = json.RawMessage(`{"n":2}`) }, true, fresh},
		"not heard, other variables":     {func(j *job.Job) { j.Variables = json.RawMessage(`{"n":2}`) }, false, fresh},
		"not heard, of another instance": {func(j *job.Job) { j.ProcessInstanceKey = 4 }, false, fresh},
	} {
		h := newHeld(time.Minute)
		e, _ := h.admit(first, 500*time.Millisecond, start)
		h.ending(e, job.Outcome{Kind: job.Complete, Variables: json.RawMessage(`{"r":1}`)}, start)
		h.ended(e, c.heard, start.Add(100*time.Millisecond))
		again := first
		c.change(&again)
		if _, got := h.admit(again, 500*time.Millisecond, start.Add(200*time.Millisecond)); got != c.want {
			t.Errorf("%s: want %d, got %d", why, c.want, got)
		}
	}
}

func TestMemoryOfEndsIsBounded(t *testing.T) {
	h := newHeld(time.Minute)
	end := func(key int64, out job.Outcome, heard bool) {
		e, _ := h.admit(job.Job{Key: key}, time.Second, start)
		h.ending(e, out, start)
		h.ended(e, heard, start)
	}
	for i := range int64(3 * mostEnds) {
		end(i, job.Outcome{Kind: job.Complete, Variables: json.RawMessage(`{"a":1}`)}, true)
	}
	if len(h.entries) != mostEnds || h.bytes != 0 {
		t.Errorf("%d entries, %d bytes", len(h.entries), h.bytes)
	}
	big := json.RawMessage(strings.Repeat(" ", 1<<20))
	for i := range int64(100) {
		end(-1-i, job.Outcome{Kind: job.Complete, Variables: big}, false)
	}
	if h.bytes > mostOutcomes || h.bytes < mostOutcomes-2<<20 {
		t.Errorf("%d bytes are kept", h.bytes)
	}
}

func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(4)
		if n := b.take(t.Context(), 10); n != 4 || b.try(1) != 0 {
			t.Fatalf("took %d", n)
		}
		order := make(chan string, 3)
		for _, name := range []string{"first", "second", "third"} {
			go func() {
				n := b.take(t.Context(), 1)
				order <- name
				b.give(n)
			}()
			synctest.Wait()
		}
		if _, waiting := b.inUse(); waiting != 3 {
			t.Errorf("%d wait", waiting)
		}
		b.give(1)
		for _, want := range []string{"first", "second", "third"} {
			if got := <-order; got != want {
				t.Errorf("want %s, got %s", want, got)
			}
		}
		synctest.Wait()
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		b.take(t.Context(), 1)
		if n := b.take(canceled, 1); n != 0 {
			t.Errorf("took %d after the end", n)
		}
		b.give(4)
		if used, waiting := b.inUse(); used != 0 || waiting != 0 || b.try(9) != 4 {
			t.Errorf("%d in use, %d waiting", used, waiting)
		}
	})
}

func TestGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(10)
		b.take(t.Context(), 10)
		go func() {
			for range 10 {
				pass(time.Millisecond)
				b.give(1)
			}
		}()
		if n := b.gather(t.Context(), 10, 5, time.Second); n != 5 {
			t.Errorf("gathered %d, wanted 5", n)
		}
		pass(time.Second)
		b.take(t.Context(), 5)
		time.AfterFunc(time.Second, func() { b.give(1) })
		begun := time.Now()
		if n := b.gather(t.Context(), 10, 5, 10*time.Millisecond); n != 1 || time.Since(begun) != time.Second+10*time.Millisecond {
			t.Errorf("gathered %d in %s", n, time.Since(begun))
		}
	})
}

// TestInbox says for how long a job may have been on its way.
func TestInbox(t *testing.T) {
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	var b inbox
	b.opened(at(0))
	if got := b.arrived(at(5000)); got != at(5000) {
		t.Errorf("receiving had to wait, so it is new: %s", got.Sub(start))
	}
	b.left(at(45_000)) // there was no place for it
	if got := b.arrived(at(45_001)); got != at(5000) {
		t.Errorf("it may have come right after the first: %s", got.Sub(start))
	}
	b.left(at(45_001))
	for i := range 2 * mostBuffered { // without a pause
		b.arrived(at(45_002 + i))
		b.left(at(45_002 + i))
	}
	if got := b.arrived(at(46_030)); got.Before(at(45_002)) || got.After(at(46_026)) {
		t.Errorf("so many came since that it cannot be older: %s", got.Sub(start))
	}
}

func TestMasked(t *testing.T) {
	for _, tc := range []struct{ reason, in, want string }{
		{"names that sound like secrets", `{"authentication":{"accessKey":"A","secretKey":"S","type":"credentials"},"db_password":12,"api-key":["x"]}`, `{"api-key":"***","authentication":{"accessKey":"***","secretKey":"***","type":"credentials"},"db_password":"***"}`},
		{"an object below such a name has names of its own", `{"awsCredential":{"region":"r","authentication":{"secretKey":"x"}},"hasToken":true,"token":null}`, `{"awsCredential":{"authentication":{"secretKey":"***"},"region":"r"},"hasToken":true,"token":null}`},
		{"long texts are cut", `{"a":"` + strings.Repeat("x", 600) + `"}`, `{"a":"` + strings.Repeat("x", 512) + `…"}`},
		{"numbers stay exact", `{"n":12345678901234567890}`, `{"n":12345678901234567890}`},
		{"no JSON", `{"a":`, ``},
	} {
		if got := string(masked(json.RawMessage(tc.in))); got != tc.want {
			t.Errorf("%s: got %s", tc.reason, got)
		}
	}
	if got := string(masked(json.RawMessage(`{"params":{"Pin":"p","pins":["q"],"other":null},"pin":[1]}`), "pin", "other")); got != `{"params":{"Pin":"***","other":null,"pins":["q"]},"pin":"***"}` {
		t.Errorf("names that are known to be secret: got %s", got)
	}
	many, _ := json.Marshal(make([]int, 100_000))
	if got := short(masked(many)); len(got) > mostInput || !json.Valid(got) {
		t.Errorf("%d bytes are kept", len(got))
	}
}

func TestRate(t *testing.T) {
	y := newTally("a", "A")
	for i := range 120 {
		y.told(job.Complete, start.Add(time.Duration(i)*time.Second))
	}
	if v := y.view(start.Add(119 * time.Second)); v.Rate != 1 || v.Completed != 120 {
		t.Errorf("got %+v", v)
	}
	if v := y.view(start.Add(10 * time.Minute)); v.Rate != 0 {
		t.Errorf("got %v after ten minutes", v.Rate)
	}
}

func TestLastEndsAndDurations(t *testing.T) {
	y := newTally("a", "A")
	if v := y.view(start); v.LastCompleted != nil || v.LastFailed != nil || v.AverageMs != 0 {
		t.Errorf("before the first job: %+v", v)
	}
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	y.took(100 * time.Millisecond)
	y.told(job.Complete, at(1))
	y.took(300 * time.Millisecond)
	y.told(job.Fail, at(2))
	y.told(job.Complete, at(3))
	v := y.view(at(3))
	if v.LastMs != 300 || v.AverageMs != 200 {
		t.Errorf("took %v, %v on average", v.LastMs, v.AverageMs)
	}
	if !v.LastCompleted.Equal(at(3)) || !v.LastFailed.Equal(at(2)) || !v.LastEnded.Equal(at(3)) {
		t.Errorf("completed %v, failed %v, ended %v", v.LastCompleted, v.LastFailed, v.LastEnded)
	}
	if y.told(job.Throw, at(4)); !y.view(at(4)).LastFailed.Equal(at(4)) {
		t.Error("a BPMN error is no success")
	}
}

func TestWhatToDoAboutACluster(t *testing.T) {
	for _, tc := range []struct {
		reason, problem, fix string
		err                  error
	}{
		{"its own advice is the best", "Topology: UNAVAILABLE: no TLS there", "Begin with http://.", &gateway.Error{Operation: "Topology", Code: gateway.CodeUnavailable, Message: "no TLS there", Fix: "Begin with http://."}},
		{"credentials are refused", "Topology: UNAUTHENTICATED: who are you", "Check the credentials in the variables that begin with CAMUNDA_CLIENT_AUTH_, and what the cluster lets them do.", &gateway.Error{Operation: "Topology", Code: gateway.CodeUnauthenticated, Message: "who are you"}},
		{"anything else", "no such host", "Check that it runs, and the addresses CAMUNDA_CLIENT_GRPCADDRESS and CAMUNDA_CLIENT_RESTADDRESS.", errors.New("no such host")},
	} {
		if p, f := plainProblem(tc.err), fixOf(tc.err); p != tc.problem || f != tc.fix {
			t.Errorf("%s: %q, %q", tc.reason, p, f)
		}
	}
}

func TestPausesGrowAndVary(t *testing.T) {
	p := pauses{Backoff: Backoff{First: 100 * time.Millisecond, Most: time.Second}}
	for i, most := range []time.Duration{100, 200, 400, 800, 1000, 1000} {
		most *= time.Millisecond
		if d := p.next(); d < most/2 || d > most {
			t.Errorf("pause %d: %s, wanted up to %s", i, d, most)
		}
	}
	p.reset()
	if d := p.next(); d > 100*time.Millisecond {
		t.Errorf("after a success: %s", d)
	}
}

// pass lets time pass, which costs nothing in a bubble.
func pass(d time.Duration) { <-time.After(d) }

func TestAllTypesLookTogether(t *testing.T) {
	w := &Worker{looks: start.Add(3 * time.Second)}
	for _, c := range []struct {
		reason string
		now    time.Duration
		every  time.Duration
		want   time.Duration
	}{
		{"before the first look", 0, 10 * time.Second, 3 * time.Second},
		{"just looked", 3 * time.Second, 10 * time.Second, 10 * time.Second},
		{"looked a while ago", 7 * time.Second, 10 * time.Second, 6 * time.Second},
		{"one that looks more often does it with the others, too", 12 * time.Second, 5 * time.Second, time.Second},
		{"the clock was put back by an hour", -time.Hour, 10 * time.Second, 3 * time.Second},
	} {
		if got := w.untilLook(start.Add(c.now), c.every); got != c.want {
			t.Errorf("%s: %s, want %s", c.reason, got, c.want)
		}
	}
}
