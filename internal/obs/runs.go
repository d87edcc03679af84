package obs

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Telemetry watches runs: figures, spans, or neither. A nil *Telemetry, and one
// without parts, does nothing.
type Telemetry struct {
	Metrics *Metrics
	Tracer  trace.Tracer // nil: no spans
}

// Counted counts an answered request to this server.
func (t *Telemetry) Counted(r *http.Request, status int, took time.Duration) {
	if t != nil {
		t.Metrics.Request(r.Method, r.Pattern, status, took)
	}
}

// Limited counts what a limit refused.
func (t *Telemetry) Limited(limit string) {
	if t != nil {
		t.Metrics.Limited(limit)
	}
}

// RunInfo says which run it is.
type RunInfo struct {
	ID, Parent, Integration, Command, Connection, Origin string
	DryRun                                               bool
}

// RunEnd is how a run ended. It holds no text that a cloud or a caller wrote.
type RunEnd struct {
	State, ReturnData, ErrorKind  string
	StatusCode                    int
	ItemsDone, ItemsFailed, Bytes int64
	Took                          time.Duration // from the asking on
}

// outcome is one word for both state and verdict.
func (e RunEnd) outcome() string {
	switch {
	case e.State == "canceled" || e.State == "unknown":
		return e.State
	case e.ReturnData == "Successful":
		return "successful"
	case e.ReturnData == "Partially Successful":
		return "partial"
	}
	return "failed"
}

// RunSpan is a run that goes on.
type RunSpan struct {
	t    *Telemetry
	info RunInfo
	span trace.Span
}

// Run begins a run's span below the one in ctx. What is done under the context
// that it gives shows below the run.
func (t *Telemetry) Run(ctx context.Context, i RunInfo) (context.Context, *RunSpan) {
	s := &RunSpan{t: t, info: i}
	if t == nil || t.Tracer == nil {
		return ctx, s
	}
	ctx, s.span = t.Tracer.Start(ctx, "run "+i.Integration+"/"+i.Command, trace.WithAttributes(
		attribute.String("fairlead.run.id", i.ID), attribute.String("fairlead.integration", i.Integration), attribute.String("fairlead.command", i.Command),
		attribute.String("fairlead.connection", i.Connection), attribute.String("fairlead.origin", i.Origin), attribute.Bool("fairlead.dry_run", i.DryRun),
	))
	if i.Parent != "" {
		s.span.SetAttributes(attribute.String("fairlead.run.parent_id", i.Parent))
	}
	return ctx, s
}

// Queued and Started count a run that waits, and one that has its turn.
func (s *RunSpan) Queued(waits bool) {
	if m := s.metrics(); m != nil {
		m.queued.Add(step(waits))
	}
	if waits && s.span != nil {
		s.span.AddEvent("queued")
	}
}

// Going counts a run that goes on, and one that no longer does.
func (s *RunSpan) Going(on bool) {
	if m := s.metrics(); m != nil {
		m.inFlight.Add(step(on))
	}
}

func step(up bool) float64 {
	if up {
		return 1
	}
	return -1
}

func (s *RunSpan) metrics() *Metrics {
	if s.t == nil {
		return nil
	}
	return s.t.Metrics
}

// Drop ends the span of a run that was not made.
func (s *RunSpan) Drop() {
	if s.span != nil {
		s.span.SetStatus(codes.Error, "no run was made")
		s.span.End()
	}
}

// End counts a run and ends its span.
func (s *RunSpan) End(e RunEnd) {
	if m := s.metrics(); m != nil {
		m.runEnded(s.info, e)
	}
	if s.span == nil {
		return
	}
	s.span.SetAttributes(
		attribute.String("fairlead.outcome", e.outcome()), attribute.Int("fairlead.status_code", e.StatusCode),
		attribute.Int64("fairlead.items.done", e.ItemsDone), attribute.Int64("fairlead.items.failed", e.ItemsFailed), attribute.Int64("fairlead.bytes", e.Bytes),
	)
	if e.ErrorKind != "" {
		s.span.SetAttributes(attribute.String("error.type", e.ErrorKind))
		s.span.SetStatus(codes.Error, e.ErrorKind)
	}
	s.span.End()
}

func (m *Metrics) runEnded(i RunInfo, e RunEnd) {
	m.runs.WithLabelValues(i.Integration, i.Command, e.outcome()).Inc()
	m.runSeconds.WithLabelValues(i.Integration, i.Command).Observe(e.Took.Seconds())
	if e.ErrorKind != "" {
		m.runErrors.WithLabelValues(i.Integration, i.Command, e.ErrorKind).Inc()
	}
	m.items.WithLabelValues(i.Integration, i.Command, "done").Add(float64(e.ItemsDone))
	m.items.WithLabelValues(i.Integration, i.Command, "failed").Add(float64(e.ItemsFailed))
	m.bytes.WithLabelValues(i.Integration, i.Command).Add(float64(e.Bytes))
}
