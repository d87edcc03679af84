package cli

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzQuery: no path and no document breaks --query, and what it prints is JSON.
func FuzzQuery(f *testing.F) {
	for _, s := range [][2]string{{"$", "1"}, {"$.a[*]", `{"a":[1,"x"]}`}, {"$..b", `{"a":{"b":null}}`}, {"$[?@.a == 1]", `[{"a":1}]`}, {"$[", "{}"}, {"$['x']", `{"x":12345678901234567890.5}`}} {
		f.Add(s[0], []byte(s[1]))
	}
	f.Fuzz(func(t *testing.T, path string, raw []byte) {
		var q query
		if len(path) > 200 || len(raw) > 2000 || q.Set(path) != nil || !json.Valid(raw) {
			return
		}
		var b bytes.Buffer
		if err := q.write(&b, formatJSON, raw); err == nil && !json.Valid(b.Bytes()) {
			t.Errorf("%s of %s prints %q", path, raw, b.String())
		}
		b.Reset()
		_ = q.write(&b, formatTable, raw)
	})
}
