package run

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// State is how far a run is.
type State string

// States of a run. Unknown is a run whose process died in the middle of an
// effect that cannot be repeated safely.
const (
	Queued   State = "queued"
	Waiting  State = "waiting"
	Running  State = "running"
	Done     State = "done"
	Canceled State = "canceled"
	Unknown  State = "unknown"
)

// Ended tells whether nothing more will happen to the run.
func (s State) Ended() bool { return s == Done || s == Canceled || s == Unknown }

// ReturnData is the verdict of a run that has ended.
type ReturnData string

// The verdicts.
const (
	Successful          ReturnData = "Successful"
	PartiallySuccessful ReturnData = "Partially Successful"
	Failed              ReturnData = "Failed"
)

// Record is a run as callers see it; the first members are the contract.
type Record struct {
	RunID       string               `json:"runId" doc:"ID of the run."`
	ParentRunID *string              `json:"parentRunId" doc:"The run that this one belongs to, resumes or undoes."`
	State       State                `json:"state" enum:"queued,waiting,running,done,canceled,unknown" doc:"How far the run is."`
	ReturnData  *ReturnData          `json:"returnData" enum:"Successful,Partially Successful,Failed" doc:"The verdict; null until the run has ended."`
	RawData     any                  `json:"rawData" doc:"What the cloud's API answered."`
	KeyFields   map[string][]any     `json:"keyFields" doc:"Identifiers lifted out of the raw data, each a list."`
	Result      schema.Table         `json:"result" doc:"A short table for people."`
	OutputData  any                  `json:"outputData" doc:"What a later step usually needs: the key fields."`
	Items       []ItemView           `json:"items" doc:"State of each item of a multi-item command."`
	Plan        []connector.PlanStep `json:"plan" doc:"What the command would do; only after a dry run."`
	Error       *ErrorView           `json:"error" doc:"Why the run, or some of its items, failed."`

	Integration string          `json:"integration"`
	Command     string          `json:"command"`
	Connection  string          `json:"connection,omitempty"`
	DryRun      bool            `json:"dryRun,omitempty"`
	Origin      string          `json:"origin"`
	Actor       string          `json:"actor"`
	Input       json.RawMessage `json:"input,omitempty" doc:"The input, secrets redacted."`
	CreatedAt   time.Time       `json:"createdAt"`
	StartedAt   *time.Time      `json:"startedAt,omitempty"`
	EndedAt     *time.Time      `json:"endedAt,omitempty"`
	Progress    Progress        `json:"progress"`
	CanUndo     bool            `json:"canUndo,omitempty" doc:"The run kept what it changed: it can be undone."`
}

// ItemView is one item as callers see it.
type ItemView struct {
	Item       string              `json:"item"`
	State      connector.ItemState `json:"state" enum:"waiting,running,done,failed,skipped,canceled"`
	Message    string              `json:"message"`
	StatusCode int                 `json:"statusCode"`
	DurationMs float64             `json:"durationMs"`
	Bytes      int64               `json:"bytes"`
}

// ErrorView is the Error tab.
type ErrorView struct {
	FailureIndicator string          `json:"failureIndicator"`
	StatusCode       int             `json:"statusCode"`
	Message          string          `json:"message"`
	Kind             connector.Kind  `json:"kind"`
	Fix              string          `json:"fix,omitempty"`
	Items            []ErrorItemView `json:"items"`
	// Cause is the first failure as the command gave it, for callers in the same
	// process that tell failures apart by more than words (errors.As). Nothing in
	// it is redacted; a stored run has none.
	Cause *connector.Error `json:"-"`
}

// ErrorItemView is one failing item, or one bad field of the input.
type ErrorItemView struct {
	Item       string `json:"item"`
	Operation  string `json:"operation"`
	Code       string `json:"code"`
	StatusCode int    `json:"statusCode"`
	Message    string `json:"message"`
	RequestID  string `json:"requestId"`
	Field      string `json:"field,omitempty" doc:"JSON pointer into the input."`
	Fix        string `json:"fix,omitempty" doc:"What to do next."`
}

// Line is the error in one line for people.
func (e *ErrorView) Line() string {
	return e.FailureIndicator + " Status Code: " + strconv.Itoa(e.StatusCode) + ". Message: " + e.Message
}

// Progress is how far the items of a run are. Rate is bytes a second over the
// last seconds; RemainingMs is an estimate, 0 when unknown.
type Progress struct {
	ItemsTotal  int     `json:"itemsTotal"`
	ItemsDone   int     `json:"itemsDone"`
	ItemsFailed int     `json:"itemsFailed"`
	BytesTotal  int64   `json:"bytesTotal"`
	Bytes       int64   `json:"bytes"`
	Rate        float64 `json:"rate"`
	RemainingMs int64   `json:"remainingMs"`
}

// Event is one message of a watched run.
type Event struct {
	Type     string    `json:"type" enum:"begun,progress,item,end"`
	Progress *Progress `json:"progress,omitempty"`
	Item     *ItemView `json:"item,omitempty"`
	Run      *Record   `json:"run,omitempty"`
}

// OriginWorker is the origin of runs that a process engine's jobs ask for. The
// engine has its own record of a job, and gives it out anew if it never hears.
const OriginWorker = "worker"

// Request asks for a run.
type Request struct {
	Integration string
	Command     string
	// Connection is a name or an ID; empty where exactly one fits or none is needed.
	Connection string
	// Inline are settings, secrets included, that are used once and not stored.
	Inline         json.RawMessage
	Input          json.RawMessage
	DryRun         bool
	Timeout        time.Duration // 0: the service's default
	Origin         string        // api, cli, worker, schedule, playbook, demo
	ExternalRef    string
	IdempotencyKey string
	// Documents are given to the command; nil where there are none.
	Documents connector.Documents
	// Secrets are values within the input that its declaration does not know to
	// be secret. Like those it knows they are kept out of the record.
	Secrets []connector.Secret
	// Parent is the run that this one belongs to or resumes; set by this package.
	Parent string
	undo   []connector.UndoStep
	async  bool // its caller is told of it before it has ended
	within bool // a child of a run that goes on
}
