// Package view is what people see of a worker.
package view

import (
	"encoding/json"
	"time"
)

// State is a worker as it is now.
type State struct {
	Enabled   bool      `json:"enabled" doc:"Whether this process has a worker; without one the rest is empty."`
	State     string    `json:"state" enum:"off,running,draining,stopped" doc:"How far the worker is."`
	Compat    string    `json:"compat,omitempty" doc:"The version of Camunda's connector runtime that it behaves as."`
	Cluster   Cluster   `json:"cluster" doc:"The cluster, as it was seen last."`
	MaxJobs   int       `json:"maxJobs" doc:"How many jobs may be in the works at a time."`
	Active    int       `json:"active" doc:"Jobs that are in the works."`
	Waiting   int       `json:"waiting" doc:"Job types that wait for a place."`
	Activated int64     `json:"activated" doc:"Jobs that were begun."`
	Completed int64     `json:"completed" doc:"Jobs that were completed."`
	Failed    int64     `json:"failed" doc:"Jobs that failed, with or without retries left."`
	Thrown    int64     `json:"thrown" doc:"Jobs that ended with a BPMN error."`
	Rate      float64   `json:"rate" doc:"Ended jobs a second, over the last minute."`
	Types     []Type    `json:"types" doc:"Each job type that is taken."`
	Failures  []Failure `json:"failures" doc:"The last failures, the newest first."`
}

// Off is a process without a worker.
func Off() State { return State{State: "off", Types: []Type{}, Failures: []Failure{}} }

// Cluster is what is known of the cluster.
type Cluster struct {
	GRPC      string `json:"grpc,omitempty" doc:"The gRPC address that is used."`
	REST      string `json:"rest,omitempty" doc:"The address of the REST API that is used."`
	Transport string `json:"transport,omitempty" enum:"grpc,rest" doc:"How jobs come and their ends are told."`
	Auth      string `json:"auth,omitempty" enum:"none,basic,oauth" doc:"How calls prove who makes them."`

	Connected  bool       `json:"connected" doc:"Whether it answered when it was last asked."`
	Healthy    bool       `json:"healthy" doc:"Whether one of its partitions at least has a healthy broker."`
	Version    string     `json:"version,omitempty" doc:"The gateway's version."`
	Brokers    int        `json:"brokers" doc:"How many brokers it has."`
	Partitions int        `json:"partitions" doc:"How many partitions it has."`
	CheckedAt  *time.Time `json:"checkedAt,omitempty" doc:"When it was last asked."`
	Problem    string     `json:"problem,omitempty" doc:"Why it did not answer."`
	Fix        string     `json:"fix,omitempty" doc:"What to do when no jobs can come."`
}

// Ready tells whether jobs can come.
func (c Cluster) Ready() bool { return c.Connected && c.Brokers > 0 && c.Healthy }

// Type is one job type.
type Type struct {
	Type      string `json:"type" doc:"The job type."`
	Name      string `json:"name" doc:"The connector's name."`
	Transport string `json:"transport" enum:"stream,connecting,poll" doc:"How its jobs come now."`

	Active    int     `json:"active" doc:"Jobs that are in the works."`
	Delivered int64   `json:"delivered" doc:"Jobs that the cluster handed over."`
	Activated int64   `json:"activated" doc:"Jobs that were begun."`
	Completed int64   `json:"completed"`
	Failed    int64   `json:"failed"`
	Thrown    int64   `json:"thrown" doc:"Jobs that ended with a BPMN error."`
	Rate      float64 `json:"rate" doc:"Ended jobs a second, over the last minute."`

	AverageMs float64 `json:"averageMs,omitempty" doc:"Milliseconds that a job takes on average, since the process began."`
	LastMs    float64 `json:"lastMs,omitempty" doc:"Milliseconds that the last job took."`

	Duplicates int64 `json:"duplicates" doc:"Deliveries of a job that was in the works, or whose end was known."`
	Gone       int64 `json:"gone" doc:"Jobs that were no longer ours when their end was told, or before they were begun."`
	Unheard    int64 `json:"unheard" doc:"Ends that the cluster did not hear of in time; they are told when the job comes back."`
	Reconnects int64 `json:"reconnects" doc:"Times that the stream was opened again."`

	LastActivated *time.Time `json:"lastActivated,omitempty"`
	LastEnded     *time.Time `json:"lastEnded,omitempty"`
	LastCompleted *time.Time `json:"lastCompleted,omitempty"`
	LastFailed    *time.Time `json:"lastFailed,omitempty" doc:"When one failed, or ended with a BPMN error."`
	LastPoll      *time.Time `json:"lastPoll,omitempty"`
	LastProblem   string     `json:"lastProblem,omitempty" doc:"The last problem with the cluster."`
	LastProblemAt *time.Time `json:"lastProblemAt,omitempty"`
}

// Failure is one job that did not succeed.
type Failure struct {
	At                 time.Time       `json:"at"`
	JobKey             string          `json:"jobKey"`
	Type               string          `json:"type"`
	Outcome            string          `json:"outcome" enum:"fail,throw" doc:"Whether the job failed or ended with a BPMN error."`
	Message            string          `json:"message" doc:"Why, without secrets."`
	ErrorCode          string          `json:"errorCode,omitempty" doc:"Of a BPMN error."`
	Retries            int32           `json:"retries" doc:"Retries that were left."`
	ProcessID          string          `json:"processId"`
	ElementID          string          `json:"elementId"`
	ProcessInstanceKey string          `json:"processInstanceKey"`
	TenantID           string          `json:"tenantId,omitempty"`
	Input              json.RawMessage `json:"input,omitempty" doc:"The job's variables, without secrets; cut when they are long."`
}
