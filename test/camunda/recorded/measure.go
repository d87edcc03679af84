package recorded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

// HTTPJobType is the job type of the connector that the peer has without S3.
const HTTPJobType = "io.camunda:http-json:1"

// Demand is jobs of one kind. With a rate they are pushed one by one; without one they
// lie ready when polled for.
type Demand struct {
	Kind string // http, upload, download, download-document or delete
	Jobs int
	Rate float64 // jobs a second; 0: a backlog
}

// Figures are what a load cost and how long its jobs took.
type Figures struct {
	Demand   Demand
	Outcomes map[string]int
	Wall     time.Duration // from when the first job was handed out
	CPU      time.Duration
	Process  Process // at the end
	P50, P99 time.Duration
}

// CPUPerJob is zero without jobs.
func (f Figures) CPUPerJob() time.Duration {
	if f.Demand.Jobs == 0 {
		return 0
	}
	return f.CPU / time.Duration(f.Demand.Jobs)
}

// lost is how long the last jobs of a load may take before they count as lost.
const lost = 5 * time.Minute

// Ready fills the S3 server and the document store with what the loads need, and
// stops remembering what passes.
func (w *World) Ready(ctx context.Context) error {
	text := string(bytes.Repeat([]byte("0123456789abcdef"), 256))
	four := Content{Text: &text}
	meta := map[string]any{"contentType": "text/plain", "fileName": "4k.txt", "size": len(text)}
	w.S3.quiet = true
	return errors.Join(
		w.Documents.Reset("load", 0, []StoredDocument{{ID: "load-4k", Content: four, Metadata: meta}}),
		w.server.prepare(ctx, []BucketBefore{{Bucket: "load", Objects: []ObjectBefore{{Key: "down-4k", Content: four, ContentType: "text/plain"}}}}),
	)
}

// First gives one job and tells how long after its start the worker had done it.
func (w *World) First(ctx context.Context, worker *Worker, kind string) (time.Duration, error) {
	_, err := w.Measure(ctx, worker, Demand{Kind: kind, Jobs: 1, Rate: 1000})
	return time.Since(worker.Started), err
}

// Measure puts a load on the worker and waits until all its jobs have ended.
func (w *World) Measure(ctx context.Context, worker *Worker, d Demand) (Figures, error) {
	jobs := make([]*pb.ActivatedJob, d.Jobs)
	for i := range jobs {
		var err error
		if jobs[i], err = w.loadJob(d.Kind, i); err != nil {
			return Figures{}, err
		}
	}
	before, err := worker.Process()
	if err != nil {
		return Figures{}, err
	}
	times := newTimes(d.Jobs)
	w.Gateway.On(times.sent, times.handed)
	if err := w.give(ctx, jobs, d.Rate); err != nil {
		return Figures{}, err
	}
	if err := times.wait(ctx); err != nil {
		return Figures{}, fmt.Errorf("%d jobs of %s: %w", d.Jobs, d.Kind, err)
	}
	f := Figures{Demand: d, Wall: times.since()}
	f.Outcomes, f.P50, f.P99 = times.sum()
	if f.Process, err = worker.Process(); err != nil {
		return Figures{}, err
	}
	f.CPU = f.Process.CPU - before.CPU
	return f, nil
}

// Idle measures a worker that has nothing to do.
func (w *World) Idle(ctx context.Context, worker *Worker, lasts time.Duration) (Figures, error) {
	before, err := worker.Process()
	if err != nil {
		return Figures{}, err
	}
	select {
	case <-time.After(lasts):
	case <-ctx.Done():
		return Figures{}, ctx.Err()
	}
	after, err := worker.Process()
	return Figures{Wall: lasts, CPU: after.CPU - before.CPU, Process: after}, err
}

func (w *World) give(ctx context.Context, jobs []*pb.ActivatedJob, rate float64) error {
	if rate == 0 {
		w.Gateway.Queue(jobs...)
		return nil
	}
	begun := time.Now()
	for i, j := range jobs {
		at := begun.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		select {
		case <-time.After(time.Until(at)):
		case <-ctx.Done():
			return ctx.Err()
		}
		if !w.Gateway.Push(j) {
			return fmt.Errorf("the worker streams no %s any more", j.Type)
		}
	}
	return nil
}

// loadJob makes a job of a load.
func (w *World) loadJob(kind string, i int) (*pb.ActivatedJob, error) {
	auth := map[string]any{"type": "credentials", "accessKey": RootKey, "secretKey": RootSecret}
	vars := map[string]any{"authentication": auth, "configuration": map[string]any{"region": Region}}
	jobType, action := S3JobType, map[string]any{"bucket": "load"}
	switch kind {
	case "http":
		jobType = HTTPJobType
		vars = map[string]any{
			"url": "http://" + w.Places.Web + "/json", "method": "GET", "authentication": map[string]any{"type": "noAuth"},
			"connectionTimeoutInSeconds": 20, "readTimeoutInSeconds": 20,
		}
	case "upload":
		vars["actionDiscriminator"] = "uploadObject"
		action["key"], action["document"] = fmt.Sprintf("up/%d", i%500), w.Documents.reference("load-4k")
	case "download", "download-document":
		vars["actionDiscriminator"] = "downloadObject"
		action["key"], action["asFile"] = "down-4k", kind == "download-document"
	case "delete":
		vars["actionDiscriminator"] = "deleteObject"
		action["key"] = fmt.Sprintf("gone/%d", i)
	}
	if jobType == S3JobType {
		vars["action"] = action
	}
	variables, err := marshal(vars)
	w.key++
	return &pb.ActivatedJob{
		Key: w.key, Type: jobType, ProcessInstanceKey: 7001, BpmnProcessId: "proc", ElementId: "task", ElementInstanceKey: 7003,
		CustomHeaders: []byte(`{"resultVariable":"result"}`), Retries: 3, Deadline: time.Now().UnixMilli() + 300_000,
		Variables: variables, TenantId: "<default>",
	}, err
}

// times gathers how long each job was out.
type times struct {
	mu       sync.Mutex
	first    time.Time // a job was handed out
	out      map[int64]time.Time
	took     []time.Duration
	outcomes map[string]int
	left     int
	done     chan struct{}
}

func newTimes(jobs int) *times {
	return &times{out: map[int64]time.Time{}, outcomes: map[string]int{}, left: jobs, done: make(chan struct{})}
}

func (t *times) handed(jobKey int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out[jobKey] = time.Now()
	if t.first.IsZero() {
		t.first = t.out[jobKey]
	}
}

// since is how long ago the first job was handed out: until then a backlog waits
// for the next poll, which comes by chance.
func (t *times) since() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Since(t.first)
}

func (t *times) sent(s Sent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ours := t.out[s.JobKey]
	if !ours || s.Kind == "updateTimeout" {
		return
	}
	delete(t.out, s.JobKey)
	t.took = append(t.took, s.At.Sub(at))
	t.outcomes[s.Kind]++
	if t.left--; t.left == 0 {
		close(t.done)
	}
}

func (t *times) wait(ctx context.Context) error {
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(lost):
		t.mu.Lock()
		defer t.mu.Unlock()
		return fmt.Errorf("%d jobs were not done after %s", t.left, lost)
	}
}

func (t *times) sum() (outcomes map[string]int, p50, p99 time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.Sort(t.took)
	n := len(t.took)
	return t.outcomes, t.took[n/2], t.took[n*99/100]
}
