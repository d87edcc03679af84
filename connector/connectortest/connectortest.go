// Package connectortest is the conformance suite of integrations. An
// integration's own test makes a Kit and calls Run; every command is then held
// to the same rules: a sound declaration, located errors, outputs that match
// their schema, an end when canceled or out of time, no goroutine left behind,
// no secret in any sink, and safe repetition where it is promised.
package connectortest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// Request is one execution.
type Request struct {
	Command  string
	Settings map[string]any // nil when the integration needs no connection
	Input    map[string]any
	Timeout  time.Duration // 0: none
	Cancel   time.Duration // cancel after this long; 0: never
}

// Outcome is what the caller and the sinks saw.
type Outcome struct {
	State    string
	Verdict  string
	Kind     connector.Kind  // of the error; empty without one
	Fields   []string        // JSON pointers of the failing fields
	Fixes    []string        // what to do, beside each field
	RawData  json.RawMessage // as the caller got it
	Error    string          // the error as JSON
	Stored   string          // everything that was stored, audit included
	Logs     string
	Took     time.Duration
	Requests int // HTTP requests that left during the run
}

// Runner executes commands over the whole path of the product.
type Runner interface {
	Run(t *testing.T, r Request) Outcome
}

// Kit is what the suite needs to know of an integration.
type Kit struct {
	Integration *connector.Integration
	Runner      Runner
	// Settings are those of a working connection; nil when none is needed.
	Settings map[string]any
	// At gives settings that lead every request to an address
	// ("127.0.0.1:1234") instead; nil when no connection is needed.
	At func(address string) map[string]any
	// Inputs make a valid input of each command, anew for each run.
	Inputs map[string]func(t *testing.T) map[string]any
	// Validate checks a value against a declared type.
	Validate func(t *schema.Type, v any) []*connector.Error
}

// Run holds the integration to the rules.
func Run(t *testing.T, k Kit) {
	var leaks goleak.Option
	if k.At == nil {
		leaks = goleak.IgnoreCurrent()
	}
	t.Run("declaration", func(t *testing.T) {
		for _, p := range Lint(k.Integration) {
			t.Error(p)
		}
	})
	for _, c := range k.Integration.Commands {
		t.Run(c.ID, func(t *testing.T) {
			t.Run("located errors", func(t *testing.T) { k.locatedErrors(t, c) })
			t.Run("valid run", func(t *testing.T) { k.validRun(t, c) })
			t.Run("ends in time", func(t *testing.T) { k.endsInTime(t, c) })
			t.Run("echo", func(t *testing.T) { k.echo(t, c) })
		})
	}
	if k.At != nil {
		return // pooled connections of the runner live on until it closes
	}
	if err := goleak.Find(leaks); err != nil {
		t.Errorf("goroutines are left: %v", err)
	}
}

// locatedErrors gives nothing at all, then a bad choice for each choice.
func (k Kit) locatedErrors(t *testing.T, c *connector.Command) {
	var want []string
	for _, f := range c.In.Fields {
		if f.Required && f.When == nil {
			want = append(want, schema.Pointer("", f.ID))
		}
	}
	if len(want) > 0 {
		k.expectFields(t, Request{Command: c.ID, Settings: k.Settings, Input: map[string]any{}}, want)
	}
	for _, f := range c.In.Fields {
		bad, ok := badValue(&f)
		if !ok {
			continue
		}
		in := k.input(t, c)
		in[f.ID] = bad
		k.expectFields(t, Request{Command: c.ID, Settings: k.Settings, Input: in}, []string{schema.Pointer("", f.ID)})
	}
}

func badValue(f *schema.Field) (any, bool) {
	switch {
	case len(f.Enum) > 0:
		return "no such choice", true
	case f.Kind == schema.Integer && f.Minimum != nil:
		return *f.Minimum - 1, true
	case f.Kind == schema.Boolean, f.Kind == schema.Integer:
		return "neither", true
	}
	return nil, false
}

func (k Kit) expectFields(t *testing.T, r Request, want []string) {
	t.Helper()
	o := k.Runner.Run(t, r)
	if o.Kind != connector.Invalid || o.Verdict != "Failed" {
		t.Errorf("input %v: %s %s, want Failed Invalid: %s", r.Input, o.Verdict, o.Kind, o.Error)
		return
	}
	if o.Requests > 0 {
		t.Errorf("input %v: %d requests left although the input is wrong", r.Input, o.Requests)
	}
	for _, w := range want {
		if !hasField(o.Fields, w) {
			t.Errorf("input %v: no error at %s, only at %v", r.Input, w, o.Fields)
		}
	}
	for _, fix := range o.Fixes {
		if fix == "" {
			t.Errorf("input %v: an error without a fix: %s", r.Input, o.Error)
		}
	}
}

func hasField(fields []string, want string) bool {
	for _, f := range fields {
		if f == want || strings.HasPrefix(f, want+"/") {
			return true
		}
	}
	return false
}

func (k Kit) input(t *testing.T, c *connector.Command) map[string]any {
	t.Helper()
	mk, ok := k.Inputs[c.ID]
	if !ok {
		t.Fatalf("the kit has no input for %s", c.ID)
	}
	return mk(t)
}

// validRun runs the command on good input, and once more on the same input
// when it promises that this is safe.
func (k Kit) validRun(t *testing.T, c *connector.Command) {
	in := k.input(t, c)
	for i := range 2 {
		o := k.Runner.Run(t, Request{Command: c.ID, Settings: k.Settings, Input: in})
		k.noSecrets(t, o, k.Settings)
		if o.Verdict != "Successful" {
			t.Fatalf("run %d: %s: %s", i+1, o.Verdict, o.Error)
		}
		k.outputMatches(t, c, o)
		if !c.Effect.Has(connector.Idempotent) {
			return
		}
	}
}

func (k Kit) outputMatches(t *testing.T, c *connector.Command, o Outcome) {
	t.Helper()
	if len(o.RawData) == 0 || string(o.RawData) == "null" {
		if len(c.Out.Fields) > 0 {
			t.Error("a successful run without raw data")
		}
		return
	}
	v, p := schema.Decode(o.RawData)
	if p != nil {
		t.Fatalf("raw data is not an object: %v", p)
	}
	hideRefs(v)
	for _, e := range k.Validate(c.Out, v) {
		t.Errorf("raw data does not match its schema at %s: %s", e.Field, e.Message)
	}
}

// hideRefs puts text where references to secrets stand.
func hideRefs(v any) any {
	switch x := v.(type) {
	case map[string]any:
		if _, ok := x["$secret"]; ok && len(x) == 1 {
			return connector.Redacted
		}
		for k, e := range x {
			x[k] = hideRefs(e)
		}
	case []any:
		for i, e := range x {
			x[i] = hideRefs(e)
		}
	}
	return v
}

func (k Kit) noSecrets(t *testing.T, o Outcome, settings map[string]any) {
	t.Helper()
	if k.Integration.Connection == nil {
		return
	}
	for _, f := range k.Integration.Connection.Settings.Fields {
		v, ok := settings[f.ID].(string)
		if !f.Secret || !ok || len(v) < 6 {
			continue
		}
		for where, text := range map[string]string{"the error": o.Error, "the store": o.Stored, "the log": o.Logs, "raw data": string(o.RawData)} {
			if strings.Contains(text, v) {
				t.Errorf("the secret %s is in %s", f.ID, where)
			}
		}
	}
}
