package run

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/store"
)

// admit does everything before the effect. It gives a job that may go on, or
// the record of a run that ended here (refused, or a repeated key), or an
// error when no run was made.
func (s *Service) admit(ctx context.Context, actor authz.Actor, req Request) (*job, *Record, error) {
	integ, cmd, err := s.Catalog.Command(req.Integration, req.Command)
	if err != nil {
		return nil, nil, err
	}
	j := newJob(s, actor, req, integ, cmd)
	if err := s.authorize(ctx, j); err != nil {
		return nil, nil, err
	}
	if rec, err := s.repeated(ctx, j); rec != nil || err != nil {
		return nil, rec, err
	}
	if err := s.resolve(ctx, j); err != nil {
		return nil, nil, err
	}
	if err := s.resolveSecrets(ctx, j); err != nil {
		return nil, nil, err
	}
	refusal := s.refusal(j)
	if err := s.prepareRow(ctx, j); err != nil {
		return nil, nil, err
	}
	if refusal != nil {
		rec, err := s.refuse(ctx, j, refusal)
		return nil, rec, err
	}
	rec, err := s.begin(ctx, j)
	if rec != nil || err != nil {
		return nil, rec, err
	}
	return j, nil, nil
}

func (s *Service) authorize(ctx context.Context, j *job) error {
	err := authz.Require(j.actor, authz.ForEffect(j.cmd.Effect)...)
	if err == nil {
		return nil
	}
	e, aerr := audit.Admin(audit.AdminEvent{
		Tenant: j.actor.Tenant, At: store.Micros(s.Now()), Kind: audit.KindAccessDenied, Actor: j.actor.ID,
		Subject: j.integ.ID + "/" + j.cmd.ID, Detail: map[string]any{"message": err.Error(), "connection": j.req.Connection},
	})
	if aerr != nil {
		return aerr
	}
	if serr := s.Store.Submit(ctx, store.Batch{Audit: []*store.AuditEntry{&e}}); serr != nil {
		return store.AsConnectorError(serr)
	}
	return err
}

// repeated finds the run of an idempotency key that was used before.
func (s *Service) repeated(ctx context.Context, j *job) (*Record, error) {
	if j.req.IdempotencyKey == "" {
		return nil, nil
	}
	row, err := s.Store.RunByIdempotencyKey(ctx, j.actor.Tenant, j.actor.ID, j.req.IdempotencyKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	if !bytes.Equal(row.RequestHash, requestHash(j.req)) {
		return nil, &connector.Error{Kind: connector.Conflict, Message: "The Idempotency-Key was used before with another request.", Fix: "Use a new key for a new request."}
	}
	return s.recordOf(ctx, &row)
}

func requestHash(r Request) []byte {
	h := sha256.New()
	for _, part := range []string{r.Integration, r.Command, r.Connection, string(compact(r.Input)), string(compact(r.Inline)), fmt.Sprint(r.DryRun), r.Timeout.String(), r.ExternalRef} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return h.Sum(nil)
}

func compact(raw json.RawMessage) []byte {
	canon, err := audit.CanonicalJSON(raw)
	if err != nil { // not JSON: it will be refused, but the same text is the same request
		return raw
	}
	return canon
}

// resolve finds the connection, without its secrets.
func (s *Service) resolve(ctx context.Context, j *job) error {
	if j.integ.Connection == nil || len(j.req.Inline) > 0 {
		if j.req.Connection != "" {
			return &connector.Error{Kind: connector.Invalid, Message: j.integ.Name + " takes no connection here.", Fix: "Leave the connection out."}
		}
		return nil
	}
	if j.req.Connection == "" {
		return s.onlyConnection(ctx, j)
	}
	c, err := s.Connections.Find(ctx, j.actor.Tenant, j.req.Connection)
	if err != nil {
		return err
	}
	if c.Integration != j.integ.ID {
		return &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("Connection %q belongs to %s, not to %s.", c.Name, c.Integration, j.integ.ID), Fix: "Name a connection of " + j.integ.ID + "."}
	}
	j.conn = c
	return nil
}

func (s *Service) onlyConnection(ctx context.Context, j *job) error {
	active := true
	list, err := s.Store.Connections(ctx, j.actor.Tenant, store.ConnectionFilter{Integration: j.integ.ID, Active: &active})
	if err != nil {
		return store.AsConnectorError(err)
	}
	switch len(list) {
	case 1:
		j.conn = &list[0]
		return nil
	case 0:
		return &connector.Error{
			Kind: connector.Invalid, Message: "There is no active connection of " + j.integ.Name + ".",
			Fix: "Add one: fairlead connections add " + j.integ.ID + " --name NAME --from FILE.",
		}
	}
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("%d connections of %s fit: %s.", len(list), j.integ.Name, strings.Join(names, ", ")), Fix: "Name one (--connection)."}
}

