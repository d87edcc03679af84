package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/api"
)

const (
	readNotes   = "/api/v1/integrations/lab/commands/read-notes/runs"
	writeNotes  = "/api/v1/integrations/lab/commands/write-notes/runs"
	wait        = "/api/v1/integrations/lab/commands/wait/runs"
	waitWriting = "/api/v1/integrations/lab/commands/wait-writing/runs"
)

func TestRunObjectHasTheAgreedMembers(t *testing.T) {
	b := open(t)
	r := b.call(t, b.owner, "POST", writeNotes, `{"input":{"noteNames":["a","bad"]},"externalRef":"ticket-7"}`, "Fairlead-Origin", "cli").want(t, 200)
	for _, m := range []string{"runId", "parentRunId", "state", "returnData", "rawData", "keyFields", "result", "outputData", "items", "plan", "error"} {
		if _, ok := r[m]; !ok {
			t.Errorf("no member %q", m)
		}
	}
	if r["state"] != "done" || r["returnData"] != "Partially Successful" || r["origin"] != "cli" || r["connection"] != "main" {
		t.Errorf("got %v", r)
	}
	e := r["error"].(map[string]any)
	if e["failureIndicator"] != "Write Notes failed." || e["statusCode"] != 404.0 || e["kind"] != "NotFound" {
		t.Errorf("error: %v", e)
	}
	stored := b.call(t, b.owner, "GET", "/api/v1/runs/"+text(r["runId"]), nil).want(t, 200)
	if diff := cmp.Diff(r["items"], stored["items"]); diff != "" {
		t.Errorf("the stored items differ:\n%s", diff)
	}
	list := b.call(t, b.owner, "GET", "/api/v1/runs?text=ticket-7&origin=cli", nil).want(t, 200)["runs"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["runId"] != r["runId"] {
		t.Errorf("the run is not found by its reference: %v", list)
	}
}

// A refused input is a recorded run; only requests that cannot be read are
// problems.
func TestRefusedInputIsARun(t *testing.T) {
	b := open(t)
	for reason, input := range map[string]string{
		"a required parameter is missing": `{}`,
		"an unknown parameter":            `{"noteNames":["a"],"nonsense":1}`,
		"the wrong type":                  `{"noteNames":{}}`,
		"not even an object":              `"text"`,
	} {
		t.Run(reason, func(t *testing.T) {
			r := b.call(t, b.owner, "POST", readNotes, `{"input":`+input+`}`).want(t, 200)
			e, _ := r["error"].(map[string]any)
			if r["state"] != "done" || r["returnData"] != "Failed" || e["statusCode"] != 400.0 || e["kind"] != "Invalid" {
				t.Fatalf("got %v", r)
			}
			b.call(t, b.owner, "GET", "/api/v1/runs/"+text(r["runId"]), nil).want(t, 200)
		})
	}
	if b.written.Load() != 0 {
		t.Error("a refused input reached the command")
	}
}

func TestDryRun(t *testing.T) {
	b := open(t)
	r := b.call(t, b.owner, "POST", writeNotes, `{"input":{"noteNames":["a"]},"dryRun":true}`).want(t, 200)
	want := []any{map[string]any{"item": "a", "action": "create", "size": 0.0}}
	if diff := cmp.Diff(want, r["plan"]); diff != "" || b.written.Load() != 0 {
		t.Errorf("plan (-want +got):\n%s\nwritten %d", diff, b.written.Load())
	}
	r = b.call(t, b.owner, "POST", readNotes, `{"input":{"noteNames":["a"]},"dryRun":true}`).want(t, 200)
	if r["returnData"] != "Failed" || b.written.Load() != 0 {
		t.Errorf("a command without a plan must refuse: %v", r)
	}
}

func TestIdempotencyKey(t *testing.T) {
	b := open(t)
	body := `{"input":{"noteNames":["a"]}}`
	first := b.call(t, b.owner, "POST", writeNotes, body, "Idempotency-Key", "k1").want(t, 200)
	again := b.call(t, b.owner, "POST", writeNotes, ` { "input" : {"noteNames":["a"]} } `, "Idempotency-Key", "k1").want(t, 200)
	if first["runId"] != again["runId"] || b.written.Load() != 1 {
		t.Errorf("the repeat made another run: %v, %v, written %d", first["runId"], again["runId"], b.written.Load())
	}
	b.call(t, b.owner, "POST", writeNotes, `{"input":{"noteNames":["b"]}}`, "Idempotency-Key", "k1").problem(t, 409, "Conflict")
	b.call(t, b.owner, "POST", writeNotes, body, "Idempotency-Key", strings.Repeat("k", 300)).problem(t, 400, "Invalid")
	other := b.call(t, b.token(t, "run", "write"), "POST", writeNotes, body, "Idempotency-Key", "k1").want(t, 200)
	if other["runId"] == first["runId"] {
		t.Error("a key of another caller gave its run away")
	}
}

func TestAsyncCancelAndItems(t *testing.T) {
	b := open(t)
	r := b.call(t, b.owner, "POST", waitWriting, `{"async":true}`).want(t, 202)
	id := text(r["runId"])
	if r["returnData"] != nil || id == "" {
		t.Fatalf("got %v", r)
	}
	<-b.waiting
	live := b.call(t, b.owner, "GET", "/api/v1/runs/"+id, nil).want(t, 200)
	if live["state"] != "running" {
		t.Errorf("state %v", live["state"])
	}
	ended := b.call(t, b.owner, "POST", "/api/v1/runs/"+id+"/cancel", nil).want(t, 200)
	if ended["state"] != "canceled" || ended["returnData"] != "Failed" {
		t.Errorf("got %v", ended)
	}
	b.call(t, b.owner, "POST", "/api/v1/runs/"+id+"/cancel", nil).problem(t, 409, "Conflict")
	b.call(t, b.owner, "POST", "/api/v1/runs/none/cancel", nil).problem(t, 404, "NotFound")
}

func TestItemsPage(t *testing.T) {
	b := open(t)
	r := b.call(t, b.owner, "POST", readNotes, `{"input":{"noteNames":["a","b","c"]}}`).want(t, 200)
	path := "/api/v1/runs/" + text(r["runId"]) + "/items?limit=2"
	first := b.call(t, b.owner, "GET", path, nil).want(t, 200)
	second := b.call(t, b.owner, "GET", path+"&after=2", nil).want(t, 200)
	if len(first["items"].([]any)) != 2 || first["next"] != 2.0 || len(second["items"].([]any)) != 1 || second["next"] != nil {
		t.Errorf("pages: %v, %v", first, second)
	}
}

// leave starts a request, waits until its command runs, and goes away.
func leave(t *testing.T, b *bench, path string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req := httptest.NewRequestWithContext(ctx, "POST", path, nil)
	req.Header.Set("Authorization", "Bearer "+b.owner)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }() // the server cuts off an answer that nobody reads
		b.api.ServeHTTP(httptest.NewRecorder(), req)
	}()
	<-b.waiting
	cancel()
	if path == waitWriting {
		select {
		case <-done:
			t.Error("the request ended before its run")
		case <-time.After(50 * time.Millisecond):
		}
		b.goOn <- struct{}{}
	}
	<-done
}

