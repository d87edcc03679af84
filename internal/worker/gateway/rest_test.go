package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// request is what a REST API was asked.
type request struct{ Line, Body string }

// web is a REST API that notes what it is asked and answers as a test says.
func web(t *testing.T, answer http.HandlerFunc) (Settings, func() []request) {
	t.Helper()
	var mu sync.Mutex
	var seen []request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		seen = append(seen, request{r.Method + " " + r.URL.Path, string(body)})
		mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return Settings{REST: s.URL, PreferREST: true}, func() []request { mu.Lock(); defer mu.Unlock(); return seen }
}

func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestRESTCommandsSayWhatTheyWereGiven(t *testing.T) {
	s, seen := web(t, says(http.StatusNoContent, "", ""))
	c := open(t, s)
	_, j := exampleJob()
	plain := job.Job{Key: 8}
	ctx := t.Context()
	for _, err := range []error{
		c.Complete(ctx, j, json.RawMessage(`{"n":12345678901234567890, "t":"<&>"}`)),
		c.Complete(ctx, plain, nil),
		c.Fail(ctx, plain, Failure{}),
		c.Fail(ctx, j, Failure{Retries: 2, Backoff: -5 * time.Second, Message: "bad\xff \"byte\"", Variables: json.RawMessage(`{}`)}),
		c.Throw(ctx, plain, Thrown{Code: "C", Message: "m", Variables: json.RawMessage("{\"a\":\"\xff\"}")}),
		c.Extend(ctx, j, 90*time.Second),
		c.Extend(ctx, plain, time.Second),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []request{
		{"POST /v2/jobs/2251799813685250/completion", `{"variables":{"n":12345678901234567890, "t":"<&>"},"leaseToken":"lease-1"}`},
		{"POST /v2/jobs/8/completion", `{}`},
		{"POST /v2/jobs/8/failure", `{"retries":0,"errorMessage":"","retryBackOff":0}`},
		{"POST /v2/jobs/2251799813685250/failure", `{"retries":2,"errorMessage":"bad` + `\ufffd` + ` \"byte\"","retryBackOff":-5000,"variables":{},"leaseToken":"lease-1"}`},
		{"POST /v2/jobs/8/error", "{\"errorCode\":\"C\",\"errorMessage\":\"m\",\"variables\":{\"a\":\"\uFFFD\"}}"},
		{"PATCH /v2/jobs/2251799813685250", `{"changeset":{"timeout":90000},"leaseToken":"lease-1"}`},
		{"PATCH /v2/jobs/8", `{"changeset":{"timeout":1000}}`},
	}
	if d := cmp.Diff(want, seen()); d != "" {
		t.Error(d)
	}
}

func TestRESTPollReadsJobsOfAllVersions(t *testing.T) {
	const vars = `{"b": 12345678901234567890, "a":1.10 }`
	_, whole := exampleJob()
	whole.Variables = json.RawMessage(vars)
	old := whole
	old.LeaseToken, old.CustomHeaders = "", nil
	tests := []struct {
		why, job string
		want     job.Job
	}{
		{
			"8.6: keys are numbers", `{"key":2251799813685250,"type":"t","processInstanceKey":2,"bpmnProcessId":"p","processDefinitionVersion":3,"processDefinitionKey":4,
			"elementId":"e","elementInstanceKey":5,"customHeaders":null,"worker":"w","retries":6,"deadline":7,"variables":` + vars + `,"tenantId":"acme"}`, old,
		},
		{
			"8.10: keys are texts, and more is said than we know", `{"jobKey":"2251799813685250","type":"t","processInstanceKey":"2","processDefinitionId":"p","processDefinitionVersion":3,
			"processDefinitionKey":"4","elementId":"e","elementInstanceKey":"5","customHeaders":{"h":"1"},"worker":"w","retries":6,"deadline":7,"variables":` + vars + `,
			"tenantId":"acme","kind":"BPMN_ELEMENT","tags":["x"],"priority":9,"userTask":null,"rootProcessInstanceKey":"2","leaseToken":"lease-1","future":{"a":[1]}}`, whole,
		},
		{"hardly anything is said", `{"jobKey":"1","processInstanceKey":null,"deadline":""}`, job.Job{Key: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			s, seen := web(t, says(http.StatusOK, "application/json", `{"jobs":[`+tt.job+`]}`))
			a := Activation{Type: "t", Worker: "w", Timeout: time.Minute, Fetch: []string{"a"}, MaxJobs: 3, LongPoll: -1}
			jobs, err := open(t, s).Poll(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]job.Job{tt.want}, jobs); d != "" {
				t.Error(d)
			}
			want := []request{{"POST /v2/jobs/activation", `{"type":"t","worker":"w","timeout":60000,"maxJobsToActivate":3,"fetchVariable":["a"],"requestTimeout":-1,"tenantIds":["\u003cdefault\u003e"]}`}}
			if d := cmp.Diff(want, seen()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRESTPollWaitsLongerThanTheCluster(t *testing.T) {
	s, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(300 * time.Millisecond):
			fmt.Fprint(w, `{"jobs":[]}`)
		case <-r.Context().Done():
		}
	})
	s.RequestTimeout = 50 * time.Millisecond // of commands; a poll has its own
	jobs, err := open(t, s).Poll(t.Context(), Activation{Type: "t", MaxJobs: 1, LongPoll: 200 * time.Millisecond})
	if err != nil || len(jobs) != 0 {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
}

func TestRESTCallsEnd(t *testing.T) {
	s, _ := web(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s.RequestTimeout = 50 * time.Millisecond
	c := open(t, s)
	err := c.Complete(t.Context(), job.Job{Key: 1}, nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeDeadlineExceeded || !e.Retryable {
		t.Errorf("a command without an answer: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = c.Poll(ctx, Activation{Type: "t", MaxJobs: 1})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeDeadlineExceeded || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a poll whose caller's time is up: %v", err)
	}
	ctx, give := context.WithCancel(t.Context())
	give()
	_, err = c.Poll(ctx, Activation{Type: "t", MaxJobs: 1})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeCanceled || e.Retryable {
		t.Errorf("a poll that was given up: %v", err)
	}
}

func TestRESTErrors(t *testing.T) {
	const own, plain = "application/problem+json", "application/json"
	tests := []struct {
		why         string
		status      int
		contentType string
		body        string
		want        Error
	}{
		{"completed or canceled", 404, own, `{"title":"NOT_FOUND","detail":"no such job"}`, Error{Code: CodeNotFound, Message: "NOT_FOUND: no such job", Gone: true}},
		{"in an incident", 409, own, `{"title":"INVALID_STATE","detail":"it failed"}`, Error{Code: CodeFailedPrecondition, Message: "INVALID_STATE: it failed", Gone: true}},
		{"bad variables", 400, own, `{"title":"Bad Request","detail":"no object"}`, Error{Code: CodeInvalidArgument, Message: "no object"}},
		{"too many at once", 429, own, `{"detail":"slow down"}`, Error{Code: CodeResourceExhausted, Message: "slow down", Retryable: true, Backpressure: true}},
		{"backpressure of the broker", 503, own, `{"title":"RESOURCE_EXHAUSTED","detail":"x"}`, Error{Code: CodeResourceExhausted, Message: "RESOURCE_EXHAUSTED: x", Retryable: true, Backpressure: true}},
		{"no leader", 503, own, `{"title":"UNAVAILABLE"}`, Error{Code: CodeUnavailable, Message: "UNAVAILABLE", Retryable: true, Backpressure: true}},
		{"a proxy without a cluster", 502, "text/html", `<html>`, Error{Code: CodeUnavailable, Message: "Bad Gateway", Retryable: true}},
		{"the broker did not answer the gateway", 504, own, `{"title":"Gateway Timeout"}`, Error{Code: CodeDeadlineExceeded, Message: "Gateway Timeout", Retryable: true}},
		{"may not", 403, own, `{"title":"FORBIDDEN","detail":"UPDATE_PROCESS_INSTANCE"}`, Error{Code: CodePermissionDenied, Message: "UPDATE_PROCESS_INSTANCE"}},
		{"not let in", 401, own, ``, Error{Code: CodeUnauthenticated, Message: "Unauthorized", Fix: "*"}},
		{"fails", 500, own, `{"detail":"oops"}`, Error{Code: CodeInternal, Message: "oops", Retryable: true}},
		{"not in this version", 405, plain, `{"error":"Method Not Allowed","path":"/v2/x"}`, Error{Code: CodeUnimplemented, Message: "Method Not Allowed: /v2/x"}},
		{"another server than the API", 404, plain, `{"timestamp":1,"status":404,"error":"Not Found","path":"/v2/jobs"}`, Error{Code: CodeNotFound, Message: "Not Found: /v2/jobs", Fix: "*"}},
		{"a redirect to somewhere else", 302, "text/html", ``, Error{Code: CodeUnknown, Message: "Found"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			s, _ := web(t, says(tt.status, tt.contentType, tt.body))
			err := open(t, s).Complete(t.Context(), job.Job{Key: 1}, nil)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			got := *e
			if got.Fix != "" {
				got.Fix = "*"
			}
			tt.want.Operation, tt.want.Status = "CompleteJob", tt.status
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRESTWithoutACluster(t *testing.T) {
	s, _ := web(t, nil)
	s.REST = "http://127.0.0.1:1"
	err := open(t, s).Complete(t.Context(), job.Job{Key: 1}, nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnavailable || !e.Retryable || e.Fix == "" {
		t.Errorf("got %v", err)
	}
}

func TestRESTTopologyAndModels(t *testing.T) {
	s, seen := web(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/xml") {
			fmt.Fprint(w, "<definitions/>")
			return
		}
		fmt.Fprint(w, `{"brokers":[{"partitions":[{"partitionId":1,"role":"leader","health":"healthy"}]},{}],"partitionsCount":1,"gatewayVersion":"8.6.0"}`)
	})
	c := open(t, s)
	got, err := c.Topology(t.Context())
	if want := (Topology{Version: "8.6.0", Brokers: 2, PartitionCount: 1, AnyHealthy: true}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	xml, err := c.ProcessXML(t.Context(), 7)
	if err != nil || string(xml) != "<definitions/>" {
		t.Errorf("got %s, %v", xml, err)
	}
	if d := cmp.Diff([]request{{Line: "GET /v2/topology"}, {Line: "GET /v2/process-definitions/7/xml"}}, seen()); d != "" {
		t.Error(d)
	}
	if c.CanStream() {
		t.Error("REST has no streams")
	}
	err = c.Stream(t.Context(), Activation{}, func() {}, func(job.Job) {})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnimplemented || e.Retryable {
		t.Error(err)
	}
}

func TestRESTAnswersThatAreNone(t *testing.T) {
	for _, body := range []string{`<html>`, `{"jobs":[{"jobKey":"abc"}]}`, `{"jobs":[{"jobKey":1.5}]}`, `{"jobs":[`} {
		s, _ := web(t, says(http.StatusOK, "text/html", body))
		_, err := open(t, s).Poll(t.Context(), Activation{Type: "t", MaxJobs: 1})
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeInternal || e.Fix == "" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestWithoutAnAddress(t *testing.T) {
	c, err := Open(t.Context(), Settings{GRPC: "http://z:1"}, testDeps())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if base, _ := c.REST(); base != "" {
		t.Error("a REST address from nowhere:", base)
	}
	_, err = c.ProcessXML(t.Context(), 1)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnimplemented || e.Fix == "" {
		t.Error(err)
	}
	for _, s := range []Settings{{}, {PreferREST: true}, {GRPC: "ftp://z"}, {GRPC: "http://z", REST: "ftp://z"}, {GRPC: "http://z", Auth: Auth{Strategy: "x"}}} {
		if _, err := Open(t.Context(), s, testDeps()); err == nil {
			t.Errorf("%v was opened", s)
		}
	}
}
