package outbound_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/internal/worker/outbound"
)

// does is a function made of a Go function.
type does func(ctx context.Context, in job.Invocation) (json.RawMessage, error)

func (does) Type() string    { return "test" }
func (does) Name() string    { return "Test" }
func (does) Fetch() []string { return nil }
func (d does) Call(ctx context.Context, in job.Invocation) (json.RawMessage, error) {
	return d(ctx, in)
}

func gives(response string) does {
	return func(context.Context, job.Invocation) (json.RawMessage, error) { return json.RawMessage(response), nil }
}

func fails(f *job.Fault) does {
	return func(context.Context, job.Invocation) (json.RawMessage, error) { return nil, f }
}

type set struct {
	fn      job.Function
	version compat.Version
	secrets secrets.Resolver
	docs    connector.Documents
	filter  *outbound.SecretFilter
	log     *slog.Logger
}

func (s set) runtime(t testing.TB) *outbound.Runtime {
	t.Helper()
	if s.log == nil {
		s.log = quiet(t)
	}
	return outbound.New(outbound.Deps{
		Functions: []job.Function{s.fn}, Secrets: s.secrets, Documents: s.docs, Filter: s.filter, Compat: s.version, Log: s.log,
		Now: time.Now, NewID: func() string { return "id" }, Random: func() float64 { return 0.5 },
	})
}

func headers(pairs ...string) json.RawMessage {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	raw, _ := json.Marshal(m) // texts
	return raw
}

func (s set) handle(t testing.TB, variables string, h json.RawMessage) job.Outcome {
	t.Helper()
	return s.runtime(t).Handle(t.Context(), job.Job{Key: 1, Type: "test", Retries: 3, Variables: json.RawMessage(variables), CustomHeaders: h}, nil)
}

func ptr[T any](v T) *T { return &v }

const classError = `{"error":{"type":"a.B","message":"expected"}}`

