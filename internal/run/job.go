package run

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/redact"
	"github.com/fairlead-io/fairlead/internal/store"
)

var (
	errCanceled = errors.New("canceled by the caller")
	errShutdown = errors.New("the server is shutting down")
)

// job is one run in the making. Fields above row are set before it begins;
// out is written once, under the recorder's lock.
type job struct {
	svc        *Service
	actor      authz.Actor
	req        Request
	integ      *connector.Integration
	cmd        *connector.Command
	conn       *store.Connection // nil for inline settings and where none is needed
	inline     map[string]any
	input      map[string]any
	batch      *batch          // one run per element of an array given to a scalar parameter
	raw        json.RawMessage // canonical input, secrets included; never stored as it is
	red        *redact.Redactor
	rec        *recorder
	row        *store.Run
	ctx        context.Context
	cancel     context.CancelCauseFunc
	ended      chan struct{}
	turn       *turn
	pending    *announcement // of a run whose beginning may be recorded with its end
	gate       *gate         // nil where nothing has to wait for the intent
	unrecorded error         // why nothing is known of the run; set by conclude
	span       *obs.RunSpan
	saved      bool // undo steps were kept; under the recorder's lock
	out        outcome
}

// outcome is what the caller sees of the end.
type outcome struct {
	state   State
	verdict *ReturnData
	body    output
	err     *ErrorView
	sealed  []byte
}

// output is the stored part of a record. RawData is exact for the caller and
// redacted in the store.
type output struct {
	RawData   json.RawMessage      `json:"rawData"`
	KeyFields map[string][]any     `json:"keyFields"`
	Result    schema.Table         `json:"result"`
	Plan      []connector.PlanStep `json:"plan,omitempty"`
	// Omitted says that the raw data was too large to be stored.
	Omitted bool `json:"omitted,omitempty"`
}

func newJob(s *Service, actor authz.Actor, req Request, integ *connector.Integration, cmd *connector.Command) *job {
	now := s.Now()
	j := &job{svc: s, actor: actor, req: req, integ: integ, cmd: cmd, ended: make(chan struct{}), out: outcome{state: Running}}
	j.ctx, j.cancel = context.WithCancelCause(context.Background())
	j.row = &store.Run{
		ID: store.NewID(), Tenant: actor.Tenant, Integration: integ.ID, Command: cmd.ID,
		Origin: req.Origin, Actor: actor.ID, ActorName: actor.Name, DryRun: req.DryRun,
		CreatedAt: store.Micros(now), State: string(Running), NodeID: s.NodeID,
	}
	if req.IdempotencyKey != "" {
		j.row.IdempotencyKey, j.row.RequestHash = &req.IdempotencyKey, requestHash(req)
	}
	if req.Parent != "" {
		j.row.ParentID = &req.Parent
	}
	if req.ExternalRef != "" {
		j.row.ExternalRef = &req.ExternalRef
	}
	j.rec = newRecorder(s, j)
	return j
}

// prepareRow fills what depends on the connection and the input. Secrets are
// decrypted here only to keep them out of the record.
func (s *Service) prepareRow(ctx context.Context, j *job) error {
	if j.conn != nil {
		j.row.ConnectionID, j.row.ConnectionName = &j.conn.ID, j.conn.Name
	}
	j.row.Inline = len(j.req.Inline) > 0
	secrets := j.cmd.In.SecretTexts(j.input)
	if j.inline != nil {
		secrets = append(secrets, j.integ.Connection.Settings.SecretTexts(j.inline)...)
	}
	for _, secret := range j.req.Secrets {
		secrets = append(secrets, secret.Reveal())
	}
	var err error
	if j.red, err = s.sessions.redactor(ctx, j.conn, secrets); err != nil {
		return err
	}
	shown, err := json.Marshal(hideSecrets(j.cmd.In, j.input))
	if err != nil {
		return err
	}
	j.row.InputRedacted = j.red.Bytes(shown)
	j.row.InputSealed, err = s.Sealer.Seal(ctx, j.row.Tenant, runAD(j.row, "input"), j.raw)
	return err
}

func runAD(r *store.Run, field string) keys.AD {
	return keys.AD{Tenant: r.Tenant, Kind: "run", Owner: r.ID, Field: field, SchemaVersion: 1}
}

func hideSecrets(t *schema.Type, in map[string]any) map[string]any {
	out := make(map[string]any, len(in))
	for k, v := range in {
		if f, ok := t.Field(k); ok && f.HasSecrets() && v != nil && v != "" {
			v = connector.Redacted
		}
		out[k] = v
	}
	return out
}

func (j *job) auditRun(at time.Time) audit.Run {
	r := audit.Run{
		Tenant: j.row.Tenant, At: store.Micros(at), RunID: j.row.ID, Actor: j.row.Actor, ActorName: j.row.ActorName, Origin: j.row.Origin,
		Integration: j.row.Integration, Command: j.row.Command, Connection: j.row.ConnectionName, Effects: j.cmd.Effect.Names(), DryRun: j.row.DryRun,
	}
	if j.row.ConnectionID != nil {
		r.ConnectionID = *j.row.ConnectionID
	}
	if j.row.ParentID != nil {
		r.ParentRunID = *j.row.ParentID
	}
	return r
}

func (j *job) connName() string {
	if j.conn == nil {
		return ""
	}
	return j.conn.Name
}

// readsOnly tells whether the run changes nothing in the cloud.
func (j *job) readsOnly() bool {
	return !j.cmd.Effect.Has(connector.Write) && !j.cmd.Effect.Has(connector.Delete)
}
