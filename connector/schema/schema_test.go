package schema

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type hidden struct{ v string }

func (hidden) IsSecret()        {}
func (h hidden) Reveal() string { return h.v }
func (h *hidden) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &h.v)
}

type shared struct {
	Region string `json:"regionName,omitempty" label:"Region Name" doc:"Where. More."`
}

type sample struct {
	Names  []string          `json:"bucketNames" label:"Bucket Names" doc:"Names." minItems:"1" resource:"bucket"`
	Kind   string            `json:"kind,omitempty" label:"Kind" enum:"Access Keys,Default Chain" default:"Access Keys"`
	Key    hidden            `json:"secretKey" label:"Secret Key" when:"kind=Access Keys"`
	Count  int               `json:"count,omitempty" label:"Count" minimum:"1" maximum:"10" default:"3" api:"CountApi" group:"limits"`
	On     bool              `json:"on,omitempty" label:"On" default:"false"`
	Ratio  float64           `json:"ratio,omitempty" label:"Ratio"`
	Tags   map[string]string `json:"tags,omitempty" label:"Tags"`
	Policy json.RawMessage   `json:"policy,omitempty" label:"Policy"`
	FileID string            `json:"fileIds,omitempty" label:"D3 File IDs" since:"1.1" example:"12"`
	Extra  *string           `json:"extra,omitempty" label:"Extra" deprecated:"Use Kind."`
	When   string            `json:"when,omitempty" label:"When" when:"on=true" maxLength:"5" pattern:"^a"`
	shared
}

