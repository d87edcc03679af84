package canary

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// jobs is a process that takes the jobs of a cluster, with secrets in its own
// store, its environment and a folder, and a cloud that says all of them back.
type jobs struct {
	*sinks
	*baits
	cluster *fakegateway.Engine
	cloud   *hostile
	folder  string
}

func startJobs(t *testing.T) *jobs {
	t.Helper()
	j := &jobs{baits: &baits{}, cloud: startHostile(t), folder: t.TempDir(), cluster: fakegateway.New(fakegateway.Options{Now: time.Now})}
	t.Cleanup(j.cluster.Close)
	server, err := fakegateway.Listen(j.cluster, "127.0.0.1:0", "127.0.0.1:0")
	apptest.Must(t, err)
	t.Cleanup(func() { _ = server.Close() })
	j.cluster.Record()
	spans, env := startCollector(t)
	file := j.add(t, "secret in a file")
	apptest.Must(t, os.WriteFile(filepath.Join(j.folder, "FILE"), []byte(file+"\n"), 0o600))
	p := apptest.Start(t, append(env,
		"CAMUNDA_CLIENT_MODE=self-managed", "CAMUNDA_CLIENT_GRPCADDRESS="+server.GRPC(), "CAMUNDA_CLIENT_RESTADDRESS="+server.REST(),
		"AWS_ENDPOINT_URL_S3="+j.cloud.URL, "FAIRLEAD_SECRETS_DIR="+j.folder, "SECRET_ENV="+j.add(t, "secret in the environment"),
	)...)
	j.sinks = newSinks(t, p)
	j.spans, j.crash = spans, true
	return j
}

// set gives a secret a value in every way that there is, refused ones too.
func (j *jobs) set(name string) {
	j.Helper()
	path, value := "/secrets/"+url.PathEscape(name), j.add(j.T, "secret "+name)
	body := map[string]any{"value": value}
	if r := j.call("API: setting a secret", http.MethodPut, path, body); r.Status != http.StatusCreated {
		j.Fatalf("the secret was refused: %s", r.Body)
	}
	j.call("API: setting a secret", http.MethodPut, path, body)
	for _, wrong := range []any{
		map[string]any{"value": []any{value}},
		map[string]any{"value": map[string]any{"x": value}},
		map[string]any{"value": value, "more": value},
		map[string]any{value: value},
		[]any{value},
		value, strings.NewReader(`{"value": "` + j.list[0].head), strings.NewReader(`{"value": "` + j.list[0].head + "\xff\"}"),
		map[string]any{"value": strings.Repeat(value, 4000)},
	} {
		if r := j.call("API: setting a secret, refused", http.MethodPut, path, wrong); r.Status < 400 {
			j.Errorf("%.60v was taken", wrong)
		}
	}
	for _, bad := range []string{"A%20B", "A%7D%7D", "%FF", strings.Repeat("n", 300)} {
		j.call("API: setting a secret, refused", http.MethodPut, "/secrets/"+bad, body)
	}
	j.call("API: setting a secret, refused", http.MethodPost, path, body)
	j.fairleadWith(j.add(j.T, "secret of the command line"), "secrets", "set", "OTHER", "--from", "-")
	j.fairleadWith(value, "secrets", "set", "A B", "--from", "-")
	j.fairleadWith(value, "secrets", "set", name, value) // in the wrong place
	j.call("API: deleting a secret", http.MethodDelete, "/secrets/NONE", nil)
}

