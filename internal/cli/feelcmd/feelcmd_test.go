package feelcmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
	"github.com/fairlead-io/fairlead/internal/cli/feelcmd"
)

// run executes "feel args.." and returns what it wrote.
func run(t *testing.T, in string, args ...string) (out, warnings string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := feelcmd.New()
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(in))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	err = cmd.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

func TestEval(t *testing.T) {
	for _, c := range []struct {
		why      string
		args     []string
		out, err string
		warning  string
	}{
		{"numbers keep their digits", []string{"0.1 + 0.2"}, "0.3\n", "", ""},
		{"variables are JSON", []string{"sum(items[price > 10].price)", "--var", `items=[{"price": 12.5}, {"price": 3}]`}, "12.5\n", "", ""},
		{"a later variable wins", []string{"a", "--var", "a=1", "--var", "a=2"}, "2\n", "", ""},
		{"values of all kinds as JSON", []string{`{a: [true, null, "x"], d: date("2024-02-29")}`}, `{"a":[true,null,"x"],"d":"2024-02-29"}` + "\n", "", ""},
		{"with the kind", []string{`duration("PT90M")`, "--typed"}, `{"kind":"days-time-duration","value":"PT1H30M"}` + "\n", "", ""},
		{"the clock is given", []string{"now()", "--clock", "2026-01-02T03:04:05Z"}, `"2026-01-02T03:04:05Z"` + "\n", "", ""},
		{"unary tests", []string{"> 3", "--unary", "--var", "cellInput=5"}, "true\n", "", ""},
		{"host functions are there", []string{`bpmnError("X").errorCode`}, `"X"` + "\n", "", ""},
		{"warnings have a place", []string{"1 + nope"}, "null\n", "", "Warning: 1:5: NO_VARIABLE_FOUND: No variable found with name 'nope'"},
		{"a syntax error has a place and a hint", []string{"a == 1"}, "", "1:4: unexpected", ""},
		{"an assert fails", []string{`assert(1, false, "too small")`}, "", "too small", ""},
		{"a variable without =", []string{"1", "--var", "a"}, "", `"a" is not of the form name=json`, ""},
		{"a variable that is no JSON", []string{"1", "--var", "a=x"}, "", "the value of a is no JSON", ""},
		{"a clock that is none", []string{"1", "--clock", "noon"}, "", `"noon" is no time`, ""},
		{"no expression", nil, "", "the expression is missing", ""},
		{"lines and an expression", []string{"1", "--json-lines"}, "", "--json-lines takes no expression", ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			out, warnings, err := run(t, "", append([]string{"eval"}, c.args...)...)
			if out != c.out {
				t.Errorf("got %q, want %q", out, c.out)
			}
			if !strings.Contains(warnings, c.warning) {
				t.Errorf("warnings %q, want %q", warnings, c.warning)
			}
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("got error %v, want %q", err, c.err)
			}
			if e, ok := errors.AsType[*connector.Error](err); err != nil && (!ok || e.Kind != connector.Invalid) {
				t.Errorf("the error %#v is not Invalid", err)
			}
		})
	}
}

func TestJSONLines(t *testing.T) {
	in := `{"id": 1, "expr": "a + 1", "context": {"a": 2}}
{"id": "two", "expr": "[1, {b: nope}]"}

{"id": 3, "expr": "1 +"}
{"id": 4, "expr": "assert(1, false, \"why\")"}
{"id": 5, "expr": "log(0)"}
{"id": 6, "expr": "< 3", "unary": true, "context": {"cellInput": 1}}
{"id": 7, "expr": "today()"}
no json
{"id": 8}
{"id": 9, "expr": "1", "context": [1]}
{"id": 10, "expr": "2"}`
	want := []string{
		`{"id":1,"ok":true,"kind":"number","value":"3","warnings":[],"error":null}`,
		`{"id":"two","ok":true,"kind":"list","value":[{"kind":"number","value":"1"},{"kind":"context","value":{"b":{"kind":"null","value":null}}}],"warnings":["NO_VARIABLE_FOUND"],"error":null}`,
		`{"id":3,"ok":false,"kind":null,"value":null,"warnings":[],"error":{"kind":"parse","message":"1:4: the expression ends too early; expected a value","line":1,"column":4}}`,
		`{"id":4,"ok":false,"kind":null,"value":null,"warnings":["ASSERT_FAILURE"],"error":{"kind":"assert","message":"why","line":0,"column":0}}`,
		`{"id":5,"ok":false,"kind":null,"value":null,"warnings":[],"error":{"kind":"eval","message":"the result is no number: -Inf","line":0,"column":0}}`,
		`{"id":6,"ok":true,"kind":"boolean","value":true,"warnings":[],"error":null}`,
		`{"id":7,"ok":true,"kind":"date","value":"2026-01-02","warnings":[],"error":null}`,
		`{"id":null,"ok":false,"kind":null,"value":null,"warnings":[],"error":{"kind":"parse","message":"input line 9 is no such object: invalid character 'o' in literal null (expecting 'u')","line":0,"column":0}}`,
		`{"id":8,"ok":false,"kind":null,"value":null,"warnings":[],"error":{"kind":"parse","message":"input line 10 has no expr","line":0,"column":0}}`,
		`{"id":9,"ok":false,"kind":null,"value":null,"warnings":[],"error":{"kind":"eval","message":"context: variables: the JSON text is a list, not an object","line":0,"column":0}}`,
		`{"id":10,"ok":true,"kind":"number","value":"2","warnings":[],"error":null}`,
	}
	out, _, err := run(t, in, "eval", "--json-lines", "--clock", "2026-01-02T03:04:05.678Z")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(out), "\n")); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// TestJSONLinesFlushes sends the next question only after the answer to the last.
