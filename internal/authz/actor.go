package authz

import (
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// DefaultTenant is the tenant of an installation that has only one.
const DefaultTenant = "default"

// Kind says what an actor is.
type Kind string

// The kinds of actors.
const (
	KindLocal  Kind = "local"  // the person at the command line, on their own data folder
	KindToken  Kind = "token"  // a caller of the API
	KindWorker Kind = "worker" // the worker of a process engine
	KindSystem Kind = "system" // upkeep of this program itself, such as expiry
)

// Actor is who acts. The zero Actor may do nothing.
type Actor struct {
	ID     string // stable identity, as records keep it
	Name   string // for people
	Kind   Kind
	Tenant string
	Scopes Scopes
}

// Local is the actor of embedded command line use: it owns the data folder and
// so may do everything. name is the person's, "local" when unknown.
func Local(name string) Actor {
	if name == "" {
		name = "local"
	}
	return Actor{ID: "local", Name: name, Kind: KindLocal, Tenant: DefaultTenant, Scopes: AllScopes()}
}

// Worker is the identity under which a worker runs commands: it runs, writes
// and deletes, but shows no secrets and changes no settings.
func Worker() Actor {
	return Actor{ID: "worker", Name: "worker", Kind: KindWorker, Tenant: DefaultTenant, Scopes: Scopes{Run, Write, Delete}}
}

// System is the identity of upkeep in a tenant, such as deleting expired files.
func System(tenant string) Actor {
	return Actor{ID: "system", Name: "system", Kind: KindSystem, Tenant: tenant, Scopes: Scopes{Read, Delete}}
}

// Require fails with Denied unless the actor holds every scope; the error names
// those that are missing and says how to get them.
func Require(a Actor, scopes ...Scope) error {
	missing := a.Scopes.Missing(scopes...)
	if len(missing) == 0 {
		return nil
	}
	word := "scope"
	if len(missing) > 1 {
		word = "scopes"
	}
	return &connector.Error{
		Kind:    connector.Denied,
		Message: fmt.Sprintf("%s lacks the %s %s.", a.title(), word, strings.Join(missing.Strings(), " and ")),
		Fix:     a.fix(missing),
	}
}

// RequireEffect fails with Denied unless the actor may execute a command of
// this effect.
func RequireEffect(a Actor, e connector.Effect) error { return Require(a, ForEffect(e)...) }

func (a Actor) title() string {
	switch {
	case a.ID == "" && a.Name == "":
		return "An unknown caller"
	case a.Kind == KindToken:
		return fmt.Sprintf("The token %q", a.Name)
	}
	return fmt.Sprintf("The identity %q", a.Name)
}

// fix offers the whole set, because a token's scopes are fixed when it is made.
func (a Actor) fix(missing Scopes) string {
	if a.Kind != KindToken {
		return "Have it done by a token that holds " + strings.Join(missing.Strings(), " and ") + "."
	}
	want := append(append(Scopes{}, a.Scopes...), missing...).sorted()
	return fmt.Sprintf("Scopes are fixed when a token is made. Someone with the scope manage can make another: fairlead tokens add --name %s --scopes %s", shellWord(a.Name+"-2"), want)
}

// shellWord quotes a name so that the line can be pasted.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
