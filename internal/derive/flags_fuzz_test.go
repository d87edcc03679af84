package derive

import (
	"encoding/json"
	"testing"
)

// FuzzFlags: whatever is written after a flag is refused or becomes JSON.
func FuzzFlags(f *testing.F) {
	for _, s := range [][2]string{{"a,b", ""}, {"k=v", "k=w"}, {"1e5", ""}, {"true", "false"}, {",,", "="}, {`{"a":`, ""}, {"\xff", "0x10"}} {
		f.Add(s[0], s[1])
	}
	kinds := []FlagKind{FlagString, FlagInteger, FlagNumber, FlagBoolean, FlagList, FlagMap, FlagJSON}
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, kind := range kinds {
			for _, values := range [][]string{{first}, {first, second}, nil} {
				raw, err := Flag{ID: "x", Name: "x", Kind: kind, scalar: kind != FlagList && kind != FlagMap && kind != FlagJSON}.Parse(values)
				if err == nil && !json.Valid(raw) {
					t.Errorf("%s of %q became %q", kind, values, raw)
				}
			}
		}
	})
}
