package engines_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/engines"
)

const s3Type = "io.camunda:aws-s3:1"

// site is an engine with a worker and an S3 server, whose keys are secrets.
type site struct {
	*engines.Engine
	w *engines.Worker
	c *engines.Clouds
}

func openSite(t *testing.T, e *engines.Engine, env ...string) *site {
	t.Helper()
	c := engines.OpenClouds(t)
	// One key comes from the environment, the other from Fairlead's own store.
	w := engines.StartWorker(t, e, t.TempDir(), append([]string{"SECRET_S3_KEY=" + c.S3.AccessKey()}, env...)...)
	w.Want(t, http.StatusCreated, http.MethodPut, "/secrets/S3_SECRET", map[string]any{"value": c.S3.SecretKey()}, &map[string]any{})
	w.Connect(t, "aws-s3", "box", c.S3Settings())
	return &site{e, w, c}
}

// task is one of the S3 connector, with the mappings of its template.
func (s *site) task(id, action string, inputs map[string]string, headers map[string]string) engines.Task {
	in := map[string]string{
		"actionDiscriminator": action, "authentication.type": "credentials", "authentication.accessKey": "{{secrets.S3_KEY}}", "authentication.secretKey": "{{secrets.S3_SECRET}}",
		"configuration.region": s.c.S3.Region(), "configuration.endpoint": s.c.S3.Endpoint(), "action.bucket": "papers",
	}
	for k, v := range inputs {
		in[k] = v
	}
	return engines.Task{ID: id, Type: s3Type, Inputs: in, Headers: headers}
}

func (s *site) bucket(t *testing.T, name string) {
	t.Helper()
	rec := s.w.Run(t, "aws-s3", "create-buckets", apptest.Order{Connection: "box", Input: map[string]any{"bucketNames": []string{name}}})
	if rec.Error != nil {
		t.Fatal(rec.Error.Line())
	}
}

func result(name string) map[string]string { return map[string]string{"resultVariable": name} }

