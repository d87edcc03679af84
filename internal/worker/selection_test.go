package worker_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/worker"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

type named struct{ typ, name string }

func (n named) Type() string                                                  { return n.typ }
func (n named) Name() string                                                  { return n.name }
func (n named) Fetch() []string                                               { return []string{"all"} }
func (n named) Call(context.Context, job.Invocation) (json.RawMessage, error) { return nil, nil }

func (n named) FetchFor(v compat.Version) []string { return []string{"for " + v.String()} }

type discreet struct{ named }

func (discreet) SecretNames() []string { return []string{"pin"} }

// TestSelectedFunctionsKeepTheirSecrets: under whatever name a function is
// offered, the worker learns what not to show of its jobs.
func TestSelectedFunctionsKeepTheirSecrets(t *testing.T) {
	s, err := worker.Select([]job.Function{discreet{named{"a", "A"}}, named{"b", "B"}}, lookup(nil), compat.Default, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{"pin"}, nil} {
		if diff := cmp.Diff(want, s.Functions[i].(job.Discreet).SecretNames()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSelect(t *testing.T) {
	all := []job.Function{named{"io.camunda:aws-s3:1", "AWS S3"}, named{"fairlead:aws-s3:create-buckets:1", "AWS S3 Create Buckets"}}
	for _, tc := range []struct {
		reason string
		env    map[string]string
		want   string // types, separated by spaces
		bad    string // variable that the error names
	}{
		{"all of them, without a word", nil, "io.camunda:aws-s3:1 fairlead:aws-s3:create-buckets:1", ""},
		{"one is disabled, in any case", map[string]string{"CONNECTOR_OUTBOUND_DISABLED": "IO.camunda:AWS-S3:1, io.camunda:http-json:1"}, "fairlead:aws-s3:create-buckets:1", ""},
		{"one is enabled", map[string]string{"CONNECTOR_OUTBOUND_ENABLED": "io.camunda:aws-s3:1"}, "io.camunda:aws-s3:1", ""},
		{"an empty list enables none", map[string]string{"CONNECTOR_OUTBOUND_ENABLED": ""}, "", ""},
		{"both exclude each other", map[string]string{"CONNECTOR_OUTBOUND_ENABLED": "a", "CONNECTOR_OUTBOUND_DISABLED": "b"}, "", "CONNECTOR_OUTBOUND_DISABLED"},
		{"none is looked for", map[string]string{"CONNECTOR_OUTBOUND_DISCOVERY_DISABLED": "true"}, "", ""},
		{"only what is named by hand", map[string]string{"CONNECTOR_OUTBOUND_DISCOVERY_DISABLED": "true", "CONNECTOR_AWS_S3_FUNCTION": "io.camunda.connector.aws.s3.S3ConnectorFunction"}, "io.camunda:aws-s3:1", ""},
		{"another type", map[string]string{"CONNECTOR_AWS_S3_TYPE": "mine"}, "mine fairlead:aws-s3:create-buckets:1", ""},
		{"the type of another", map[string]string{"CONNECTOR_AWS_S3_TYPE": "fairlead:aws-s3:create-buckets:1"}, "", "CONNECTOR_AWS_S3_CREATE_BUCKETS_TYPE"},
		{"a timeout that is none", map[string]string{"CONNECTOR_AWS_S3_TIMEOUT": "5m"}, "", "CONNECTOR_AWS_S3_TIMEOUT"},
		{"neither true nor false", map[string]string{"CONNECTOR_OUTBOUND_DISCOVERY_DISABLED": "perhaps"}, "", "CONNECTOR_OUTBOUND_DISCOVERY_DISABLED"},
	} {
		s, err := worker.Select(all, lookup(tc.env), compat.V88, slog.New(slog.DiscardHandler))
		if e := connector.AsError(err); tc.bad != "" && (err == nil || e.Kind != connector.Invalid || !strings.Contains(e.Message, tc.bad) || e.Fix == "") || tc.bad == "" && err != nil {
			t.Errorf("%s: %v", tc.reason, err)
			continue
		}
		var types []string
		for _, f := range s.Functions {
			types = append(types, f.Type())
		}
		if tc.bad == "" && strings.Join(types, " ") != tc.want {
			t.Errorf("%s: got %v", tc.reason, types)
		}
	}
}

func lookup(env map[string]string) gateway.Environment {
	return gateway.Environment{
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Names:  func() []string { return slices.Collect(maps.Keys(env)) },
	}
}

func TestSelectAdjusts(t *testing.T) {
	all := []job.Function{named{"t", "AWS S3 (new!)"}}
	s, err := worker.Select(all, lookup(map[string]string{"CONNECTOR_AWS_S3_NEW_TIMEOUT": "90000"}), compat.V88, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Types["t"].Timeout; got != 90*time.Second {
		t.Errorf("got %s", got)
	}
	if diff := cmp.Diff([]string{"for 8.8"}, s.Functions[0].Fetch()); diff != "" {
		t.Error(diff)
	}
	s, err = worker.Select(all, lookup(map[string]string{"CONNECTOR_AWS_S3_NEW_INPUT_VARIABLES": "a, b"}), compat.V88, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, s.Functions[0].Fetch()); diff != "" {
		t.Error(diff)
	}
}
