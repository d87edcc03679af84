package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/store"
)

// execute carries a begun run to its end and records it. It does not fail:
// whatever happens is in the record.
func (s *Service) execute(ctx context.Context, j *job) {
	stop := context.AfterFunc(ctx, func() { j.cancel(context.Cause(ctx)) })
	defer stop()
	limit := s.Timeout
	if j.req.Timeout > 0 {
		limit = j.req.Timeout
	}
	runCtx, done := context.WithTimeout(j.ctx, limit)
	defer done()
	res, err := s.perform(runCtx, j)
	j.rec.stop()
	j.finish(s.Now(), res, s.withContext(runCtx, err))
	end := func() {
		s.conclude(context.WithoutCancel(ctx), j)
		j.observed()
		s.unregister(j)
	}
	if j.endMayWait() {
		go end() // Close waits for it: the job is registered until then
		return
	}
	end()
}

// endMayWait tells whether the caller need not wait until the end is recorded.
// The caller of a job's run tells an engine next, which would give out the job
// anew if it never heard of it; what the run did is announced, and after a crash
// its end shows as unknown.
func (j *job) endMayWait() bool {
	return j.req.Origin == OriginWorker && j.pending == nil && j.out.err == nil
}

func (s *Service) perform(ctx context.Context, j *job) (any, error) {
	if err := s.awaitTurn(ctx, j); err != nil {
		return nil, err
	}
	j.span.Going(true)
	defer j.span.Going(false)
	if j.batch != nil {
		return nil, s.runBatch(ctx, j)
	}
	return s.invoke(j.guarded(ctx), j)
}

// setRunning notes that the run goes on.
func (j *job) setRunning(now time.Time) {
	at := store.Micros(now)
	j.rec.mu.Lock()
	defer j.rec.mu.Unlock()
	j.row.StartedAt, j.row.State, j.out.state = &at, string(Running), Running
}

// withContext gives an error that came of the end of the context its name,
// whatever a library made of it.
func (s *Service) withContext(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return connector.AsError(context.DeadlineExceeded)
	}
	e := &connector.Error{Kind: connector.Canceled, Message: "The run was canceled.", Err: err}
	if errors.Is(context.Cause(ctx), errShutdown) {
		e.Message = "The run was canceled because the server shut down."
	}
	if errors.Is(context.Cause(ctx), errFenced) {
		e.Message = "The run was canceled because its node lost touch with the database."
	}
	return e
}

func (s *Service) invoke(ctx context.Context, j *job) (res any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("a command panicked", "run", j.row.ID, "integration", j.integ.ID, "command", j.cmd.ID,
				"panic", j.red.String(fmt.Sprint(p)), "stack", string(debug.Stack()))
			res, err = nil, &connector.Error{Kind: connector.Internal, Message: "The command ended unexpectedly; this is a defect of " + j.cmd.Name + ".", Fix: "Report it with run ID " + j.row.ID + "."}
		}
	}()
	sess, release, err := s.sessions.open(ctx, j)
	if err != nil {
		return nil, err
	}
	defer release()
	env := s.env()
	env.Log = obs.Cleaned(env.Log.With("run", j.row.ID, "command", j.integ.ID+"/"+j.cmd.ID), j.red)
	call := &connector.Call{
		Env: env, RunID: j.row.ID, Files: j.files(), Documents: j.req.Documents,
		Items: connector.NewItems(j.rec, s.Now), Undo: &undoSink{job: j}, DryRun: j.req.DryRun,
		Machine: j.actor.Kind == authz.KindWorker || j.actor.Scopes.Has(authz.Manage),
	}
	if j.req.undo != nil {
		return nil, j.undo(ctx, call, sess)
	}
	if j.req.DryRun {
		plan, err := j.cmd.Plan(ctx, call, sess, j.raw)
		j.out.body.Plan = plan
		return nil, err
	}
	return j.cmd.Run(ctx, call, sess, j.raw)
}