// TestFailures has a case for every row of what failures come to.
func TestFailures(t *testing.T) {
	minute := headers("retryBackoff", "PT1M")
	for _, c := range []struct {
		why  string
		fn   does
		h    json.RawMessage
		want job.Outcome
	}{
		{
			"an input fault leaves no retry, but the header's back-off", fails(&job.Fault{Type: job.InputException, Message: "m", Input: true}), minute,
			job.Outcome{RetryBackoff: time.Minute, Variables: json.RawMessage(`{"error":{"type":"` + job.InputException + `","message":"m"}}`), ErrorMessage: "m"},
		},
		{
			"a function that decides", fails(&job.Fault{Type: "a.B", Code: "C", Message: "m", Retries: ptr(int32(9)), Backoff: ptr(time.Second)}), minute,
			job.Outcome{Retries: 9, RetryBackoff: time.Second, Variables: json.RawMessage(`{"error":{"type":"a.B","message":"m","code":"C"}}`), ErrorMessage: "m"},
		},
		{
			"a function that decides on retries alone", fails(&job.Fault{Type: "a.B", Message: "m", Retries: ptr(int32(-4))}), minute,
			job.Outcome{Retries: 0, RetryBackoff: time.Minute, Variables: json.RawMessage(`{"error":{"type":"a.B","message":"m"}}`), ErrorMessage: "m"},
		},
		{
			"a fault with code and variables", fails(&job.Fault{Type: job.ConnectorException, Code: "1013", Message: "m", Variables: json.RawMessage(`{"foo":"bar"}`)}), nil,
			job.Outcome{Retries: 2, Variables: json.RawMessage(`{"error":{"type":"` + job.ConnectorException + `","message":"m","code":"1013","variables":{"foo":"bar"}}}`), ErrorMessage: "m"},
		},
		{
			"any other fault", fails(&job.Fault{Type: "a.B", Message: "expected"}), nil,
			job.Outcome{Retries: 2, Variables: json.RawMessage(classError), ErrorMessage: "expected"},
		},
		{
			"a bad back-off", gives(`{}`), headers("retryBackoff", "soon"),
			job.Outcome{
				Variables:    json.RawMessage(`{"error":{"type":"io.camunda.connector.runtime.core.error.InvalidBackOffDurationException","message":"Failed to parse retry backoff header. Expected ISO-8601 duration, e.g. PT5M, got: soon"}}`),
				ErrorMessage: "Failed to parse retry backoff header. Expected ISO-8601 duration, e.g. PT5M, got: soon",
			},
		},
		{
			"a bad job timeout drops the back-off, too", gives(`{}`), headers("jobTimeout", "soon", "retryBackoff", "PT1M"),
			job.Outcome{
				Variables:    json.RawMessage(`{"error":{"type":"io.camunda.connector.runtime.core.error.InvalidJobTimeoutException","message":"Failed to parse job timeout header. Expected ISO-8601 duration, e.g. PT10M, got: soon"}}`),
				ErrorMessage: "Failed to parse job timeout header. Expected ISO-8601 duration, e.g. PT10M, got: soon",
			},
		},
		{
			"an error expression that cannot be read", fails(&job.Fault{Type: "a.B", Message: "expected"}), headers("errorExpression", "=5", "retryBackoff", "PT1M"),
			job.Outcome{
				Variables:    json.RawMessage(`{"error":{"type":"` + job.InputException + `","message":"io.camunda.connector.feel.FeelEngineWrapperException: Failed to evaluate expression '=5' in context '5'. Reason: Error expression must return a JSON object, but got number. Evaluated value: 5"}}`),
				ErrorMessage: "io.camunda.connector.feel.FeelEngineWrapperException: Failed to evaluate expression '=5' in context '5'. Reason: Error expression must return a JSON object, but got number. Evaluated value: 5",
			},
		},
		{
			"a business fault", fails(&job.Fault{Type: "a.B", Code: "NotFound", Message: "m", Business: true}), nil,
			job.Outcome{Kind: job.Throw, ErrorCode: "NotFound", Variables: json.RawMessage(`{"error":{"type":"a.B","message":"m","code":"NotFound"}}`), ErrorMessage: "m"},
		},
		{
			"an error that is no fault", func(context.Context, job.Invocation) (json.RawMessage, error) { return nil, errors.New("odd") }, nil,
			job.Outcome{Retries: 2, Variables: json.RawMessage(`{"error":{"type":"` + job.ConnectorException + `","message":"odd"}}`), ErrorMessage: "odd"},
		},
		{
			"a response that is no JSON", gives(`{`), headers("resultVariable", "r", "resultExpression", "={a: 1}"),
			job.Outcome{
				Variables:    json.RawMessage(`{"error":{"type":"` + job.ConnectorException + `","message":"The function's response is not valid JSON; this is a defect of the function."}}`),
				ErrorMessage: "The function's response is not valid JSON; this is a defect of the function.",
			},
		},
	} {
		got := set{fn: c.fn}.handle(t, `{}`, c.h)
		if c.want.Kind == "" {
			c.want.Kind = job.Fail
		}
		got.ErrorMessage, _, _ = strings.Cut(got.ErrorMessage, " | Error variables: ")
		c.want.Failure = c.want.ErrorMessage
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.why, diff)
		}
	}
}

