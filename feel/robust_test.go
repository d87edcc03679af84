package feel

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// tightLimits keep the damaged expressions of these tests short.
var tightLimits = Limits{Steps: 200_000, ListSize: 20_000, StringSize: 1 << 20, Memory: 32 << 20, RegexSteps: 200_000}

func tightEngine() *Engine {
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return New(WithClock(func() time.Time { return clock }), WithLimits(tightLimits), WithFunctions(ClusterFunctions()...),
		WithFunctions(ConnectorFunctions(func() float64 { return 0.5 })...))
}

// hardened evaluates a text both ways and fails on a panic, a hang or an exceeded limit.
func hardened(t testing.TB, e *Engine, text string, vars Variables) {
	t.Helper()
	start := time.Now()
	for _, parse := range []func(string) (*Expression, error){e.Parse, e.ParseUnaryTests} {
		x, err := parse(text)
		if err != nil {
			checkError(t, text, err)
			continue
		}
		res, err := x.Evaluate(t.Context(), vars)
		if err != nil {
			checkError(t, text, err)
			continue
		}
		checkLimits(t, text, res.Value, 0)
		_ = res.Value.AppendTyped(nil)
		_ = res.Value.String()
		_ = Cluster.Export(res.Value)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("%q took %s", text, took)
	}
}

func checkError(t testing.TB, text string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || strings.HasPrefix(e.Message, "internal error") {
		t.Errorf("%q: %v", text, err)
	}
}

// checkLimits looks at every list and string of a result.
func checkLimits(t testing.TB, text string, v Value, depth int) {
	t.Helper()
	if depth > 50 {
		return
	}
	switch v.t {
	case tString:
		if len(v.s) > tightLimits.StringSize {
			t.Errorf("%q made a string of %d bytes", text, len(v.s))
		}
	case tList:
		if len(v.items()) > tightLimits.ListSize {
			t.Errorf("%q made a list of %d items", text, len(v.items()))
		}
		for _, x := range v.items() {
			checkLimits(t, text, x, depth+1)
		}
	case tContext:
		for _, x := range v.ctx().entries() {
			checkLimits(t, text, x.val, depth+1)
		}
	}
}

func generatedVariables(t testing.TB, e *Engine) Variables {
	c := oracleCase{ID: "generated", Context: []byte(generatedContext)}
	for _, v := range generatedVars {
		c.Vars = append(c.Vars, struct{ Name, Expr string }{v.Name, v.Expr})
	}
	return c.variables(t, e)
}

// TestMutated evaluates 20,000 damaged, spliced and nested expressions.
func TestMutated(t *testing.T) {
	e := tightEngine()
	vars := generatedVariables(t, e)
	texts := corpusTexts(t)
	g := &generator{rand.New(rand.NewPCG(7, 7))}
	for range 20_000 {
		text := texts[g.IntN(len(texts))]
		switch g.IntN(6) {
		case 0:
			other := texts[g.IntN(len(texts))]
			text = text[:g.IntN(len(text)+1)] + other[g.IntN(len(other)+1):]
		case 1:
			n := 1 << g.IntN(11)
			open := g.pick("(", "[", "{a:", "f(", "-", "not(", "if (", "x in (", "[1..", "for x in ")
			text = strings.Repeat(open, n) + text + strings.Repeat(g.pick(")", "]", "}", ""), n)
		default:
			text = g.mutated(text)
		}
		hardened(t, e, text, vars)
	}
}

