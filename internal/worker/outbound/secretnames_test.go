package outbound

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSubstitute(t *testing.T) {
	value := func(name string) (string, bool) { return "<" + name + ">", name != "NONE" }
	for _, c := range []struct{ in, want, why string }{
		{"{{secrets.FOO}}", "<FOO>", "braces"},
		{"{{ secrets.FOO }}", "<FOO>", "spaces within the braces"},
		{"{{  secrets.FOO}}", "<FOO>", "several spaces"},
		{"{{secrets.FOO   }}", "<FOO>", "spaces behind the name are not part of it"},
		{"a{{secrets.FOO}}b", "a<FOO>b", "within a text"},
		{"{{secrets.FOO}}{{secrets.BAR}}", "<FOO><BAR>", "two of them"},
		{"{{{secrets.FOO}}}", "{<FOO>}", "more braces stay"},
		{"{{secrets.DASH-NAME}} {{secrets.A/B}} {{secrets.ÜBER}}", "<DASH-NAME> <A/B> <ÜBER>", "any letters"},
		{`{{secrets.FO"O}}`, `<FO"O>`, "quotes"},
		{"{{secrets.a.b.c}}", "<a.b.c>", "dots"},
		{"{{\nsecrets.FOO}}", "{{\n<FOO>}}", "a line feed is no space: the bare form is found"},
		{"{{secrets.FOO\n}}", "{{<FOO>\n}}", "nor behind the name"},
		{"{{secrets.X Y}}", "{{<X> Y}}", "a space ends the name, so the braces are text"},
		{"{{secrets.FOO", "{{<FOO>", "unclosed: the bare form"},
		{"{{secrets.FOO{{secrets.BAR}}", "{{<FOO><BAR>", "unclosed before another one"},
		{"{{secrets.}}", "{{secrets.}}", "no name"},
		{"{{secrets.}}x{{secrets.FOO}}", "{{secrets.}}x<FOO>", "no name reaches no further"},
		{"{ {secrets.FOO}}", "{ {<FOO>}}", "the braces stand together"},
		{"{{Secrets.FOO}}", "{{Secrets.FOO}}", "the case counts"},
		{"{{ SECRETS.FOO}}", "{{ SECRETS.FOO}}", "the case counts"},
		{"secrets.FOO", "<FOO>", "bare"},
		{"xsecrets.FOO", "x<FOO>", "bare within a word"},
		{"my-secrets.example.com", "my-<example.com>", "bare within a host name"},
		{"secrets.FOO-z", "<FOO-z>", "a dash joins"},
		{"secrets.FOO_BAR", "<FOO_BAR>", "an underscore joins"},
		{"secrets.A/B", "<A/B>", "a slash joins"},
		{"secrets.FOO/secrets.BAR", "<FOO/secrets.BAR>", "which takes in the next one"},
		{"secrets.FOO.", "<FOO>.", "nothing behind the dot"},
		{"secrets.FOO,x", "<FOO>,x", "a comma ends the name"},
		{"secrets.FOO?x=1", "<FOO>?x=1", "a question mark, too"},
		{"secrets.FOO:secrets.BAR", "<FOO>:<BAR>", "a colon, too"},
		{"secrets.FOO--BAR", "<FOO>--BAR", "two signs do not join"},
		{"secrets._FOO", "secrets._FOO", "a sign begins no name"},
		{"secrets..FOO", "secrets..FOO", "a sign begins no name"},
		{"secrets.?", "secrets.?", "no name"},
		{"secrets.Ü", "secrets.Ü", "bare names are ASCII"},
		{"secrets.", "secrets.", "no name"},
		{"secrets.secrets.FOO", "<secrets.FOO>", "a name that looks like one"},
		{"%7B%7Bsecrets.FOO%7D%7D", "%7B%7B<FOO>%7D%7D", "encoded braces are none"},
		{"{{secrets.NONE}} secrets.NONE", "{{secrets.NONE}} secrets.NONE", "what has no value stays"},
		{"", "", "nothing"},
	} {
		if got := substitute(c.in, value); got != c.want {
			t.Errorf("%s: %q gave %q, want %q", c.why, c.in, got, c.want)
		}
	}
}

