package outbound_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/worker/compat"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
	"github.com/fairlead-io/fairlead/internal/worker/outbound"
	"github.com/fairlead-io/fairlead/test/camunda/recorded"
)

// Here the life cycle is compared with what was recorded, over a function that
// knows just enough of buckets. The whole worker is compared in test/camunda.

// accepted are the places where we are not what was recorded, with the reason;
// all of them are in docs/camunda/differences.md.
var accepted = map[string]string{
	"error.fail-error-string/8.9":  "the order of a map's keys there is none that could be relied on",
	"result.raw-headers-null/8.8":  "headers that are null are no headers",
	"result.raw-headers-null/8.9":  "headers that are null are no headers",
	"result.raw-headers-null/8.10": "headers that are null are no headers",
	"result.raw-headers-list/8.8":  "the job is failed instead of being left to its timeout",
	"result.raw-headers-list/8.9":  "the job is failed instead of being left to its timeout",
	"result.raw-headers-list/8.10": "the job is failed instead of being left to its timeout",
	"secret.key-unclosed/8.8":      "an unclosed reference shows nothing of the job",
	"secret.key-unclosed/8.9":      "an unclosed reference shows nothing of the job",
	"secret.key-unclosed/8.10":     "an unclosed reference shows nothing of the job",
	"secret.key-dollar/8.8":        "${} in a value is text",
	"secret.key-dollar/8.9":        "${} in a value is text",
	"secret.key-dollar/8.10":       "${} in a value is text",
}

func TestRecordedLifeCycle(t *testing.T) {
	dir := os.Getenv("FAIRLEAD_TEST_DATA")
	if dir == "" {
		fmt.Println("SKIPPED: camunda/recordings.json")
		return
	}
	cases, err := recorded.Load(filepath.Join(dir, "camunda", "recordings.json"))
	if err != nil {
		t.Fatal(err)
	}
	compared, agreed, left := 0, 0, maps.Clone(accepted)
	for _, c := range recorded.Where(cases, ofLifeCycle) {
		for _, v := range recorded.Versions() {
			want, ok := c.Of(v)
			if !ok {
				continue
			}
			compared++
			name := c.ID + "/" + v.Compat
			t.Run(name, func(t *testing.T) {
				diffs := compareCase(t, c, v, want)
				why, known := accepted[name]
				delete(left, name)
				switch {
				case len(diffs) == 0 && known:
					t.Errorf("agrees, though it is in the list of differences: %s", why)
				case len(diffs) == 0:
					agreed++
				case !known:
					for _, d := range diffs {
						t.Error(d)
					}
				}
			})
		}
	}
	t.Logf("%d compared, %d agree, %d differ with a reason", compared, agreed, len(accepted))
	if len(left) > 0 {
		t.Errorf("in the list of differences, but not recorded: %v", left)
	}
	if compared < 700 {
		t.Errorf("only %d comparisons were made", compared)
	}
}

func ofLifeCycle(c recorded.Case) bool {
	if c.JobType != recorded.S3JobType {
		return false
	}
	switch c.Group {
	case "error", "result", "secret", "function", "retry":
		return true
	case "v810":
		for _, part := range []string{"create-document", "backoff", "timeout"} {
			if strings.Contains(c.ID, part) {
				return true
			}
		}
	}
	return false
}

func compareCase(t *testing.T, c recorded.Case, v recorded.Version, want recorded.Observation) []recorded.Difference {
	t.Helper()
	version, err := compat.Parse(v.Compat)
	if err != nil {
		t.Fatal(err)
	}
	docs := newDocuments(t, c)
	r := outbound.New(outbound.Deps{
		Functions: []job.Function{&buckets{c: c}}, Secrets: recordedSecrets(version), Documents: docs, Compat: version,
		Now: time.Now, Log: quiet(t), NewID: func() string { return "01234567-89ab-cdef-0123-456789abcdef" },
		Random: func() float64 { return 0.5 },
	})
	replies := slices.Clone(c.CommandReplies)
	out := r.Handle(t.Context(), recordedJob(t, c), func(context.Context, time.Duration) error {
		if len(replies) == 0 {
			return nil
		}
		return &gateway.Error{Operation: "UpdateJobTimeout", Code: replies[0], Message: "scripted reply", Retryable: replies[0] == gateway.CodeUnavailable}
	})
	want.Commands, want.S3, want.Documents, want.S3After = nil, nil, nil, nil
	return recorded.Compare(want, recorded.Observation{Outcome: told(out)})
}

