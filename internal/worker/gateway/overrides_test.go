package gateway

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

var onOffer = []Offered{
	{"io.camunda:aws-s3:1", "AWS S3"},
	{"fairlead:aws-s3:list-buckets:1", "AWS S3 List Buckets"},
	{"job", "Job"},
	{"job-request", "Job Request"},
	{"a.b", "One"},
	{"a-b", "Two"},
}

const (
	s3Type = "io.camunda:aws-s3:1"
	envKey = "CAMUNDA_CLIENT_WORKER_OVERRIDE_"
)

func readOverrides(env map[string]string) (map[string]Override, []string, error) {
	list, remarks, err := Overrides(Environment{
		Lookup: func(n string) (string, bool) { v, ok := env[n]; return v, ok },
		Names:  func() []string { return slices.Collect(maps.Keys(env)) },
	}, onOffer)
	out := map[string]Override{}
	for i, o := range list {
		if !cmp.Equal(o, Override{}) {
			out[onOffer[i].Type] = o
		}
	}
	return out, remarks, err
}

func TestOverrides(t *testing.T) {
	minute := map[string]Override{s3Type: {Timeout: time.Minute}}
	for _, tc := range []struct {
		reason  string
		env     map[string]string
		want    map[string]Override
		remarks []string // their beginnings
	}{
		{"nothing is said", map[string]string{"CAMUNDA_CLIENT_WORKER_DEFAULTS_TIMEOUT": "1"}, map[string]Override{}, nil},
		{"letters and digits alone", map[string]string{envKey + "IOCAMUNDAAWSS31_TIMEOUT": "PT1M"}, minute, nil},
		{"an underscore for each other character", map[string]string{envKey + "IO_CAMUNDA_AWS_S3_1_TIMEOUT": "1m"}, minute, nil},
		{"lower case, dashes and colons, where the platform allows them", map[string]string{envKey + "io.camunda:aws-s3:1_TIMEOUT": "60000"}, minute, nil},
		{"in brackets", map[string]string{envKey + "[io.camunda:aws-s3:1]_TIMEOUT": "1m"}, minute, nil},
		{"in brackets and capitals, as Spring makes small", map[string]string{envKey + "[IO.CAMUNDA:AWS-S3:1]_TIMEOUT": "1m"}, minute, nil},
		{"as a property", map[string]string{"camunda.client.worker.override[io.camunda:aws-s3:1].timeout": "1m"}, minute, nil},
		{"as a property with a dot before the brackets", map[string]string{"camunda.client.worker.override.[io.camunda:aws-s3:1].timeout": "1m"}, minute, nil},
		{"by the worker's name", map[string]string{envKey + "AWSS3_TIMEOUT": "1m"}, minute, nil},
		{"JSON, nested", map[string]string{springJSON: `{"camunda":{"client":{"worker":{"override":{"[io.camunda:aws-s3:1]":{"timeout":"PT1M"}}}}}}`}, minute, nil},
		{"JSON, in one name", map[string]string{springJSON: `{"camunda.client.worker.override.[io.camunda:aws-s3:1].timeout":60000}`}, minute, nil},
		{"JSON, without brackets: Spring takes that apart at the dot", map[string]string{springJSON: `{"camunda":{"client":{"worker":{"override":{"io.camunda:aws-s3:1":{"timeout":"1m"}}}}}}`}, minute, nil},
		{"JSON goes before the environment", map[string]string{springJSON: `{"camunda.client.worker.override.[io.camunda:aws-s3:1].timeout":"1m"}`, envKey + "IOCAMUNDAAWSS31_TIMEOUT": "2m"}, minute, nil},
		{"the same said twice", map[string]string{envKey + "IOCAMUNDAAWSS31_TIMEOUT": "1m", envKey + "IO_CAMUNDA_AWS_S3_1_TIMEOUT": "1m"}, minute, nil},
		{"empty values do not count", map[string]string{envKey + "IOCAMUNDAAWSS31_TIMEOUT": " ", springJSON: `{"camunda.client.worker.override.[io.camunda:aws-s3:1].name":""}`}, map[string]Override{}, nil},
		{
			"every setting",
			map[string]string{
				envKey + "AWSS3_ENABLED": "no", envKey + "AWSS3_TYPE": "mine", envKey + "AWSS3_NAME": "fleet", envKey + "AWSS3_MAX_JOBS_ACTIVE": "7",
				envKey + "AWSS3_TIMEOUT": "1m", envKey + "AWSS3_POLLINTERVAL": "2s", envKey + "AWSS3_REQUESTTIMEOUT": "3s", envKey + "AWSS3_STREAMENABLED": "true",
				envKey + "AWSS3_STREAM_TIMEOUT": "8h", envKey + "AWSS3_FETCHVARIABLES": "a, b", envKey + "AWSS3_FORCEFETCHALLVARIABLES": "off",
				envKey + "AWSS3_TENANTIDS": "acme,<default>", envKey + "AWSS3_TENANTFILTERMODE": "PROVIDED",
			},
			map[string]Override{s3Type: {
				Type: "mine", Name: "fleet", Enabled: ptr(false), MaxJobs: 7, Timeout: time.Minute, PollInterval: 2 * time.Second, RequestTimeout: 3 * time.Second,
				Stream: ptr(true), StreamTimeout: 8 * time.Hour, Fetch: []string{"a", "b"}, FetchAll: ptr(false), Tenants: []string{"acme", "<default>"},
			}},
			nil,
		},
		{
			"lists one by one, in their order",
			map[string]string{
				envKey + "JOB_TENANTIDS_1": "b", envKey + "JOB_TENANTIDS_0": "a", envKey + "JOB_TENANT_IDS_2_": "c", envKey + "JOB_TENANTIDS_2": "c",
				springJSON: `{"camunda.client.worker.override.job.fetch-variables":["x","y"]}`,
			},
			map[string]Override{"job": {Tenants: []string{"a", "b", "c"}, Fetch: []string{"x", "y"}}},
			nil,
		},
		{
			"one of them the list itself",
			map[string]string{envKey + "JOB_TENANTIDS_0": "b", envKey + "JOB_TENANTIDS": "a"},
			map[string]Override{"job": {Tenants: []string{"a"}}},
			nil,
		},
		{
			"what cannot be done says so",
			map[string]string{envKey + "JOB_AUTOCOMPLETE": "false", envKey + "JOB_RETRYBACKOFF": "1m", envKey + "JOB_MAXRETRIES": "2"},
			map[string]Override{},
			[]string{"The environment variable " + envKey + "JOB_AUTOCOMPLETE has no effect. The worker itself", "The environment variable " + envKey + "JOB_MAXRETRIES has no effect.", "The environment variable " + envKey + "JOB_RETRYBACKOFF has no effect. How long"},
		},
		{
			"no such type here, no such setting",
			map[string]string{envKey + "IOCAMUNDAHTTPJSON1_TIMEOUT": "1m", envKey + "JOB_COLOUR": "red", springJSON: `{"camunda.client.worker.override.[JOBX].timeout":1}`},
			map[string]Override{},
			[]string{
				"The property camunda.client.worker.override.[JOBX].timeout in SPRING_APPLICATION_JSON has no effect. It names no job type",
				"The environment variable " + envKey + "IOCAMUNDAHTTPJSON1_TIMEOUT has no effect. It names no job type", "The environment variable " + envKey + "JOB_COLOUR has no effect. It names no setting",
			},
		},
		{
			"the type goes before the name, wholly",
			map[string]string{envKey + "IOCAMUNDAAWSS31_TIMEOUT": "1m", envKey + "AWSS3_MAXJOBSACTIVE": "3"},
			minute,
			[]string{"The environment variable " + envKey + "AWSS3_MAXJOBSACTIVE has no effect. There is an override that names the job type io.camunda:aws-s3:1."},
		},
		{
			"brackets tell apart what letters do not",
			map[string]string{springJSON: `{"camunda.client.worker.override":{"[a.b]":{"max-jobs-active":1},"[a-b]":{"max-jobs-active":2}}}`},
			map[string]Override{"a.b": {MaxJobs: 1}, "a-b": {MaxJobs: 2}},
			nil,
		},
	} {
		got, remarks, err := readOverrides(tc.env)
		if err != nil {
			t.Errorf("%s: %v", tc.reason, err)
			continue
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", tc.reason, d)
		}
		if !slices.EqualFunc(tc.remarks, remarks, func(want, got string) bool { return strings.HasPrefix(got, want) }) {
			t.Errorf("%s: %q", tc.reason, remarks)
		}
	}
}

