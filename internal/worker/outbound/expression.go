package outbound

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

const feelException = "io.camunda.connector.feel.FeelEngineWrapperException"

// expressionLimits are tighter than those of the command line: many jobs are
// worked on at a time.
var expressionLimits = feel.Limits{Steps: 2_000_000, Memory: 64 << 20, Source: 256 << 10}

// expression is a result or error expression, parsed once.
type expression struct {
	text   string // as the header has it
	body   string // as the language sees it
	parsed *feel.Expression
	broken *feel.Error // why it could not be parsed
}

// expression gives nil for a blank text.
func (r *Runtime) expression(text string) *expression {
	if blank(text) {
		return nil
	}
	e := &expression{text: text, body: strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "="))}
	parsed, err := r.engine.ParseText(feel.Connector, text)
	if err != nil {
		e.broken = feelError(err)
		return e
	}
	e.parsed = parsed
	return e
}

func feelError(err error) *feel.Error {
	if e, ok := errors.AsType[*feel.Error](err); ok {
		return e
	}
	return &feel.Error{Kind: feel.ErrEval, Message: err.Error()}
}

// scope is what an expression sees: the members of a value, the value itself
// as response, and for error expressions the job. What comes last wins.
type scope struct {
	value   feel.Value
	job     feel.Value
	withJob bool
	raw     json.RawMessage // of value, to be shown
	retries int32
}

func resultScope(response json.RawMessage) (*scope, error) {
	v, err := feel.FromJSON(response)
	if err != nil {
		return nil, err
	}
	return &scope{value: v, raw: response}, nil
}

func errorScope(value json.RawMessage, retries int32) (*scope, error) {
	s, err := resultScope(value)
	if err != nil {
		return nil, err
	}
	s.job, s.withJob, s.retries = feel.Context(feel.Entry{Key: "retries", Value: feel.Int(int64(retries))}), true, retries
	return s, nil
}

// Lookup implements feel.Variables.
func (s *scope) Lookup(name string) (feel.Value, bool) {
	switch {
	case name == "job" && s.withJob:
		return s.job, true
	case name == "response":
		return s.value, true
	}
	return s.value.Get(name)
}

// shown is the scope as failure texts have it.
func (s *scope) shown() string {
	value := cutText(javaText(s.raw), shownContext)
	text := "[" + value + ", {response=" + value + "}"
	if s.withJob {
		text += ", ErrorExpressionJobContext[job=ErrorExpressionJob[retries=" + strconv.Itoa(int(s.retries)) + "]]"
	}
	return text + "]"
}

// shownContext bounds what a failure text shows of a context, in characters.
const shownContext = 2000

// evaluate gives the value of an expression. A failure is retried unless its
// caller knows better.
func (r *Runtime) evaluate(ctx context.Context, e *expression, s *scope) (feel.Value, *failure) {
	err := e.broken
	if err == nil {
		res, evalErr := e.parsed.Evaluate(ctx, s)
		if evalErr == nil {
			return res.Value, nil
		}
		err = feelError(evalErr)
	}
	f := &failure{Fault: job.Fault{Type: feelException, Message: evaluationText(e.text, s.shown(), e.reason(err)), Err: err}}
	return feel.Null, f
}

func evaluationText(expression, shown, reason string) string {
	return "Failed to evaluate expression '" + expression + "' in context '" + shown + "'. Reason: " + reason
}

// reason tells why an expression failed the way the engine's own texts begin.
func (e *expression) reason(err *feel.Error) string {
	switch err.Kind {
	case feel.ErrParse:
		return "failed to parse expression '" + e.body + "': " + err.Error()
	case feel.ErrAssert:
		return "Assertion failure on evaluate the expression '" + e.body + "': " + err.Message
	}
	message := err.Message
	if name, rest, ok := strings.Cut(message, ": "); ok && functionNames[name] {
		message = rest
	}
	return "failed to evaluate expression '" + e.body + "' : " + message
}

// shapeFailure is what an expression fails with whose value is of no use. It
// is the element's fault: no retry is left.
func shapeFailure(expression string, evaluated []byte, reason string) *failure {
	return inputFailure(feelException + ": " + evaluationText(expression, cutText(string(evaluated), shownContext), reason))
}