func recordedJob(t *testing.T, c recorded.Case) job.Job {
	t.Helper()
	j := job.Job{Key: 1, Type: c.JobType, Retries: c.Retries, Variables: c.Variables, TenantID: "<default>", BPMNProcessID: "p"}
	if c.RawVariables != nil {
		j.Variables = json.RawMessage(*c.RawVariables)
	}
	if c.CustomHeaders != nil {
		raw, err := json.Marshal(c.CustomHeaders)
		if err != nil {
			t.Fatal(err)
		}
		j.CustomHeaders = raw
	}
	if c.RawCustomHeaders != nil {
		j.CustomHeaders = json.RawMessage(*c.RawCustomHeaders)
	}
	return j
}

// told is the outcome as the engine is told it.
func told(o job.Outcome) recorded.Command {
	places := recorded.Places{}
	c := recorded.Command{Kind: string(o.Kind), Variables: json.RawMessage(places.Normalise(string(o.Variables)))}
	message := places.Normalise(o.ErrorMessage)
	switch o.Kind {
	case job.Fail:
		backoff := o.RetryBackoff.Milliseconds()
		c.Retries, c.RetryBackOff, c.ErrorMessage = &o.Retries, &backoff, &message
	case job.Throw:
		c.ErrorCode, c.ErrorMessage = &o.ErrorCode, &message
	}
	return c
}

// buckets stands in for the S3 connector.
type buckets struct{ c recorded.Case }

func (b *buckets) Type() string    { return b.c.JobType }
func (b *buckets) Name() string    { return "AWS S3" }
func (b *buckets) Fetch() []string { return nil }

const (
	requestTail = " (Service: S3, Status Code: %d, Request ID: {requestId}, Extended Request ID: {hostId}) (SDK Attempt Count: 1)"
	s3Model     = "software.amazon.awssdk.services.s3.model."
)

func (b *buckets) Call(ctx context.Context, in job.Invocation) (json.RawMessage, error) {
	var v struct {
		Kind          string                     `json:"actionDiscriminator"`
		Configuration map[string]any             `json:"configuration"`
		Action        map[string]json.RawMessage `json:"action"`
	}
	if err := json.Unmarshal(in.Variables, &v); err != nil {
		return nil, input(err.Error())
	}
	bucket, err := text(ctx, in, v.Action["bucket"])
	if err != nil {
		return nil, err
	}
	key, err := text(ctx, in, v.Action["key"])
	if err != nil {
		return nil, err
	}
	switch {
	case bucket != nil && *bucket == "":
		return nil, input("jakarta.validation.ValidationException: Found constraints violated while validating input: \n - Property: action.bucket: Validation failed. Original message: must not be blank")
	case v.Kind != "deleteObject" && v.Kind != "downloadObject" && v.Kind != "uploadObject":
		return nil, input("Unexpected Error, Further investigation is needed")
	case v.Configuration["region"] == "mars secret":
		return nil, &job.Fault{Type: "software.amazon.awssdk.core.exception.SdkClientException", Message: "Invalid region: region was not a valid DNS name."}
	case *bucket == "My_Secret_Bucket":
		return nil, &job.Fault{Type: s3Model + "S3Exception", Message: "The specified bucket is not valid." + fmt.Sprintf(requestTail, 400)}
	case *bucket == "nobkt":
		return nil, &job.Fault{Type: s3Model + "NoSuchBucketException", Message: "The specified bucket does not exist." + fmt.Sprintf(requestTail, 404)}
	}
	switch v.Kind {
	case "deleteObject":
		return marshal(struct {
			Bucket *string `json:"bucket"`
			Key    *string `json:"key"`
		}{bucket, key})
	case "uploadObject":
		return b.upload(bucket, key)
	}
	return b.download(bucket, key)
}