func TestValuesAreNotLookedAt(t *testing.T) {
	got := substitute("{{secrets.A}}secrets.B {{secrets.A}}", func(name string) (string, bool) {
		return map[string]string{"A": "{{secrets.B}}", "B": "secrets.A"}[name], true
	})
	if want := "{{secrets.B}}secrets.A {{secrets.B}}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

var (
	anyBraced = regexp.MustCompile(`^\{\{ *secrets\.[^\s{}]+ *\}\}$`)
	anyBare   = regexp.MustCompile(`^secrets\.[A-Za-z0-9]+([/._-][A-Za-z0-9]+)*$`)
)

// FuzzReferences: what is found is a reference and nothing but, and the text
// around it stays.
func FuzzReferences(f *testing.F) {
	for _, s := range []string{"{{secrets.FOO}}", "a{{ secrets.A/B }}secrets.c-d.e", "{{secrets.X{{secrets.Y}}", "{{secrets.", "secrets.a}}", "{{{secrets.ü}}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, r := range references(s) {
			if r.start < end || r.end > len(s) || r.start >= r.end {
				t.Fatalf("%q: the places of %v overlap or lie outside", s, r)
			}
			whole := s[r.start:r.end]
			if !anyBraced.MatchString(whole) && !anyBare.MatchString(whole) {
				t.Errorf("%q: %q is no reference", s, whole)
			}
			if !strings.Contains(whole, secretPrefix+r.name) {
				t.Errorf("%q: the name %q is not in %q", s, r.name, whole)
			}
			end = r.end
		}
		if got := substitute(s, func(string) (string, bool) { return "", false }); got != s {
			t.Errorf("without values %q became %q", s, got)
		}
		if !strings.Contains(s, secretPrefix) && len(references(s)) > 0 {
			t.Errorf("%q has a reference", s)
		}
	})
}

// FuzzRewrite: every string of a JSON text is changed, and nothing else.
func FuzzRewrite(f *testing.F) {
	for _, s := range []string{`{"a":"b","c":[1,"d",null,{"e":"f\"g"}]}`, `"x"`, ` { "a\\" : "\\\"" } `, `[]`, `{"a":{"b":"\u0041\ud83d\ude80"}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !json.Valid([]byte(s)) {
			return
		}
		same := rewriter{src: []byte(s), touch: func([]byte) bool { return true }, change: func(s string) string { return s }}
		if got := string(same.run()); got != s {
			t.Errorf("without a change %q became %q", s, got)
		}
		r := rewriter{src: []byte(s), touch: func([]byte) bool { return true }, change: func(s string) string { return s + "!\"" }}
		out := r.run()
		var before, after any
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("%q became %q: %v", s, out, err)
		}
		_ = json.Unmarshal([]byte(s), &before) // valid
		if diff := cmp.Diff(marked(before), after); diff != "" {
			t.Errorf("%q became %q: %s", s, out, diff)
		}
	})
}

func marked(v any) any {
	switch v := v.(type) {
	case string:
		return v + "!\""
	case []any:
		for i := range v {
			v[i] = marked(v[i])
		}
	case map[string]any:
		out := map[string]any{}
		for name, x := range v {
			out[name+"!\""] = marked(x)
		}
		return out
	}
	return v
}

func TestRewriteSkipsAMember(t *testing.T) {
	for in, want := range map[string]string{
		`{"skip":"a","b":"a"}`:                       `{"skip":"a","b":"X"}`,
		`{"skip" : {"a":["a",{"b":"a"}]}, "c":"a"}`:  `{"skip" : {"a":["a",{"b":"a"}]}, "c":"X"}`,
		`{"c":"a","skip":[["a"],"a"]}`:               `{"c":"X","skip":[["a"],"a"]}`,
		`{"in":{"skip":"a"}}`:                        `{"in":{"skip":"X"}}`,
		`{"x":"skip","y":"a"}`:                       `{"x":"skip","y":"X"}`,
		`["skip","a"]`:                               `["skip","X"]`,
		`{"skip":"a}\",","b":"a"}`:                   `{"skip":"a}\",","b":"X"}`,
		`{"skip":1,"b":"a","c":{"d":"a"},"e":["a"]}`: `{"skip":1,"b":"X","c":{"d":"X"},"e":["X"]}`,
	} {
		r := rewriter{src: []byte(in), skip: "skip", touch: func([]byte) bool { return true }, change: func(s string) string {
			if s == "a" {
				return "X"
			}
			return s
		}}
		if got := string(r.run()); got != want {
			t.Errorf("%s gave %s, want %s", in, got, want)
		}
	}
}