func sampleType(t *testing.T) *Type {
	t.Helper()
	typ, err := For[sample]()
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func TestID(t *testing.T) {
	for _, c := range []struct{ label, id, alias, flag, why string }{
		{"Bucket Names", "bucketNames", "", "bucket-names", "words are capitalised from the second on"},
		{"Role ARN", "roleArn", "", "role-arn", "abbreviations are lower-cased"},
		{"Block Public ACLs", "blockPublicAcls", "", "block-public-acls", "so are their plurals"},
		{"D3 File IDs", "fileIds", "d3FileIds", "file-ids", "a leading D3 is only an alias"},
		{"Default Session Duration Time (s)", "defaultSessionDurationTime", "", "default-session-duration-time", "units are not part of the name"},
		{"Name", "name", "", "name", "one word"},
	} {
		if got := ID(c.label); got != c.id {
			t.Errorf("%s: ID(%q) = %q, want %q", c.why, c.label, got, c.id)
		}
		if got := Alias(c.label); got != c.alias {
			t.Errorf("%s: Alias(%q) = %q, want %q", c.why, c.label, got, c.alias)
		}
		if got := Flag(c.id); got != c.flag {
			t.Errorf("%s: Flag(%q) = %q, want %q", c.why, c.id, got, c.flag)
		}
	}
	if got := Kebab("Create a File from input Text Array"); got != "create-a-file-from-input-text-array" {
		t.Errorf("Kebab = %q", got)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"bucketNames", "regionName"}
	if got := Nearest("bucketName", known); got != "bucketNames" {
		t.Errorf("a missing letter: %q", got)
	}
	if got := Nearest("somethingElse", known); got != "" {
		t.Errorf("nothing alike: %q", got)
	}
}

func TestJSONSchemaGolden(t *testing.T) {
	b, err := json.MarshalIndent(sampleType(t).JSONSchema(true), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "sample.schema.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(b)+"\n"); diff != "" {
		t.Errorf("schema differs from its golden file (-want +got):\n%s", diff)
	}
}

func TestPrepare(t *testing.T) {
	typ := sampleType(t)
	for _, c := range []struct {
		why, in, want string
		problems      []Problem
	}{
		{"defaults are filled in", `{}`, `{"kind":"Access Keys","count":3,"on":false}`, nil},
		{"ids match in any case", `{"BUCKETNAMES":["a"]}`, `{"bucketNames":["a"],"kind":"Access Keys","count":3,"on":false}`, nil},
		{"an alias is taken", `{"d3FileIds":"7"}`, `{"fileIds":"7","kind":"Access Keys","count":3,"on":false}`, nil},
		{"text becomes what it spells", `{"count":"9","on":"True","ratio":"1.5"}`, `{"count":9,"on":true,"ratio":1.5,"kind":"Access Keys"}`, nil},
		{"text that spells nothing stays for validation", `{"count":"nine"}`, `{"count":"nine","on":false,"kind":"Access Keys"}`, nil},
		{"choices get their declared spelling", `{"kind":"default chain"}`, `{"kind":"Default Chain","count":3,"on":false}`, nil},
		{"null means not given", `{"count":null}`, `{"kind":"Access Keys","count":3,"on":false}`, nil},
		{
			"a slip is named", `{"bucketName":["a"]}`, `{"kind":"Access Keys","count":3,"on":false}`,
			[]Problem{{"/bucketName", `Unknown parameter "bucketName".`, `Did you mean "bucketNames"?`}},
		},
		{
			"twice under two names", `{"fileIds":"1","d3FileIds":"2"}`, `{"fileIds":"2","kind":"Access Keys","count":3,"on":false}`,
			[]Problem{{"/fileIds", "D3 File IDs is given twice.", "Leave one of the two out."}},
		},
		{"an array for a scalar is canonical in each element", `{"count":["1",2]}`, `{"count":[1,2],"on":false,"kind":"Access Keys"}`, nil},
	} {
		in, p := Decode([]byte(c.in))
		if p != nil {
			t.Fatalf("%s: %v", c.why, p)
		}
		got, probs := typ.Prepare(in)
		want, _ := Decode([]byte(c.want))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
		if diff := cmp.Diff(c.problems, probs); diff != "" {
			t.Errorf("%s: problems (-want +got):\n%s", c.why, diff)
		}
	}
}

// Choices that look like numbers or booleans are taken as such, too.
func TestPrepareChoices(t *testing.T) {
	typ, err := For[struct {
		Size string `json:"size,omitempty" label:"Size" enum:"2048,3072"`
		On   string `json:"on,omitempty" label:"On" enum:"True,False"`
	}]()
	if err != nil {
		t.Fatal(err)
	}
	for why, c := range map[string]struct{ in, want string }{
		"a number":                       {`{"size":2048}`, `{"size":"2048"}`},
		"a boolean":                      {`{"on":true}`, `{"on":"True"}`},
		"one for each run":               {`{"size":[2048,"3072"]}`, `{"size":["2048","3072"]}`},
		"no choice stays for validation": {`{"size":512,"on":null}`, `{"size":512}`},
	} {
		in, _ := Decode([]byte(c.in))
		got, probs := typ.Prepare(in)
		want, _ := Decode([]byte(c.want))
		if diff := cmp.Diff(want, got); diff != "" || len(probs) > 0 {
			t.Errorf("%s: %v (-want +got):\n%s", why, probs, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for in, why := range map[string]string{"[1]": "an array", "{": "cut off", "{} {}": "two values", "null": "null"} {
		if _, p := Decode([]byte(in)); p == nil || p.Message == "" || p.Fix == "" {
			t.Errorf("%s: no problem with %q", why, in)
		}
	}
	if m, p := Decode(nil); p != nil || len(m) != 0 {
		t.Errorf("empty input is no parameters: %v %v", m, p)
	}
}

func TestParseRefuses(t *testing.T) {
	type badWhen struct {
		A string `json:"a" when:"b=1"`
	}
	type badDefault struct {
		A int `json:"a" default:"x"`
	}
	type noTag struct{ A string }
	type badType struct {
		A chan int `json:"a"`
	}
	for why, err := range map[string]error{
		"when of an unknown field": errOf(For[badWhen]()), "default of the wrong type": errOf(For[badDefault]()),
		"no json tag": errOf(For[noTag]()), "a type JSON cannot hold": errOf(For[badType]()), "not a struct": errOf(For[int]()),
	} {
		if err == nil {
			t.Errorf("%s: no error", why)
		}
	}
}

func errOf(_ *Type, err error) error { return err }

type outRow struct {
	Name string `json:"Name" key:"Names" col:"Name"`
	Size int64  `json:"Size" col:"Size"`
	Pass hidden `json:"Pass"`
}

type outSample struct {
	Rows  []outRow          `json:"Rows"`
	Owner *string           `json:"Owner,omitempty" key:"Owner"`
	None  []string          `json:"None" key:"None"`
	Vals  map[string]hidden `json:"vals"`
}

func TestOutput(t *testing.T) {
	typ, err := For[outSample]()
	if err != nil {
		t.Fatal(err)
	}
	owner := "me"
	v := &outSample{
		Rows: []outRow{{"a", 1, hidden{"s1"}}, {"b", 2, hidden{}}}, Owner: &owner,
		Vals: map[string]hidden{"x/y": {"s2"}},
	}
	wantKeys := map[string][]any{"Names": {"a", "b"}, "Owner": {"me"}, "None": {}}
	if diff := cmp.Diff(wantKeys, typ.KeyFields(v)); diff != "" {
		t.Errorf("key fields (-want +got):\n%s", diff)
	}
	wantTab := Table{Columns: []string{"Name", "Size"}, Rows: [][]any{{"a", int64(1)}, {"b", int64(2)}}}
	if diff := cmp.Diff(wantTab, typ.Table(v)); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	wantSecrets := []SecretAt{{"/Rows/0/Pass", "s1"}, {"/vals/x~1y", "s2"}}
	if diff := cmp.Diff(wantSecrets, typ.Secrets(v)); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if !typ.HasSecrets() {
		t.Error("HasSecrets is false")
	}
}

func TestResources(t *testing.T) {
	got := sampleType(t).Resources(map[string]any{"bucketNames": []any{"a", "b"}, "kind": "x"})
	want := []ResourceAt{{"bucket", "a", "/bucketNames"}, {"bucket", "b", "/bucketNames"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSecretTexts(t *testing.T) {
	typ := sampleType(t)
	got := typ.SecretTexts(map[string]any{"SECRETKEY": map[string]any{"a": []any{"s1", 5}}, "kind": "open", "nonsense": "x"})
	if diff := cmp.Diff([]string{"s1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f, ok := typ.Named("D3FILEIDS"); !ok || f.ID != "fileIds" {
		t.Errorf("an alias in another case: %v %v", f, ok)
	}
}