// TestHungry holds expressions that try to use up a server.
func TestHungry(t *testing.T) {
	e := tightEngine()
	ten := strings.Repeat("9", 15_000)
	for _, text := range []string{
		"for x in 1..100000000000 return x",
		"for x in 1..10000, y in 1..10000, z in 1..10000 return x",
		"some x in 1..10000, y in 1..10000, z in 1..10000 satisfies false",
		`{a: "x", r: for i in 1..1000 return string join(for j in 1..1000 return "yyyyyyyyyyyyyyyyyyyy")}`,
		"2 ** 999999999", "1.000001 ** 999999999", "9 ** 9 ** 9 ** 9", "0.1 ** 999999999 * 0.1 ** 999999999",
		"for i in 1..10000 return " + ten + " * " + ten + " * i",
		"for i in 1..20000 return " + ten + " / 7",
		"for i in 1..10000 return [partial[-1]]", "string(for i in 1..10000 return [partial[-1]])",
		"for i in 1..10000 return partial = partial",
		"decimal(1, 2000000000)", "round up(1, -2000000000)", `number("1e2000000000") + 1`, `number("1e-2000000000") + 1`,
		`matches("` + strings.Repeat("a", 40) + `!", "^(a+)+$")`, `matches("` + strings.Repeat("a", 40) + `", "(a*)*b")`,
		`matches("` + strings.Repeat("a", 300) + `", "(a?){300}a{300}")`, `matches("` + strings.Repeat("x", 5000) + `", "(x+x+)+y")`,
		`matches("` + strings.Repeat("a", 60) + `", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)\\1b")`, `replace("` + strings.Repeat("a", 2000) + `", "(?=(a+))", "$1")`,
		`matches("aaaa", "` + strings.Repeat("(", 5000) + strings.Repeat(")", 5000) + `")`, `matches("aaaa", "` + strings.Repeat("a{1000}", 900) + `")`,
		`{f: function(x) x, g: function(x) f(f(x)), h: function(x) g(g(x)), i: function(x) h(h(x)), j: function(x) i(i(x)), k: function(x) j(j(x)),
		  l: function(x) k(k(x)), m: function(x) l(l(x)), n: function(x) m(m(x)), r: n(n(1))}`,
		"sort(for i in 1..10000 return i, function(a, b) every x in 1..10000 satisfies x > 0)",
		"distinct values(for i in 1..20000 return {a: i})", "flatten(for i in 1..10000 return [[[[partial]]]])",
		strings.Repeat("(", 100_000), strings.Repeat("[", 3000) + strings.Repeat("]", 3000), strings.Repeat("-", 100_000) + "1",
		strings.Repeat("1+", 50_000) + "1", strings.Repeat("a.", 50_000) + "a", "a" + strings.Repeat("[1]", 50_000), strings.Repeat("if (", 500),
		strings.Repeat("if (1) + ", 500) + "1", strings.Repeat("x in (< 1 and ", 300) + "1", `"` + strings.Repeat(`\`, 100_000),
		strings.Repeat("(", 60) + "1" + strings.Repeat(" between 1 and 2)", 60),
		"{a: [1,1,1,1,1,1,1,1,1,1], b: [a,a,a,a,a,a,a,a,a,a], c: [b,b,b,b,b,b,b,b,b,b], d: [c,c,c,c,c,c,c,c,c,c], e: [d,d,d,d,d,d,d,d,d,d], " +
			"f: [e,e,e,e,e,e,e,e,e,e], g: [f,f,f,f,f,f,f,f,f,f], h: [g,g,g,g,g,g,g,g,g,g], i: [h,h,h,h,h,h,h,h,h,h], j: [i,i,i,i,i,i,i,i,i,i]}",
		strings.Repeat("not(", 1000) + "true" + strings.Repeat(")", 1000), "/*" + strings.Repeat("*", 100_000),
	} {
		start := time.Now()
		hardened(t, e, text, nil)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.60q took %s", text, took)
		}
	}
}

// TestCancel stops a long evaluation.
func TestCancel(t *testing.T) {
	x, err := New(WithLimits(Limits{Steps: 1 << 60})).Parse("every x in 1..1000000, y in 1..1000000 satisfies x > 0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = x.Evaluate(ctx, nil)
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrCanceled || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a canceled error with its cause", err)
	}
}

// TestConcurrent shares compiled expressions and variables between goroutines (run it
// with the race detector).
func TestConcurrent(t *testing.T) {
	e := corpusEngine()
	type job struct {
		x    *Expression
		vars Variables
		want string
	}
	var jobs []job
	for _, c := range readBench(t) {
		x, err := e.Parse(c.Expr)
		if err != nil {
			t.Fatal(err)
		}
		for _, vars := range benchVariables(t, c) {
			res, err := x.Evaluate(t.Context(), vars)
			if err != nil {
				t.Fatal(err)
			}
			jobs = append(jobs, job{x, vars, string(res.Value.AppendTyped(nil))})
		}
	}
	f, err := e.Parse("{f: function(x) x + k, k: 1}")
	if err != nil {
		t.Fatal(err)
	}
	shared, err := f.Evaluate(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	use, err := e.Parse(`c.f(1) = null and matches("aab", "(a+)b") and @"10:00:00@Europe/Berlin" != null`)
	if err != nil {
		t.Fatal(err)
	}
	jobs = append(jobs, job{use, valueMap{"c": shared.Value}, `{"kind":"boolean","value":true}`})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				for _, j := range jobs {
					res, err := j.x.Evaluate(t.Context(), j.vars)
					if got := string(res.Value.AppendTyped(nil)); err != nil || got != j.want {
						t.Errorf("%s: got %s, %v, want %s", j.x.Text(), got, err, j.want)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func FuzzParse(f *testing.F) {
	for i, text := range corpusTexts(f) {
		if i%10 == 0 {
			f.Add(text)
		}
	}
	e := tightEngine()
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (*Expression, error){e.Parse, e.ParseUnaryTests} {
			if _, err := parse(text); err != nil {
				checkError(t, text, err)
			}
		}
	})
}

func FuzzEvaluate(f *testing.F) {
	for i, text := range corpusTexts(f) {
		if i%10 == 0 {
			f.Add(text)
		}
	}
	e := tightEngine()
	vars := generatedVariables(f, e)
	f.Fuzz(func(t *testing.T, text string) { hardened(t, e, text, vars) })
}

func FuzzPattern(f *testing.F) {
	for _, p := range patternTexts {
		f.Add(strings.Trim(p, `"`), "Hello, World aab")
	}
	e := tightEngine()
	f.Fuzz(func(t *testing.T, pattern, text string) {
		x, err := e.Parse(`[matches(t, p), replace(t, p, "$0-"), split(t, p), extract(t, p)]`)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Evaluate(t.Context(), valueMap{"p": String(pattern), "t": String(text)}); err != nil {
			checkError(t, pattern, err)
		}
	})
}
