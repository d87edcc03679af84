package run

import (
	"encoding/json"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

func TestEncodedOutputIsWhatTheLibraryMakes(t *testing.T) {
	raw, err := json.Marshal(map[string]any{"a": "<b> & \u2028 \"quoted\"", "n": []any{1, nil, 2.5}})
	if err != nil {
		t.Fatal(err)
	}
	for why, o := range map[string]output{
		"nothing":   {},
		"all":       {RawData: raw, KeyFields: map[string][]any{"k": {"v"}}, Result: schema.Table{Columns: []string{"c"}, Rows: [][]any{{"r"}}}, Plan: []connector.PlanStep{{Item: "i"}}},
		"left out":  {Omitted: true, KeyFields: map[string][]any{}},
		"raw alone": {RawData: raw},
	} {
		want, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.encoded()
		if err != nil || string(got) != string(want) {
			t.Errorf("%s: %s, %v; want %s", why, got, err, want)
		}
	}
}