// The three actions, each way of getting content back, result expressions and
// secrets, in one process.
func TestS3Actions(t *testing.T) {
	onEach(t, func(t *testing.T, e *engines.Engine) {
		s := openSite(t, e)
		s.bucket(t, "papers")
		e.Deploy(engines.Process{ID: "papers", Tasks: []engines.Task{
			s.task("put", "uploadObject", map[string]string{"action.key": "in/a.txt", "action.document": `={"camunda.document.type": "inline", content: text, name: "a.txt", contentType: "text/plain"}`}, result("put")),
			s.task("fetch", "downloadObject", map[string]string{"action.key": "in/a.txt", "documentReturnFormat.choice": "DOCUMENT"}, result("fetched")),
			s.task("again", "uploadObject", map[string]string{"action.key": "out/b.txt", "action.document": "=fetched.element.document"}, result("again")),
			s.task("text", "downloadObject", map[string]string{"action.key": "out/b.txt", "documentReturnFormat.choice": "TEXT"}, map[string]string{"resultExpression": "={text: response.element.content, from: response.bucket + \"/\" + response.key}"}),
			s.task("json", "uploadObject", map[string]string{"action.key": "c.json", "action.document": `={"camunda.document.type": "inline", content: {n: 12, list: [1, 2]}, name: "c.json"}`}, nil),
			s.task("read", "downloadObject", map[string]string{"action.key": "c.json", "documentReturnFormat.choice": "JSON"}, map[string]string{"resultExpression": "={sum: response.element.content.n + sum(response.element.content.list)}"}),
			s.task("bytes", "uploadObject", map[string]string{"action.key": "d.bin", "action.document": `={"camunda.document.type": "inline", content: "raw", name: "d.bin"}`}, nil),
			s.task("base64", "downloadObject", map[string]string{"action.key": "d.bin", "action.asFile": "=false"}, result("raw")),
			s.task("drop", "deleteObject", map[string]string{"action.key": "in/a.txt"}, result("dropped")),
		}})
		got := e.Run("papers", map[string]any{"text": "Grüße von der Hafenmole"}, 2*time.Minute)
		document := got["fetched"].(map[string]any)["element"].(map[string]any)["document"].(map[string]any)
		if document["camunda.document.type"] != "camunda" || document["storeId"] == "" || document["contentHash"] == "" {
			t.Errorf("the document is %v", document)
		}
		want := map[string]any{
			"put":   map[string]any{"bucket": "papers", "key": "in/a.txt", "link": "https://papers.s3.amazonaws.com/in/a.txt"},
			"again": map[string]any{"bucket": "papers", "key": "out/b.txt", "link": "https://papers.s3.amazonaws.com/out/b.txt"},
			"text":  "Grüße von der Hafenmole", "from": "papers/out/b.txt", "sum": 15.0,
			"raw":     map[string]any{"bucket": "papers", "key": "d.bin", "element": map[string]any{"content": "cmF3"}},
			"dropped": map[string]any{"bucket": "papers", "key": "in/a.txt"},
		}
		for name, v := range want {
			if diff := cmp.Diff(v, got[name]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		rec := s.w.Run(t, "aws-s3", "list-bucket-objects", apptest.Order{Connection: "box", Input: map[string]any{"bucketName": "papers"}})
		if keys := fmt.Sprint(rec.KeyFields["Keys"]); keys != "[c.json d.bin out/b.txt]" {
			t.Errorf("the bucket holds %s", keys)
		}
		if logs := s.w.Logs(); strings.Contains(logs, s.c.S3.SecretKey()) {
			t.Error("the secret key is in the log")
		}
	})
}

// A failure becomes a BPMN error, and its boundary event goes on with what it
// carries.
func TestS3ErrorIsCaught(t *testing.T) {
	onEach(t, func(t *testing.T, e *engines.Engine) {
		s := openSite(t, e)
		s.bucket(t, "papers")
		task := s.task("fetch", "downloadObject", map[string]string{"action.key": "nothing.txt", "action.asFile": "=false"}, map[string]string{
			"errorExpression": `=if contains(error.type, "NoSuchKey") then bpmnError("GONE", error.message, {why: error.type, left: job.retries}) else null`,
		})
		task.Catch, task.CatchOutputs = "GONE", map[string]string{"=why": "why", "=left": "left"}
		e.Deploy(engines.Process{ID: "caught", Tasks: []engines.Task{task}})
		i := e.Start("caught", nil)
		if end := e.Ended(i, time.Minute); end != "caught_fetch" {
			t.Errorf("it ended at %s", end)
		}
		if why := e.Variable(i, "why"); why != `"software.amazon.awssdk.services.s3.model.NoSuchKeyException"` || e.Variable(i, "left") != "3" {
			t.Errorf("why is %s, left %s", why, e.Variable(i, "left"))
		}
	})
}

// Retries with their backoff until there is an incident; resolving it after the
// cause is gone completes the instance.
func TestS3RetriesUntilAnIncident(t *testing.T) {
	onEach(t, func(t *testing.T, e *engines.Engine) {
		s := openSite(t, e)
		task := s.task("put", "uploadObject", map[string]string{"action.key": "k.txt", "action.document": `={"camunda.document.type": "inline", content: "late", name: "k.txt"}`}, map[string]string{"retryBackoff": "PT20S", "resultVariable": "done"})
		task.Retries = "3"
		e.Deploy(engines.Process{ID: "stubborn", Tasks: []engines.Task{task}})
		i := e.Start("stubborn", nil)
		failed := func() int {
			return len(slices.DeleteFunc(e.JobIntents(s3Type), func(intent string) bool { return intent != "FAILED" }))
		}
		for n := 1; n <= 3; n++ {
			await(t, fmt.Sprintf("failure %d", n), func() bool { return failed() == n })
			if n < 3 && len(e.Incidents()) > 0 {
				t.Fatal("an incident before the retries were used up")
			}
			e.Advance(21 * time.Second) // the backoff is over
		}
		incident := e.AwaitIncident(20 * time.Second)
		if incident.ErrorType != "JOB_NO_RETRIES" || !strings.Contains(incident.ErrorMessage, "bucket does not exist") {
			t.Errorf("the incident is %+v", incident)
		}
		s.bucket(t, "papers")
		e.Resolve(incident, 1)
		if end := e.Ended(i, time.Minute); end != "done" {
			t.Errorf("it ended at %s", end)
		}
	})
}

func await(t *testing.T, what string, there func() bool) {
	t.Helper()
	for range 300 {
		if there() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

// A missing secret, and other wrong input, is no matter for retries.
func TestS3WrongInputIsAnIncidentAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, e *engines.Engine) {
		s := openSite(t, e)
		e.Deploy(engines.Process{ID: "wrong", Tasks: []engines.Task{s.task("put", "deleteObject", map[string]string{"action.key": "{{secrets.NOT_THERE}}"}, nil)}})
		e.Start("wrong", nil)
		if i := e.AwaitIncident(time.Minute); !strings.Contains(i.ErrorMessage, "Secret with name 'NOT_THERE' is not available") {
			t.Errorf("the incident is %+v", i)
		}
		if n := len(slices.DeleteFunc(e.JobIntents(s3Type), func(intent string) bool { return intent != "FAILED" })); n != 1 {
			t.Errorf("the job failed %d times", n)
		}
	})
}

// The header jobTimeout lengthens the activation before the work begins.
func TestS3JobTimeout(t *testing.T) {
	onEach(t, func(t *testing.T, e *engines.Engine) {
		s := openSite(t, e)
		s.bucket(t, "papers")
		e.Deploy(engines.Process{ID: "slow", Tasks: []engines.Task{s.task("drop", "deleteObject", map[string]string{"action.key": "k"}, map[string]string{"jobTimeout": "PT10M"})}})
		e.Run("slow", nil, time.Minute)
		if got := e.JobIntents(s3Type); !slices.Contains(got, "TIMEOUT_UPDATED") || got[len(got)-1] != "COMPLETED" {
			t.Errorf("the job went through %v", got)
		}
	})
}

// load is a process that uploads an object, named by its variable n, and deletes
// it again.
func (s *site) load() engines.Process {
	return engines.Process{ID: "many", Tasks: []engines.Task{
		s.task("put", "uploadObject", map[string]string{"action.key": "=\"k\" + string(n)", "action.document": `={"camunda.document.type": "inline", content: string(n), name: "n.txt"}`}, result("put")),
		s.task("drop", "deleteObject", map[string]string{"action.key": "=\"k\" + string(n)"}, nil),
	}}
}

// Killing the worker in the middle of its work loses no job: the engine gives
// them to the next one.
func TestKilledWorkerLosesNoJob(t *testing.T) {
	const instances = 60
	onEach(t, func(t *testing.T, e *engines.Engine) {
		dir := t.TempDir()
		c := engines.OpenClouds(t)
		env := []string{"SECRET_S3_KEY=" + c.S3.AccessKey(), "SECRET_S3_SECRET=" + c.S3.SecretKey(), "CAMUNDA_CLIENT_WORKER_DEFAULTS_TIMEOUT=PT10S"}
		w := engines.StartWorker(t, e, dir, env...)
		w.Connect(t, "aws-s3", "box", c.S3Settings())
		s := &site{e, w, c}
		s.bucket(t, "papers")
		e.Deploy(s.load())
		var keys []int64
		for n := range instances {
			keys = append(keys, e.Start("many", map[string]any{"n": n}))
			if n == instances/2 {
				w.Stop(os.Kill)
			}
		}
		engines.StartWorker(t, e, dir, env...)
		for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
			e.Advance(5 * time.Second) // activations of the killed one end
			done := 0
			for _, k := range e.EndedOf(keys) {
				if k {
					done++
				}
			}
			if done == instances {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d instances completed; incidents: %+v", done, instances, e.Incidents())
			}
		}
		fmt.Printf("FIGURE: engine %s: worker killed in mid-load, %d of %d instances completed, %d incidents\n", e.Version, instances, instances, len(e.Incidents()))
		if open := e.Incidents(); len(open) > 0 {
			t.Errorf("incidents: %+v", open)
		}
	})
}
