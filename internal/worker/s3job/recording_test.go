package s3job

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/worker/compat"
)

// recording is one job that Camunda's runtimes were given.
type recording struct {
	ID                 string
	Group              string
	Profile            string
	CustomHeaders      map[string]string
	Retries            int32
	Variables          json.RawMessage
	RawVariables       *string
	Documents          []storedDocument
	DocumentStoreFails int
	S3Before           []bucketState
	S3Script           []answer
	Observed           []observed
}

type storedDocument struct {
	DocumentID string
	Content    content
	Metadata   map[string]any
}

type bucketState struct {
	Bucket  string
	Objects []struct {
		Key, ContentType, SHA256 string
		Size                     int64
		Content                  content
	}
}

type answer struct {
	Status        int
	Headers       map[string]string
	Body          string
	Times         int
	CutConnection bool
}

type observed struct {
	Versions []string
	Tags     []string
	Outcome  struct {
		Kind, ErrorMessage string
		Retries            int32
		Variables          json.RawMessage
	}
	S3Exchanges []struct {
		Request struct {
			Method, Path, BodySHA256 string
			Headers                  map[string]string
			SignedWith               struct{ AccessKey, Region, Service string }
		}
	}
	DocumentExchanges []struct {
		Method, Path, Query string
		Status              int
	}
	S3After []bucketState
}

func (o *observed) tagged(tag string) bool {
	for _, t := range o.Tags {
		if t == tag {
			return true
		}
	}
	return false
}

// content is bytes in one of three spellings.
type content struct {
	Text   *string
	Base64 *string
	Fill   []any
}

func (c content) bytes() []byte {
	switch {
	case c.Base64 != nil:
		raw, _ := base64.StdEncoding.DecodeString(*c.Base64)
		return raw
	case len(c.Fill) == 2:
		return []byte(strings.Repeat(c.Fill[0].(string), int(c.Fill[1].(float64))))
	case c.Text != nil:
		return []byte(*c.Text)
	}
	return nil
}

// recordings gives those of some groups; none, with a line, where they are not at hand.
func recordings(t *testing.T, groups ...string) []recording {
	t.Helper()
	path := filepath.Join(os.Getenv("FAIRLEAD_TEST_DATA"), "camunda", "recordings.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		fmt.Println("SKIPPED: camunda/recordings.json")
		return nil
	}
	var all, out []recording
	must(t, json.Unmarshal(raw, &all))
	for _, r := range all {
		for _, g := range groups {
			if r.Group == g {
				out = append(out, r)
			}
		}
	}
	return out
}

var versions = map[string]compat.Version{"8.8.7": compat.V88, "8.9.7": compat.V89, "8.10-dev": compat.V810}

func (r *recording) of(version string) *observed {
	for i := range r.Observed {
		for _, v := range r.Observed[i].Versions {
			if v == version {
				return &r.Observed[i]
			}
		}
	}
	return nil
}

// sent are the variables as the engine sends them, in the order of their names;
// of those only what the version asks for.
func (r *recording) sent(t *testing.T, v compat.Version, replace func(string) string) []byte {
	t.Helper()
	if r.RawVariables != nil {
		return []byte(*r.RawVariables)
	}
	if len(r.Variables) == 0 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(replace(string(r.Variables))))
	d.UseNumber()
	var in any
	must(t, d.Decode(&in))
	if vars, ok := expand(in).(map[string]any); ok {
		shown := map[string]any{}
		for _, name := range FetchFor(v) {
			if x, ok := vars[name]; ok {
				shown[name] = x
			}
		}
		in = shown
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	must(t, e.Encode(in))
	return bytes.TrimSpace(b.Bytes())
}

// expand replaces {"$fill": [s, n]}.
func expand(v any) any {
	switch x := v.(type) {
	case map[string]any:
		if fill, ok := x["$fill"].([]any); ok {
			n, _ := fill[1].(json.Number).Int64()
			return strings.Repeat(fill[0].(string), int(n))
		}
		for k, e := range x {
			x[k] = expand(e)
		}
	case []any:
		for i, e := range x {
			x[i] = expand(e)
		}
	}
	return v
}
