// Package engines runs processes on real Camunda engines, with our worker
// doing their jobs.
package engines

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/test/servers"
)

// tenant is the one that engines without tenants have.
const tenant = "<default>"

// Engine is a real engine, as a test deploys to it and looks into it.
type Engine struct {
	servers.Camunda
	t   testing.TB
	api pb.GatewayClient
}

// Open connects to a running engine and empties it.
func Open(t testing.TB, c servers.Camunda) *Engine {
	t.Helper()
	conn, err := grpc.NewClient(c.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	e := &Engine{Camunda: c, t: t, api: pb.NewGatewayClient(conn)}
	e.control(http.MethodPost, "/reset")
	return e
}

func (e *Engine) control(method, path string) string {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.Control+path, http.NoBody)
	if err != nil {
		e.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		e.t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, body, err)
	}
	return string(body)
}

// Advance moves the engine's clock on.
func (e *Engine) Advance(d time.Duration) {
	e.t.Helper()
	e.control(http.MethodPost, "/time?ms="+strconv.FormatInt(d.Milliseconds(), 10))
}

// Deploy deploys processes.
func (e *Engine) Deploy(processes ...Process) {
	e.t.Helper()
	var list []*pb.Resource
	for _, p := range processes {
		list = append(list, &pb.Resource{Name: p.ID + ".bpmn", Content: p.XML()})
	}
	e.DeployXML(list...)
}

// DeployXML deploys resources as they are.
func (e *Engine) DeployXML(list ...*pb.Resource) {
	e.t.Helper()
	if _, err := e.api.DeployResource(e.t.Context(), &pb.DeployResourceRequest{Resources: list, TenantId: tenant}); err != nil {
		e.t.Fatal(err)
	}
}

// Start begins an instance and gives its key.
func (e *Engine) Start(process string, variables map[string]any) int64 {
	e.t.Helper()
	res, err := e.api.CreateProcessInstance(e.t.Context(), e.instance(process, variables))
	if err != nil {
		e.t.Fatal(err)
	}
	return res.GetProcessInstanceKey()
}

func (e *Engine) instance(process string, variables map[string]any) *pb.CreateProcessInstanceRequest {
	e.t.Helper()
	if variables == nil {
		variables = map[string]any{}
	}
	raw, err := json.Marshal(variables)
	if err != nil {
		e.t.Fatal(err)
	}
	return &pb.CreateProcessInstanceRequest{BpmnProcessId: process, Version: -1, Variables: raw, TenantId: tenant}
}

// Run runs an instance to its end and gives its variables.
func (e *Engine) Run(process string, variables map[string]any, limit time.Duration) map[string]any {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), limit+5*time.Second)
	defer cancel()
	res, err := e.api.CreateProcessInstanceWithResult(ctx, &pb.CreateProcessInstanceWithResultRequest{
		Request: e.instance(process, variables), RequestTimeout: limit.Milliseconds(),
	})
	if err != nil {
		e.t.Fatalf("%s on %s: %v\n%s", process, e.Version, err, strings.Join(e.trouble(), "\n"))
	}
	var out map[string]any
	if err := json.Unmarshal(res.GetVariables(), &out); err != nil {
		e.t.Fatal(err)
	}
	return out
}

// Record is one of the engine's log.
type Record struct {
	Position  int64           `json:"position"`
	Key       int64           `json:"key"`
	ValueType string          `json:"valueType"`
	Intent    string          `json:"intent"`
	Value     json.RawMessage `json:"value"`
}

