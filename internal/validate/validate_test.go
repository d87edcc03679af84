package validate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

type input struct {
	Role   string           `json:"roleArn,omitempty" label:"Role ARN" api:"RoleArn" minLength:"20" maxLength:"30"`
	Secs   int              `json:"duration,omitempty" label:"Duration" api:"DurationSeconds" minimum:"900" maximum:"43200"`
	Names  []string         `json:"names" label:"Names" minItems:"1" maxItems:"3"`
	Mode   string           `json:"mode,omitempty" label:"Mode" enum:"Fast,Slow"`
	Name   string           `json:"session,omitempty" label:"Session" pattern:"^[a-z]+$"`
	URL    string           `json:"url,omitempty" label:"URL" format:"uri"`
	Pass   connector.Secret `json:"pass,omitempty" label:"Pass" minLength:"8"`
	Key    string           `json:"key" label:"Key" when:"mode=Slow"`
	Nested *nested          `json:"nested,omitempty" label:"Nested"`
}

type nested struct {
	A int `json:"a" label:"A" minimum:"1"`
}

func TestInput(t *testing.T) {
	typ, err := schema.For[input]()
	if err != nil {
		t.Fatal(err)
	}
	v := New()
	for _, c := range []struct {
		why, in string
		want    []string // pointer: message
	}{
		{"good", `{"names":["a"]}`, nil},
		{"the words of the documentation", `{"names":["a"],"roleArn":"x","duration":10}`, []string{
			"/roleArn: Invalid length for parameter RoleArn, value: 1, valid min length: 20",
			"/duration: Invalid value for parameter DurationSeconds, value: 10, valid min value: 900",
		}},
		{"upper limits", `{"names":["a"],"roleArn":"0123456789012345678901234567890","duration":50000}`, []string{
			"/roleArn: Invalid length for parameter RoleArn, value: 31, valid max length: 30",
			"/duration: Invalid value for parameter DurationSeconds, value: 50000, valid max value: 43200",
		}},
		{"required", `{}`, []string{"/names: Names is required."}},
		{"required by another field", `{"names":["a"],"mode":"slow"}`, []string{"/key: Key is required."}},
		{"empty list", `{"names":[]}`, []string{"/names: Invalid length for parameter Names, value: 0, valid min length: 1"}},
		{"too many", `{"names":["a","b","c","d"]}`, []string{"/names: Invalid length for parameter Names, value: 4, valid max length: 3"}},
		{"an element of the wrong type", `{"names":["a",5]}`, []string{"/names/1: Invalid type for parameter Names[1], value: 5, type: number, valid types: string"}},
		{"a choice", `{"names":["a"],"mode":"fats"}`, []string{"/mode: Invalid value for parameter Mode, value: fats, valid values: Fast, Slow"}},
		{"a pattern", `{"names":["a"],"session":"A1"}`, []string{"/session: Invalid value for parameter Session, value: A1, valid pattern: ^[a-z]+$"}},
		{"a format", `{"names":["a"],"url":"nonsense"}`, []string{"/url: Invalid value for parameter URL, value: nonsense, valid format: uri"}},
		{"a secret is not shown", `{"names":["a"],"pass":"hunter2"}`, []string{"/pass: Invalid length for parameter Pass, value: 7, valid min length: 8"}},
		{"a secret of the wrong type is not shown", `{"names":["a"],"pass":{"x":"hunter2"}}`, []string{"/pass: Invalid type for parameter Pass, value: " + connector.Redacted + ", type: object, valid types: string"}},
		{"inside an object", `{"names":["a"],"nested":{"a":0,"b":1}}`, []string{
			"/nested/b: Unknown parameter \"b\".", "/nested/a: Invalid value for parameter A, value: 0, valid min value: 1",
		}},
		{"not JSON", `{`, []string{": The input is not valid JSON: unexpected EOF."}},
	} {
		_, errs := v.Input(typ, []byte(c.in))
		var got []string
		for _, e := range errs {
			got = append(got, e.Field+": "+e.Message)
			if e.Kind != connector.Invalid || e.Fix == "" {
				t.Errorf("%s: kind %s, fix %q", c.why, e.Kind, e.Fix)
			}
		}
		if diff := cmp.Diff(c.want, got, cmp.Transformer("sorted", func(s []string) map[string]bool {
			m := map[string]bool{}
			for _, x := range s {
				m[x] = true
			}
			return m
		})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
}

func TestLongValuesAreCut(t *testing.T) {
	typ, err := schema.For[input]()
	if err != nil {
		t.Fatal(err)
	}
	_, errs := New().Input(typ, []byte(`{"names":["a"],"mode":"`+strings.Repeat("x", 500)+`"}`))
	if len(errs) != 1 || len(errs[0].Message) > 200 {
		t.Errorf("%v", errs)
	}
}
