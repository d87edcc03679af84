package gateway

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// object writes a JSON object whose larger members are JSON already, which is
// neither read nor copied more than once.
type object struct{ buf []byte }

func (o *object) name(name string) {
	if len(o.buf) == 0 {
		o.buf = append(o.buf, '{')
	} else {
		o.buf = append(o.buf, ',')
	}
	o.buf = strconv.AppendQuote(o.buf, name)
	o.buf = append(o.buf, ':')
}

// raw adds what is JSON already; nothing adds nothing.
func (o *object) raw(name string, v json.RawMessage) {
	if len(v) == 0 {
		return
	}
	o.name(name)
	o.buf = append(o.buf, validBytes(v)...)
}

func (o *object) text(name, v string) {
	quoted, err := json.Marshal(v)
	if err != nil { // a string always can be written
		return
	}
	o.name(name)
	o.buf = append(o.buf, quoted...)
}

func (o *object) number(name string, v int64) {
	o.name(name)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

func (o *object) bytes() []byte {
	if len(o.buf) == 0 {
		return []byte("{}")
	}
	return append(o.buf, '}')
}

// integer is a number that old clusters write as one and newer ones as text.
type integer int64

// UnmarshalJSON reads both; null and an empty text are 0.
func (i *integer) UnmarshalJSON(b []byte) error {
	if len(b) > 1 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	if len(b) == 0 || bytes.Equal(b, []byte("null")) {
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	*i = integer(n)
	return err
}

// activated is a job as the API of any version writes it.
type activated struct {
	Key                      integer         `json:"key"`    // 8.6
	JobKey                   integer         `json:"jobKey"` // newer
	Type                     string          `json:"type"`
	ProcessInstanceKey       integer         `json:"processInstanceKey"`
	BPMNProcessID            string          `json:"bpmnProcessId"` // 8.6
	ProcessDefinitionID      string          `json:"processDefinitionId"`
	ProcessDefinitionVersion integer         `json:"processDefinitionVersion"`
	ProcessDefinitionKey     integer         `json:"processDefinitionKey"`
	ElementID                string          `json:"elementId"`
	ElementInstanceKey       integer         `json:"elementInstanceKey"`
	CustomHeaders            json.RawMessage `json:"customHeaders"`
	Worker                   string          `json:"worker"`
	Retries                  integer         `json:"retries"`
	Deadline                 integer         `json:"deadline"`
	Variables                json.RawMessage `json:"variables"`
	TenantID                 string          `json:"tenantId"`
	LeaseToken               string          `json:"leaseToken"`
}

func decodeJobs(operation string, raw []byte) ([]job.Job, error) {
	var answer struct {
		Jobs []activated `json:"jobs"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, unreadable(operation, err)
	}
	var jobs []job.Job
	for _, a := range answer.Jobs {
		jobs = append(jobs, a.job())
	}
	return jobs, nil
}

func (a activated) job() job.Job {
	j := job.Job{
		Key: int64(a.JobKey), Type: a.Type,
		ProcessInstanceKey: int64(a.ProcessInstanceKey), BPMNProcessID: a.ProcessDefinitionID,
		ProcessDefinitionVersion: int32(a.ProcessDefinitionVersion), ProcessDefinitionKey: int64(a.ProcessDefinitionKey),
		ElementID: a.ElementID, ElementInstanceKey: int64(a.ElementInstanceKey),
		CustomHeaders: present(a.CustomHeaders), Variables: present(a.Variables),
		Worker: a.Worker, Retries: int32(a.Retries), Deadline: int64(a.Deadline),
		TenantID: a.TenantID, LeaseToken: a.LeaseToken,
	}
	if j.Key == 0 {
		j.Key = int64(a.Key)
	}
	if j.BPMNProcessID == "" {
		j.BPMNProcessID = a.BPMNProcessID
	}
	return j
}

// present makes nothing of null.
func present(v json.RawMessage) json.RawMessage {
	if bytes.Equal(v, []byte("null")) {
		return nil
	}
	return v
}

// unreadable is an answer that is not what the API gives. It does not quote it.
func unreadable(operation string, err error) *Error {
	e := newError(operation, CodeInternal, "The answer cannot be read.")
	e.Fix = "Check that CAMUNDA_CLIENT_RESTADDRESS is the address of the Orchestration Cluster REST API."
	e.Err = err
	return e
}
