package feel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// oracleCase is one expression with the answer of the reference engine.
type oracleCase struct {
	ID      string
	Expr    string
	Context json.RawMessage
	Vars    []struct{ Name, Expr string }
	Unary   bool
	// Kind and Value, or Error and Message.
	Kind     string
	Value    json.RawMessage
	Error    string
	Message  string
	Warnings []string
}

type oracleFile struct {
	Clock time.Time
	Cases []oracleCase
}

func readOracle(tb testing.TB, file string) oracleFile {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	var f oracleFile
	if err := json.Unmarshal(data, &f); err != nil {
		tb.Fatal(err)
	}
	return f
}

// testEngine has all host functions and a fixed clock.
func testEngine(clock time.Time) *Engine {
	return New(WithClock(func() time.Time { return clock }), WithFunctions(ClusterFunctions()...),
		WithFunctions(ConnectorFunctions(func() float64 { return 0.5 })...))
}

// answer is what an engine says: an error kind, or a kind with a typed value.
type answer struct {
	err, message string
	typed        any
	warnings     []string
}

func (c *oracleCase) variables(t testing.TB, e *Engine) Variables {
	values := map[string]Value{}
	if len(c.Context) > 0 {
		v, err := FromJSON(c.Context)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		for _, k := range v.Keys() {
			values[k], _ = v.Get(k)
		}
	}
	for _, v := range c.Vars {
		x, err := e.Parse(v.Expr)
		if err != nil {
			t.Fatalf("%s: variable %s: %v", c.ID, v.Name, err)
		}
		res, err := x.Evaluate(t.Context(), valueMap(values))
		if err != nil {
			t.Fatalf("%s: variable %s: %v", c.ID, v.Name, err)
		}
		values[v.Name] = res.Value
	}
	return valueMap(values)
}

type valueMap map[string]Value

func (m valueMap) Lookup(name string) (Value, bool) {
	v, ok := m[name]
	return v, ok
}

func ask(t testing.TB, e *Engine, expr string, unary bool, vars Variables) answer {
	parse := e.Parse
	if unary {
		parse = e.ParseUnaryTests
	}
	x, err := parse(expr)
	if err != nil {
		return failed(t, err)
	}
	res, err := x.Evaluate(t.Context(), vars)
	a := answer{}
	for _, w := range res.Warnings {
		if !slices.Contains(a.warnings, string(w.Kind)) {
			a.warnings = append(a.warnings, string(w.Kind))
		}
	}
	sort.Strings(a.warnings)
	if err != nil {
		f := failed(t, err)
		f.warnings = a.warnings
		return f
	}
	a.typed = decodeTyped(t, res.Value.AppendTyped(nil))
	return a
}

func failed(t testing.TB, err error) answer {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is no *Error", err)
	}
	return answer{err: string(e.Kind), message: e.Message}
}

// decodeTyped reads typed JSON, with what is not compared made equal.
func decodeTyped(t testing.TB, b []byte) any {
	d := json.NewDecoder(bytes.NewReader(b))
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("typed value %s: %v", b, err)
	}
	return comparableTyped(v)
}

func comparableTyped(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	switch m["kind"] {
	case "function":
		m["value"] = "function"
	case "error":
		m["kind"], m["value"] = "null", nil
	case "list":
		for i, x := range m["value"].([]any) {
			m["value"].([]any)[i] = comparableTyped(x)
		}
	case "context":
		for k, x := range m["value"].(map[string]any) {
			m["value"].(map[string]any)[k] = comparableTyped(x)
		}
	}
	return m
}

func (c *oracleCase) expected(t testing.TB) answer {
	if c.Error != "" {
		return answer{err: c.Error, message: c.Message}
	}
	value := c.Value
	if value == nil {
		value = json.RawMessage("null")
	}
	return answer{typed: decodeTyped(t, fmt.Appendf(nil, `{"kind":%q,"value":%s}`, c.Kind, value)), warnings: c.Warnings}
}

// agrees reports whether two answers are the same; the message counts for asserts (the
// corpus keeps what stands behind its last colon).
func (a answer) agrees(b answer) bool {
	if a.err != b.err || a.err == "assert" && !strings.HasSuffix(a.message, b.message) {
		return false
	}
	return reflect.DeepEqual(a.typed, b.typed)
}

func (a answer) String() string {
	if a.err != "" {
		return a.err + " error: " + a.message
	}
	b, _ := json.Marshal(a.typed)
	return string(b)
}

// group is where a case counts: value, null or failure.
func (c *oracleCase) group() string {
	switch {
	case c.Error != "":
		return "failures"
	case c.Kind == "null":
		return "nulls"
	}
	return "values"
}

// score counts the cases of each group that agree.
type score map[string][2]int

func (s score) add(group string, ok bool) {
	n := s[group]
	n[1]++
	if ok {
		n[0]++
	}
	s[group] = n
}

func (s score) percent(group string) float64 {
	return 100 * float64(s[group][0]) / float64(s[group][1])
}

func (s score) log(name string) {
	groups := make([]string, 0, len(s))
	for g := range s {
		groups = append(groups, g)
	}
	sort.Strings(groups)
	for _, g := range groups {
		fmt.Printf("FIGURE: feel %s, %s: %d of %d (%.2f %%)\n", name, g, s[g][0], s[g][1], s.percent(g))
	}
}

// TestOracle holds this engine against the answers of the reference engine. The rest
// up to 100 % would have to be on the list of differences; there is none.
func TestOracle(t *testing.T) {
	f := readOracle(t, "testdata/oracle.json")
	e := testEngine(f.Clock)
	s := score{}
	for _, c := range f.Cases {
		got, want := ask(t, e, c.Expr, c.Unary, c.variables(t, e)), c.expected(t)
		ok := got.agrees(want)
		s.add(c.group(), ok)
		if !ok {
			t.Errorf("%s %q unary=%v\n  got  %s\n  want %s", c.ID, c.Expr, c.Unary, got, want)
		} else if want.err == "" {
			s.add("warnings", slices.Equal(got.warnings, want.warnings))
		}
	}
	s.log("oracle.json")
	for group, least := range map[string]float64{"values": 99.5, "nulls": 99.5, "failures": 97} {
		if s.percent(group) < least {
			t.Errorf("%s: %.2f %%, at least %.1f %%", group, s.percent(group), least)
		}
	}
}
