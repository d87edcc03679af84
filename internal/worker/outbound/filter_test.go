package outbound_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/internal/worker/outbound"
)

const deployed = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d">
  <bpmn:process id="p" isExecutable="true">
    <bpmn:serviceTask id="task" zeebe:modelerTemplate="io.camunda.connectors.aws.s3.v1">
      <bpmn:extensionElements>
        <zeebe:ioMapping>
          <zeebe:input source="{{secrets.KEY}}" target="authentication.accessKey" />
          <zeebe:input source="=&#34;a-&#34; + &#34;{{secrets.OTHER}}&#34;" target="action.key" />
          <zeebe:output source="=secrets.OUT" target="x" />
        </zeebe:ioMapping>
      </bpmn:extensionElements>
    </bpmn:serviceTask>
    <bpmn:subProcess id="sub">
      <bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="secrets.SUB" target="s" /></zeebe:ioMapping></bpmn:extensionElements>
      <bpmn:sendTask id="inner"><bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="secrets.INNER" target="s" /></zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>
    </bpmn:subProcess>
  </bpmn:process>
</bpmn:definitions>`

// models gives one model, and counts.
type models struct {
	text  string
	err   error
	asked atomic.Int32
}

func (m *models) ProcessXML(context.Context, int64) ([]byte, error) {
	m.asked.Add(1)
	return []byte(m.text), m.err
}

func TestSecretFilter(t *testing.T) {
	echo := does(func(_ context.Context, in job.Invocation) (json.RawMessage, error) { return in.Variables, nil })
	known := values{"KEY": "key-value", "OTHER": "other-value", "SUB": "sub-value", "INNER": "inner-value", "OUT": "out-value"}
	const all = `["{{secrets.KEY}}","secrets.OTHER","secrets.SUB","secrets.INNER","secrets.OUT"]`
	for _, c := range []struct {
		why     string
		mode    outbound.FilterMode
		models  *models
		element string
		want    string // the variables; empty: the job fails and is tried again
	}{
		{"off", outbound.FilterDisabled, &models{text: deployed}, "task", `["key-value","other-value","sub-value","inner-value","out-value"]`},
		{"what the element's inputs name", outbound.FilterStrict, &models{text: deployed}, "task", `["key-value","other-value","secrets.SUB","secrets.INNER","secrets.OUT"]`},
		{"lax is as strict where the model can be read", outbound.FilterLax, &models{text: deployed}, "task", `["key-value","other-value","secrets.SUB","secrets.INNER","secrets.OUT"]`},
		{"an element within another", outbound.FilterStrict, &models{text: deployed}, "inner", `["{{secrets.KEY}}","secrets.OTHER","secrets.SUB","inner-value","secrets.OUT"]`},
		{"an element that is not there", outbound.FilterStrict, &models{text: deployed}, "nope", all},
		{"the model cannot be read, strict", outbound.FilterStrict, &models{err: errors.New("away")}, "task", ""},
		{"the model cannot be read, lax", outbound.FilterLax, &models{err: errors.New("away")}, "task", `["key-value","other-value","sub-value","inner-value","out-value"]`},
		{"the model is no XML, strict", outbound.FilterStrict, &models{text: "<a"}, "task", ""},
	} {
		s := set{fn: echo, secrets: known, filter: outbound.NewSecretFilter(outbound.FilterOptions{Mode: c.mode, Definitions: c.models, Now: time.Now})}
		r := s.runtime(t)
		for range 2 {
			got := r.Handle(t.Context(), job.Job{
				Type: "test", Retries: 3, ElementID: c.element, ProcessDefinitionKey: 7,
				Variables: json.RawMessage(`{"x":` + all + `}`), CustomHeaders: headers("resultVariable", "r"),
			}, nil)
			if c.want == "" {
				if got.Kind != job.Fail || got.Retries != 2 {
					t.Errorf("%s: got %+v", c.why, got)
				}
				continue
			}
			if want := `{"r":{"x":` + c.want + `}}`; string(got.Variables) != want {
				t.Errorf("%s: got %s %q, want %s", c.why, got.Variables, got.ErrorMessage, want)
			}
		}
		if n := c.models.asked.Load(); c.mode != outbound.FilterDisabled && n != 1 {
			t.Errorf("%s: the model was read %d times", c.why, n)
		}
	}
}

func TestFilterReadsOnceForMany(t *testing.T) {
	echo := does(func(_ context.Context, in job.Invocation) (json.RawMessage, error) { return in.Variables, nil })
	m := &models{text: deployed}
	r := set{fn: echo, secrets: values{"KEY": "v"}, filter: outbound.NewSecretFilter(outbound.FilterOptions{Mode: outbound.FilterStrict, Definitions: m, Models: 10, Now: time.Now})}.runtime(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			j := job.Job{Type: "test", ElementID: "task", ProcessDefinitionKey: 7, Variables: json.RawMessage(`{"x":"secrets.KEY"}`), CustomHeaders: headers("resultVariable", "r")}
			if got := r.Handle(t.Context(), j, nil); string(got.Variables) != `{"r":{"x":"v"}}` {
				t.Errorf("got %s", got.Variables)
			}
		})
	}
	all.Wait()
	if n := m.asked.Load(); n < 1 || n > 3 {
		t.Errorf("the model was read %d times", n)
	}
}

func TestParseFilterMode(t *testing.T) {
	for in, want := range map[string]outbound.FilterMode{"": outbound.FilterDisabled, "disabled": outbound.FilterDisabled, " LAX ": outbound.FilterLax, "Strict": outbound.FilterStrict} {
		if got, err := outbound.ParseFilterMode(in); err != nil || got != want {
			t.Errorf("%q gave %s, %v", in, got, err)
		}
	}
	if _, err := outbound.ParseFilterMode("none"); err == nil {
		t.Error("an unknown mode is taken")
	}
}

func TestUnreadableModelIsAskedForAgain(t *testing.T) {
	now := time.Unix(0, 0)
	m := &models{err: errors.New("away")}
	echo := does(func(_ context.Context, in job.Invocation) (json.RawMessage, error) { return in.Variables, nil })
	filter := outbound.NewSecretFilter(outbound.FilterOptions{Mode: outbound.FilterStrict, Definitions: m, Now: func() time.Time { return now }})
	r := set{fn: echo, secrets: values{"KEY": "v"}, filter: filter}.runtime(t)
	j := job.Job{Type: "test", Retries: 3, ElementID: "task", ProcessDefinitionKey: 7, Variables: json.RawMessage(`{"x":"secrets.KEY"}`), CustomHeaders: headers("resultVariable", "r")}
	if got := r.Handle(t.Context(), j, nil); got.Kind != job.Fail {
		t.Fatalf("got %+v", got)
	}
	m.text, m.err, now = deployed, nil, now.Add(time.Minute)
	if got := r.Handle(t.Context(), j, nil); string(got.Variables) != `{"r":{"x":"v"}}` {
		t.Errorf("got %s %q", got.Variables, got.ErrorMessage)
	}
}

func TestFilterFromTheEnvironment(t *testing.T) {
	const name = "CAMUNDA_CONNECTOR_SECRETRESOLVER_SECRETFILTER_"
	env := map[string]string{name + "MODE": "lax", name + "CACHE_ENABLED": "false", name + "CACHE_MAXSIZE": "5"}
	look := func(n string) (string, bool) { v, ok := env[n]; return v, ok }
	o, err := outbound.ReadFilterOptions(look)
	if err != nil || o.Mode != outbound.FilterLax || o.Models != -1 {
		t.Errorf("got %+v, %v", o, err)
	}
	env[name+"CACHE_ENABLED"] = "TRUE"
	if o, err = outbound.ReadFilterOptions(look); err != nil || o.Models != 5 {
		t.Errorf("got %+v, %v", o, err)
	}
	for n, v := range map[string]string{"MODE": "some", "CACHE_ENABLED": "maybe", "CACHE_MAXSIZE": "0"} {
		bad := func(asked string) (string, bool) { return v, asked == name+n }
		if _, err := outbound.ReadFilterOptions(bad); err == nil || !strings.Contains(err.Error(), name+n) {
			t.Errorf("%s=%s: %v", n, v, err)
		}
	}
}
