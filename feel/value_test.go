package feel

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ExampleExpression_Evaluate() {
	x, err := New().Parse(`"Hello " + order.customer + ": " + string(sum(order.lines[qty > 1].price))`)
	if err != nil {
		return
	}
	vars, err := JSON([]byte(`{"order": {"customer": "Ann", "lines": [{"price": 9.99, "qty": 2}, {"price": 100, "qty": 1}]}}`))
	if err != nil {
		return
	}
	res, err := x.Evaluate(exampleContext{}, vars)
	fmt.Fprintln(os.Stdout, res.Value, err)
	// Output: Hello Ann: 9.99 <nil>
}

// exampleContext is a context without an end.
type exampleContext struct{}

func (exampleContext) Deadline() (t time.Time, ok bool) { return t, false }
func (exampleContext) Done() <-chan struct{}            { return nil }
func (exampleContext) Err() error                       { return nil }
func (exampleContext) Value(any) any                    { return nil }

func TestFromGo(t *testing.T) {
	type name string
	for _, c := range []struct {
		in   any
		want string
	}{
		{nil, `{"kind":"null","value":null}`},
		{true, `{"kind":"boolean","value":true}`},
		{"a", `{"kind":"string","value":"a"}`},
		{7, `{"kind":"number","value":"7"}`},
		{int8(-7), `{"kind":"number","value":"-7"}`},
		{uint64(1 << 63), `{"kind":"number","value":"9223372036854775808"}`},
		{int64(-1 << 63), `{"kind":"number","value":"-9223372036854775808"}`},
		{0.1, `{"kind":"number","value":"0.1"}`},
		{1e300, `{"kind":"number","value":"1` + strings.Repeat("0", 300) + `"}`},
		{json.Number("12.50"), `{"kind":"number","value":"12.5"}`},
		{name("b"), `{"kind":"string","value":"b"}`},
		{[]string{"x"}, `{"kind":"list","value":[{"kind":"string","value":"x"}]}`},
		{map[string]int{"b": 2, "a": 1}, `{"kind":"context","value":{"a":{"kind":"number","value":"1"},"b":{"kind":"number","value":"2"}}}`},
		{[]any{map[string]any{"a": nil}}, `{"kind":"list","value":[{"kind":"context","value":{"a":{"kind":"null","value":null}}}]}`},
		{90 * time.Minute, `{"kind":"days-time-duration","value":"PT1H30M"}`},
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), `{"kind":"date-time","value":"2026-01-02T03:04:05Z"}`},
	} {
		if got := string(FromGo(c.in).AppendTyped(nil)); got != c.want {
			t.Errorf("%T %v: got %s, want %s", c.in, c.in, got, c.want)
		}
	}
	if v := FromGo(make(chan int)); v.Kind() != KindError {
		t.Errorf("a channel is a %s", v.Kind())
	}
}

// TestJSONIsLazy compares reading a document in parts with reading it whole.
func TestJSONIsLazy(t *testing.T) {
	const text = ` {"a": {"b\u0041": [1, 2.50, -3e2, "x\n\u00e4\ud83d\ude00", {"c": null}], "dup": 1, "dup": 2}, "e": true , "": [] } `
	vars, err := JSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for expr, want := range map[string]string{
		"a.bA[2]": "2.5", "a.bA[3]": "-300.0", "string length(a.bA[4])": "5", "a.bA[5].c": "null", "a.dup": "2", "e": "true", "count(a.bA)": "5",
		"get entries(a).key": `["bA", "dup"]`, "a.bA[-1] = {c: null}": "true", "is defined(b)": "false",
	} {
		if got := eval(t, New(), expr, vars).Value.String(); got != want {
			t.Errorf("%s = %s, want %s", expr, got, want)
		}
	}
	for _, bad := range []string{"", "{", `{"a": }`, "[1]", `{"a": 1} x`} {
		if _, err := JSON([]byte(bad)); err == nil {
			t.Errorf("%q is taken for variables", bad)
		}
	}
}

