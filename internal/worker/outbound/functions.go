package outbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

// documentMember is the member by which a call of createDocument is told in
// the value of an expression.
const documentMember = "connectorResultFunction"

const bareDocument = "must not be a bare createDocument(...) call — wrap it inside a field, e.g. {myDocument: createDocument(...)}"

// functionNames are those whose failures carry their name in front.
var functionNames = map[string]bool{"bpmnError": true, "jobError": true, "ignoreError": true, "backoff": true, "createDocument": true}

// hostFunctions are the functions that a version of the connector runtime adds
// to the language. A function that a version does not have is unknown there
// and so gives null.
func hostFunctions(v compat.Version, random func() float64, marker string) []feel.HostFunction {
	var fs []feel.HostFunction
	for _, f := range feel.ConnectorFunctions(random) {
		if had(v, f) {
			fs = append(fs, spoken(v, f))
		}
	}
	if v >= compat.V810 {
		fs = append(fs, feel.HostFunction{
			Name: "createDocument", Params: []feel.Param{{Name: "value"}},
			Call: func(_ context.Context, a []feel.Value) (feel.Value, error) {
				return feel.Context(feel.Entry{Key: documentMember, Value: feel.String(marker)}, feel.Entry{Key: "value", Value: a[0]}), nil
			},
		})
	}
	return fs
}

func had(v compat.Version, f feel.HostFunction) bool {
	switch f.Name {
	case "backoff":
		return v >= compat.V810
	case "ignoreError":
		return v >= compat.V89
	case "bpmnError":
		return v >= compat.V810 || len(f.Params) > 1
	}
	return true
}

// spoken gives the function with the failure texts of the connector runtime,
// and before 8.8 with the names its result had then.
func spoken(v compat.Version, f feel.HostFunction) feel.HostFunction {
	call, params, name := f.Call, f.Params, f.Name
	f.Params = make([]feel.Param, len(params))
	for i, p := range params {
		f.Params[i].Name = p.Name
	}
	f.Call = func(ctx context.Context, a []feel.Value) (feel.Value, error) {
		if err := checkArguments(name, params, a); err != nil {
			return feel.Null, fmt.Errorf("java.lang.IllegalArgumentException: %w", err)
		}
		res, err := call(ctx, a)
		if err == nil && v < compat.V88 {
			res = oldNames(res)
		}
		return res, err
	}
	return f
}

func checkArguments(name string, params []feel.Param, a []feel.Value) error {
	for i, p := range params {
		if len(p.Kinds) > 0 && !slices.Contains(p.Kinds, a[i].Kind()) {
			return fmt.Errorf("Parameter '%s' of function '%s' must be a %s", p.Name, name, kindNames[p.Kinds[0]]) //nolint:staticcheck // the text that processes know
		}
	}
	if name == "backoff" {
		return checkBackoff(a)
	}
	return nil
}

var kindNames = map[feel.Kind]string{
	feel.KindString: "String", feel.KindContext: "Context", feel.KindNumber: "Number", feel.KindDayTimeDuration: "days-time duration",
}

func checkBackoff(a []feel.Value) error {
	if n, _ := a[0].Float64(); n < 1 {
		return errors.New("backoff(): 'attempt' must be >= 1, but was " + javaInteger(n))
	}
	if len(a) > 2 {
		if factor, _ := a[2].Float64(); factor <= 0 {
			return errors.New("backoff(): 'factor' must be > 0, but was " + javaDouble(factor))
		}
	}
	if len(a) > 4 {
		if jitter, _ := a[4].Float64(); jitter < 0 {
			return errors.New("backoff(): 'jitterFactor' must be >= 0, but was " + javaDouble(jitter))
		}
	}
	return nil
}

func javaInteger(f float64) string { return strconv.FormatInt(int64(f), 10) }

func javaDouble(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if f == float64(int64(f)) {
		s += ".0"
	}
	return s
}

// oldNames gives the result of a function with the names of 8.7.
func oldNames(v feel.Value) feel.Value {
	rename := map[string]string{"errorCode": "code", "errorMessage": "message"}
	var entries []feel.Entry
	for _, key := range v.Keys() {
		member, _ := v.Get(key)
		if name, ok := rename[key]; ok {
			key = name
		}
		entries = append(entries, feel.Entry{Key: key, Value: member})
	}
	if entries == nil {
		return v
	}
	return feel.Context(entries...)
}
