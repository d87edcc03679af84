package authz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// Scope is one thing a caller may do. No scope implies another.
type Scope string

// The scopes.
const (
	Read   Scope = "read"   // list and show, never secrets
	Run    Scope = "run"    // execute commands; those of read effect need nothing more
	Write  Scope = "write"  // with Run: commands of write effect; adding files
	Delete Scope = "delete" // with Run: commands of delete effect; deleting files
	Reveal Scope = "reveal" // show Secret outputs
	Manage Scope = "manage" // connections, tokens, settings, secrets
)

// scopeOrder is the order in which scopes are listed everywhere.
var scopeOrder = [...]Scope{Read, Run, Write, Delete, Reveal, Manage}

// Scopes is a set of scopes. The zero value allows nothing.
type Scopes []Scope

// AllScopes gives every scope, in the order in which they are listed.
func AllScopes() Scopes { return slices.Clone(scopeOrder[:]) }

// Has tells whether the set holds s.
func (ss Scopes) Has(s Scope) bool { return slices.Contains(ss, s) }

// Missing gives those of want that the set does not hold, in listing order.
func (ss Scopes) Missing(want ...Scope) Scopes {
	var out Scopes
	for _, s := range want {
		if !ss.Has(s) && !out.Has(s) {
			out = append(out, s)
		}
	}
	return out.sorted()
}

// Strings gives the names, as token records keep them.
func (ss Scopes) Strings() []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = string(s)
	}
	return out
}

// String joins the names with commas, as ParseScopes reads them.
func (ss Scopes) String() string { return strings.Join(ss.Strings(), ",") }

func (ss Scopes) sorted() Scopes {
	slices.SortFunc(ss, func(a, b Scope) int { return a.rank() - b.rank() })
	return ss
}

// rank puts an unknown scope last, so that it is seen rather than lost.
func (s Scope) rank() int {
	if i := slices.Index(scopeOrder[:], s); i >= 0 {
		return i
	}
	return len(scopeOrder)
}

// ParseScopes reads scopes as people write them: one or several a text,
// separated by commas or spaces, in any case; "all" stands for every scope.
// Repeats are dropped. No scope at all, or an unknown one, is Invalid.
func ParseScopes(texts ...string) (Scopes, error) {
	var out Scopes
	for _, word := range strings.FieldsFunc(strings.ToLower(strings.Join(texts, ",")), isSeparator) {
		add := Scopes{Scope(word)}
		if word == "all" {
			add = AllScopes()
		} else if !slices.Contains(scopeOrder[:], add[0]) {
			return nil, unknownScope(word)
		}
		out = append(out, out.Missing(add...)...)
	}
	if len(out) == 0 {
		return nil, connector.InvalidField("/scopes", "No scope is given.", "Give one or more of "+scopeList()+".")
	}
	return out.sorted(), nil
}

func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' }

func unknownScope(word string) *connector.Error {
	fix := "Use " + scopeList() + "."
	if near := schema.Nearest(word, AllScopes().Strings()); near != "" {
		fix = fmt.Sprintf("Did you mean %q? %s", near, fix)
	}
	return connector.InvalidField("/scopes", fmt.Sprintf("Unknown scope %q.", word), fix)
}

func scopeList() string { return strings.Join(AllScopes().Strings(), ", ") }

// ForEffect gives the scopes that executing a command of this effect needs:
// Run always, Write and Delete where the effect has them.
func ForEffect(e connector.Effect) []Scope {
	out := []Scope{Run}
	if e.Has(connector.Write) {
		out = append(out, Write)
	}
	if e.Has(connector.Delete) {
		out = append(out, Delete)
	}
	return out
}
