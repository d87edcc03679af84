package derive

import (
	"encoding/json"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

type fuzzedFlags struct {
	Text   string            `json:"text,omitempty" label:"Text" doc:"Text."`
	Count  int               `json:"count,omitempty" label:"Count" doc:"Count."`
	Share  float64           `json:"share,omitempty" label:"Share" doc:"Share."`
	On     bool              `json:"on,omitempty" label:"On" doc:"On."`
	Names  []string          `json:"names,omitempty" label:"Names" doc:"Names."`
	Counts []int             `json:"counts,omitempty" label:"Counts" doc:"Counts."`
	Tags   map[string]string `json:"tags,omitempty" label:"Tags" doc:"Tags."`
	Any    any               `json:"any,omitempty" label:"Any" doc:"Anything."`
	Pass   connector.Secret  `json:"pass,omitempty" label:"Pass" doc:"Password."`
}

// FuzzFlags: whatever is written after a flag is refused or becomes JSON.
func FuzzFlags(f *testing.F) {
	typ, err := schema.For[fuzzedFlags]()
	if err != nil {
		f.Fatal(err)
	}
	flags := Flags(typ)
	if len(flags) != 9 {
		f.Fatalf("%d flags", len(flags))
	}
	for _, s := range [][2]string{{"a,b", ""}, {"k=v", "k=w"}, {"1e5", ""}, {"true", "false"}, {",,", "="}, {`{"a":`, ""}, {"\xff", "0x10"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, flag := range flags {
			for _, values := range [][]string{{first}, {first, second}} {
				raw, err := flag.Parse(values)
				if err == nil && !json.Valid(raw) {
					t.Errorf("%s of %q became %q", flag.Name, values, raw)
				}
			}
		}
	})
}