func TestMarshalJSON(t *testing.T) {
	res := eval(t, New(), `{n: 1.50, w: 2.0, big: 12345678901234567890123456789012345678901, d: duration("P1DT2H"), l: [null, true], f: [function(x) x]}`, nil)
	got, err := json.Marshal(res.Value)
	want := `{"n":1.50,"w":2,"big":12345678901234567890123456789012345678901,"d":"PT26H","l":[null,true],"f":[null]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestValueAccessors(t *testing.T) {
	c := Context(Entry{"a", Int(1)}, Entry{"b", List(String("x"), Null)}, Entry{"a", Int(2)})
	if diff := cmp.Diff([]string{"a", "b"}, c.Keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	a, _ := c.Get("a")
	if n, ok := a.Int64(); n != 2 || !ok {
		t.Errorf("a = %v", a)
	}
	b, _ := c.Get("b")
	items, ok := b.Items()
	if s, isText := items[0].Text(); !ok || len(items) != 2 || s != "x" || !isText || !items[1].IsNull() {
		t.Errorf("b = %v", b)
	}
	when := time.Date(2026, 3, 4, 5, 6, 7, 8, time.FixedZone("", 3600))
	if got, ok := FromGo(when).Time(); !ok || !got.Equal(when) {
		t.Errorf("got %v, want %v", got, when)
	}
	if n, ok := Number("1e3"); !ok || n.String() != "1E+3" {
		t.Errorf("got %v", n)
	}
	for _, bad := range []string{"", "x", "1.", "1e", "--1", "1e99999999999", strings.Repeat("9", 30_000)} {
		if v, ok := Number(bad); ok && bad != "1." {
			t.Errorf("%.10q is the number %.20s", bad, v)
		}
	}
}

// TestPatterns holds what java.util.regex answers: all matches of a pattern.
func TestPatterns(t *testing.T) {
	for _, c := range []struct{ pattern, in, want string }{
		{`(a*)*`, "b", `["", ""]`},
		{`(a|b)*?c`, "abc", `["abc"]`},
		{`a++b`, "aaab", `["aaab"]`},
		{`(?>a+)b`, "aab", `["aab"]`},
		{`(?>a|ab)c`, "abc", `[]`},
		{`(?<=a)b`, "ab", `["b"]`},
		{`(?<!a)b`, "ab cb", `["b"]`},
		{`\bfoo\b`, "a foo b", `["foo"]`},
		{`a$`, "a\n", `["a"]`},
		{`a\z`, "a\n", `[]`},
		{`a\Z`, "a\r\n", `["a"]`},
		{`[a-z&&[^bc]]+`, "abcd", `["a", "d"]`},
		{`\p{Alpha}`, "ä", `[]`},
		{`\p{IsLatin}`, "ä", `["ä"]`},
		{`\x41\u0042\0103`, "ABC", `["ABC"]`},
		{`\Q.*\E`, "a.*", `[".*"]`},
		{`(a)\1`, "aa", `["aa"]`},
		{`(?i)ä`, "Ä", `[]`},
		{`(?iu)ä`, "Ä", `["Ä"]`},
		{`[]a]`, "]", `["]"]`},
		{`\R`, "\r\n", `["` + "\r\n" + `"]`},
		{`(?<n>a)\k<n>`, "aa", `["aa"]`},
		{`x*`, "axb", `["", "x", "", ""]`},
		{`}`, "}", `["}"]`},
		{`(a){2}{3}`, "aaaaaa", `["aa", "aa", "aa"]`},
		{`(?x) a b # c`, "ab", `["ab"]`},
		{`(?m)^a$`, "b\na\r\n", `["a"]`},
		{`a??b`, "ab", `["ab"]`},
		{`\d+`, "٣", `[]`},
		{`(?U)\d+`, "٣", `["٣"]`},
		{`[^a[b]]`, "b", `[]`},
		{`(?s).`, "\n", `["` + "\n" + `"]`},
		{`\G\d`, "12a3", `["1", "2"]`},
		{`(?=(a+))a*b\1`, "baaabac", `["aba"]`},
		{`(?:a|ab)(?:c|bcd)(d*)`, "abcd", `["abcd"]`},
		{`(a+|b+)+c`, "aabbc", `["aabbc"]`},
		{`😀.`, "x😀y", `["😀y"]`},
		{`(?i)\p{Lu}`, "ä", `["ä"]`},
		{`(?i)\p{Upper}`, "aä", `["a"]`},
		{`\p{IsALPHABETIC}`, "1ä", `["ä"]`},
		{`\p{script=latin}`, "äα", `["ä"]`},
	} {
		vars := valueMap{"p": String(c.pattern), "t": String(c.in)}
		if got := eval(t, New(), "extract(t, p)", vars).Value.String(); got != c.want {
			t.Errorf("%s in %q: got %s, want %s", c.pattern, c.in, got, c.want)
		}
	}
	for _, bad := range []string{"a{,3}", "a{2,1}", "[", "(", "a**", `\y`, "{", "(?<1a>x)", "(?P<n>a)", "(?:a", ")", "a)", `\p{Blah}`, `(?<=a*)b`, `\`, `[\1]`, "(?<a>x)(?<a>y)", `\k<z>`} {
		if got := eval(t, New(), "matches(t, p)", valueMap{"p": String(bad), "t": String("a")}).Value; !got.IsNull() {
			t.Errorf("%s: got %s, want null: it is no pattern", bad, got)
		}
	}
}

// TestLinearEngine compares the two ways to match on patterns that both can do.
func TestLinearEngine(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(3, 3))}
	var make func(depth int) string
	make = func(depth int) string {
		if depth == 0 {
			return g.pick("a", "b", "c", "[ab]", ".", "[^a]")
		}
		x, y := make(depth-1), make(depth-1)
		return g.pick(x+y, "("+x+"|"+y+")", "("+x+")"+g.pick("*", "+", "?", "*?", "+?", "{1,2}"), x+"(?:"+y+")", "("+x+")"+y)
	}
	compared := 0
	for range 3000 {
		text := make(1 + g.IntN(4))
		p, err := compilePattern(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if p.goPattern() == nil {
			continue
		}
		var in strings.Builder
		for range g.IntN(12) {
			in.WriteString(g.pick("a", "b", "c", "\n"))
		}
		r := &run{ctx: t.Context(), engine: New()}
		m := p.matcher(r, in.String())
		ok, done := m.backtrack(1 << 20)
		loc := append([]int(nil), m.loc...)
		want := p.linear.FindStringSubmatchIndex(in.String())
		if !done || ok != (want != nil) || ok && !cmp.Equal(loc, want) {
			t.Fatalf("%s in %q: backtracking %v %v, linear %v", text, in.String(), ok, loc, want)
		}
		compared++
	}
	if compared < 1000 {
		t.Errorf("only %d patterns were compared", compared)
	}
}

// TestUnits cuts strings at every place, halves of characters included.
func TestUnits(t *testing.T) {
	const s = "aä😀b"
	for from := 0; from <= units(s); from++ {
		for to := from; to <= units(s); to++ {
			if got := units(slice16(s, from, to)); got != to-from {
				t.Errorf("from %d to %d has %d units", from, to, got)
			}
			if joined := joinText(joinText(slice16(s, 0, from), slice16(s, from, to)), slice16(s, to, units(s))); joined != s {
				t.Errorf("cut at %d and %d and joined again: %q", from, to, joined)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	_, err := New().Parse("a = = b")
	if err == nil || !strings.HasPrefix(err.Error(), "1:5: unexpected \"=\"; expected a value (") {
		t.Errorf("got %v", err)
	}
	if !errors.Is(&Error{Cause: errors.ErrUnsupported}, errors.ErrUnsupported) {
		t.Error("the cause is lost")
	}
}
