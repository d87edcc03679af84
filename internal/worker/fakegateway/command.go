package fakegateway

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"
)

// Faults are chances, from 0 to 1.
type Faults struct {
	LoseActivation float64 // a job is the worker's, and the worker never hears of it
	Duplicate      float64 // after a job, it or an earlier one comes again
	BreakStream    float64 // after a job, its stream breaks
	Refuse         float64 // a command is not done and answered UNAVAILABLE
	LoseAnswer     float64 // a command is done and answered UNAVAILABLE
	Busy           float64 // a poll or command is answered RESOURCE_EXHAUSTED
}

func (e *Engine) chance(p float64) bool { return p > 0 && e.rnd.Float64() < p }

// Refusal is why a call was not done: one of gRPC's codes and a text.
type Refusal struct{ Code, Message string }

// Error gives both.
func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// Kinds of Command.
const (
	KindComplete = "complete"
	KindFail     = "fail"
	KindThrow    = "throw"
	KindTimeout  = "updateTimeout"
	KindRetries  = "updateRetries"
)

// Command is what a worker sent for a job.
type Command struct {
	Kind         string
	Key          int64
	Variables    json.RawMessage
	Retries      int32
	Backoff      time.Duration
	ErrorCode    string
	ErrorMessage string
	Timeout      time.Duration
	Lease        string
	Reply        string // the code that it was answered with; OK when it was done
	At           time.Time
}

// told is what a task has heard of its end. An engine hears of a job's end once;
// the ledger keeps what else was said.
type told struct {
	ends     int32 // commands that end a job for good, accepted or not
	result   uint64
	accepted int32
	conflict bool
}

// Script answers the next commands of a job with these codes; OK does one.
func (e *Engine) Script(key int64, codes ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.script[key] = append(e.script[key], codes...)
}

// Record keeps every command and request for jobs from now on; Commands and
// Asked give them.
func (e *Engine) Record() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.record = true
}

// Commands gives what was recorded, in the order of arrival.
func (e *Engine) Commands() []Command {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Command(nil), e.seen...)
}

// reach refuses calls while the cluster is away or has too much to do.
func (e *Engine) reach(what string) error {
	switch {
	case e.down:
		return &Refusal{"UNAVAILABLE", "the cluster is down"}
	case what != "" && e.chance(e.opts.Faults.Busy):
		e.counts.Busy++
		return &Refusal{"RESOURCE_EXHAUSTED", "too many requests"}
	}
	return nil
}

// command does one, as well as script and faults let it.
func (e *Engine) command(c Command) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.attempt(c)
	e.write(e.tasks[c.Key], c.Kind, string(c.Variables), c.ErrorCode, c.ErrorMessage, "retries", c.Retries, "answer", err)
	if e.record {
		c.Reply, c.At = "OK", e.opts.Now()
		if r, ok := err.(*Refusal); ok { //nolint:errorlint // attempt gives nothing else
			c.Reply = r.Code
		}
		e.seen = append(e.seen, c)
	}
	return err
}

func (e *Engine) attempt(c Command) error {
	if err := e.reach("command"); err != nil {
		return err
	}
	if q := e.script[c.Key]; len(q) > 0 {
		e.script[c.Key] = q[1:]
		if q[0] != "OK" {
			return &Refusal{q[0], "scripted"}
		}
	}
	if e.chance(e.opts.Faults.Refuse) {
		e.counts.Refused++
		return &Refusal{"UNAVAILABLE", "planted: not done"}
	}
	if err := e.apply(c); err != nil {
		return err
	}
	if e.chance(e.opts.Faults.LoseAnswer) {
		e.counts.LostAnswers++
		return &Refusal{"UNAVAILABLE", "planted: done, and the answer lost"}
	}
	return nil
}

func (e *Engine) apply(c Command) error {
	if c.Key < partition {
		return &Refusal{"UNAVAILABLE", fmt.Sprintf("Expected to handle request, but there is no partition of key %d", c.Key)}
	}
	t := e.tasks[c.Key]
	if t == nil {
		return &Refusal{"NOT_FOUND", fmt.Sprintf("Command rejected: no job with key %d", c.Key)}
	}
	if !object(c.Variables) {
		return &Refusal{"INVALID_ARGUMENT", "Property 'variables' is invalid: Expected document to be a root level object"}
	}
	e.enter(t, c)
	if err := t.check(c); err != nil {
		return err
	}
	e.perform(t, c)
	return nil
}

// check gives the engine's reasons against a command.
func (t *task) check(c Command) error {
	switch {
	case t.state == completed || t.state == canceled:
		return &Refusal{"NOT_FOUND", fmt.Sprintf("Command rejected: no job with key %d", c.Key)}
	case c.Kind == KindRetries:
		return nil
	case c.Kind == KindTimeout && t.state != activated, t.state != activated && t.state != activatable:
		return &Refusal{"FAILED_PRECONDITION", fmt.Sprintf("Command rejected: job %d is in state '%s'", c.Key, t.state)}
	case t.lease != "" && c.Lease != "" && c.Lease != t.lease:
		return &Refusal{"FAILED_PRECONDITION", fmt.Sprintf("Command rejected: job %d is leased to another", c.Key)}
	}
	return nil
}

func (e *Engine) perform(t *task, c Command) {
	switch c.Kind {
	case KindComplete:
		e.end(t, completed)
		e.counts.Completed++
	case KindThrow:
		e.end(t, thrown)
		e.counts.Thrown++
	case KindTimeout:
		t.deadline = e.now() + c.Timeout.Milliseconds()
		e.counts.Extended++
		e.schedule(t, t.deadline)
	case KindRetries:
		t.retries = c.Retries
	case KindFail:
		e.fail(t, c)
	}
}

func (e *Engine) end(t *task, s state) {
	t.state = s
	t.told.accepted++
	t.gen++
	t.spec.Variables, t.failVars = nil, nil
	e.idle.Broadcast()
}

func (e *Engine) fail(t *task, c Command) {
	e.counts.Failed++
	t.retries = max(c.Retries, 0)
	if len(c.Variables) > 0 {
		t.failVars = c.Variables
	}
	switch {
	case t.retries == 0:
		t.state = incident
		t.gen++
		e.counts.Incidents++
		e.idle.Broadcast()
	case c.Backoff > 0:
		t.state = failed
		e.schedule(t, e.now()+c.Backoff.Milliseconds())
	default:
		e.ready(t, true)
	}
}

// enter writes an end into the ledger, whether it is accepted or not.
func (e *Engine) enter(t *task, c Command) {
	if c.Kind != KindComplete && c.Kind != KindThrow {
		return
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s|%s|%s|%s", c.Kind, c.ErrorCode, c.ErrorMessage, c.Variables) // a hash takes everything
	sum := h.Sum64()
	if t.told.ends > 0 && t.told.result != sum && !t.told.conflict {
		t.told.conflict = true
		e.counts.Conflicts++
	}
	t.told.ends++
	t.told.result = sum
}

// object tells whether variables are an object, or none.
func object(v json.RawMessage) bool {
	if len(v) == 0 {
		return true
	}
	var m map[string]json.RawMessage
	return json.Unmarshal(v, &m) == nil
}
