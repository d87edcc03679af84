// Package jobs measures what taking a job, and telling its end, costs the
// worker: without what a job does.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/worker"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// The worker is a process of its own, so that its CPU time is its own.
const (
	grpcEnv = "FAIRLEAD_BENCH_GRPC"
	restEnv = "FAIRLEAD_BENCH_REST"
)

func TestMain(m *testing.M) {
	if os.Getenv(grpcEnv)+os.Getenv(restEnv) == "" {
		os.Exit(m.Run())
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// work is the child: a worker that does nothing with its jobs, until it is told
// to end.
func work() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	out := egress.New(egress.Policy{})
	defer out.Close()
	s := gateway.Settings{GRPC: os.Getenv(grpcEnv), REST: os.Getenv(restEnv), PreferREST: os.Getenv(grpcEnv) == ""}
	c, err := gateway.Open(ctx, s, gateway.Deps{Dial: out.DialContext, HTTP: out.Client, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // the process ends
	return worker.New(worker.Deps{Jobs: c, Handler: nothing{}, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}).Run(ctx)
}

const typ = "nothing"

type nothing struct{}

func (nothing) Functions() []job.Function { return []job.Function{nothing{}} }
func (nothing) Type() string              { return typ }
func (nothing) Name() string              { return "Nothing" }
func (nothing) Fetch() []string           { return []string{"a"} }

func (nothing) Call(context.Context, job.Invocation) (json.RawMessage, error) { return nil, nil }

func (nothing) Handle(context.Context, job.Job, func(context.Context, time.Duration) error) job.Outcome {
	return job.Outcome{Kind: job.Complete, Variables: json.RawMessage(`{"result":{"bucket":"b","key":"k"}}`)}
}

// BenchmarkWorker drains a backlog, and takes jobs at a steady rate, as they
// come over the stream.
func BenchmarkWorker(b *testing.B) {
	for _, way := range []string{"gRPC", "REST"} {
		b.Run("backlog over "+way, func(b *testing.B) { drain(b, way, 30_000) })
		b.Run("500 jobs a second over "+way, func(b *testing.B) { steady(b, way, 500, 5*time.Second) })
	}
}

// bench is a cluster in this process and a worker in another.
type bench struct {
	engine *fakegateway.Engine
	cmd    *exec.Cmd
}

func start(b *testing.B, way string) *bench {
	b.Helper()
	e := fakegateway.New(fakegateway.Options{Now: time.Now})
	b.Cleanup(e.Close)
	s, err := fakegateway.Listen(e, "", "")
	apptest.Must(b, err)
	b.Cleanup(func() { apptest.Must(b, s.Close()) })
	x := &bench{engine: e, cmd: exec.CommandContext(context.WithoutCancel(b.Context()), os.Args[0])}
	x.cmd.Env = append(os.Environ(), grpcEnv+"="+s.GRPC(), restEnv+"="+s.REST())
	if way == "REST" {
		x.cmd.Env = append(os.Environ(), restEnv+"="+s.REST())
	}
	x.cmd.Stderr = os.Stderr
	apptest.Must(b, x.cmd.Start())
	b.Cleanup(func() {
		_ = x.cmd.Process.Signal(syscall.SIGTERM)
		apptest.Must(b, x.cmd.Wait())
	})
	x.run(b, 2000) // warm
	return x
}

// run has so many jobs done that are there at once.
func (x *bench) run(b *testing.B, n int) {
	b.Helper()
	specs := make([]fakegateway.Spec, n)
	for i := range specs {
		specs[i] = spec()
	}
	x.engine.Create(specs...)
	x.wait(b)
}

func (x *bench) wait(b *testing.B) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	if !x.engine.Wait(ctx) {
		b.Fatalf("jobs are left: %+v", x.engine.Report())
	}
}

func spec() fakegateway.Spec {
	return fakegateway.Spec{Type: typ, Variables: json.RawMessage(`{"a":{"text":"` + strings.Repeat("x", 300) + `"},"b":1}`), Headers: json.RawMessage(`{"resultVariable":"result"}`)}
}

// cpu is what the worker has used.
func (x *bench) cpu(b *testing.B) time.Duration {
	b.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.cmd.Process.Pid))
	apptest.Must(b, err)
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	var user, system int64
	_, err = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	apptest.Must(b, err)
	const tick = 10 * time.Millisecond // of Linux, whatever its own clock does
	return time.Duration(user+system) * tick
}

func (x *bench) report(b *testing.B, what string, n int, took, used time.Duration) {
	b.Helper()
	r := x.engine.Report()
	rate, each := float64(n)/took.Seconds(), float64(used.Microseconds())/float64(n)
	fmt.Printf("FIGURE: worker alone, %s: %d jobs, %.0f jobs/s, %.0f us of its CPU per job (%d pushed, %d polled, %d extensions)\n", what, n, rate, each, r.Pushed, r.Polled, r.Extended)
	b.ReportMetric(rate, "jobs/s")
	b.ReportMetric(each, "cpu-us/job")
}

func drain(b *testing.B, way string, n int) {
	x := start(b, way)
	for b.Loop() {
		used, begun := x.cpu(b), time.Now()
		x.run(b, n)
		x.report(b, "backlog over "+way, n, time.Since(begun), x.cpu(b)-used)
	}
}

func steady(b *testing.B, way string, rate int, span time.Duration) {
	x := start(b, way)
	for b.Loop() {
		used, begun := x.cpu(b), time.Now()
		n := int(span.Seconds() * float64(rate))
		tick := time.NewTicker(time.Second / time.Duration(rate))
		for range n {
			<-tick.C
			x.engine.Create(spec())
		}
		tick.Stop()
		x.wait(b)
		x.report(b, fmt.Sprintf("%d jobs a second over %s", rate, way), n, time.Since(begun), x.cpu(b)-used)
	}
}
