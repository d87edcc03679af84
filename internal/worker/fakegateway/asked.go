package fakegateway

import (
	"slices"
	"time"
)

// Asked is a request for jobs, as it came.
type Asked struct {
	Type, Worker string
	Timeout      time.Duration
	Fetch        []string
	Tenants      []string
	Stream       bool
	MaxJobs      int           // of a poll
	Wait         time.Duration // of a poll
}

// Asked gives the requests for jobs that came while recording.
func (e *Engine) Asked() []Asked {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.asked)
}

func (e *Engine) ask(a Asked, r request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.record {
		a.Type, a.Worker, a.Timeout, a.Fetch, a.Tenants = r.typ, r.worker, r.timeout, r.fetch, r.tenants
		e.asked = append(e.asked, a)
	}
}