// TestResults has the cases of results.
func TestResults(t *testing.T) {
	for _, c := range []struct{ why, response, variable, expression, want string }{
		{"no headers", `{"a":1}`, "", "", `{}`},
		{"a blank variable", `{"a":1}`, " \t\n", "", `{}`},
		{"an object", `{"a":1}`, "result", "", `{"result":{"a":1}}`},
		{"null", `null`, "result", "", `{"result":null}`},
		{"no response", ``, "result", "", `{"result":null}`},
		{"an empty object", `{}`, "result", "", `{"result":{}}`},
		{"a scalar", `1`, "result", "", `{"result":1}`},
		{"blanks are taken out", "{ \"a\" : [ 1,\n2 ] }", "result", "", `{"result":{"a":[1,2]}}`},
		{"big integers as they are", `{"n":12345678901234567890}`, "r", "={m: n}", `{"r":{"n":12345678901234567890},"m":12345678901234567000}`},
		{"an expression", `{"callStatus":{"statusCode":"200"}}`, "", `{"processedOutput": response.callStatus}`, `{"processedOutput":{"statusCode":"200"}}`},
		{"with an equals sign", `{"callStatus":1}`, "", `={"processedOutput": response.callStatus}`, `{"processedOutput":1}`},
		{"without response in front", `{"callStatus":1}`, "", `= {"processedOutput": callStatus}`, `{"processedOutput":1}`},
		{"a missing key", `{}`, "", `={a: nope}`, `{"a":null}`},
		{"a null value", `{"a":null}`, "", `={b: a}`, `{"b":null}`},
		{"a null response", `null`, "", `={a: response.b}`, `{"a":null}`},
		{"a scalar is the response only", `5`, "", `={a: response}`, `{"a":5}`},
		{"spread", `{"a":1,"b":2}`, "", `= response`, `{"a":1,"b":2}`},
		{"both", `{"a":1}`, "r", `={b: a, nullVar: null}`, `{"r":{"a":1},"b":1,"nullVar":null}`},
		{"the expression wins", `{"a":1}`, "r", `={r: 2}`, `{"r":2}`},
		{"a member called response", `{"response":1}`, "", `={a: response}`, `{"a":{"response":1}}`},
		{"a function makes all of it null", `{"a":1}`, "", `={a: 1, f: function(x) x}`, `{}`},
		{"a function deep inside, too", `{"a":1}`, "r", `={a: {b: {f: function(x) x}}}`, `{"r":{"a":1}}`},
		{"a range is null", `{}`, "", `={a: [1..2], b: 1}`, `{"a":null,"b":1}`},
		{"times as text", `{}`, "", `={d: date("2024-02-29"), p: duration("P1DT1H"), m: duration("P14M")}`, `{"d":"2024-02-29","p":"PT25H","m":"P1Y2M"}`},
		{"text is not escaped more than it must", `{}`, "", `={"<ü>": "&\n\t"}`, `{"<ü>":"&\n\t"}`},
	} {
		var h []string
		if c.variable != "" {
			h = append(h, "resultVariable", c.variable)
		}
		if c.expression != "" {
			h = append(h, "resultExpression", c.expression)
		}
		got := set{fn: gives(c.response)}.handle(t, `{}`, headers(h...))
		if got.Kind != job.Complete || string(got.Variables) != c.want {
			t.Errorf("%s: got %s %s %q, want %s", c.why, got.Kind, got.Variables, got.ErrorMessage, c.want)
		}
	}
}