func TestJSONLinesFlushes(t *testing.T) {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	cmd := feelcmd.New()
	cmd.SetArgs([]string{"eval", "--json-lines"})
	cmd.SetIn(inR)
	cmd.SetOut(outW)
	done := make(chan error, 1)
	go func() { done <- cmd.ExecuteContext(t.Context()) }()
	answers := json.NewDecoder(outR)
	for i := range 3 {
		if _, err := io.WriteString(inW, `{"id": 1, "expr": "1"}`+"\n"); err != nil {
			t.Fatal(err)
		}
		var a struct{ OK bool }
		if err := answers.Decode(&a); err != nil || !a.OK {
			t.Fatalf("answer %d: %v %v", i, a, err)
		}
	}
	_ = inW.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestJSONLinesOracle sends the answers of the reference engine through the command.
func TestJSONLinesOracle(t *testing.T) {
	data, err := os.ReadFile("../../../feel/testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Clock string
		Cases []struct {
			ID, Expr string
			Context  json.RawMessage
			Vars     json.RawMessage
			Unary    bool
			Kind     string
			Value    any
			Error    string
		}
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	var in strings.Builder
	enc := json.NewEncoder(&in)
	for _, c := range f.Cases {
		if c.Vars == nil {
			if err := enc.Encode(map[string]any{"id": c.ID, "expr": c.Expr, "context": c.Context, "unary": c.Unary}); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, _, err := run(t, in.String(), "eval", "--json-lines", "--clock", f.Clock)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(out))
	for _, c := range f.Cases {
		if c.Vars != nil {
			continue
		}
		var a struct {
			ID    string
			Kind  string
			Value any
			Error *struct{ Kind string }
		}
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		failed := ""
		if a.Error != nil {
			failed = a.Error.Kind
		}
		if a.ID != c.ID || failed != c.Error || a.Kind != c.Kind || !cmp.Equal(named(a.Value), named(c.Value)) {
			t.Errorf("%s %q: got %+v, want %s %v %s", c.ID, c.Expr, a, c.Kind, c.Value, c.Error)
		}
	}
}

// named leaves out what functions are written as: they are compared by kind only.
func named(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = named(v[i])
		}
	case map[string]any:
		if v["kind"] == "function" {
			delete(v, "value")
		}
		for k := range v {
			v[k] = named(v[k])
		}
	case string:
		if strings.HasPrefix(v, "function(") {
			return "function"
		}
	}
	return v
}

func TestFunctions(t *testing.T) {
	out, _, err := run(t, "", "functions")
	if err != nil || !strings.Contains(out, "substring(string, start position, length)") {
		t.Errorf("the list misses a function: %v", err)
	}
	out, _, err = run(t, "", "functions", "substring before")
	if err != nil || !strings.Contains(out, `= "ann"`) {
		t.Errorf("got %q, %v, want the examples of the function", out, err)
	}
	out, _, err = run(t, "", "functions", "--json")
	var docs []feel.FunctionDoc
	if err != nil || json.Unmarshal([]byte(out), &docs) != nil || len(docs) != len(feel.Reference()) {
		t.Errorf("--json gives %d functions, %v", len(docs), err)
	}
	_, _, err = run(t, "", "functions", "nope")
	if e, ok := errors.AsType[*connector.Error](err); !ok || e.Kind != connector.NotFound {
		t.Errorf("got %v, want NotFound", err)
	}
}