func TestOverridesSayWhatIsWrong(t *testing.T) {
	for _, tc := range []struct {
		reason string
		env    map[string]string
		name   string // of the variable at fault
		text   string
	}{
		{"not a duration", map[string]string{envKey + "JOB_TIMEOUT": "soon"}, envKey + "JOB_TIMEOUT", "not a duration"},
		{"no time", map[string]string{envKey + "JOB_TIMEOUT": "0"}, envKey + "JOB_TIMEOUT", "no time at all"},
		{"a negative time, said once", map[string]string{envKey + "JOB_STREAMTIMEOUT": "-1"}, envKey + "JOB_STREAMTIMEOUT", "negative"},
		{"no jobs", map[string]string{envKey + "JOB_MAXJOBSACTIVE": "0"}, envKey + "JOB_MAXJOBSACTIVE", "not a number of jobs"},
		{"neither", map[string]string{envKey + "JOB_STREAMENABLED": "perhaps"}, envKey + "JOB_STREAMENABLED", "neither true nor false"},
		{"a filter that there is not", map[string]string{envKey + "JOB_TENANTFILTERMODE": "ASSIGNED"}, envKey + "JOB_TENANTFILTERMODE", "not supported"},
		{"in JSON, by the property's name", map[string]string{springJSON: `{"camunda.client.worker.override.[job].timeout":"soon"}`}, envKey + "JOB_TIMEOUT", "The property camunda.client.worker.override.[job].timeout in SPRING_APPLICATION_JSON is not a duration"},
		{"no JSON", map[string]string{springJSON: `{"a":`}, springJSON, "not a JSON object"},
		{"a list", map[string]string{springJSON: `[]`}, springJSON, "not a JSON object"},
		{"more after it", map[string]string{springJSON: `{} {}`}, springJSON, "not a JSON object"},
		{"two types of the same letters", map[string]string{envKey + "AB_TIMEOUT": "1m"}, envKey + "AB_TIMEOUT", "could mean a.b or a-b"},
		{"two readings", map[string]string{envKey + "JOB_REQUEST_TIMEOUT": "1m"}, envKey + "JOB_REQUEST_TIMEOUT", "could be request-timeout of job or timeout of job-request"},
		{"two spellings that differ", map[string]string{envKey + "JOBREQUEST_TIMEOUT": "1m", envKey + "JOB-REQUEST_TIMEOUT": "2m"}, envKey + "JOBREQUEST_TIMEOUT", envKey + "JOB-REQUEST_TIMEOUT mean the same"},
	} {
		_, _, err := readOverrides(tc.env)
		e := connector.AsError(err)
		if err == nil || e.Kind != connector.Invalid || e.Fix == "" || len(e.Causes) > 0 || e.Field != "/"+tc.name || !strings.Contains(e.Message, tc.text) {
			t.Errorf("%s: %+v", tc.reason, e)
		}
	}
}

