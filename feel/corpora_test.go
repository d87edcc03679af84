package feel

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// The corpora of other projects are not part of the repository: these tests read them
// from the folder in FAIRLEAD_TEST_DATA.

type corpusValue struct {
	T string
	S string
	L []corpusValue
	C map[string]corpusValue
}

type corpusCase struct {
	ID, Expr string
	Vars     []struct{ Name, Expr string }
	Expected corpusValue
	Camunda  *corpusValue
}

func readCorpus(t *testing.T, name string) []corpusCase {
	t.Helper()
	dir := os.Getenv("FAIRLEAD_TEST_DATA")
	if dir == "" {
		fmt.Println("SKIPPED: feel/" + name)
		return nil
	}
	data, err := os.ReadFile(filepath.Join(dir, "feel", name))
	if err != nil {
		fmt.Println("SKIPPED: feel/" + name)
		return nil
	}
	var cases []corpusCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// corpusEngine runs at the time at which the corpora were recorded.
func corpusEngine() *Engine {
	return testEngine(time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC))
}

// evalCorpus returns the value of a case, or what failed: vars, parse or eval.
func evalCorpus(t *testing.T, e *Engine, c *corpusCase) (v Value, failed string) {
	vars := valueMap{}
	for _, x := range c.Vars {
		p, err := e.Parse(x.Expr)
		if err != nil {
			return Null, "vars"
		}
		res, err := p.Evaluate(t.Context(), vars)
		if err != nil {
			return Null, "vars"
		}
		vars[x.Name] = res.Value
	}
	p, err := e.Parse(c.Expr)
	if err != nil {
		return Null, "parse"
	}
	res, err := p.Evaluate(t.Context(), vars)
	if err != nil {
		return Null, "eval"
	}
	return res.Value, ""
}

// meets reports whether a value is the one that a corpus expects.
func (w corpusValue) meets(t *testing.T, e *Engine, v Value) bool {
	switch w.T {
	case "null":
		return v.IsNull()
	case "string":
		return v.t == tString && v.s == w.S
	case "number":
		if exact, ok := Number(w.S); ok && v.t == tNumber && cmpNumbers(exact, v) == 0 {
			return true
		}
		want, err := strconv.ParseFloat(w.S, 64)
		got, ok := v.Float64()
		return err == nil && ok && math.Abs(got-want) <= 1e-8*math.Max(1, math.Abs(want))
	case "boolean":
		return v.t == tBool && v.String() == w.S
	case "list":
		items, ok := v.Items()
		if !ok || len(items) != len(w.L) {
			return false
		}
		for i := range items {
			if !w.L[i].meets(t, e, items[i]) {
				return false
			}
		}
		return true
	case "context":
		return w.meetsContext(t, e, v)
	}
	return w.meetsTemporal(e, v)
}

func (w corpusValue) meetsContext(t *testing.T, e *Engine, v Value) bool {
	if v.t != tContext || len(v.Keys()) != len(w.C) {
		return false
	}
	for k, x := range w.C {
		got, ok := v.Get(k)
		if !ok || !x.meets(t, e, got) {
			return false
		}
	}
	return true
}

func (w corpusValue) meetsTemporal(e *Engine, v Value) bool {
	if v.iso() == w.S || v.String() == w.S {
		return true
	}
	want, ok := e.zones.parseAny(w.S)
	if !ok || want.t != v.t {
		return false
	}
	return compareValues(want, v) == 0
}

func TestCamundaCases(t *testing.T) {
	e, s := corpusEngine(), score{}
	for _, c := range readCorpus(t, "camunda.json") {
		v, failed := evalCorpus(t, e, &c)
		ok := failed == "" && c.Expected.meets(t, e, v) || failed != "" && c.Expected.T == "null"
		s.add("cases", ok)
		if !ok {
			t.Logf("%s %q: got %s %s, want %+v", c.ID, c.Expr, v.iso(), failed, c.Expected)
		}
	}
	s.log("camunda.json")
	if s["cases"][1] > 0 && s.percent("cases") < 99.5 {
		t.Error("less than 99.5 % of the cases agree")
	}
}

func TestTCKCases(t *testing.T) {
	e, s := corpusEngine(), score{}
	for _, c := range readCorpus(t, "tck.json") {
		v, failed := evalCorpus(t, e, &c)
		want := c.Camunda
		ok := failed == want.S && want.T == "error" || failed == "" && want.meets(t, e, v)
		s.add("as the reference engine", ok)
		s.add("as the TCK", failed == "" && c.Expected.meets(t, e, v) || failed != "" && c.Expected.T == "null")
		if !ok {
			t.Logf("%s %q: got %s %q, want %+v", c.ID, c.Expr, v.iso(), failed, *want)
		}
	}
	s.log("tck.json")
	if n := "as the reference engine"; s[n][1] > 0 && s.percent(n) < 99 {
		t.Error("less than 99 % of the cases agree")
	}
}
