package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// CanStream tells that REST has no streams.
func (t *restTransport) CanStream() bool { return false }

// Stream implements Jobs: it always fails.
func (t *restTransport) Stream(context.Context, Activation, func(), func(job.Job)) error {
	return newError("StreamActivatedJobs", CodeUnimplemented, "The REST API has no streams of jobs.")
}

type activationRequest struct {
	Type      string   `json:"type"`
	Worker    string   `json:"worker,omitempty"`
	Timeout   int64    `json:"timeout"`
	Max       int32    `json:"maxJobsToActivate"`
	Fetch     []string `json:"fetchVariable,omitempty"`
	Wait      int64    `json:"requestTimeout"`
	Tenants   []string `json:"tenantIds"`
	WithLease bool     `json:"withLease,omitempty"`
}

// Poll implements Jobs.
func (t *restTransport) Poll(ctx context.Context, a Activation) ([]job.Job, error) {
	const operation = "ActivateJobs"
	body, err := json.Marshal(activationRequest{
		Type: a.Type, Worker: a.Worker, Timeout: a.Timeout.Milliseconds(), Max: clamp(a.MaxJobs), Fetch: a.Fetch,
		Wait: a.wait(), Tenants: a.tenants(t.tenants), WithLease: a.WithLease,
	})
	if err != nil {
		return nil, newError(operation, CodeInvalidArgument, "The request cannot be written: "+err.Error()+".")
	}
	raw, err := t.do(ctx, t.polls, call{operation: operation, method: http.MethodPost, path: "/jobs/activation", body: body, timeout: a.deadline()})
	if err != nil {
		return nil, err
	}
	return decodeJobs(operation, raw)
}

// Complete implements Jobs.
func (t *restTransport) Complete(ctx context.Context, j job.Job, variables json.RawMessage) error {
	var b object
	b.raw("variables", variables)
	return t.command(ctx, "CompleteJob", j, http.MethodPost, "/completion", &b)
}

// Fail implements Jobs. The number of retries is always said: left out, it would
// be none.
func (t *restTransport) Fail(ctx context.Context, j job.Job, f Failure) error {
	var b object
	b.number("retries", int64(f.Retries))
	b.text("errorMessage", f.Message)
	b.number("retryBackOff", f.Backoff.Milliseconds())
	b.raw("variables", f.Variables)
	return t.command(ctx, "FailJob", j, http.MethodPost, "/failure", &b)
}

// Throw implements Jobs.
func (t *restTransport) Throw(ctx context.Context, j job.Job, th Thrown) error {
	var b object
	b.text("errorCode", th.Code)
	b.text("errorMessage", th.Message)
	b.raw("variables", th.Variables)
	return t.command(ctx, "ThrowError", j, http.MethodPost, "/error", &b)
}

// Extend implements Jobs.
func (t *restTransport) Extend(ctx context.Context, j job.Job, timeout time.Duration) error {
	var b object
	b.raw("changeset", json.RawMessage(`{"timeout":`+strconv.FormatInt(timeout.Milliseconds(), 10)+`}`))
	return t.command(ctx, "UpdateJobTimeout", j, http.MethodPatch, "", &b)
}

func (t *restTransport) command(ctx context.Context, operation string, j job.Job, method, path string, b *object) error {
	if j.LeaseToken != "" {
		b.text("leaseToken", j.LeaseToken)
	}
	_, err := t.do(ctx, t.calls, call{
		operation: operation, method: method, path: "/jobs/" + strconv.FormatInt(j.Key, 10) + path, body: b.bytes(), timeout: t.timeout,
	})
	return err
}

// Topology implements Jobs.
func (t *restTransport) Topology(ctx context.Context) (Topology, error) {
	const operation = "Topology"
	raw, err := t.do(ctx, t.calls, call{operation: operation, method: http.MethodGet, path: "/topology", timeout: t.timeout})
	if err != nil {
		return Topology{}, err
	}
	var answer struct {
		Version    string `json:"gatewayVersion"`
		Partitions int    `json:"partitionsCount"`
		Brokers    []struct {
			Partitions []struct {
				Health string `json:"health"`
			} `json:"partitions"`
		} `json:"brokers"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return Topology{}, unreadable(operation, err)
	}
	top := Topology{Version: answer.Version, Brokers: len(answer.Brokers), PartitionCount: answer.Partitions}
	for _, b := range answer.Brokers {
		for _, p := range b.Partitions {
			top.AnyHealthy = top.AnyHealthy || strings.EqualFold(p.Health, "healthy")
		}
	}
	return top, nil
}

// ProcessXML implements Definitions. Clusters without a secondary storage refuse
// it.
func (t *restTransport) ProcessXML(ctx context.Context, definitionKey int64) ([]byte, error) {
	return t.do(ctx, t.calls, call{
		operation: "GetProcessDefinitionXML", method: http.MethodGet, accept: "text/xml",
		path: "/process-definitions/" + strconv.FormatInt(definitionKey, 10) + "/xml", timeout: t.timeout,
	})
}
