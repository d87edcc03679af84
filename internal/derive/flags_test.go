package derive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/derive"
	"github.com/fairlead-io/fairlead/internal/derive/testdata/acme"
)

func TestFlagParse(t *testing.T) {
	flags := map[string]derive.Flag{}
	for _, f := range derive.Flags(command(t, acme.Integration(), "ship-parcels").In) {
		flags[f.Name] = f
	}
	for _, tc := range []struct {
		reason string
		flag   string
		in     []string
		want   string
		err    string
	}{
		{"a list is comma-separated", "parcel-names", []string{"a,b"}, `["a","b"]`, ""},
		{"a list may be repeated", "parcel-names", []string{"a,b", "c"}, `["a","b","c"]`, ""},
		{"a doubled comma is a comma of the value", "parcel-names", []string{"a,,b,c"}, `["a,b","c"]`, ""},
		{"a JSON list is taken as it is", "parcel-names", []string{`["a,b","c"]`}, `["a,b","c"]`, ""},
		{"an empty value is an empty list", "parcel-names", []string{""}, `[]`, ""},
		{"spaces belong to the value", "parcel-names", []string{"a, b"}, `["a"," b"]`, ""},
		{"file IDs stay text so that a bad one fails its own item", "file-ids", []string{"1,x"}, `["1","x"]`, ""},
		{"text stays as it is", "speed", []string{`fa"st`}, `"fa\"st"`, ""},
		{"a scalar given twice means one run per value", "speed", []string{"Slow", "Fast"}, `["Slow","Fast"]`, ""},
		{"a scalar does not split at commas", "code", []string{"a,b"}, `"a,b"`, ""},
		{"a whole number", "floor", []string{" -3 "}, `-3`, ""},
		{"not a whole number", "floor", []string{"1.5"}, "", "--floor is not a whole number"},
		{"a number keeps its digits", "weight", []string{"0.10"}, `0.10`, ""},
		{"not a number", "weight", []string{"heavy"}, "", "--weight is not a number"},
		{"a boolean in any case", "fragile", []string{"TRUE"}, `true`, ""},
		{"not a boolean", "fragile", []string{"perhaps"}, "", "--fragile is neither true nor false"},
		{"a map of entries", "tags", []string{"a=1", "b=x=y"}, `{"a":"1","b":"x=y"}`, ""},
		{"not an entry", "tags", []string{"a"}, "", "--tags is not KEY=VALUE"},
		{"any JSON", "policy", []string{`{"a":[1]}`}, `{"a":[1]}`, ""},
		{"broken JSON", "policy", []string{`{"a"`}, "", "--policy is not valid JSON"},
		{"JSON given twice", "policy", []string{`1`, `2`}, "", "--policy is given more than once"},
		{"an object is JSON", "sender", []string{`{"city":"Ulm"}`}, `{"city":"Ulm"}`, ""},
		{"a secret has only a file flag", "pin-file", []string{"1234"}, `"1234"`, ""},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			f, ok := flags[tc.flag]
			if !ok {
				t.Fatalf("no flag %s", tc.flag)
			}
			got, err := f.Parse(tc.in)
			if tc.err != "" {
				e := connector.AsError(err)
				if err == nil || !strings.Contains(e.Message, tc.err) || e.Kind != connector.Invalid || e.Fix == "" || e.Field == "" {
					t.Fatalf("want a located error with a fix that says %q, got %#v", tc.err, e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, ok := flags["pin"]; ok {
		t.Error("a secret must not have a flag that takes its value on the command line")
	}
}

func TestFirstSentence(t *testing.T) {
	for _, tc := range []struct{ reason, in, first, rest string }{
		{"one sentence", "All of it.", "All of it.", ""},
		{"two sentences", "First. Second.", "First.", "Second."},
		{"abbreviations do not end a sentence", "Text, e.g. this. More.", "Text, e.g. this.", "More."},
		{"dots in names do not end a sentence", "See a.b for it. More.", "See a.b for it.", "More."},
		{"no dot at all", "Just words", "Just words", ""},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			if got := derive.FirstSentence(tc.in); got != tc.first {
				t.Errorf("first: want %q, got %q", tc.first, got)
			}
			if got := derive.Rest(tc.in); got != tc.rest {
				t.Errorf("rest: want %q, got %q", tc.rest, got)
			}
		})
	}
}