// refusal validates the input and applies guardrails. It touches no secret.
func (s *Service) refusal(j *job) *connector.Error {
	errs := s.checkInput(j)
	if len(j.req.Inline) > 0 {
		settings, more := s.Connections.Checked(j.integ, j.req.Inline)
		j.inline = settings
		errs = append(errs, more...)
	}
	var err error
	if j.raw, err = json.Marshal(j.input); err != nil {
		return connector.AsError(err)
	}
	if len(errs) == 0 && j.batch == nil {
		errs = j.cmd.Validate(j.raw)
	}
	if e := connector.Join(errs); e != nil {
		return e
	}
	if j.conn != nil && !j.conn.Active && j.cmd.ID != connector.TestConnectionID {
		return &connector.Error{Kind: connector.Conflict, Message: fmt.Sprintf("Connection %q is not active.", j.conn.Name), Fix: "Activate it: fairlead connections update " + j.conn.Name + " --active."}
	}
	if j.req.DryRun && j.req.undo == nil && !j.cmd.CanPlan() {
		return &connector.Error{Kind: connector.Invalid, Message: j.cmd.Name + " has no dry run.", Fix: "Run it without --dry-run; nothing was sent."}
	}
	g, err := connection.GuardrailsOf(j.conn)
	if err != nil {
		return connector.AsError(err)
	}
	if j.batch != nil {
		return nil // each child is checked by itself
	}
	return g.Check(j.connName(), j.cmd.Effect.Names(), j.cmd.In.Resources(j.input))
}

// checkInput makes the input canonical and finds what is wrong with it.
func (s *Service) checkInput(j *job) []*connector.Error {
	in, p := schema.Decode(j.req.Input)
	if p != nil {
		j.input = map[string]any{}
		return []*connector.Error{connector.InvalidField(p.Pointer, p.Message, p.Fix)}
	}
	b, err := batchOf(j.cmd.In, in)
	if err != nil {
		j.input = in
		return []*connector.Error{err}
	}
	if b == nil {
		var errs []*connector.Error
		j.input, errs = s.Validate.Object(j.cmd.In, in)
		return errs
	}
	j.batch, j.input = b, b.input
	return b.sharedErrors(s.Validate, j.cmd.In)
}

// begin records the run and the intent in one write, before any effect. What
// has no effect may be recorded a little later.
func (s *Service) begin(ctx context.Context, j *job) (*Record, error) {
	if err := s.takeTurn(j); err != nil {
		return nil, err
	}
	s.observe(ctx, j) // before anybody else sees the job
	if err := s.register(j); err != nil {
		j.turn.end()
		j.span.Drop()
		return nil, err
	}
	intent, err := audit.Intent(j.auditRun(s.Now()), j.row.InputRedacted)
	if err == nil && j.mayWait() {
		j.announceLater(&intent)
		return nil, nil
	}
	if err == nil {
		err = s.Store.Submit(ctx, j.intentBatch(&intent))
	}
	if err == nil {
		return nil, nil
	}
	s.unregister(j)
	j.span.Drop()
	if se, ok := errors.AsType[*store.Error](err); ok && se.Constraint == store.UniqueIdempotencyKey {
		return s.repeated(ctx, j) // another request with this key was quicker
	}
	if passing(err) {
		s.settleBegin(j)
	}
	return nil, store.AsConnectorError(err)
}

// refuse records a run that ended before it reached a cloud.
func (s *Service) refuse(ctx context.Context, j *job, why *connector.Error) (*Record, error) {
	now := s.Now()
	j.finish(now, nil, why)
	entry, err := audit.Refusal(j.auditRun(now), string(why.Kind), j.red.String(why.Message), j.row.InputRedacted)
	if err == nil {
		err = s.Store.Submit(ctx, store.Batch{InsertRuns: []*store.Run{j.row}, Audit: []*store.AuditEntry{&entry}})
	}
	if se, ok := errors.AsType[*store.Error](err); ok && se.Constraint == store.UniqueIdempotencyKey {
		return s.repeated(ctx, j)
	}
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	s.observe(ctx, j)
	j.observed()
	return j.record(), nil
}
