package outbound

import (
	"encoding/json"
	"math/big"
	"strings"
	"time"
	"unicode"

	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/isoduration"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Classes that headers fail with.
const (
	backoffException = "io.camunda.connector.runtime.core.error.InvalidBackOffDurationException"
	timeoutException = "io.camunda.connector.runtime.core.error.InvalidJobTimeoutException"
)

// plan is what the headers of a job say. Jobs of one element have equal
// headers, so it is made once for many.
type plan struct {
	backoff        time.Duration
	timeout        time.Duration // 0: leave the job's own
	resultVariable string        // empty: none
	result         *expression   // nil: none
	error          *expression   // nil: none
	fault          *failure      // the headers are wrong: nothing is to be done
}

// maxPlanText keeps huge headers out of the cache.
const maxPlanText = 64 << 10

func (r *Runtime) plan(headers json.RawMessage) *plan {
	if p, ok := r.plans.get(string(headers)); ok {
		return p
	}
	p := r.readPlan(headers)
	if len(headers) <= maxPlanText {
		r.plans.put(string(headers), p, len(headers))
	}
	return p
}

func (r *Runtime) readPlan(headers json.RawMessage) *plan {
	h, fault := readHeaders(headers)
	if fault != nil {
		return &plan{fault: fault}
	}
	p := &plan{}
	if name := h["resultVariable"]; !blank(name) {
		p.resultVariable = name
	}
	p.result, p.error = r.expression(h["resultExpression"]), r.expression(h["errorExpression"])
	if text, given := h["retryBackoff"]; given {
		p.backoff, p.fault = readBackoff(text)
	}
	if text := h["jobTimeout"]; r.Compat >= compat.V810 && !blank(text) && p.fault == nil {
		p.timeout, p.fault = readTimeout(text)
	}
	return p
}

// readHeaders reads the custom headers. None at all and null are no headers.
func readHeaders(text json.RawMessage) (map[string]string, *failure) {
	if len(text) == 0 {
		return nil, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, &failure{retries: new(int32), Fault: job.Fault{
			Type: job.InputException, Err: err,
			Message: "The custom headers of the job are not a JSON object. Define them as task headers with a key and a value.",
		}}
	}
	h := make(map[string]string, len(members))
	for name, raw := range members {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		h[name] = s
	}
	return h, nil
}

func blank(s string) bool { return strings.TrimFunc(s, unicode.IsSpace) == "" }

func readBackoff(text string) (time.Duration, *failure) {
	nanos, ok := isoduration.Parse(text)
	if !ok {
		return 0, headerFault(backoffException, "Failed to parse retry backoff header. Expected ISO-8601 duration, e.g. PT5M, got: "+text)
	}
	return isoduration.Clamp(nanos), nil
}

func readTimeout(text string) (time.Duration, *failure) {
	nanos, ok := isoduration.Parse(text)
	if !ok {
		return 0, headerFault(timeoutException, "Failed to parse job timeout header. Expected ISO-8601 duration, e.g. PT10M, got: "+text)
	}
	millis := new(big.Int).Quo(nanos, big.NewInt(int64(time.Millisecond)))
	switch {
	case nanos.Sign() <= 0 || millis.Sign() == 0:
		return 0, headerFault(timeoutException, "Job timeout must be a positive duration, got: "+text)
	case !millis.IsInt64():
		return 0, headerFault(timeoutException, "Job timeout is too large to represent, got: "+text)
	}
	return isoduration.Clamp(nanos), nil
}

func headerFault(class, message string) *failure {
	return &failure{retries: new(int32), noBackoff: true, Fault: job.Fault{Type: class, Message: message}}
}