func TestClientThatGoesAway(t *testing.T) {
	b := open(t)
	leave(t, b, wait)
	if b.canceled.Load() != 1 {
		t.Error("a run that only reads went on for nobody")
	}
	leave(t, b, waitWriting)
	if b.canceled.Load() != 1 {
		t.Error("a run that writes was canceled in the middle")
	}
	runs := b.call(t, b.owner, "GET", "/api/v1/runs", nil).want(t, 200)["runs"].([]any)
	got := map[string]string{}
	for _, r := range runs {
		m := r.(map[string]any)
		got[text(m["command"])] = text(m["state"]) + " " + text(m["returnData"])
	}
	if diff := cmp.Diff(map[string]string{"wait": "canceled Failed", "wait-writing": "done Successful"}, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

type event struct {
	kind string
	data map[string]any
}

// watch reads events until the stream ends; tell gets the number of comments.
func watch(t *testing.T, resp *http.Response) (events []event, comments int) {
	t.Helper()
	sc := bufio.NewScanner(resp.Body)
	var e event
	for sc.Scan() {
		line := sc.Text()
		switch {
		case strings.HasPrefix(line, ":"):
			comments++
		case strings.HasPrefix(line, "event: "):
			e.kind = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			must(t, json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &e.data))
		case line == "":
			if e.kind != "" {
				events = append(events, e)
			}
			e = event{}
		}
	}
	return events, comments
}

func TestEvents(t *testing.T) {
	b := open(t, func(d *api.Deps) { d.Heartbeat = 20 * time.Millisecond })
	srv := httptest.NewServer(b.api)
	defer srv.Close()
	id := text(b.call(t, b.owner, "POST", waitWriting, `{"async":true}`).want(t, 202)["runId"])
	<-b.waiting
	resp := b.get(t, srv, "/api/v1/runs/"+id+"/events")
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Fatalf("content type %s", ct)
	}
	time.AfterFunc(300*time.Millisecond, func() { b.goOn <- struct{}{} })
	events, comments := watch(t, resp)
	kinds := map[string]int{}
	for _, e := range events {
		kinds[e.kind]++
	}
	last := events[len(events)-1]
	run, _ := last.data["run"].(map[string]any)
	if kinds["item"] == 0 || kinds["progress"] == 0 || kinds["end"] != 1 || last.kind != "end" || run["runId"] != id || run["returnData"] != "Successful" {
		t.Errorf("events: %v", events)
	}
	if comments == 0 {
		t.Error("no heartbeat")
	}
	after := b.get(t, srv, "/api/v1/runs/"+id+"/events")
	defer after.Body.Close()
	if events, _ := watch(t, after); len(events) != 1 || events[0].kind != "end" {
		t.Errorf("a run that has ended: %v", events)
	}
	b.call(t, b.owner, "GET", "/api/v1/runs/none/events", nil).problem(t, 404, "NotFound")
}

