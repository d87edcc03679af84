package derive

import (
	"encoding/json"
	"testing"

	"github.com/fairlead-io/fairlead/connector/schema"
)

// everyKind has a field of each kind of flag.
type everyKind struct {
	Text    string            `json:"text" label:"Text"`
	Count   int               `json:"count" label:"Count"`
	Ratio   float64           `json:"ratio" label:"Ratio"`
	On      bool              `json:"on" label:"On"`
	Names   []string          `json:"names" label:"Names"`
	Numbers []int             `json:"numbers" label:"Numbers"`
	Tags    map[string]string `json:"tags" label:"Tags"`
	Any     json.RawMessage   `json:"any" label:"Any"`
}

// FuzzFlags: whatever is written after a flag is refused or becomes JSON.
func FuzzFlags(f *testing.F) {
	for _, s := range [][2]string{{"a,b", ""}, {"k=v", "k=w"}, {"1e5", ""}, {"true", "false"}, {",,", "="}, {`{"a":`, ""}, {"\xff", "0x10"}} {
		f.Add(s[0], s[1])
	}
	typ, err := schema.For[everyKind]()
	if err != nil {
		f.Fatal(err)
	}
	flags := Flags(typ)
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, flag := range flags {
			for _, values := range [][]string{{first}, {first, second}, nil} {
				raw, err := flag.Parse(values)
				if err == nil && !json.Valid(raw) {
					t.Errorf("%s of %q became %q", flag.ID, values, raw)
				}
			}
		}
	})
}
