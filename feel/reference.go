package feel

import (
	"slices"
	"strings"
)

// FunctionDoc describes a function of the language.
type FunctionDoc struct {
	Name     string `json:"name"`
	Category string `json:"category"`
	// Signatures are the forms of the function with the parameters' names.
	Signatures []string `json:"signatures"`
	Summary    string   `json:"summary"`
	// Host says which host adds the function; empty for the built-in ones.
	Host     string    `json:"host,omitempty"`
	Examples []Example `json:"examples"`
}

// Example is an expression with its result, which is FEEL text, too.
type Example struct {
	Expr   string `json:"expr"`
	Result string `json:"result"`
}

// doc is a row of the reference: examples are pairs of expression and result.
type doc struct {
	name, summary string
	examples      []string
}

type docGroup struct {
	category, host string
	docs           []doc
}

// Reference returns all functions, the built-in ones and those of the hosts, by
// category. Every example holds in an engine with the host functions.
func Reference() []FunctionDoc {
	e := New(WithFunctions(ClusterFunctions()...), WithFunctions(ConnectorFunctions(func() float64 { return 0.5 })...))
	var out []FunctionDoc
	for _, g := range slices.Concat(referenceBasic, referenceText, referenceLists, referenceTime, referenceHosts) {
		for _, d := range g.docs {
			f := FunctionDoc{Name: d.name, Category: g.category, Summary: d.summary, Host: g.host, Signatures: e.signatures(d.name)}
			for i := 0; i+1 < len(d.examples); i += 2 {
				f.Examples = append(f.Examples, Example{d.examples[i], d.examples[i+1]})
			}
			out = append(out, f)
		}
	}
	return out
}

// signatures returns the forms of a function, those that differ in names only, too.
func (e *Engine) signatures(name string) []string {
	var out []string
	for _, f := range slices.Concat(e.builtins[name], e.functions[name]) {
		s := name + "(" + strings.Join(f.params, ", ")
		if f.varArgs {
			s += ", ..."
		}
		if s += ")"; !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
