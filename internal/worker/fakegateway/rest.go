package fakegateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// REST is the interface of the newer versions: keys are strings of digits,
// errors are problem+json.
func (e *Engine) REST() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/jobs/activation", e.restActivate)
	for path, kind := range map[string]string{"completion": KindComplete, "failure": KindFail, "error": KindThrow} {
		mux.HandleFunc("POST /v2/jobs/{key}/"+path, func(w http.ResponseWriter, r *http.Request) { e.restCommand(w, r, kind) })
	}
	mux.HandleFunc("PATCH /v2/jobs/{key}", e.restUpdate)
	mux.HandleFunc("GET /v2/topology", e.restTopology)
	mux.HandleFunc("GET /v2/status", func(w http.ResponseWriter, _ *http.Request) {
		if e.available() != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /v2/license", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"validLicense": false, "licenseType": "unknown", "isCommercial": false, "expiresAt": nil})
	})
	mux.HandleFunc("GET /v2/process-definitions/{key}/xml", e.restXML)
	mux.HandleFunc("POST /v2/documents", e.restAddDocument)
	mux.HandleFunc("GET /v2/documents/{id}", e.restDocument)
	mux.HandleFunc("DELETE /v2/documents/{id}", e.restDeleteDocument)
	mux.HandleFunc("POST /v2/documents/{id}/links", func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusBadRequest, "INVALID_ARGUMENT", "The in-memory document store does not support creating links")
	})
	return mux
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone away needs no answer
}

// problem answers as clusters do.
func problem(w http.ResponseWriter, status int, title, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": title, "status": status, "detail": detail})
}

func refuse(w http.ResponseWriter, err error) {
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		r = &Refusal{"INTERNAL", err.Error()}
	}
	status := map[string]int{
		"NOT_FOUND": http.StatusNotFound, "FAILED_PRECONDITION": http.StatusConflict, "INVALID_ARGUMENT": http.StatusBadRequest, "RESOURCE_EXHAUSTED": http.StatusTooManyRequests,
		"UNAVAILABLE": http.StatusServiceUnavailable, "DEADLINE_EXCEEDED": http.StatusGatewayTimeout, "PERMISSION_DENIED": http.StatusForbidden,
	}[r.Code]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	title := r.Code
	if title == "FAILED_PRECONDITION" {
		title = "INVALID_STATE"
	}
	problem(w, status, title, r.Message)
}

// accept reads a JSON body; it answers when there is none.
func accept(w http.ResponseWriter, r *http.Request, v any) bool {
	const most = 30 << 20
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, most)).Decode(v); err != nil {
		problem(w, http.StatusBadRequest, "Bad Request", "Request property cannot be parsed: "+err.Error())
		return false
	}
	return true
}

type restActivation struct {
	Type           string   `json:"type"`
	Worker         string   `json:"worker"`
	Timeout        int64    `json:"timeout"`
	MaxJobs        int      `json:"maxJobsToActivate"`
	FetchVariable  []string `json:"fetchVariable"`
	RequestTimeout int64    `json:"requestTimeout"`
	TenantIDs      []string `json:"tenantIds"`
	WithLease      bool     `json:"withLease"`
}

func (e *Engine) restActivate(w http.ResponseWriter, r *http.Request) {
	var b restActivation
	if !accept(w, r, &b) {
		return
	}
	if b.Type == "" || b.Timeout <= 0 || b.MaxJobs <= 0 {
		problem(w, http.StatusBadRequest, "INVALID_ARGUMENT", "No type, timeout or maxJobsToActivate provided.")
		return
	}
	patience := millis(b.RequestTimeout)
	if patience == 0 {
		patience = serverLongPoll
	}
	got, err := e.poll(r.Context(), request{b.Type, b.Worker, millis(b.Timeout), b.FetchVariable, tenantsOr(b.TenantIDs), b.WithLease}, b.MaxJobs, patience)
	if err != nil {
		refuse(w, err)
		return
	}
	jobs := []map[string]any{}
	for _, a := range got {
		jobs = append(jobs, restJob(a))
	}
	answer(w, http.StatusOK, map[string]any{"jobs": jobs})
}