// finish decides the verdict, in this one place, and fills the record.
func (j *job) finish(now time.Time, res any, err error) {
	ce := connector.AsError(err)
	if encErr := j.encode(res); encErr != nil && ce == nil {
		ce = connector.AsError(encErr)
	}
	verdict := j.rec.verdict(ce)
	state := Done
	if ce != nil && ce.Kind == connector.Canceled {
		state = Canceled
	}
	end, text := store.Micros(now), string(verdict)
	j.rec.mu.Lock()
	defer j.rec.mu.Unlock()
	j.row.EndedAt = &end
	j.out.state, j.out.verdict = state, &verdict
	j.out.err = j.errorView(ce, verdict)
	j.rec.fillRow(j.row)
	j.row.State, j.row.ReturnData = string(state), &text
	if j.out.err != nil {
		j.row.StatusCode = j.out.err.StatusCode
		j.row.Error, _ = json.Marshal(j.out.err) // plain strings and numbers
	}
	j.row.Output, j.row.OutputSealed = j.storedOutput(), j.out.sealed
}

// conclude writes the end, the last items and the outcome in one transaction.
func (s *Service) conclude(ctx context.Context, j *job) {
	o := audit.OutcomeInfo{
		State: j.row.State, ReturnData: *j.row.ReturnData, StatusCode: j.row.StatusCode,
		ItemsTotal: j.row.ItemsTotal, ItemsDone: j.row.ItemsDone, ItemsFailed: j.row.ItemsFailed, Bytes: j.row.Bytes,
		Micros: *j.row.EndedAt - j.row.CreatedAt,
	}
	if j.out.err != nil {
		o.ErrorKind, o.Message = string(j.out.err.Kind), j.out.err.Message
	}
	intent, failed := j.unannounced()
	if failed != nil {
		j.unrecorded = failed
		return
	}
	entry, err := audit.Outcome(j.auditRun(s.Now()), o)
	if err == nil {
		err = s.writeEnd(ctx, j, intent, &entry)
	}
	if err != nil {
		s.Log.Error("the end of a run could not be recorded yet", "run", j.row.ID, "error", err)
		j.rec.mu.Lock()
		j.out.state = Unknown
		j.rec.mu.Unlock()
	}
}

// writeEnd records the end, together with the beginning where that has waited.
func (s *Service) writeEnd(ctx context.Context, j *job, intent, outcome *store.AuditEntry) error {
	b := store.Batch{UpsertItems: j.rec.takeDirty(), SetHealth: j.health()}
	if intent != nil {
		b.InsertRuns, b.Audit = []*store.Run{j.row}, []*store.AuditEntry{intent, outcome}
	} else {
		b.UpdateRuns, b.Audit, b.Patient = []*store.Run{j.row}, []*store.AuditEntry{outcome}, j.endMayWait()
		if !j.readsOnly() { // its intent is on the disk: the caller need not wait for more than that the end is on its way there
			b.Relaxed, b.Flushed = true, s.endFlushed(j.row.ID)
		}
	}
	write := s.recordEnd(j.row, b)
	err := insist(ctx, write)
	if passing(err) {
		s.later(j.row.ID, write)
	}
	if intent != nil {
		j.unrecorded = err
	}
	return err
}

// endFlushed is told whether the end of a run has reached the disk.
func (s *Service) endFlushed(run string) func(error) {
	return func(err error) {
		if err != nil {
			s.Log.Error("the end of a run may not be on the disk; after a power failure the run would show as unknown", "run", run, "error", err)
		}
	}
}

func (j *job) health() []store.ConnectionHealth {
	if j.conn == nil || j.cmd.ID != connector.TestConnectionID {
		return nil
	}
	h := connection.Health{OK: j.out.err == nil, Message: "Passed", At: store.Time(*j.row.EndedAt)}
	if j.out.err != nil {
		h.Message = j.out.err.Line()
	}
	raw, err := json.Marshal(h)
	if err != nil {
		return nil
	}
	return []store.ConnectionHealth{{Tenant: j.row.Tenant, ID: j.conn.ID, Health: raw}}
}
