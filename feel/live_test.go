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

// TestLiveOracle asks this engine and the reference engine the same generated
// questions: a fixed seed, or chance for as long as FEEL_SOAK says.
func TestLiveOracle(t *testing.T) {
	if testing.Short() {
		t.Skip("the live oracle takes some seconds")
	}
	o := startOracle(t, "differential test against the reference engine", 4*time.Second)
	if o == nil {
		return
	}
	soak, _ := time.ParseDuration(os.Getenv("FEEL_SOAK"))
	seed := uint64(20260102)
	if soak > 0 {
		seed = uint64(time.Now().UnixNano())
	}
	if s, err := strconv.ParseUint(os.Getenv("FEEL_SEED"), 10, 64); err == nil {
		seed = s
	}
	texts := corpusTexts(t)
	d := &differ{e: corpusEngine(), o: o, seen: map[string]bool{}}
	for end := time.Now().Add(soak); ; seed++ {
		g := &generator{rand.New(rand.NewPCG(seed, 8))}
		d.compare(t, g.questions(texts, liveCount))
		if len(d.found) > 50 || !time.Now().Before(end) {
			break
		}
	}
	d.report(t, seed)
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
	explains          score
	seen              map[string]bool
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
		if d.sameAnswer(got, want) || explained(q.Expr, got, want) != "" {
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
func (d *differ) report(t *testing.T, seed uint64) {
	t.Logf("%d expressions asked (%d without an answer), last seed %d, %d unexplained differences", d.asked, d.unanswered, seed, len(d.found))
	sort.Slice(d.found, func(i, j int) bool { return len(d.found[i].q.Expr) < len(d.found[j].q.Expr) })
	for i, f := range d.found {
		if i >= 40 {
			break
		}
		t.Errorf("unary=%v %q\n  ours      %s\n  reference %s", f.q.Unary, f.q.Expr, f.got, f.want)
	}
}

var regexCall = regexp.MustCompile(`\b(replace|split|extract)\(`)

// explained returns the reason of a difference that is on the written list.
func explained(expr string, got, want answer) string {
	switch {
	case got.err == "limit":
		return "limits"
	case strings.Contains(got.String(), "\uFFFD") || strings.Contains(want.String(), "\uFFFD"):
		return "half pairs"
	case strings.ContainsFunc(expr, func(r rune) bool { return r > 0xFFFF }) && regexCall.MatchString(expr):
		return "empty matches inside a pair"
	}
	return ""
}