func (b *bench) get(t *testing.T, srv *httptest.Server, path string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+path, nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+b.owner)
	resp, err := srv.Client().Do(req)
	must(t, err)
	return resp
}

// TestStopEndsStreams keeps watchers from holding up a shutdown.
func TestStopEndsStreams(t *testing.T) {
	b := open(t)
	defer close(b.goOn)
	srv := httptest.NewServer(b.api)
	defer srv.Close()
	id := text(b.call(t, b.owner, "POST", waitWriting, `{"async":true}`).want(t, 202)["runId"])
	<-b.waiting
	resp := b.get(t, srv, "/api/v1/runs/"+id+"/events")
	defer resp.Body.Close()
	b.api.Stop()
	var all bytes.Buffer
	_, err := all.ReadFrom(resp.Body)
	must(t, err)
	b.call(t, "", "GET", "/readyz", nil).problem(t, 503, "Unavailable")
}

func TestTimeout(t *testing.T) {
	b := open(t)
	for _, timeout := range []string{`0.05`, `"50ms"`} {
		r := b.call(t, b.owner, "POST", wait, `{"timeout":`+timeout+`}`).want(t, 200)
		if e, _ := r["error"].(map[string]any); e["kind"] != "Timeout" {
			t.Errorf("timeout %s: %v", timeout, r["error"])
		}
		<-b.waiting
	}
	for _, timeout := range []string{`-1`, `"soon"`, `[]`, `true`} {
		b.call(t, b.owner, "POST", wait, `{"timeout":`+timeout+`}`).problem(t, 400, "Invalid")
	}
}