// Records gives the engine's records of some types, oldest first.
func (e *Engine) Records(types ...string) []Record {
	e.t.Helper()
	var out []Record
	lines := bufio.NewScanner(strings.NewReader(e.control(http.MethodGet, "/records?limit=200000&types="+strings.Join(types, ","))))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r Record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			e.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// Incident is an open incident.
type Incident struct {
	Key          int64  `json:"-"`
	JobKey       int64  `json:"jobKey"`
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
	ElementID    string `json:"elementId"`
}

// Incidents are those that were created and not resolved.
func (e *Engine) Incidents() []Incident {
	e.t.Helper()
	open := map[int64]Incident{}
	for _, r := range e.Records("INCIDENT") {
		var i Incident
		if err := json.Unmarshal(r.Value, &i); err != nil {
			e.t.Fatal(err)
		}
		i.Key = r.Key
		switch r.Intent {
		case "CREATED":
			open[r.Key] = i
		case "RESOLVED":
			delete(open, r.Key)
		}
	}
	var out []Incident
	for _, i := range open {
		out = append(out, i)
	}
	return out
}

func (e *Engine) trouble() []string {
	var out []string
	for _, i := range e.Incidents() {
		out = append(out, i.ElementID+": "+i.ErrorType+": "+i.ErrorMessage)
	}
	return out
}

// AwaitIncident waits for the first open incident.
func (e *Engine) AwaitIncident(limit time.Duration) Incident {
	e.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if open := e.Incidents(); len(open) > 0 {
			return open[0]
		}
	}
	e.t.Fatalf("no incident on %s within %s", e.Version, limit)
	return Incident{}
}

// Resolve gives a job retries and resolves its incident.
func (e *Engine) Resolve(i Incident, retries int32) {
	e.t.Helper()
	if i.JobKey > 0 {
		if _, err := e.api.UpdateJobRetries(e.t.Context(), &pb.UpdateJobRetriesRequest{JobKey: i.JobKey, Retries: retries}); err != nil {
			e.t.Fatal(err)
		}
	}
	if _, err := e.api.ResolveIncident(e.t.Context(), &pb.ResolveIncidentRequest{IncidentKey: i.Key}); err != nil {
		e.t.Fatal(err)
	}
}

// Ended waits until an instance has completed and tells by which end event.
func (e *Engine) Ended(instance int64, limit time.Duration) string {
	e.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if event, done := e.endOf(instance); done {
			return event
		}
	}
	e.t.Fatalf("instance %d has not ended on %s: %s", instance, e.Version, strings.Join(e.trouble(), "\n"))
	return ""
}

func (e *Engine) endOf(instance int64) (event string, done bool) {
	for _, c := range e.completed() {
		switch {
		case c.Instance != instance:
		case c.Type == "END_EVENT":
			event = c.Element
		case c.Type == "PROCESS":
			done = true
		}
	}
	return event, done
}

// element is one of an instance that has completed.
type element struct {
	Type     string `json:"bpmnElementType"`
	Element  string `json:"elementId"`
	Instance int64  `json:"processInstanceKey"`
}

func (e *Engine) completed() []element {
	e.t.Helper()
	var out []element
	for _, r := range e.Records("PROCESS_INSTANCE") {
		var v element
		if r.Intent == "ELEMENT_COMPLETED" && json.Unmarshal(r.Value, &v) == nil {
			out = append(out, v)
		}
	}
	return out
}

// JobIntents lists what happened to the jobs of a type, in order.
func (e *Engine) JobIntents(jobType string) []string {
	e.t.Helper()
	var out []string
	for _, r := range e.Records("JOB") {
		var v struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(r.Value, &v) == nil && v.Type == jobType {
			out = append(out, r.Intent)
		}
	}
	return out
}

// Variable is the last value of a variable of an instance, as JSON.
func (e *Engine) Variable(instance int64, name string) string {
	e.t.Helper()
	last := ""
	for _, r := range e.Records("VARIABLE") {
		var v struct {
			Name               string `json:"name"`
			Value              string `json:"value"`
			ProcessInstanceKey int64  `json:"processInstanceKey"`
		}
		if json.Unmarshal(r.Value, &v) == nil && v.ProcessInstanceKey == instance && v.Name == name {
			last = v.Value
		}
	}
	return last
}

// EndedOf tells which instances have completed, in one read of the log.
func (e *Engine) EndedOf(instances []int64) map[int64]bool {
	e.t.Helper()
	out := map[int64]bool{}
	for _, k := range instances {
		out[k] = false
	}
	for _, c := range e.completed() {
		if _, asked := out[c.Instance]; asked && c.Type == "PROCESS" {
			out[c.Instance] = true
		}
	}
	return out
}
