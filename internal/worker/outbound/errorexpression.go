package outbound

import (
	"context"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/isoduration"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

const (
	connectorErrorClass = "io.camunda.connector.runtime.core.error.ConnectorError"
	nullPointer         = "java.lang.NullPointerException"
	illegalArgument     = "java.lang.IllegalArgumentException"
)

// verdict is what an error expression decided.
type verdict struct {
	kind      string // bpmnError, jobError or ignoreError
	code      string
	message   *string // nil: null
	variables json.RawMessage
	retries   int32
	backoff   time.Duration
}

// judge evaluates the error expression over what the job came to. No verdict
// means that the job ends as it would have without one.
func (x *execution) judge(ctx context.Context, value json.RawMessage) (*verdict, *failure) {
	e := x.plan.error
	s, err := errorScope(value, x.job.Retries)
	if err != nil {
		return nil, lastFailure(responseFailure(err))
	}
	v, f := x.evaluate(ctx, e, s)
	if f != nil {
		return nil, lastFailure(f)
	}
	text, f := x.export(ctx, e, v, "Error", x.Compat >= compat.V810)
	if f != nil {
		return nil, lastFailure(f)
	}
	if v.Kind() != feel.KindContext || text == nil || len(v.Keys()) == 0 {
		return nil, nil
	}
	d, f := x.readVerdict(e, v, text)
	if f != nil {
		return nil, lastFailure(f)
	}
	if d != nil {
		if f := x.guard(d.variables); f != nil {
			return nil, lastFailure(f)
		}
	}
	return d, nil
}

// readVerdict takes the object of an error expression for what its errorType
// says it is.
func (x *execution) readVerdict(e *expression, v feel.Value, text []byte) (*verdict, *failure) {
	m, ok := members(text)
	d := &verdict{variables: json.RawMessage("{}")}
	d.kind, _ = plainText(m["errorType"])
	unreadable := shapeFailure(e.text, text, "Cannot parse '"+cutText(string(text), shownContext)+"' as '"+connectorErrorClass+"'.")
	if !ok || !x.knows(d.kind) || !d.setVariables(m["variables"]) {
		return nil, unreadable
	}
	if d.kind == "ignoreError" {
		if x.Compat < compat.V810 && isNull(m["variables"]) {
			return nil, &failure{Fault: job.Fault{Type: illegalArgument, Message: "variables must not be null"}}
		}
		return d, nil
	}
	codeName, messageName := "errorCode", "errorMessage"
	if x.Compat < compat.V88 {
		codeName, messageName = "code", "message"
	}
	message, ok := scalarText(m[messageName])
	if !ok {
		return nil, unreadable
	}
	d.message = message
	if d.kind == "jobError" {
		if !d.setRetries(m["retries"]) || !d.setBackoff(m["retryBackoff"]) {
			return nil, unreadable
		}
		return d, nil
	}
	code, ok := scalarText(m[codeName])
	switch {
	case !ok:
		return nil, unreadable
	case code == nil:
		return nil, nil
	case message == nil && x.Compat < compat.V810:
		return nil, &failure{Fault: job.Fault{Type: nullPointer}}
	}
	d.code = *code
	return d, nil
}

func (r *Runtime) knows(kind string) bool {
	switch kind {
	case "bpmnError", "jobError":
		return true
	}
	return kind == "ignoreError" && r.Compat >= compat.V89
}

func (d *verdict) setVariables(raw json.RawMessage) bool {
	if isNull(raw) {
		return true
	}
	d.variables = raw
	return raw[0] == '{'
}

func (d *verdict) setRetries(raw json.RawMessage) bool {
	text, ok := scalarText(raw)
	if !ok || text == nil {
		return false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(*text), 64)
	if err != nil || f != f || f > 1<<31-1 || f < -1<<31 {
		return false
	}
	d.retries = max(0, int32(f))
	return true
}

// setBackoff takes an ISO 8601 duration, or seconds as a number.
func (d *verdict) setBackoff(raw json.RawMessage) bool {
	if isNull(raw) {
		return true
	}
	if text, ok := plainText(raw); ok {
		nanos, ok := isoduration.Parse(text)
		if ok {
			d.backoff = isoduration.Clamp(nanos)
		}
		return ok
	}
	seconds, ok := new(big.Rat).SetString(string(raw))
	if !ok {
		return false
	}
	nanos := seconds.Mul(seconds, big.NewRat(int64(time.Second), 1))
	d.backoff = isoduration.Clamp(new(big.Int).Quo(nanos.Num(), nanos.Denom()))
	return true
}

// carryOut makes the outcome of a verdict.
func (x *execution) carryOut(d *verdict) job.Outcome {
	message := ""
	if d.message != nil {
		message = validText(x.mask.text(*d.message))
	}
	switch d.kind {
	case "ignoreError":
		return job.Outcome{Kind: job.Complete, Variables: d.variables}
	case "jobError":
		return x.fail(message, x.jobErrorVariables(d, message), d.retries, d.backoff)
	}
	message = cutText(message, maxMessage)
	return job.Outcome{Kind: job.Throw, Variables: d.variables, ErrorCode: d.code, ErrorMessage: message, Failure: message}
}

// jobErrorVariables are those of the expression, with the message as error.
func (x *execution) jobErrorVariables(d *verdict, message string) json.RawMessage {
	out := []byte{'{'}
	if x.Compat >= compat.V89 {
		eachMember(d.variables, func(name string, value json.RawMessage) {
			if name != "error" {
				out = append(append(appendText(out, name), ':'), value...)
				out = append(out, ',')
			}
		})
	}
	return append(appendText(append(out, `"error":`...), message), '}')
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// plainText reads a JSON string.
func plainText(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// scalarText reads a JSON string, and a number or boolean as its text; nil for
// null. False is an object or a list.
func scalarText(raw json.RawMessage) (*string, bool) {
	if isNull(raw) {
		return nil, true
	}
	if s, ok := plainText(raw); ok {
		return &s, true
	}
	s := string(raw)
	return &s, raw[0] != '{' && raw[0] != '['
}

func members(text []byte) (map[string]json.RawMessage, bool) {
	var m map[string]json.RawMessage
	return m, json.Unmarshal(text, &m) == nil
}