func restJob(a activation) map[string]any {
	j, digits := a.job, func(n int64) string { return strconv.FormatInt(n, 10) }
	m := map[string]any{
		"jobKey": digits(j.Key), "type": j.Type, "processInstanceKey": digits(j.ProcessInstanceKey), "processDefinitionId": j.BPMNProcessID,
		"processDefinitionVersion": j.ProcessDefinitionVersion, "processDefinitionKey": digits(j.ProcessDefinitionKey), "elementId": j.ElementID,
		"elementInstanceKey": digits(j.ElementInstanceKey), "customHeaders": json.RawMessage(orObject(j.CustomHeaders)), "worker": j.Worker,
		"retries": j.Retries, "deadline": j.Deadline, "variables": j.Variables, "tenantId": j.TenantID,
		"kind": "BPMN_ELEMENT", "listenerEventType": "UNSPECIFIED", "userTask": nil, "tags": []string{}, "rootProcessInstanceKey": digits(j.ProcessInstanceKey), "priority": 0,
	}
	if j.LeaseToken != "" {
		m["leaseToken"] = j.LeaseToken
	}
	return m
}

func keyOf(w http.ResponseWriter, r *http.Request) (int64, bool) {
	key, err := strconv.ParseInt(r.PathValue("key"), 10, 64)
	if err != nil {
		problem(w, http.StatusBadRequest, "Bad Request", "Failed to convert 'key' with value: '"+r.PathValue("key")+"'")
	}
	return key, err == nil
}

type restEnd struct {
	Variables    json.RawMessage `json:"variables"`
	Retries      int32           `json:"retries"`
	ErrorMessage string          `json:"errorMessage"`
	RetryBackOff int64           `json:"retryBackOff"`
	ErrorCode    string          `json:"errorCode"`
	LeaseToken   string          `json:"leaseToken"`
}

func (e *Engine) restCommand(w http.ResponseWriter, r *http.Request, kind string) {
	key, ok := keyOf(w, r)
	var b restEnd
	if !ok || !accept(w, r, &b) {
		return
	}
	if kind == KindThrow && b.ErrorCode == "" {
		problem(w, http.StatusBadRequest, "INVALID_ARGUMENT", "No errorCode provided.")
		return
	}
	if string(b.Variables) == "null" {
		b.Variables = nil
	}
	e.reply(w, Command{
		Kind: kind, Key: key, Variables: b.Variables, Retries: b.Retries, Backoff: millis(b.RetryBackOff), ErrorCode: b.ErrorCode, ErrorMessage: b.ErrorMessage, Lease: b.LeaseToken,
	})
}

func (e *Engine) reply(w http.ResponseWriter, c Command) {
	if err := e.command(c); err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (e *Engine) restUpdate(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Changeset struct {
			Retries *int32 `json:"retries"`
			Timeout *int64 `json:"timeout"`
		} `json:"changeset"`
		LeaseToken string `json:"leaseToken"`
	}
	key, ok := keyOf(w, r)
	if !ok || !accept(w, r, &b) {
		return
	}
	switch c := b.Changeset; {
	case c.Timeout != nil:
		e.reply(w, Command{Kind: KindTimeout, Key: key, Timeout: time.Duration(*c.Timeout) * time.Millisecond, Lease: b.LeaseToken})
	case c.Retries != nil:
		e.reply(w, Command{Kind: KindRetries, Key: key, Retries: *c.Retries, Lease: b.LeaseToken})
	default:
		problem(w, http.StatusBadRequest, "INVALID_ARGUMENT", "At least one of [retries, timeout] is required.")
	}
}

func (e *Engine) restTopology(w http.ResponseWriter, _ *http.Request) {
	if err := e.available(); err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"brokers": []map[string]any{{
			"nodeId": 0, "host": "127.0.0.1", "port": 26501, "version": Version,
			"partitions": []map[string]any{{"partitionId": 1, "role": "leader", "health": "healthy"}},
		}},
		"clusterSize": 1, "partitionsCount": 1, "replicationFactor": 1, "gatewayVersion": Version, "lastCompletedChangeId": "-1",
	})
}

func (e *Engine) restXML(w http.ResponseWriter, r *http.Request) {
	key, ok := keyOf(w, r)
	if !ok {
		return
	}
	e.mu.Lock()
	xml, found := e.models[key]
	e.mu.Unlock()
	if !found {
		problem(w, http.StatusNotFound, "NOT_FOUND", "Process Definition with key '"+r.PathValue("key")+"' not found")
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = w.Write(xml)
}
