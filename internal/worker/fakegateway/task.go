package fakegateway

import (
	"bytes"
	"container/heap"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// state of a task, as engines name them.
type state uint8

const (
	activatable state = iota
	activated
	failed   // waits for its back-off
	incident // failed without retries
	thrown   // ended with a BPMN error
	completed
	canceled
)

func (s state) String() string {
	return [...]string{"ACTIVATABLE", "ACTIVATED", "FAILED", "INCIDENT", "ERROR_THROWN", "COMPLETED", "CANCELED"}[s]
}

func (s state) final() bool { return s == completed || s == canceled || s == thrown }

// task is a job in the engine.
type task struct {
	key      int64
	spec     Spec
	state    state
	retries  int32
	deadline int64
	lease    string
	gen      uint32 // of its entry among those that are due
	times    int32  // activations
	failVars json.RawMessage
	told     told
	history  []string
}

// activation is what a worker is given.
type activation struct{ job job.Job }

// request is an activation's or a stream's.
type request struct {
	typ, worker string
	timeout     time.Duration
	fetch       []string
	tenants     []string
	lease       bool
}

func (r request) same(o request) bool {
	return r.worker == o.worker && r.timeout == o.timeout && slices.Equal(r.fetch, o.fetch)
}

// ready makes a job available: to a stream, else to polls.
func (e *Engine) ready(t *task, push bool) {
	t.state = activatable
	t.gen++
	k := e.kind(t.spec.Type)
	if push && e.push(k, t) {
		return
	}
	k.queue = append(k.queue, t)
	for _, w := range k.waiting {
		close(w)
	}
	k.waiting = nil
}

// activate makes a job a worker's.
func (e *Engine) activate(t *task, r request) activation {
	t.state, t.deadline = activated, e.now()+r.timeout.Milliseconds()
	t.times++
	t.lease = ""
	if r.lease {
		t.lease = "lease-" + strconv.FormatInt(t.key, 36) + "-" + strconv.Itoa(int(t.times))
	}
	e.write(t, "activated", "retries", t.retries, "deadline", t.deadline)
	if t.times > 1 {
		e.counts.Redelivered++
	}
	e.schedule(t, t.deadline)
	s := t.spec
	return activation{job.Job{
		Key: t.key, Type: s.Type, ProcessInstanceKey: s.Instance, BPMNProcessID: s.ProcessID, ProcessDefinitionVersion: 1, ProcessDefinitionKey: s.DefinitionKey,
		ElementID: s.Element, ElementInstanceKey: s.Instance + 1, CustomHeaders: s.Headers, Variables: visible(s.Variables, t.failVars, r.fetch),
		Worker: r.worker, Retries: t.retries, Deadline: t.deadline, TenantID: s.Tenant, LeaseToken: t.lease,
	}}
}

// write notes something in a job's history.
func (e *Engine) write(t *task, words ...any) {
	if e.opts.History && t != nil {
		t.history = append(t.history, fmt.Sprint(e.now(), " ", fmt.Sprintln(words...)))
	}
}

// visible keeps the top-level variables that were asked for.
func visible(vars, failVars json.RawMessage, fetch []string) json.RawMessage {
	if len(fetch) == 0 && len(failVars) == 0 {
		return vars
	}
	all := map[string]json.RawMessage{}
	for _, part := range []json.RawMessage{vars, failVars} {
		if len(part) > 0 {
			_ = json.Unmarshal(part, &all) // what is no object has no variables
		}
	}
	var out bytes.Buffer
	out.WriteByte('{')
	for name, v := range all {
		if len(fetch) > 0 && !slices.Contains(fetch, name) {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		key, _ := json.Marshal(name)
		out.Write(key)
		out.WriteByte(':')
		out.Write(v)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// schedule makes a task due at an engine's time; a later change of the task
// undoes that.
func (e *Engine) schedule(t *task, at int64) {
	t.gen++
	heap.Push(&e.due, dueTask{at, t, t.gen})
}

// fire does what is due.
func (e *Engine) fire() {
	now := e.now()
	for len(e.due) > 0 && e.due[0].at <= now {
		d := heap.Pop(&e.due).(dueTask)
		if d.gen != d.task.gen {
			continue
		}
		switch d.task.state {
		case activated:
			e.counts.TimedOut++
			e.write(d.task, "timed out")
			e.ready(d.task, !e.opts.QuietTimeouts)
		case failed:
			e.ready(d.task, true)
		}
	}
}

type dueTask struct {
	at   int64
	task *task
	gen  uint32
}

type dueHeap []dueTask

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) { *h = append(*h, x.(dueTask)) }

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