// What is set beside overrides can stand in SPRING_APPLICATION_JSON too.
func TestSpringJSON(t *testing.T) {
	got, err := fromEnv(map[string]string{
		springJSON:                   `{"camunda":{"client":{"grpcAddress":"http://json:1","rest-address":"http://json:2","prefer_rest_over_grpc":false,"worker":{"defaults":{"max-jobs-active":9,"tenant-ids":["a","b"],"stream-timeout":"8h"}}}},"other":null}`,
		"CAMUNDA_CLIENT_GRPCADDRESS": "http://env:1", "CAMUNDA_CLIENT_WORKER_DEFAULTS_TIMEOUT": "1m", "CAMUNDA_CLIENT_WORKER_DEFAULTS_TENANTIDS_0": "env",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		GRPC: "http://json:1", REST: "http://json:2", Given: true, Auth: Auth{Strategy: NoAuth},
		Worker: WorkerDefaults{MaxJobs: 9, Tenants: []string{"a", "b"}, StreamTimeout: 8 * time.Hour, Timeout: time.Minute},
	}
	if d := cmp.Diff(want, got, compareSecrets); d != "" {
		t.Error(d)
	}
	_, err = fromEnv(map[string]string{springJSON: `{"camunda.client.mode":"hybrid"}`})
	if e := connector.AsError(err); err == nil || !strings.HasPrefix(e.Message, "The property camunda.client.mode in SPRING_APPLICATION_JSON is not a mode.") {
		t.Errorf("%+v", e)
	}
}

// The docs page names every setting that an override may have.
func TestDocsNameEveryOverride(t *testing.T) {
	page, err := os.ReadFile("../../../docs/camunda/connect.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range overrideSettings() {
		if name := strings.ToUpper(strings.ReplaceAll(s.property, "-", "")); !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/camunda/connect.md does not name %s", name)
		}
	}
}
