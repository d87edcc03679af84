package api

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzDepth: what passes is not deeper than it may be, as a real reader sees it.
func FuzzDepth(f *testing.F) {
	for _, s := range []string{"", "[[[[]]]]", `{"a":"[[[[[["}`, `{"\"[[[[":[1]}`, "\"\\", "]]]][[[["} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := checkDepth(raw, 3)
		if !json.Valid(raw) {
			return
		}
		d, deepest, now := json.NewDecoder(strings.NewReader(string(raw))), 0, 0
		for {
			token, terr := d.Token()
			if terr != nil {
				break
			}
			switch token {
			case json.Delim('['), json.Delim('{'):
				now++
			case json.Delim(']'), json.Delim('}'):
				now--
			}
			deepest = max(deepest, now)
		}
		if (err != nil) != (deepest > 3) {
			t.Errorf("%q is %d deep: %v", raw, deepest, err)
		}
	})
}
