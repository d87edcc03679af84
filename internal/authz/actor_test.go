package authz

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

// Every single scope against every single requirement: only the same one passes.
func TestNoScopeImpliesAnother(t *testing.T) {
	for _, have := range AllScopes() {
		for _, want := range AllScopes() {
			err := Require(Actor{ID: "t", Name: "t", Scopes: Scopes{have}}, want)
			if (err == nil) != (have == want) {
				t.Errorf("having %s, wanting %s: %v", have, want, err)
			}
		}
	}
}

func TestRequireSaysWhatIsMissing(t *testing.T) {
	ci := Actor{ID: "1", Name: "ci", Kind: KindToken, Scopes: Scopes{Read, Run}}
	for _, tc := range []struct {
		reason   string
		actor    Actor
		want     []Scope
		msg, fix string
	}{
		{
			"a token is told the command that makes a better one", ci,
			[]Scope{Run, Write},
			`The token "ci" lacks the scope write.`, "fairlead tokens add --name ci-2 --scopes read,run,write",
		},
		{
			"all missing ones are named at once", ci,
			[]Scope{Delete, Write, Run},
			`The token "ci" lacks the scopes write and delete.`, "--scopes read,run,write,delete",
		},
		{
			"a name with a quote cannot break out of the line",
			Actor{ID: "1", Name: "a'; rm b", Kind: KindToken},
			[]Scope{Run},
			`The token "a'; rm b" lacks the scope run.`, `--name 'a'\''; rm b-2' --scopes run`,
		},
		{
			"the worker cannot get more scopes", Worker(),
			[]Scope{Manage},
			`The identity "worker" lacks the scope manage.`, "Have it done by a token that holds manage.",
		},
		{"the zero actor may do nothing", Actor{}, []Scope{Read}, "An unknown caller lacks the scope read.", "holds read"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			e := connector.AsError(Require(tc.actor, tc.want...))
			if e == nil || e.Kind != connector.Denied || e.StatusCode() != 403 {
				t.Fatalf("got %+v", e)
			}
			if e.Message != tc.msg || !strings.Contains(e.Fix, tc.fix) {
				t.Errorf("message %q, fix %q", e.Message, e.Fix)
			}
		})
	}
}

func TestIdentities(t *testing.T) {
	if err := Require(Local(""), AllScopes()...); err != nil {
		t.Errorf("the owner of the data folder: %v", err)
	}
	if d := cmp.Diff(Scopes{Read, Reveal, Manage}, Worker().Scopes.Missing(AllScopes()...)); d != "" {
		t.Errorf("what the worker lacks: -want +got\n%s", d)
	}
	if err := RequireEffect(Worker(), connector.Write|connector.Delete); err != nil {
		t.Errorf("the worker moves files: %v", err)
	}
	if err := RequireEffect(Actor{Scopes: Scopes{Run}}, connector.Write); err == nil {
		t.Error("run alone was enough to write")
	}
}
