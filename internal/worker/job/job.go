// Package job is the vocabulary of a worker: the jobs it is given, what is done
// with one, and how that ends.
package job

import (
	"encoding/json"
	"time"
)

// Job is one activated job of a Camunda 8 cluster.
type Job struct {
	Key                      int64
	Type                     string
	ProcessInstanceKey       int64
	BPMNProcessID            string
	ProcessDefinitionVersion int32
	ProcessDefinitionKey     int64
	ElementID                string
	ElementInstanceKey       int64
	CustomHeaders            json.RawMessage // as the engine sent them; empty when there were none
	Variables                json.RawMessage // as the engine sent them
	Worker                   string
	Retries                  int32
	Deadline                 int64 // milliseconds of the engine's clock, which is not ours
	TenantID                 string
	LeaseToken               string // of engines from 8.10 on; empty otherwise
}

// Kind is what a worker tells the engine about a job.
type Kind string

// The kinds. None leaves the job to its timeout.
const (
	Complete Kind = "complete"
	Fail     Kind = "fail"
	Throw    Kind = "throw"
	None     Kind = "none"
)

// Outcome ends a job. Variables is a JSON object, or empty for none.
type Outcome struct {
	Kind         Kind
	Variables    json.RawMessage
	Retries      int32         // of Fail: what is left
	RetryBackoff time.Duration // of Fail; sent as it is, in whole milliseconds, a negative one too
	ErrorCode    string        // of Throw
	ErrorMessage string        // of Fail and Throw
	// Failure tells people why, redacted; empty when the job was completed.
	Failure string
}
