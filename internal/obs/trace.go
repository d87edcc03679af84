package obs

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/redact"
)

const tracerName = "github.com/fairlead-io/fairlead"

// Traces exports spans.
type Traces struct {
	provider *sdktrace.TracerProvider
}

// NewTraces exports spans over OTLP/HTTP to where OTEL_EXPORTER_OTLP_ENDPOINT
// (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) says; nil when neither is set. client
// sends them: it is egress's, since nothing else may dial.
func NewTraces(ctx context.Context, lookup func(string) (string, bool), client *http.Client, b Build) (*Traces, error) {
	if !tracesWanted(lookup) {
		return nil, nil
	}
	exp, err := otlptracehttp.New(ctx, otlptracehttp.WithHTTPClient(client))
	if err != nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: "The exporter of traces cannot be set up: " + err.Error() + ".", Fix: "Check the OTEL_EXPORTER_OTLP_ variables, or unset them.", Err: err}
	}
	res, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "fairlead"), attribute.String("service.version", b.Version)), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, err
	}
	return &Traces{sdktrace.NewTracerProvider(sdktrace.WithBatcher(exp), sdktrace.WithResource(res))}, nil
}

func tracesWanted(lookup func(string) (string, bool)) bool {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if v, _ := lookup(name); v != "" {
			off, _ := lookup("OTEL_SDK_DISABLED")
			return off != "true"
		}
	}
	return false
}

// TracesTo exports to an exporter at once; for tests.
func TracesTo(exp sdktrace.SpanExporter) *Traces {
	return &Traces{sdktrace.NewTracerProvider(sdktrace.WithSyncer(exp))}
}

// Tracer is nil for nil Traces.
func (t *Traces) Tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer(tracerName)
}

// Close sends what is left.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Request begins the span of a request to this server, below the one that the
// request names (traceparent). end is told the route's pattern, never the path.
func (t *Telemetry) Request(r *http.Request) (_ *http.Request, end func(route string, status int)) {
	if t == nil || t.Tracer == nil {
		return r, func(string, int) {}
	}
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.Tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("http.request.method", knownMethod(r.Method))))
	return r.WithContext(ctx), func(route string, status int) {
		if route != "" {
			span.SetName(route)
		}
		span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

type cleanerKey struct{}

// Carry gives ctx the span of another, and what spans below must not say.
func Carry(ctx, from context.Context, red *redact.Redactor) context.Context {
	ctx = trace.ContextWithSpan(ctx, trace.SpanFromContext(from))
	return context.WithValue(ctx, cleanerKey{}, red)
}

func cleaner(ctx context.Context) *redact.Redactor {
	red, _ := ctx.Value(cleanerKey{}).(*redact.Redactor)
	return red
}

// Outgoing counts and traces what a client sends. A span says method, host and
// status: paths and queries may hold signatures and names that are nobody
// else's business. The trace goes no further: clouds are told nothing of it.
func (t *Telemetry) Outgoing(next http.RoundTripper, now func() time.Time) http.RoundTripper {
	if t == nil {
		return next
	}
	return &outgoing{next, t, now}
}

type outgoing struct {
	next http.RoundTripper
	t    *Telemetry
	now  func() time.Time
}

// CloseIdleConnections lets http.Client.CloseIdleConnections work.
func (o *outgoing) CloseIdleConnections() {
	if c, ok := o.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (o *outgoing) RoundTrip(req *http.Request) (*http.Response, error) {
	began := o.now()
	span := trace.Span(nil)
	if o.t.Tracer != nil {
		var ctx context.Context
		host := cleaner(req.Context()).String(req.URL.Hostname())
		ctx, span = o.t.Tracer.Start(req.Context(), req.Method+" "+host, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("http.request.method", req.Method), attribute.String("server.address", host), attribute.String("server.port", req.URL.Port()),
		))
		req = req.WithContext(ctx)
	}
	res, err := o.next.RoundTrip(req)
	if m := o.t.Metrics; m != nil {
		m.egress.WithLabelValues(sent(res, err)).Inc()
		m.egressSeconds.Observe(o.now().Sub(began).Seconds())
	}
	if span != nil {
		endSpan(span, res, err)
	}
	return res, err
}

func sent(res *http.Response, err error) string {
	if err != nil {
		return string(connector.AsError(err).Kind)
	}
	return []string{"1xx", "2xx", "3xx", "4xx", "5xx"}[min(max(res.StatusCode/100, 1), 5)-1]
}

func endSpan(span trace.Span, res *http.Response, err error) {
	if err != nil {
		span.SetStatus(codes.Error, string(connector.AsError(err).Kind))
	} else {
		span.SetAttributes(attribute.Int("http.response.status_code", res.StatusCode))
	}
	span.End()
}
