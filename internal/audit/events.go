package audit

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Kinds of entries. They are stored and exported, so a kind is never renamed.
const (
	KindRunIntent  = "run.intent"  // written before a run's effect
	KindRunOutcome = "run.outcome" // written after it
	KindRunRefused = "run.refused" // the run was not allowed or its input was not valid
	KindRunUnknown = "run.unknown" // the process ended between intent and outcome
	KindRunCancel  = "run.cancel"  // somebody asked to cancel
	KindRunDeleted = "run.deleted"
	KindRunCleared = "run.cleared" // its items, undo steps and sealed input were deleted; the rest stays
	KindRevealed   = "secret.revealed"

	KindConnectionCreated = "connection.created"
	KindConnectionUpdated = "connection.updated"
	KindConnectionDeleted = "connection.deleted"

	KindTokenCreated = "token.created"
	KindTokenRevoked = "token.revoked"

	KindSecretCreated = "secret.created"
	KindSecretUpdated = "secret.updated" // given another value
	KindSecretDeleted = "secret.deleted"

	KindFileCreated = "file.created"
	KindFileDeleted = "file.deleted"
	KindFileExpired = "file.expired"
	KindFilePurged  = "file.purged" // by the rules of retention

	KindSettingChanged = "setting.changed"
	KindKeyCreated     = "key.created"
	KindKeyRotated     = "key.rotated"
	KindAccessDenied   = "access.denied"
	KindBackupTaken    = "backup.taken"
	KindAuditExported  = "audit.exported"

	KindSignedIn  = "session.began" // a browser signed in
	KindSignedOut = "session.ended"
)

// Run holds what the entries about a run have in common. Nothing in it may hold a secret: the caller redacts first.
type Run struct {
	Tenant       string
	At           int64 // UTC microseconds
	RunID        string
	ParentRunID  string
	Actor        string // identity id
	ActorName    string
	Origin       string // api, cli, worker, schedule, playbook
	Integration  string
	Command      string
	ConnectionID string
	Connection   string // connection name, or empty for inline settings
	Effects      []string
	DryRun       bool
}

// Intent records that a run is about to act. input is the redacted input as JSON.
func Intent(r Run, input json.RawMessage) (Entry, error) {
	var body object
	if err := body.json("input", input); err != nil {
		return Entry{}, r.badInput(KindRunIntent, err)
	}
	return r.entry(KindRunIntent, &body), nil
}

// OutcomeInfo is how a run ended.
type OutcomeInfo struct {
	State       string // done, canceled, unknown
	ReturnData  string // Successful, Partially Successful, Failed; empty if unknown
	StatusCode  int
	ErrorKind   string
	Message     string // redacted
	ItemsTotal  int64
	ItemsDone   int64
	ItemsFailed int64
	Bytes       int64
	Micros      int64 // duration
}

// Outcome records how a run ended. Its kind is run.unknown if the state is unknown.
func Outcome(r Run, o OutcomeInfo) (Entry, error) {
	kind := KindRunOutcome
	if o.State == "unknown" {
		kind = KindRunUnknown
	}
	var body object
	body.text("state", o.State)
	body.text("returnData", o.ReturnData)
	body.number("statusCode", int64(o.StatusCode))
	body.text("errorKind", o.ErrorKind)
	body.text("message", o.Message)
	body.number("itemsTotal", o.ItemsTotal)
	body.number("itemsDone", o.ItemsDone)
	body.number("itemsFailed", o.ItemsFailed)
	body.number("bytes", o.Bytes)
	body.number("durationMicros", o.Micros)
	return r.entry(kind, &body), nil
}

// Refusal records that a run was refused before it acted. reason is a kind such as Denied or Invalid, message says why
// and is redacted, input is the redacted input as JSON.
func Refusal(r Run, reason, message string, input json.RawMessage) (Entry, error) {
	var body object
	body.text("reason", reason)
	body.text("message", message)
	if err := body.json("input", input); err != nil {
		return Entry{}, r.badInput(KindRunRefused, err)
	}
	return r.entry(KindRunRefused, &body), nil
}

// AdminEvent is a change to something other than a run: a connection, token, file, setting or key.
type AdminEvent struct {
	Tenant  string
	At      int64 // UTC microseconds
	Kind    string
	Actor   string // identity id
	Subject string // id of the thing changed
	Detail  any    // marshalled to JSON; redacted by the caller
}

// Admin records a change to something other than a run.
func Admin(ev AdminEvent) (Entry, error) {
	body, err := Canonical(ev.Detail)
	if err != nil {
		return Entry{}, fmt.Errorf("audit: %s: %w", ev.Kind, err)
	}
	return Entry{Tenant: ev.Tenant, At: ev.At, Kind: ev.Kind, Actor: ev.Actor, Subject: ev.Subject, Body: body}, nil
}

func (r Run) badInput(kind string, err error) error {
	return fmt.Errorf("audit: %s of run %s: %w", kind, r.RunID, err)
}

func (r Run) entry(kind string, body *object) Entry {
	for _, f := range []struct{ name, value string }{
		{"parentRunId", r.ParentRunID},
		{"actorName", r.ActorName},
		{"origin", r.Origin},
		{"integration", r.Integration},
		{"command", r.Command},
		{"connectionId", r.ConnectionID},
		{"connection", r.Connection},
	} {
		if f.value != "" {
			body.text(f.name, f.value)
		}
	}
	body.add("dryRun", strconv.AppendBool(nil, r.DryRun))
	if len(r.Effects) > 0 {
		body.texts("effects", r.Effects)
	}
	e := Entry{
		Tenant: r.Tenant, At: r.At, Kind: kind, Actor: r.Actor, Subject: r.Integration + "/" + r.Command,
		Body: body.bytes(),
	}
	if r.RunID != "" {
		e.RunID = &r.RunID
	}
	return e
}
