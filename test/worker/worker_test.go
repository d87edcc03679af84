package worker

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

const s3Type = "io.camunda:aws-s3:1"

// s3Job is a job as Camunda's element template makes it.
func (w *world) s3Job(action string, fields map[string]any, headers map[string]string) fakegateway.Spec {
	fields["bucket"] = bucket
	return fakegateway.Spec{
		Type: s3Type, ProcessID: "p", Element: "task", Variables: asJSON(map[string]any{
			"authentication": map[string]any{"type": "credentials", "accessKey": "{{secrets.AK}}", "secretKey": "{{secrets.SK}}"},
			"configuration":  map[string]any{"region": w.s3.Region()}, "actionDiscriminator": action, "action": fields,
		}), Headers: asJSON(headers),
	}
}

func asJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// done creates a job and gives the command that ended it.
func (w *world) done(t *testing.T, s fakegateway.Spec) fakegateway.Command {
	t.Helper()
	key := w.engine.Create(s)[0]
	var c fakegateway.Command
	eventually(t, 20*time.Second, "job "+s.Type+" has ended", func() bool {
		for _, c = range w.engine.Commands() {
			if c.Key == key && c.Kind != fakegateway.KindTimeout {
				return true
			}
		}
		return false
	})
	return c
}

func inline(text string) map[string]any {
	return map[string]any{"camunda.document.type": "inline", "content": text, "name": "note.txt", "contentType": "text/plain"}
}

// TestWorker has the three actions of Camunda's S3 connector done, and a
// command, and asks everything that can be asked of a worker.
func TestWorker(t *testing.T) {
	w := newWorld(t)
	p := w.start(t, "worker")
	w.connect(t, p)
	result := map[string]string{"resultVariable": "r"}
	for _, step := range []struct {
		name  string
		spec  fakegateway.Spec
		kind  string
		holds []string
	}{
		{"upload", w.s3Job("uploadObject", map[string]any{"key": "a.txt", "document": inline("hello")}, result), "complete", []string{`"r":`, `"key":"a.txt"`, `"link":"https://` + bucket + `.s3.amazonaws.com/a.txt"`}},
		{"download", w.s3Job("downloadObject", map[string]any{"key": "a.txt"}, result), "complete", []string{`"content":"hello"`}},
		{"download as a document of the cluster", w.s3Job("downloadObject", map[string]any{"key": "a.txt", "asFile": true}, result), "complete", []string{`"camunda.document.type":"camunda"`, `"storeId":"in-memory"`}},
		{"a command", fakegateway.Spec{
			Type: "fairlead:aws-s3:list-bucket-objects:1", Variables: asJSON(map[string]any{"connection": "cloud", "params": map[string]any{"bucketName": bucket}}),
			Headers: asJSON(map[string]string{"resultExpression": "{names: rawData.Contents.Key}"}),
		}, "complete", []string{`{"names":["a.txt"]}`}},
		{"delete", w.s3Job("deleteObject", map[string]any{"key": "a.txt"}, result), "complete", []string{`"key":"a.txt"`}},
		{"a download of what is gone", w.s3Job("downloadObject", map[string]any{"key": "a.txt"}, map[string]string{"retryBackoff": "PT1H"}), "fail", []string{`NoSuchKeyException`}},
		{"an error that the model knows", w.s3Job("downloadObject", map[string]any{"key": "a.txt"}, map[string]string{"errorExpression": `bpmnError("GONE", "it is gone")`}), "throw", nil},
	} {
		c := w.done(t, step.spec)
		if c.Kind != step.kind || c.Reply != "OK" {
			t.Errorf("%s: %s %s %q %s", step.name, c.Kind, c.Reply, c.ErrorMessage, c.Variables)
		}
		for _, s := range step.holds {
			if !strings.Contains(string(c.Variables), s) {
				t.Errorf("%s: %s lacks %s", step.name, c.Variables, s)
			}
		}
	}
	w.look(t, p)
	w.lookAtProbes(t)
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	<-p.ended
	if p.err != nil {
		t.Errorf("it ended with %v", p.err)
	}
	if log := p.out.String(); strings.Contains(log, w.s3.SecretKey()) {
		t.Error("the log holds a secret")
	}
}

func (w *world) look(t *testing.T, p *program) {
	t.Helper()
	var s view.State
	if status := p.call(t, "GET", "/api/v1/worker", nil, &s); status != 200 || !s.Enabled || s.State != "running" || s.Compat != "8.10" || s.MaxJobs != 100 || !s.Cluster.Ready() {
		t.Errorf("%d %+v", status, s)
	}
	if s.Completed != 5 || s.Failed != 1 || s.Thrown != 1 || len(s.Failures) != 2 || len(s.Types) < 40 {
		t.Errorf("%d completed, %d failed, %d thrown, %d failures, %d types", s.Completed, s.Failed, s.Thrown, len(s.Failures), len(s.Types))
	}
	for _, f := range s.Failures {
		if strings.Contains(fmt.Sprintf("%s %s", f.Message, f.Input), w.s3.SecretKey()) || !strings.Contains(string(f.Input), `"key":"a.txt"`) || f.ProcessID != "p" {
			t.Errorf("got %s %+v", f.Input, f)
		}
	}
	var runs struct {
		Runs []struct{ Integration, Origin, Actor string }
	}
	if status := p.call(t, "GET", "/api/v1/runs?limit=50", nil, &runs); status != 200 {
		t.Fatalf("%d", status)
	}
	byWorker := 0
	for _, r := range runs.Runs {
		if r.Origin == "worker" && r.Actor == "worker" {
			byWorker++
		}
	}
	if byWorker != 7 {
		t.Errorf("%d runs by the worker: %+v", byWorker, runs.Runs)
	}
}

