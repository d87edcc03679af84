package feel

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReferenceIsWhole checks that every function is described, and nothing else.
func TestReferenceIsWhole(t *testing.T) {
	e := corpusEngine()
	described := map[string]bool{}
	for _, d := range Reference() {
		if described[d.Name] {
			t.Errorf("%s is described twice", d.Name)
		}
		described[d.Name] = true
		if len(d.Signatures) == 0 {
			t.Errorf("%s is described but does not exist", d.Name)
		}
		if d.Summary == "" || len(d.Examples) == 0 {
			t.Errorf("%s has no summary or no example", d.Name)
		}
	}
	for _, m := range []map[string][]*Function{e.builtins, e.functions} {
		for name := range m {
			if !described[name] {
				t.Errorf("%s is not described", name)
			}
		}
	}
}

// TestReferenceExamples evaluates every example of the reference.
func TestReferenceExamples(t *testing.T) {
	e := corpusEngine()
	for _, d := range Reference() {
		for _, x := range d.Examples {
			got, want := ask(t, e, x.Expr, false, nil), ask(t, e, x.Result, false, nil)
			if got.err != "" || want.err != "" || !got.agrees(want) {
				t.Errorf("%s: %s = %s, the example says %s", d.Name, x.Expr, got, want)
			}
		}
	}
}

// TestGoldenReference compares docs/feel/functions.md with the reference.
func TestGoldenReference(t *testing.T) {
	file := filepath.Join("..", "docs", "feel", "functions.md")
	want := renderReference()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/feel/functions.md is not current; make feel-generate writes it (-want +got):\n%s", diff)
	}
}

func renderReference() []byte {
	var b bytes.Buffer
	b.WriteString("<!-- Written by make feel-generate from feel/reference*.go. -->\n# FEEL functions\n\n" +
		"Every function with the names of its parameters, as a call with named arguments needs them, and examples, all of which run as tests. " +
		"Where an argument has a wrong type, a call is null with a warning.\n\n")
	docs := Reference()
	var categories []string
	for _, d := range docs {
		if !slices.Contains(categories, d.Category) {
			categories = append(categories, d.Category)
		}
	}
	for _, c := range categories {
		fmt.Fprintf(&b, "- [%s](#%s)\n", c, strings.ReplaceAll(c, " ", "-"))
	}
	last := ""
	for _, d := range docs {
		if d.Category != last {
			last = d.Category
			fmt.Fprintf(&b, "\n## %s\n", last)
			if d.Host != "" {
				fmt.Fprintf(&b, "\nAdded by the %s.\n", map[string]string{"cluster": "process engine", "connector": "connector runtime"}[d.Host])
			}
		}
		fmt.Fprintf(&b, "\n### %s\n\n", d.Name)
		for _, s := range d.Signatures {
			fmt.Fprintf(&b, "    %s\n", s)
		}
		fmt.Fprintf(&b, "\n%s\n\n| expression | result |\n|---|---|\n", d.Summary)
		for _, x := range d.Examples {
			fmt.Fprintf(&b, "| `%s` | `%s` |\n", cell(x.Expr), cell(x.Result))
		}
	}
	return b.Bytes()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