func (b *buckets) upload(bucket, key *string) (json.RawMessage, error) {
	shown := "null"
	if key != nil {
		shown = *key
	}
	return marshal(struct {
		Bucket *string `json:"bucket"`
		Key    *string `json:"key"`
		Link   string  `json:"link"`
	}{bucket, key, "https://" + *bucket + ".s3.amazonaws.com/" + shown})
}

func (b *buckets) download(bucket, key *string) (json.RawMessage, error) {
	for _, before := range b.c.S3Before {
		for _, o := range before.Objects {
			if before.Bucket != *bucket || o.Key != *key {
				continue
			}
			content, err := o.Content.Bytes()
			if err != nil {
				return nil, err
			}
			var shown any = string(content)
			if o.ContentType == "application/json" {
				shown = json.RawMessage(content)
			}
			return marshal(struct {
				Bucket  *string        `json:"bucket"`
				Key     *string        `json:"key"`
				Element map[string]any `json:"element"`
			}{bucket, key, map[string]any{"content": shown}})
		}
	}
	return nil, &job.Fault{Type: s3Model + "NoSuchKeyException", Message: "The specified key does not exist." + fmt.Sprintf(requestTail, 404)}
}

func input(message string) error {
	return &job.Fault{Type: job.InputException, Message: message, Input: true}
}

func marshal(v any) (json.RawMessage, error) { return json.Marshal(v) }

// text reads a text as the connector does: a list of one is unwrapped, and a
// call of a function has to give a text.
func text(ctx context.Context, in job.Invocation, raw json.RawMessage) (*string, error) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		raw = list[0]
	}
	if len(raw) > 0 && raw[0] == '{' {
		res, err := in.Intrinsic(ctx, raw)
		if err != nil {
			return nil, err
		}
		if res[0] != '"' {
			shown := strings.NewReplacer(`"`, "", ":", "=", ",", ", ").Replace(string(res))
			return nil, input("Unsupported operation result, expected a string, got: " + shown)
		}
		raw = res
	}
	var s *string
	if len(raw) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	return s, nil
}

// recordedSecrets are those that the recorded runtimes had.
func recordedSecrets(v compat.Version) secrets.Resolver {
	s := values{
		"FOO": "foo-value", "BAR": "bar-value", "S3_KEY": "AKIATESTROOT", "S3_SECRET": "test-root-secret", "REGION": "us-east-1", "DISC": "deleteObject",
		"DASH-NAME": "dash-value", "NAME": "FOO", "RECURSIVE": "{{secrets.BAR}}", "QUOTES": `say "hi"`, "BACKSLASH": `a\b`, "NEWLINE": "line1\nline2\ttab",
		"UNICODE": "Grüße 日本", "EMPTY": "", "NUMBER": "404", "DOLLAR": `$1 $0 ${nope} \1`, "JSONV": `{"a":1}`, "ÜBER": "uber-value", "A/B": "slash-value",
		"BUCKET": "bkt", "KEYNAME": "key", "BOOL": "true", "BUCKET_UPPER": "My_Secret_Bucket", "BADREGION": "mars secret", "SHORT": "e", "BASIC": "basic",
		"STATUSPATH": "status/404", "BACKOFF": "PT5S",
	}
	if v < compat.V89 { // the whole environment could be read
		s["LANG"] = "C.UTF-8"
	}
	return s
}

// values finds secrets as the environment of the recorded runtimes did: the
// name may be in lower case.
type values map[string]string

func (v values) Lookup(_ context.Context, name string, _ secrets.Scope) (connector.Secret, bool, error) {
	s, ok := v[name]
	if !ok {
		s, ok = v[strings.ToUpper(name)]
	}
	return connector.NewSecret(s), ok, nil
}

var errNotThere = &connector.Error{Kind: connector.NotFound, Message: "There is no such document.", Err: errors.New("404")}