func (w *world) lookAtProbes(t *testing.T) {
	t.Helper()
	var figures string
	if s := w.probe(t, "/actuator/prometheus", &figures); s != 200 {
		t.Errorf("figures: %d", s)
	}
	for _, line := range []string{
		`camunda_connector_outbound_invocations_total{action="completed",elementTemplateId="unknown",elementTemplateVersion="unknown",type="` + s3Type + `"} 4`,
		`camunda_connector_outbound_invocations_total{action="bpmn-error",elementTemplateId="unknown",elementTemplateVersion="unknown",type="` + s3Type + `"} 1`,
		`camunda_client_worker_job_activated_total{type="` + s3Type + `"} 6`, `executor_pool_size_threads{name="zeebe_client_thread_pool"} 100`, "fairlead_worker_broker_ready 1",
		`camunda_connector_outbound_execution_time_seconds_count{`, `camunda_connector_outbound_execution_time_seconds_max{`,
	} {
		if !strings.Contains(figures, line) {
			t.Errorf("the figures lack %s", line)
		}
	}
	for path, want := range map[string]int{"/actuator/health": 200, "/actuator/health/readiness": 200, "/actuator/health/liveness": 200, "/api/v1/version": 404, "/healthz": 404} {
		if s := w.probe(t, path, nil); s != want {
			t.Errorf("%s: %d", path, s)
		}
	}
	w.engine.Down(true)
	eventually(t, 20*time.Second, "readiness follows the cluster", func() bool { return w.probe(t, "/actuator/health/readiness", nil) == 503 })
	if s := w.probe(t, "/actuator/health/liveness", nil); s != 200 {
		t.Errorf("liveness follows the cluster: %d", s)
	}
	w.engine.Down(false)
	eventually(t, 20*time.Second, "the cluster is back", func() bool { return w.probe(t, "/actuator/health/readiness", nil) == 200 })
}

// TestServeTakesJobsToo runs the server, whose readiness is its own.
func TestServeTakesJobsToo(t *testing.T) {
	w := newWorld(t)
	p := w.start(t, "serve")
	w.connect(t, p)
	if c := w.done(t, w.s3Job("deleteObject", map[string]any{"key": "x"}, nil)); c.Kind != "complete" {
		t.Errorf("%+v", c)
	}
	w.engine.Down(true)
	eventually(t, 20*time.Second, "the worker sees it", func() bool { return w.probe(t, "/actuator/health/readiness", nil) == 503 })
	if s := p.call(t, "GET", "/readyz", nil, nil); s != 200 {
		t.Errorf("readyz of a server without its cluster: %d", s)
	}
}

// TestRESTAlone takes jobs without gRPC.
func TestRESTAlone(t *testing.T) {
	w := newWorld(t)
	p := w.start(t, "worker", "CAMUNDA_CLIENT_PREFERRESTOVERGRPC=true", "FAIRLEAD_COMPAT=8.8", "SECRET_AK=", "SECRET_SK=", "AK="+w.s3.AccessKey(), "SK="+w.s3.SecretKey())
	w.connect(t, p)
	if c := w.done(t, w.s3Job("deleteObject", map[string]any{"key": "x"}, map[string]string{"resultVariable": "r"})); c.Kind != "complete" || string(c.Variables) != `{"r":{"bucket":"`+bucket+`","key":"x"}}` {
		t.Errorf("%+v %s", c, c.Variables)
	}
	var s view.State
	if p.call(t, "GET", "/api/v1/worker", nil, &s); s.MaxJobs != 32 || s.Compat != "8.8" || s.Types[0].Transport != "poll" {
		t.Errorf("%+v", s)
	}
}

// TestKilledInMidLoad ends workers with SIGKILL while they work; those that
// follow do what was left.
func TestKilledInMidLoad(t *testing.T) {
	w := newWorld(t)
	const total, kills = 600, 3
	env := []string{"FAIRLEAD_WORKER_JOB_TIMEOUT=3s", "CAMUNDA_CLIENT_WORKER_DEFAULTS_POLLINTERVAL=PT1S", "CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE=20"}
	p := w.start(t, "worker", env...)
	w.connect(t, p)
	for i := range total {
		w.engine.Create(w.s3Job("uploadObject", map[string]any{"key": fmt.Sprintf("k/%d", i), "document": inline(strings.Repeat("x", 2000))}, nil))
	}
	for n := range kills {
		at := int64(total * (n + 1) / (kills + 2))
		eventually(t, time.Minute, "some jobs are done", func() bool { return w.engine.Report().Completed >= at })
		must(t, p.cmd.Process.Kill())
		<-p.ended
		p = w.start(t, "worker", env...)
	}
	eventually(t, time.Minute, "all jobs are done", func() bool { return w.engine.Report().Open == 0 })
	r := w.engine.Report()
	if r.Completed != total || r.Incidents != 0 || r.Failed != 0 || r.TimedOut == 0 {
		t.Errorf("%+v", r)
	}
	var rec struct {
		ReturnData string
		RawData    struct{ Contents []struct{ Key string } }
	}
	p.call(t, "POST", "/api/v1/integrations/aws-s3/commands/list-bucket-objects/runs", map[string]any{"connection": "cloud", "input": map[string]any{"bucketName": bucket, "folderPath": "k/"}}, &rec)
	fmt.Printf("FIGURE: worker kill -9: %d jobs, %d kills in mid-load, %d activations timed out and came back, %d lost, %d incidents\n", total, kills, r.TimedOut, r.Open, r.Incidents)
}
