package schema

import (
	"encoding/json"
	"testing"
)

type fuzzed struct {
	Names []string          `json:"names" label:"Names" doc:"Names." minItems:"1"`
	Count int64             `json:"count,omitempty" label:"Count" doc:"Count." minimum:"1"`
	On    bool              `json:"on" label:"On" doc:"On." default:"true"`
	Mode  string            `json:"mode" label:"Mode" doc:"Mode." enum:"Fast,Slow" default:"Fast"`
	Tags  map[string]string `json:"tags,omitempty" label:"Tags" doc:"Tags."`
	Any   any               `json:"any,omitempty" label:"Any" doc:"Anything."`
}

// FuzzInput: whatever is sent as an input is either refused or made into
// something that is JSON and is not changed when it is read again.
func FuzzInput(f *testing.F) {
	typ, err := For[fuzzed]()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "{}", `{"names":["a"],"COUNT":"3","on":"yes"}`, `{"names":"a","tags":{"k":1},"any":[1,{"x":null}]}`, `{"count":1e400}`, `{"names":{"0":"a"}}`, `[1]`, `{"mode":"fast","unknown":1}`, "{\"names\":[\"\xff\"]}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, p := Decode(raw)
		if p != nil {
			if p.Message == "" {
				t.Error("refused without a word")
			}
			return
		}
		once, problems := typ.Prepare(in)
		if len(problems) > 0 {
			return
		}
		text, err := json.Marshal(once)
		if err != nil {
			t.Fatalf("%q became %v: %v", raw, once, err)
		}
		again, p := Decode(text)
		if p != nil {
			t.Fatalf("%s cannot be read again: %s", text, p.Message)
		}
		twice, problems := typ.Prepare(again)
		second, err := json.Marshal(twice)
		if err != nil || len(problems) > 0 || string(second) != string(text) {
			t.Errorf("%q: %s became %s, %v %v", raw, text, second, problems, err)
		}
	})
}
