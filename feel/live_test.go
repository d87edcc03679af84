package feel

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

const liveCount = 20_000

// TestLiveOracle asks this engine and the reference engine the same 20,000 generated
// questions. FEEL_SEED makes others of them.
func TestLiveOracle(t *testing.T) {
	if testing.Short() {
		return
	}
	seed := uint64(20260102)
	if s, err := strconv.ParseUint(os.Getenv("FEEL_SEED"), 10, 64); err == nil {
		seed = s
	}
	compareLive(t, seed, 0)
}

// TestSoakLiveOracle asks questions by chance for as long as FAIRLEAD_SOAK says.
func TestSoakLiveOracle(t *testing.T) {
	soak, err := time.ParseDuration(os.Getenv("FAIRLEAD_SOAK"))
	if err != nil {
		return
	}
	compareLive(t, uint64(time.Now().UnixNano()), soak)
}

func compareLive(t *testing.T, seed uint64, soak time.Duration) {
	t.Helper()
	o := startOracle(t, "differential test against the reference engine", 4*time.Second)
	if o == nil {
		return
	}
	texts, first := corpusTexts(t), seed
	d := &differ{e: corpusEngine(), o: o, explains: map[string]int{}}
	for end := time.Now().Add(soak); ; seed++ {
		g := &generator{rand.New(rand.NewPCG(seed, 8))}
		d.compare(t, g.questions(texts, liveCount))
		if len(d.found) > 50 || !time.Now().Before(end) {
			break
		}
	}
	d.report(t, first, seed)
}

// corpusTexts returns the expressions of the oracle's cases, to be damaged.
func corpusTexts(t testing.TB) []string {
	var texts []string
	for _, c := range readOracle(t, "testdata/oracle.json").Cases {
		if len(c.Vars) == 0 && !hasChance(c.Expr) {
			texts = append(texts, c.Expr)
		}
	}
	return texts
}

// questions makes three in four by the generator, the others by damaging texts.
func (g *generator) questions(texts []string, n int) []question {
	qs := make([]question, 0, n)
	for len(qs) < n {
		q := question{Context: json.RawMessage(generatedContext), Vars: generatedVars}
		switch k := g.IntN(12); {
		case k < 8:
			q.Expr = g.expr(g.pick(types...), 1+g.IntN(4))
		case k < 9:
			q.Expr, q.Unary = g.unary(g.IntN(3)), true
			q.Vars = append(slices.Clone(generatedVars), varText{"cellInput", g.pick("5", "1", `"a"`, "null", "true", `date("2024-02-29")`, "[1]")})
		default:
			q.Expr = g.mutated(texts[g.IntN(len(texts))])
		}
		if len(q.Expr) < 2000 && !hasChance(q.Expr) {
			q.Vars = slices.DeleteFunc(slices.Clone(q.Vars), func(v varText) bool {
				return v.Name != "cellInput" && !strings.Contains(q.Expr, v.Name)
			})
			qs = append(qs, q)
		}
	}
	return qs
}

type differ struct {
	e                 *Engine
	o                 *oracleProcess
	asked, unanswered int
	explains          map[string]int
	found             []mismatch
}

type mismatch struct {
	q         question
	got, want answer
}

func (d *differ) compare(t *testing.T, qs []question) {
	t.Helper()
	vars := map[string]Variables{}
	started := time.Now()
	replies := d.o.askAll(t, qs)
	t.Logf("the reference engine took %s", time.Since(started).Round(time.Millisecond))
	for i, r := range replies {
		q := qs[i]
		d.asked++
		input := fmt.Sprint(q.Vars)
		if vars[input] == nil {
			c := oracleCase{ID: "generated", Context: q.Context}
			for _, v := range q.Vars {
				c.Vars = append(c.Vars, struct{ Name, Expr string }{v.Name, v.Expr})
			}
			vars[input] = c.variables(t, d.e)
		}
		got, want := ask(t, d.e, q.Expr, q.Unary, vars[input]), r.answer(t)
		if want.err == "crash" || want.err == "timeout" {
			d.unanswered++
			t.Logf("the reference engine has no answer (%s) to %q; ours: %.80s", want.err, q.Expr, got)
			continue
		}
		if d.sameAnswer(got, want) {
			continue
		}
		if reason := explained(q.Expr, got, want); reason != "" {
			d.explains[reason]++
			continue
		}
		d.found = append(d.found, mismatch{q, got, want})
	}
}

func (d *differ) sameAnswer(got, want answer) bool {
	want.message, got.message = "", "" // an assert's cause is compared elsewhere
	return got.agrees(want)
}

// report shows the shortest differing expressions.
func (d *differ) report(t *testing.T, first, last uint64) {
	fmt.Printf("FIGURE: feel live, %d expressions asked (%d without an answer), seeds %d to %d: %d unexplained differences; explained: %v\n",
		d.asked, d.unanswered, first, last, len(d.found), d.explains)
	sort.Slice(d.found, func(i, j int) bool { return len(d.found[i].q.Expr) < len(d.found[j].q.Expr) })
	for i, f := range d.found {
		if i >= 40 {
			break
		}
		t.Errorf("unary=%v %q\n  ours      %s\n  reference %s", f.q.Unary, f.q.Expr, f.got, f.want)
	}
}

var regexCall = regexp.MustCompile(`\b(replace|split|extract)\(`)

func sameLetters(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// explained returns the reason of a difference that is on the written list.
func explained(expr string, got, want answer) string {
	switch {
	case got.err == "limit":
		return "limits"
	case strings.Contains(got.String(), "\uFFFD") || strings.Contains(want.String(), "\uFFFD"):
		return "half pairs"
	case strings.ContainsFunc(expr, func(r rune) bool { return r > 0xFFFF }) && regexCall.MatchString(expr):
		return "empty matches inside a pair"
	case sameLetters(got.String(), want.String()):
		return "order of the entries of large contexts"
	}
	return ""
}
