package audit_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/fairlead-io/fairlead/internal/audit"
)

func TestCanonicalJSON(t *testing.T) {
	for _, c := range []struct{ reason, in, want string }{
		{"members are sorted, space goes", `{ "b" : 1, "a" : [ true, null ] }`, `{"a":[true,null],"b":1}`},
		{"order is that of UTF-16 units, in which an emoji comes before U+FB33", `{"\ufb33":1,"😀":2,"€":3,"\r":4,"1":5}`, "{\"\\r\":4,\"1\":5,\"€\":3,\"😀\":2,\"\ufb33\":1}"},
		{"only needed escapes", `"<\u003e&\u2028\/\u00e9\"\\\b\f\n\r\t\u0001\u001f\u007f"`, "\"<>&\u2028/é\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\u007f\""},
		{"large integers stay exact", `[9007199254740993,-9223372036854775808,18446744073709551615]`, `[9007199254740993,-9223372036854775808,18446744073709551615]`},
		{"minus zero is zero", `[-0,0.0,-0.0e5]`, `[0,0,0]`},
		{"fractions in the form of ECMAScript", `[1.50,1e21,1e-7,333333333.33333329,4.50e0,2e-3]`, `[1.5,1e+21,1e-7,333333333.3333333,4.5,0.002]`},
		{"a whole fraction is the integer", `[10.0,1e2]`, `[10,100]`},
		{"empty input is null", ` `, `null`},
		{"nesting", `[{"z":{"y":[],"x":{}}}]`, `[{"z":{"x":{},"y":[]}}]`},
	} {
		got, err := audit.CanonicalJSON([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.reason, got, err, c.want)
		}
	}
}

func TestCanonicalJSONRefuses(t *testing.T) {
	for reason, in := range map[string]string{
		"two values":        `1 2`,
		"duplicate members": `{"a":1,"a":2}`,
		"hidden duplicate":  `{"a":1,"\u0061":2}`,
		"cut short":         `{"a":[1`,
		"no JSON":           `{a:1}`,
		"too large":         `1e999`,
	} {
		if got, err := audit.CanonicalJSON([]byte(in)); err == nil {
			t.Errorf("%s: got %s, want an error", reason, got)
		}
	}
}

// Canonical form is a fixed point, means the same, and does not depend on how the JSON was written.
func TestCanonicalJSONIsStable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.MapOf(rapid.String(), rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return s }),
			rapid.Map(rapid.Int64(), func(n int64) any { return n }),
			rapid.Map(rapid.SliceOf(rapid.Bool()), func(b []bool) any { return b }),
		)).Draw(rt, "value")
		one, err := audit.Canonical(value)
		if err != nil {
			rt.Fatal(err)
		}
		indented, err := json.MarshalIndent(value, " ", "\t")
		if err != nil {
			rt.Fatal(err)
		}
		two, err := audit.CanonicalJSON(indented)
		if err != nil || string(one) != string(two) {
			rt.Fatalf("%s\n%s\n%v", one, two, err)
		}
		if again, err := audit.CanonicalJSON(one); err != nil || string(again) != string(one) {
			rt.Fatalf("not a fixed point: %s\n%s\n%v", one, again, err)
		}
	})
}

func FuzzCanonicalJSON(f *testing.F) {
	for _, seed := range []string{`{"b":1,"a":[1.5,"\u0000"]}`, `[`, `1e400`, `{"":{}}`, "\"\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := audit.CanonicalJSON(in)
		if err != nil {
			return
		}
		again, err := audit.CanonicalJSON(out)
		if err != nil || string(again) != string(out) {
			t.Fatalf("%q -> %q -> %q, %v", in, out, again, err)
		}
	})
}
