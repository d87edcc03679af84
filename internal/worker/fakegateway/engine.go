// Package fakegateway is a Camunda 8 cluster in this process, for tests: jobs
// with the engine's rules for timeouts, retries, streams and polls, behind the
// gRPC and REST interfaces that real clusters have, or without any interface.
// It can lose, repeat, delay and refuse, and it keeps a ledger of what it was
// told. It runs no processes: tests create the jobs.
package fakegateway

import (
	"encoding/json"
	"math/rand/v2"
	"sync"
	"time"
)

// DefaultTenant is the tenant of jobs that name none.
const DefaultTenant = "<default>"

// Version is what the gateway says it is.
const Version = "8.10.0"

// partition is where the only partition's keys begin.
const partition = int64(1) << 51

// Options of an Engine.
type Options struct {
	Now func() time.Time // the real clock; the engine's own can be moved against it
	// Tick is how often timeouts and back-offs are looked at; engines do that
	// about once a second. 0 means 100 ms.
	Tick   time.Duration
	Seed   uint64 // of the faults
	Faults Faults
	// QuietTimeouts: jobs whose time is over are found by polls only, as in
	// engines that run in memory.
	QuietTimeouts bool
	// NoWait: polls return at once although there is nothing.
	NoWait bool
	// History keeps what happened to each job, for people.
	History bool
}

// Spec describes a job.
type Spec struct {
	Type      string
	Variables json.RawMessage // an object; empty: {}
	Headers   json.RawMessage
	Retries   int32 // 0 means 3
	Tenant    string

	ProcessID     string
	Element       string
	Instance      int64 // 0: one of its own
	DefinitionKey int64
}

// Engine keeps the jobs.
type Engine struct {
	opts   Options
	mu     sync.Mutex
	rnd    *rand.Rand
	offset time.Duration // of the engine's clock
	next   int64
	tasks  map[int64]*task
	kinds  map[string]*kind
	due    dueHeap
	down   bool
	counts Report
	script map[int64][]string // codes for the next commands of a job
	models map[int64][]byte   // XML by definition key
	seen   []Command          // while recording
	asked  []Asked            // while recording
	record bool
	docs   documents
	idle   *sync.Cond // something has ended
	stop   chan struct{}
	done   chan struct{}
}

// New starts an engine. Close ends it.
func New(o Options) *Engine {
	if o.Tick == 0 {
		o.Tick = 100 * time.Millisecond
	}
	e := &Engine{
		opts: o, rnd: rand.New(rand.NewPCG(o.Seed, 1)), tasks: map[int64]*task{}, kinds: map[string]*kind{}, script: map[int64][]string{},
		models: map[int64][]byte{}, docs: documents{}, stop: make(chan struct{}), done: make(chan struct{}),
	}
	e.idle = sync.NewCond(&e.mu)
	go e.run()
	return e
}

// Close ends the engine's clock and its streams.
func (e *Engine) Close() {
	close(e.stop)
	<-e.done
	e.BreakStreams()
}

// run looks at what is due.
func (e *Engine) run() {
	defer close(e.done)
	t := time.NewTicker(e.opts.Tick)
	defer t.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-t.C:
			e.mu.Lock()
			e.fire()
			e.mu.Unlock()
		}
	}
}

// now is the engine's time in milliseconds.
func (e *Engine) now() int64 { return e.opts.Now().Add(e.offset).UnixMilli() }

// Move moves the engine's clock, also back.
func (e *Engine) Move(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.offset += d
	e.fire()
}

// Down makes the cluster unreachable, or reachable again. Streams break.
func (e *Engine) Down(down bool) {
	e.mu.Lock()
	e.down = down
	e.mu.Unlock()
	if down {
		e.BreakStreams()
	}
}

// SetFaults replaces the faults.
func (e *Engine) SetFaults(f Faults) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opts.Faults = f
}

// Deploy makes a process model readable.
func (e *Engine) Deploy(definitionKey int64, xml []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.models[definitionKey] = xml
}

func (e *Engine) key() int64 {
	e.next++
	return partition + e.next
}

// Create makes jobs and gives their keys.
func (e *Engine) Create(specs ...Spec) []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	keys := make([]int64, len(specs))
	for i := range specs {
		t := e.newTask(specs[i])
		keys[i] = t.key
		e.tasks[t.key] = t
		e.counts.Created++
		e.ready(t, true)
	}
	return keys
}

func (e *Engine) newTask(s Spec) *task {
	if s.Retries == 0 {
		s.Retries = 3
	}
	if s.Tenant == "" {
		s.Tenant = DefaultTenant
	}
	if len(s.Variables) == 0 {
		s.Variables = json.RawMessage("{}")
	}
	if s.Instance == 0 {
		s.Instance = e.key()
	}
	return &task{key: e.key(), spec: s, retries: s.Retries}
}

// kind is a job type.
type kind struct {
	queue   []*task // that wait for a poll; some have gone meanwhile
	streams []*stream
	turn    int // of the streams
	waiting []chan struct{}
	recent  []activation // that can come a second time
}

func (e *Engine) kind(typ string) *kind {
	k := e.kinds[typ]
	if k == nil {
		k = &kind{}
		e.kinds[typ] = k
	}
	return k
}
