package worker_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/worker"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// chosen are the functions that an environment selects.
type chosen struct {
	handler
	worker.Selection
}

func (c *chosen) Functions() []job.Function { return c.Selection.Functions }

// TestTypesDifferOnTheWire says by the environment how two types are asked for,
// and looks at what a gateway is asked.
func TestTypesDifferOnTheWire(t *testing.T) {
	e := fakegateway.New(fakegateway.Options{Now: time.Now})
	t.Cleanup(e.Close)
	e.Record()
	s, err := fakegateway.Listen(e, "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	out := egress.New(egress.Policy{})
	t.Cleanup(out.Close)
	c, err := gateway.Open(t.Context(), gateway.Settings{GRPC: s.GRPC(), REST: s.REST()}, gateway.Deps{Dial: out.DialContext, HTTP: out.Client, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	selected, err := worker.Select([]job.Function{named{"io.camunda:aws-s3:1", "AWS S3"}, named{"plain:1", "Plain"}, named{"off:1", "Off"}}, lookup(map[string]string{
		"CAMUNDA_CLIENT_WORKER_OVERRIDE_IO_CAMUNDA_AWS_S3_1_TIMEOUT": "PT7S", "CAMUNDA_CLIENT_WORKER_OVERRIDE_IOCAMUNDAAWSS31_MAXJOBSACTIVE": "3",
		"CAMUNDA_CLIENT_WORKER_OVERRIDE_AWSS3_POLLINTERVAL":        "1h", // another names the type, so that this has no effect
		"CAMUNDA_CLIENT_WORKER_OVERRIDE_IOCAMUNDAAWSS31_TENANTIDS": "acme", "CAMUNDA_CLIENT_WORKER_OVERRIDE_IOCAMUNDAAWSS31_NAME": "fleet",
		"CAMUNDA_CLIENT_WORKER_OVERRIDE_PLAIN_1_STREAMENABLED": "false", "CAMUNDA_CLIENT_WORKER_OVERRIDE_PLAIN1_REQUESTTIMEOUT": "2s",
		"CAMUNDA_CLIENT_WORKER_OVERRIDE_PLAIN_1_FORCE_FETCH_ALL_VARIABLES": "true",
		"SPRING_APPLICATION_JSON": `{"camunda.client.worker.override":{"[off:1]":{"enabled":false},"[plain:1]":{"type":"renamed"}}}`,
	}), compat.Default, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	start(t, c, &chosen{Selection: selected}, worker.Settings{MaxJobs: 40, Types: selected.Types})
	type kind struct {
		Type   string
		Stream bool
		Waits  bool
	}
	got := map[kind]fakegateway.Asked{}
	for range 200 {
		for _, a := range e.Asked() {
			got[kind{a.Type, a.Stream, a.Wait > 0}] = a
		}
		if len(got) == 4 {
			break
		}
		pass(10 * time.Millisecond)
	}
	fetch := []string{"for " + compat.Default.String()}
	want := map[kind]fakegateway.Asked{
		{"io.camunda:aws-s3:1", true, false}:  {Type: "io.camunda:aws-s3:1", Worker: "fleet", Timeout: 7 * time.Second, Fetch: fetch, Tenants: []string{"acme"}, Stream: true},
		{"io.camunda:aws-s3:1", false, false}: {Type: "io.camunda:aws-s3:1", Worker: "fleet", Timeout: 7 * time.Second, Fetch: fetch, Tenants: []string{"acme"}, MaxJobs: 1, Wait: -time.Millisecond},
		{"renamed", false, false}:             {Type: "renamed", Worker: "Plain", Timeout: time.Minute, Tenants: []string{"<default>"}, MaxJobs: 5, Wait: -time.Millisecond},
		{"renamed", false, true}:              {Type: "renamed", Worker: "Plain", Timeout: time.Minute, Tenants: []string{"<default>"}, MaxJobs: 1, Wait: 2 * time.Second},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestATypeHasRoomOfItsOwn counts how many jobs of each type are in the works at
// a time, where one of them has a limit.
func TestATypeHasRoomOfItsOwn(t *testing.T) {
	for _, streams := range []bool{true, false} {
		bubble(t, func(t *testing.T, e *fakegateway.Engine) {
			h := &handler{types: []string{"few", "many"}}
			var mu sync.Mutex
			now, most := map[string]int{}, map[string]int{}
			add := func(typ string, n int) {
				mu.Lock()
				defer mu.Unlock()
				now[typ] += n
				most[typ] = max(most[typ], now[typ])
			}
			h.do = func(_ context.Context, j job.Job, _ extender) job.Outcome {
				add(j.Type, 1)
				pass(100 * time.Millisecond)
				add(j.Type, -1)
				return done(1)
			}
			e.Create(jobsOf("few", 20)...)
			d := e.Direct()
			d.Streams = streams
			start(t, d, h, worker.Settings{MaxJobs: 10, Types: map[string]worker.TypeSettings{"few": {MaxJobs: 2}}})
			pass(time.Second)
			e.Create(jobsOf("few", 20)...)
			e.Create(jobsOf("many", 100)...)
			pass(20 * time.Second) // what the streams had no room for is found by the next poll
			if r := e.Report(); r.Completed != 140 || most["few"] != 2 || most["many"] < 8 {
				t.Errorf("streams %v: %v at a time, %+v", streams, most, r)
			}
			for _, a := range e.Asked() {
				if a.Type == "few" && a.MaxJobs > 2 {
					t.Errorf("asked for %d", a.MaxJobs)
				}
			}
		})
	}
}

// TestAStreamIsOpenedAnew lets the time of a stream pass: that is no fault, and
// nothing is lost by it.
func TestAStreamIsOpenedAnew(t *testing.T) {
	bubble(t, func(t *testing.T, e *fakegateway.Engine) {
		h := &handler{types: []string{"a", "b"}}
		w, _ := start(t, e.Direct(), h, worker.Settings{Types: map[string]worker.TypeSettings{"a": {StreamFor: time.Minute}}})
		for range 40 { // none of them in the moment in which a stream ends: that would come back with its timeout
			e.Create(jobsOf("a", 2)...)
			e.Create(jobsOf("b", 2)...)
			pass(7 * time.Second)
		}
		streams := map[string]int{}
		for _, a := range e.Asked() {
			if a.Stream {
				streams[a.Type]++
			}
		}
		s, r := w.State(), e.Report()
		if streams["a"] != 5 || streams["b"] != 1 || r.Completed != 160 || s.Types[0].Reconnects != 0 || s.Types[0].LastProblem != "" || s.Types[0].Transport != "stream" {
			t.Errorf("%v streams, %+v, %+v", streams, r, s.Types[0])
		}
	})
}