// take makes a job and waits until the worker has answered it.
func (j *jobs) take(variables map[string]any) {
	j.Helper()
	raw, err := json.Marshal(variables)
	apptest.Must(j, err)
	before := len(j.cluster.Commands())
	j.cluster.Create(fakegateway.Spec{
		Type: "io.camunda:aws-s3:1", Variables: raw, Headers: json.RawMessage(`{"resultVariable":"result"}`), Retries: 1, ProcessID: "p", Element: "e",
	})
	for range 600 {
		if len(j.cluster.Commands()) > before {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	j.Fatalf("a job was not answered: %s", j.p.Logs())
}

// s3 is a job that deletes an object, changed.
func s3(change map[string]any) map[string]any {
	v := map[string]any{
		"actionDiscriminator": "deleteObject", "configuration": map[string]any{"region": "us-east-1"},
		"authentication": map[string]any{"type": "credentials", "accessKey": "{{secrets.ACCESS}}", "secretKey": "{{secrets.DEEP/KEY}}"},
		"action":         map[string]any{"bucket": "some-bucket", "key": "key.txt"},
	}
	for name, x := range change {
		v[name] = x
	}
	return v
}

func action(members map[string]any) map[string]any { return s3(map[string]any{"action": members}) }

// hostileJobs refer to a secret in every place where a job can.
func hostileJobs(ref string) []map[string]any {
	return []map[string]any{
		action(map[string]any{"bucket": "some-bucket", "key": ref}), action(map[string]any{"bucket": ref, "key": "k"}),
		action(map[string]any{"bucket": "some-bucket"}), action(map[string]any{"bucket": []any{ref}, "key": "k"}), action(map[string]any{"bucket": "b", ref: "k"}),
		s3(map[string]any{"configuration": map[string]any{"region": ref}}), s3(map[string]any{"actionDiscriminator": ref}),
		s3(map[string]any{"authentication": map[string]any{"type": ref, "accessKey": ref}}), s3(map[string]any{"authentication": ref}),
		s3(map[string]any{"actionDiscriminator": "downloadObject", "action": map[string]any{"bucket": "some-bucket", "key": ref}}),
		s3(map[string]any{"actionDiscriminator": "uploadObject", "action": map[string]any{"bucket": "some-bucket", "key": "k", "document": map[string]any{"storeId": ref, "documentId": ref}}}),
		action(map[string]any{"bucket": "{{secrets.NO_SUCH}}", "key": ref}),
	}
}

// answers are what the cluster was told.
func (j *jobs) answers() {
	j.Helper()
	for _, c := range j.cluster.Commands() {
		j.put("cluster: "+c.Kind, string(c.Variables), c.ErrorCode, c.ErrorMessage)
	}
}

// runsOfJobs makes the runs that jobs became known, so that they are looked at.
func (j *jobs) runsOfJobs() {
	j.Helper()
	var page struct {
		Runs []struct {
			ID string `json:"runId"`
		}
	}
	j.p.Want(j.T, http.StatusOK, http.MethodGet, "/runs?integration=camunda-aws-s3&limit=200", nil, &page)
	for _, r := range page.Runs {
		j.runs = append(j.runs, r.ID)
	}
}

// TestNoSecretOfJobsLeaks: secrets that jobs refer to, out of every place where
// they are found, with a cloud that says them back.
func TestNoSecretOfJobsLeaks(t *testing.T) {
	j := startJobs(t)
	j.set("ACCESS")
	j.set("DEEP/KEY")
	values := map[string]bait{}
	for _, x := range j.list {
		values[strings.TrimPrefix(x.field, "secret ")] = x
	}
	for ref, name := range map[string]string{
		"{{secrets.ACCESS}}": "ACCESS", "{{secrets.DEEP/KEY}}": "DEEP/KEY", "{{secrets.ENV}}": "in the environment", "{{secrets.FILE}}": "in a file", "secrets.ACCESS": "ACCESS", "x{{ secrets.FILE }}y": "in a file",
	} {
		// It knows the secrets of the job. Nobody could know others for secrets.
		j.cloud.tell((&baits{[]bait{values["ACCESS"], values["DEEP/KEY"], values[name]}}).said(0))
		for _, v := range hostileJobs(ref) {
			j.take(v)
		}
	}
	j.answers()
	for _, format := range []string{"table", "json", "yaml"} {
		j.fairlead("secrets", "list", "-o", format)
	}
	j.runsOfJobs()
	j.collect([]string{"camunda-aws-s3"})
	report(t, j.leaks(j.baits))
	if failed := j.found["cluster: fail"]; failed == nil || !strings.Contains(failed.String(), "***") {
		t.Error("no answer to the cluster had a secret to mask, so that nothing was shown")
	}
	if len(j.runs) < 10 {
		t.Errorf("%d jobs became runs", len(j.runs))
	}
	fmt.Printf("| canary jobs: %d secrets, %d jobs, %d sinks, %d leaks\n", len(j.list), len(j.cluster.Commands()), len(j.found), len(j.leaks(j.baits)))
}

// TestPlantedLeaksOfJobsAreFound: the value of a secret also stands where nobody
// can know it for one: in the name of a secret, and in a job's own variables.
func TestPlantedLeaksOfJobsAreFound(t *testing.T) {
	j := startJobs(t)
	j.crash = false
	j.add(t, "planted")
	head := j.list[len(j.list)-1].head
	j.call("API: setting a secret", http.MethodPut, "/secrets/"+head, map[string]any{"value": "something else"})
	plain := map[string]any{"type": "credentials", "accessKey": "some-access-key", "secretKey": "some-secret-key"}
	j.take(s3(map[string]any{"authentication": plain, "actionDiscriminator": head}))
	j.take(s3(map[string]any{"authentication": plain, "action": map[string]any{"bucket": "some-bucket", "key": head}}))
	j.answers()
	j.fairlead("secrets", "list")
	j.runsOfJobs()
	j.collect([]string{"camunda-aws-s3"})
	found := map[string]bool{}
	for _, l := range j.leaks(j.baits) {
		found[l.sink] = true
	}
	for _, sink := range []string{
		"API: setting a secret", "API: GET /secrets", "API: GET /secrets/{name}", "API: GET /audit", "CLI: secrets list", "CLI: audit list", "log",
		"data folder: fairlead.db at rest", "cluster: fail", "API: GET /runs/{run}",
	} {
		if !found[sink] {
			t.Errorf("the leak was not found in %q", sink)
		}
	}
	fmt.Printf("| canary planted leaks of jobs were found in %d of %d sinks\n", len(found), len(j.found))
}