func TestVersionsOfFunctions(t *testing.T) {
	fault := &job.Fault{Type: "a.B", Message: "expected", Code: "1013", Variables: json.RawMessage(`{"foo":"bar"}`)}
	for _, c := range []struct {
		version    compat.Version
		expression string
		kind       job.Kind
		want       string // code or message, then the variables
	}{
		{compat.V87, `bpmnError("C", "m", {a: 1})`, job.Throw, `C m {"a":1}`},
		{compat.V87, `{errorType: "bpmnError", code: "C", message: "m"}`, job.Throw, `C m {}`},
		{compat.V87, `{errorType: "bpmnError", errorCode: "C", errorMessage: "m"}`, job.Fail, ` expected`},
		{compat.V87, `jobError("m", {a: 1}, 4)`, job.Fail, ` m {"error":"m"}`},
		{compat.V87, `ignoreError({})`, job.Fail, ` expected`},
		{compat.V88, `bpmnError("C")`, job.Fail, ` expected`},
		{compat.V88, `{errorType: "bpmnError", code: "C", message: "m"}`, job.Fail, ` expected`},
		{compat.V88, `{errorType: "ignoreError", variables: {}}`, job.Fail, ` io.camunda.connector.feel`},
		{compat.V89, `bpmnError("C")`, job.Fail, ` expected`},
		{compat.V89, `jobError("m", {a: 1, error: 2})`, job.Fail, ` m | Error variables: {a=1, error=m} {"a":1,"error":"m"}`},
		{compat.V89, `ignoreError()`, job.Fail, ` variables must not be null`},
		{compat.V89, `ignoreError({a: error.code})`, job.Complete, `  {"a":"1013"}`},
		{compat.V89, `backoff(1)`, job.Fail, ` expected`},
		{compat.V810, `bpmnError("C")`, job.Throw, `C  {}`},
		{compat.V810, `bpmnError("1013", error.message, error.variables)`, job.Throw, `1013 expected {"foo":"bar"}`},
		{compat.V810, `{errorType: "bpmnError", errorCode: 1013}`, job.Throw, `1013  {}`},
		{compat.V810, `{errorType: "bpmnError", errorCode: null}`, job.Fail, ` expected`},
		{compat.V810, `{errorType: "bpmnError", errorCode: {}}`, job.Fail, ` io.camunda.connector.feel.FeelEngineWrapperException: Failed`},
		{compat.V810, `bpmnError(123, "")`, job.Fail, ` Failed to evaluate expression 'bpmnError(123, "")' in context '[{error={type=a.B, message=expected, code=1013, variables={foo=bar}}}, {response={error={type=a.B, message=expected, code=1013, variables={foo=bar}}}}, ErrorExpressionJobContext[job=ErrorExpressionJob[retries=3]]]'. Reason: failed to evaluate expression 'bpmnError(123, "")' : java.lang.IllegalArgumentException: Parameter 'errorCode' of function 'bpmnError' must be a String`},
		{compat.V810, `ignoreError(error.variables)`, job.Complete, `  {"foo":"bar"}`},
		{compat.V810, `ignoreError()`, job.Complete, `  {}`},
		{compat.V810, `jobError("m", {}, job.retries - 1, @"PT1S")`, job.Fail, ` m | Error`},
		{compat.V810, `jobError("MyError", {"myVar": "myVal", "error": 1})`, job.Fail, ` MyError | Error variables: {myVar=myVal, error=MyError} {"myVar":"myVal","error":"MyError"}`},
		{compat.V810, `{errorType: "jobError", errorMessage: "m"}`, job.Fail, ` io.camunda.connector.feel.FeelEngineWrapperException: Failed`},
		{compat.V810, `{errorType: "jobError", errorMessage: "m", retries: 1, retryBackoff: "soon"}`, job.Fail, ` io.camunda.connector.feel`},
		{compat.V810, `{errorType: "jobError", errorMessage: "m", retries: "2", retryBackoff: 1.5}`, job.Fail, ` m | Error`},
		{compat.V810, `if error.code = "1" then bpmnError("9999", "x") else if error.code = "1013" then bpmnError("1013", "y") else null`, job.Throw, `1013 y {}`},
		{compat.V810, `  `, job.Fail, ` expected`},
		{compat.V810, `noFunction("x")`, job.Fail, ` expected`},
		{compat.V810, `{f: function(x) x, errorType: "bpmnError", errorCode: "C"}`, job.Fail, ` expected`},
		{compat.V810, `bpmnError("C", "m", {d: createDocument("aGk=")})`, job.Throw, `C m {"d":{"camunda.document.type":"camunda","storeId":"in-memory"`},
		{compat.V810, `createDocument("aGk=")`, job.Fail, ` io.camunda.connector.feel.FeelEngineWrapperException: Failed to evaluate expression 'createDocument("aGk=")' in context '{"connectorResultFunction":"createDocument:id","value":"aGk="}'. Reason: Error expression must not be a bare`},
	} {
		got := set{fn: fails(fault), version: c.version, docs: &shelf{content: map[string][]byte{}}}.handle(t, `{}`, headers("errorExpression", c.expression))
		shown := got.ErrorCode + " " + got.ErrorMessage + " " + string(got.Variables)
		if got.Kind != c.kind || !strings.HasPrefix(shown, c.want) {
			t.Errorf("%s, %s: got %s %s, want %s %s", c.version, c.expression, got.Kind, shown, c.kind, c.want)
		}
		if strings.Contains(c.expression, "- 1, @") && (got.Retries != 2 || got.RetryBackoff != time.Second) {
			t.Errorf("retries %d after %s", got.Retries, got.RetryBackoff)
		}
	}
}

