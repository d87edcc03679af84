package fakegateway_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
)

func listen(t *testing.T) (*fakegateway.Engine, *fakegateway.Server) {
	t.Helper()
	e := fakegateway.New(fakegateway.Options{Now: time.Now})
	s, err := fakegateway.Listen(e, "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, s
}

func TestGRPC(t *testing.T) {
	e, s := listen(t)
	conn, err := grpc.NewClient("passthrough:///"+strings.TrimPrefix(s.GRPC(), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // the test is over
	c := pb.NewGatewayClient(conn)
	top, err := c.Topology(t.Context(), &pb.TopologyRequest{})
	if err != nil || top.GetPartitionsCount() != 1 || len(top.GetBrokers()) != 1 {
		t.Fatalf("%v %v", top, err)
	}
	stream, err := c.StreamActivatedJobs(t.Context(), &pb.StreamActivatedJobsRequest{Type: "a", Worker: "w", Timeout: 60_000, TenantIds: []string{fakegateway.DefaultTenant}, WithLease: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Header(); err != nil {
		t.Fatal(err)
	}
	e.Create(fakegateway.Spec{Type: "a", Headers: json.RawMessage(`{"h":"1"}`)})
	j, err := stream.Recv()
	if err != nil || j.GetLeaseToken() == "" || string(j.GetCustomHeaders()) != `{"h":"1"}` || j.GetRetries() != 3 {
		t.Fatalf("%v %v", j, err)
	}
	stale := "another"
	if _, err := c.CompleteJob(t.Context(), &pb.CompleteJobRequest{JobKey: j.GetKey(), LeaseToken: &stale}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a lease of another: %v", err)
	}
	if _, err := c.UpdateJobTimeout(t.Context(), &pb.UpdateJobTimeoutRequest{JobKey: j.GetKey(), Timeout: 1000, LeaseToken: j.LeaseToken}); err != nil {
		t.Error(err)
	}
	if _, err := c.CompleteJob(t.Context(), &pb.CompleteJobRequest{JobKey: j.GetKey(), Variables: []byte(`{"a":1}`), LeaseToken: j.LeaseToken}); err != nil {
		t.Error(err)
	}
	e.BreakStreams()
	if _, err := stream.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("a broken stream: %v", err)
	}
}

// call sends JSON and gives the status and the answer.
func call(t *testing.T, method, url, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return do(t, req)
}

func do(t *testing.T, req *http.Request) (int, map[string]any) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if json.Unmarshal(raw, &out) != nil {
		out["text"] = string(raw)
	}
	return res.StatusCode, out
}

func TestREST(t *testing.T) {
	e, s := listen(t)
	v2 := s.REST() + "/v2"
	e.Create(fakegateway.Spec{Type: "a", DefinitionKey: 77})
	status, body := call(t, "POST", v2+"/jobs/activation", `{"type":"a","timeout":60000,"maxJobsToActivate":3,"requestTimeout":-1,"withLease":true}`)
	jobs, _ := body["jobs"].([]any)
	if status != 200 || len(jobs) != 1 {
		t.Fatalf("%d %v", status, body)
	}
	j := jobs[0].(map[string]any)
	key, isText := j["jobKey"].(string)
	if !isText || j["processDefinitionKey"] != "77" || j["leaseToken"] == nil {
		t.Errorf("got %v", j)
	}
	e.Deploy(77, []byte("<xml/>"))
	for _, tc := range []struct {
		reason, method, path, body string
		status                     int
	}{
		{"the time is extended", "PATCH", "/jobs/" + key, `{"changeset":{"timeout":90000}}`, 204},
		{"a change without content", "PATCH", "/jobs/" + key, `{"changeset":{}}`, 400},
		{"an error without a code", "POST", "/jobs/" + key + "/error", `{}`, 400},
		{"a lease of another", "POST", "/jobs/" + key + "/completion", `{"leaseToken":"x"}`, 409},
		{"variables that are no object", "POST", "/jobs/" + key + "/completion", `{"variables":[]}`, 400},
		{"no retries left", "POST", "/jobs/" + key + "/failure", `{}`, 204},
		{"it waits in an incident", "POST", "/jobs/" + key + "/completion", `{}`, 409},
		{"a key that is no number", "POST", "/jobs/x/completion", `{}`, 400},
		{"a key of no partition", "POST", "/jobs/1/completion", `{}`, 503},
		{"a job that is not there", "POST", "/jobs/2251799813699999/completion", `{}`, 404},
		{"topology", "GET", "/topology", ``, 200},
		{"status", "GET", "/status", ``, 204},
		{"a model", "GET", "/process-definitions/77/xml", ``, 200},
		{"no model", "GET", "/process-definitions/78/xml", ``, 404},
		{"too many jobs", "POST", "/jobs/activation", `{"type":"a","timeout":1}`, 400},
	} {
		if status, body := call(t, tc.method, v2+tc.path, tc.body); status != tc.status {
			t.Errorf("%s: %d %v", tc.reason, status, body)
		}
	}
	e.Down(true)
	if status, _ := call(t, "GET", v2+"/status", ""); status != 503 {
		t.Errorf("down: %d", status)
	}
}

func TestDocuments(t *testing.T) {
	_, s := listen(t)
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	for _, part := range []struct{ name, file, content string }{{"metadata", "", `{"contentType":"text/plain"}`}, {"file", "a.txt", "hello"}} {
		w, err := m.CreateFormField(part.name)
		if part.file != "" {
			w, err = m.CreateFormFile(part.name, part.file)
		}
		if err == nil {
			_, err = io.WriteString(w, part.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_ = m.Close()
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.REST()+"/v2/documents", &form)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	status, ref := do(t, req)
	meta, _ := ref["metadata"].(map[string]any)
	if status != 201 || ref["camunda.document.type"] != "camunda" || meta["fileName"] != "a.txt" || meta["contentType"] != "text/plain" || meta["size"] != 5.0 {
		t.Fatalf("%d %v", status, ref)
	}
	at := s.REST() + "/v2/documents/" + ref["documentId"].(string)
	if status, body := call(t, "GET", at+"?contentHash="+ref["contentHash"].(string), ""); status != 200 || body["text"] != "hello" {
		t.Errorf("%d %v", status, body)
	}
	if status, _ := call(t, "GET", at, ""); status != 400 {
		t.Errorf("without its hash: %d", status)
	}
	if status, _ := call(t, "DELETE", at, ""); status != 204 {
		t.Errorf("delete: %d", status)
	}
	if status, body := call(t, "GET", at, ""); status != 404 || body["title"] != "NOT_FOUND" {
		t.Errorf("deleted: %d %v", status, body)
	}
}
