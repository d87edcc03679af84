package feel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// ClusterFunctions returns the functions that the cluster adds: cycle and fromAi.
func ClusterFunctions() []HostFunction {
	duration := []Kind{KindDayTimeDuration, KindYearMonthDuration}
	fs := []HostFunction{
		{Name: "cycle", Params: []Param{{Name: "repetitions"}, {Name: "interval"}}, Call: func(_ context.Context, a []Value) (Value, error) {
			return cycle(a[0], a[1])
		}},
		{Name: "cycle", Params: []Param{{Name: "repetitions", Kinds: duration}}, Call: func(_ context.Context, a []Value) (Value, error) {
			return cycle(Null, a[0])
		}},
	}
	for n := 1; n <= 5; n++ {
		params := []Param{{Name: "value"}, {Name: "description"}, {Name: "type"}, {Name: "schema"}, {Name: "options"}}[:n]
		fs = append(fs, HostFunction{Name: "fromAi", Params: params, Call: func(_ context.Context, a []Value) (Value, error) {
			return a[0], nil
		}})
	}
	return fs
}

// cycle returns the text of a repeating interval.
func cycle(repetitions, interval Value) (Value, error) {
	if interval.t == tDayTime || interval.t == tYearMonth {
		switch repetitions.t {
		case tNull:
			return String("R/" + interval.String()), nil
		case tNumber:
			return String("R" + strconv.Itoa(int(repetitions.intValue())) + "/" + interval.String()), nil
		}
	}
	return Null, fmt.Errorf("cycle function expected a repetitions (number) and an interval (duration) parameter, but found '%s' and '%s'",
		repetitions.brief(), interval.brief())
}

// ConnectorFunctions returns the functions that the connector runtime adds: bpmnError,
// jobError, ignoreError and backoff. random gives numbers from 0 up to 1 for jitter.
func ConnectorFunctions(random func() float64) []HostFunction {
	var fs []HostFunction
	add := func(name string, call func([]Value) (Value, error), params []Param, least int) {
		for n := least; n <= len(params); n++ {
			fs = append(fs, HostFunction{
				Name: name, Params: params[:n], Fatal: true,
				Call: func(_ context.Context, a []Value) (Value, error) { return call(a) },
			})
		}
	}
	add("bpmnError", bpmnError, []Param{
		{"errorCode", []Kind{KindString}}, {"errorMessage", []Kind{KindString}}, {"variables", []Kind{KindContext}},
	}, 1)
	add("ignoreError", ignoreError, []Param{{"variables", []Kind{KindContext}}}, 0)
	add("jobError", jobError, []Param{
		{"errorMessage", []Kind{KindString}},
		{"variables", []Kind{KindContext}},
		{"retries", []Kind{KindNumber}},
		{"retryBackoff", []Kind{KindDayTimeDuration}},
	}, 1)
	add("backoff", func(a []Value) (Value, error) { return backoff(a, random) }, []Param{
		{"attempt", []Kind{KindNumber}},
		{"minDelay", []Kind{KindDayTimeDuration}},
		{"factor", []Kind{KindNumber}},
		{"maxDelay", []Kind{KindDayTimeDuration}},
		{"jitterFactor", []Kind{KindNumber}},
	}, 1)
	return fs
}

func bpmnError(a []Value) (Value, error) {
	entries := []entry{{"errorType", String("bpmnError")}, {"errorCode", a[0]}}
	for i, name := range []string{"errorMessage", "variables"} {
		if len(a) > i+1 {
			entries = append(entries, entry{name, a[i+1]})
		}
	}
	return contextOf(entries...), nil
}

func ignoreError(a []Value) (Value, error) {
	entries := []entry{{"errorType", String("ignoreError")}}
	if len(a) > 0 {
		entries = append(entries, entry{"variables", a[0]})
	}
	return contextOf(entries...), nil
}

func jobError(a []Value) (Value, error) {
	all := [...]Value{a[0], contextOf(), Int(0), dayTime(0, 0)}
	copy(all[:], a)
	return contextOf(entry{"errorType", String("jobError")}, entry{"errorMessage", all[0]}, entry{"variables", all[1]},
		entry{"retries", all[2]}, entry{"retryBackoff", all[3]}), nil
}

// backoff returns the delay before an attempt, which grows with each.
func backoff(a []Value, random func() float64) (Value, error) {
	delayMin, factor, delayMax, jitter := int64(50), 1.6, int64(5000), 0.1
	if len(a) > 1 {
		delayMin = millis(a[1])
	}
	if len(a) > 2 {
		factor = a[2].float()
	}
	if len(a) > 3 {
		delayMax = millis(a[3])
	}
	if len(a) > 4 {
		jitter = a[4].float()
	}
	n := a[0].intValue()
	if n < 1 || factor <= 0 || delayMin > delayMax || jitter < 0 {
		return Null, errors.New("the arguments must be: attempt >= 1, factor > 0, minDelay <= maxDelay, jitterFactor >= 0")
	}
	d := math.Max(float64(delayMin), math.Min(float64(delayMax), float64(delayMin)*math.Pow(factor, float64(n-1))))
	if jitter > 0 {
		d += (random()*2 - 1) * jitter * d
	}
	ms := int64(math.Max(0, math.Floor(d+0.5)))
	return normal(floorDiv(ms, 1000), floorMod(ms, 1000)*1_000_000), nil
}