func TestConditionsOverSuccess(t *testing.T) {
	for expression, code := range map[string]string{
		`if testProperty = "foo" then bpmnError("9999", "a") else bpmnError("1013", "b")`:          "9999",
		`if response.testProperty = "foo" then bpmnError("9999", "a") else bpmnError("1013", "b")`: "9999",
		`if testProperty = "bar" then bpmnError("9999", "a") else bpmnError("1013", "b")`:          "1013",
		`if error.code = "x" then bpmnError("9999", "a") else bpmnError("1013", "b")`:              "1013",
	} {
		got := set{fn: gives(`{"testProperty":"foo"}`)}.handle(t, `{}`, headers("errorExpression", expression))
		if got.Kind != job.Throw || got.ErrorCode != code {
			t.Errorf("%s: got %s %s, want %s", expression, got.Kind, got.ErrorCode, code)
		}
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("a", 8400)
	for _, h := range []json.RawMessage{nil, headers("errorExpression", `bpmnError("C", error.message)`), headers("errorExpression", `jobError(error.message)`)} {
		got := set{fn: fails(&job.Fault{Type: "a.B", Message: long})}.handle(t, `{}`, h)
		if len(got.ErrorMessage) != 6000 {
			t.Errorf("%s: the message has %d characters", h, len(got.ErrorMessage))
		}
	}
	got := set{fn: fails(&job.Fault{Type: "a.B", Message: strings.Repeat("🚀", 4000)}), version: compat.V88}.handle(t, `{}`, nil)
	if n := strings.Count(got.ErrorMessage, "🚀"); n != 3000 || len(got.ErrorMessage) != 12000 {
		t.Errorf("characters of two units: %d in %d bytes", n, len(got.ErrorMessage))
	}
	exact := `"` + strings.Repeat("x", 1536<<10-len(`{"result":""}`)) + `"`
	for response, want := range map[string]job.Kind{exact: job.Complete, `"x` + exact[1:]: job.Fail} {
		got := set{fn: gives(response)}.handle(t, `{}`, headers("resultVariable", "result"))
		if got.Kind != want || want == job.Fail && (got.Retries != 0 || !strings.Contains(got.ErrorMessage, "Create document")) {
			t.Errorf("%d bytes: got %s %q", len(response), got.Kind, got.ErrorMessage)
		}
		if got := (set{fn: gives(response), version: compat.V88}).handle(t, `{}`, headers("resultVariable", "result")); got.Kind != job.Complete {
			t.Errorf("8.8 has no guard: got %s", got.Kind)
		}
		if got := (set{fn: gives(response), version: compat.V87}).handle(t, `{}`, headers("resultVariable", "result")); got.Kind != want {
			t.Errorf("8.7 has the guard: got %s", got.Kind)
		}
	}
	big := headers("errorExpression", `bpmnError("C", "m", {result: response})`)
	if got := (set{fn: gives(`"x` + exact[1:])}).handle(t, `{}`, big); got.Kind != job.Fail || got.Retries != 0 {
		t.Errorf("variables of an error are guarded: got %s", got.Kind)
	}
}

func TestJobTimeout(t *testing.T) {
	for _, c := range []struct {
		why, header string
		version     compat.Version
		err         error
		extended    time.Duration
		invoked     bool
	}{
		{"a duration", "PT10M", compat.V810, nil, 10 * time.Minute, true},
		{"not before 8.10", "PT10M", compat.V89, nil, 0, true},
		{"missing", "", compat.V810, nil, 0, true},
		{"blank", " ", compat.V810, nil, 0, true},
		{"invalid", "soon", compat.V810, nil, 0, false},
		{"zero", "PT0S", compat.V810, nil, 0, false},
		{"zero days", "P0D", compat.V810, nil, 0, false},
		{"negative", "PT-10M", compat.V810, nil, 0, false},
		{"less than a millisecond", "PT0.000000001S", compat.V810, nil, 0, false},
		{"too long", "P999999999999D", compat.V810, nil, 0, false},
		{"the gateway is away", "PT10M", compat.V810, &gateway.Error{Code: gateway.CodeUnavailable, Retryable: true}, 10 * time.Minute, true},
		{"the job is gone", "PT10M", compat.V810, &gateway.Error{Code: gateway.CodeNotFound, Message: "gone", Gone: true}, 10 * time.Minute, false},
		{"its deadline has passed", "PT10M", compat.V810, &gateway.Error{Code: gateway.CodeFailedPrecondition, Message: "timed out"}, 10 * time.Minute, false},
	} {
		invoked, extended := false, time.Duration(0)
		fn := does(func(context.Context, job.Invocation) (json.RawMessage, error) { invoked = true; return nil, nil })
		got := set{fn: fn, version: c.version}.runtime(t).Handle(t.Context(), job.Job{Type: "test", Retries: 3, CustomHeaders: headers("jobTimeout", c.header)},
			func(_ context.Context, d time.Duration) error { extended = d; return c.err })
		if invoked != c.invoked || extended != c.extended || (got.Kind == job.Complete) != c.invoked {
			t.Errorf("%s: invoked %v, extended %s, ended %s %q", c.why, invoked, extended, got.Kind, got.ErrorMessage)
		}
	}
}

func TestPanicsFailTheJob(t *testing.T) {
	var log bytes.Buffer
	s := set{
		fn:      does(func(context.Context, job.Invocation) (json.RawMessage, error) { panic("about hidden-value") }),
		secrets: values{"A": "hidden-value"}, log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	got := s.handle(t, `{"x":"secrets.A"}`, headers("retryBackoff", "PT1S"))
	if got.Kind != job.Fail || got.Retries != 2 || got.RetryBackoff != time.Second || !strings.Contains(got.ErrorMessage, "unexpectedly") {
		t.Errorf("got %+v", got)
	}
	if strings.Contains(log.String(), "hidden-value") || !strings.Contains(log.String(), "about ***") {
		t.Errorf("the log: %s", log.String())
	}
	if got := (set{fn: gives(`{}`)}).runtime(t).Handle(t.Context(), job.Job{Type: "other", Retries: 3}, nil); got.Kind != job.Fail || got.Retries != 0 {
		t.Errorf("a type that is not known: %+v", got)
	}
}

func TestStopping(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	fn := does(func(ctx context.Context, _ job.Invocation) (json.RawMessage, error) {
		stop()
		<-ctx.Done()
		return nil, &job.Fault{Type: "a.B", Message: "stopped"}
	})
	j := job.Job{Type: "test", Retries: 3, CustomHeaders: headers("errorExpression", `bpmnError("C", "m")`, "resultVariable", "r")}
	if got := (set{fn: fn}).runtime(t).Handle(ctx, j, nil); got.Kind != job.None {
		t.Errorf("a job that a stopping worker could not do: %+v", got)
	}
	done := does(func(context.Context, job.Invocation) (json.RawMessage, error) { return json.RawMessage(`1`), nil })
	if got := (set{fn: done}).runtime(t).Handle(ctx, job.Job{Type: "test", CustomHeaders: headers("resultVariable", "r")}, nil); got.Kind != job.Complete || string(got.Variables) != `{"r":1}` {
		t.Errorf("a job that was done when the worker stopped: %+v", got)
	}
}

type refusing struct{ err error }

func (r refusing) Lookup(context.Context, string, secrets.Scope) (connector.Secret, bool, error) {
	return connector.Secret{}, false, r.err
}

func TestSecrets(t *testing.T) {
	echo := does(func(_ context.Context, in job.Invocation) (json.RawMessage, error) { return in.Variables, nil })
	s := set{fn: echo, secrets: values{"A": `va"lue-of-a`, "B": "{{secrets.A}}"}}
	for in, want := range map[string]string{
		`{"x":"{{secrets.A}}","y":["secrets.B"],"n":1.50,"secrets.A":null}`: `{"x":"va\"lue-of-a","y":["{{secrets.A}}"],"n":1.50,"va\"lue-of-a":null}`,
		`{"documentReturnFormat":{"choice":"{{secrets.NOPE}}"}}`:            `{"documentReturnFormat":{"choice":"{{secrets.NOPE}}"}}`,
		`{"x":"plain"}`: `{"x":"plain"}`,
	} {
		got := s.handle(t, in, headers("resultVariable", "r"))
		if want = `{"r":` + want + `}`; string(got.Variables) != want {
			t.Errorf("%s gave %s %q, want %s", in, got.Variables, got.ErrorMessage, want)
		}
	}
	got := s.handle(t, `{"x":"{{secrets.FOO2}}","y":"{{secrets.A}}"}`, nil)
	if got.Retries != 0 || !strings.HasPrefix(got.ErrorMessage, "Secret with name 'FOO2' is not available") {
		t.Errorf("a missing secret: %+v", got)
	}
	got = set{fn: echo, secrets: refusing{&connector.Error{Kind: connector.Unavailable, Message: "The store is closed."}}}.handle(t, `{"x":"{{secrets.A}}"}`, nil)
	if got.Retries != 2 || !strings.HasPrefix(got.ErrorMessage, "Fetching secrets failed, original error can't be displayed as the error message might contain secrets: The store is closed.") {
		t.Errorf("secrets that cannot be read: %+v", got)
	}
	if got = (set{fn: echo}).handle(t, `{"x":"{{secrets.A}}"}`, nil); got.Retries != 0 {
		t.Errorf("no secrets at all: %+v", got)
	}
}

func TestFailuresAreMasked(t *testing.T) {
	fault := &job.Fault{Type: "a.B", Code: "the-secret", Message: "no the-secret here", Variables: json.RawMessage(`{"the-secret":["x the-secret"],"n":1}`)}
	for _, v := range []compat.Version{compat.V87, compat.V88, compat.V89, compat.V810} {
		s := set{fn: fails(fault), secrets: values{"A": "the-secret"}, version: v}
		got := s.handle(t, `{"x":"{{secrets.A}}"}`, nil)
		if !strings.HasPrefix(got.ErrorMessage, "no *** here") || got.Failure != "no *** here" {
			t.Errorf("%s: %q", v, got.ErrorMessage)
		}
		want := `{"error":{"type":"a.B","message":"no *** here","code":"the-secret","variables":{"***":["x ***"],"n":1}}}`
		if string(got.Variables) != want {
			t.Errorf("%s: %s: all but the code is masked", v, got.Variables)
		}
		got = s.handle(t, `{"x":"{{secrets.A}}"}`, headers("errorExpression", `bpmnError("C", "the-" + "secret", error)`))
		if v >= compat.V88 && (got.ErrorMessage != "***" || strings.Contains(string(got.Variables), "x the-secret")) {
			t.Errorf("%s: %+v", v, got)
		}
		got = s.handle(t, `{"x":"{{secrets.A}}"}`, headers("errorExpression", `bpmnError(error.message`))
		if strings.Contains(got.ErrorMessage, "the-secret here") || strings.Contains(string(got.Variables), "the-secret here") {
			t.Errorf("%s: the context of a broken expression: %s", v, got.ErrorMessage)
		}
	}
}
