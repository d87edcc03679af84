package authz

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

func TestParseScopes(t *testing.T) {
	for _, tc := range []struct {
		reason string
		in     []string
		want   Scopes
		msg    string
		fix    string
	}{
		{"one a text", []string{"write", "run"}, Scopes{Run, Write}, "", ""},
		{"commas, spaces, repeats and case", []string{"Run, WRITE run", "read"}, Scopes{Read, Run, Write}, "", ""},
		{"all is short for every scope", []string{"all"}, AllScopes(), "", ""},
		{"a slip beside all is not swallowed", []string{"all,wirte"}, nil, `Unknown scope "wirte".`, `Did you mean "write"? Use read, run, write, delete, reveal, manage.`},
		{"a scope no one knows", []string{"admin"}, nil, `Unknown scope "admin".`, "Use read, run, write, delete, reveal, manage."},
		{"none", []string{" , "}, nil, "No scope is given.", "Give one or more of read, run, write, delete, reveal, manage."},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			got, err := ParseScopes(tc.in...)
			if tc.msg == "" {
				if d := cmp.Diff(tc.want, got); d != "" || err != nil {
					t.Fatalf("-want +got\n%s, error %v", d, err)
				}
				return
			}
			e := connector.AsError(err)
			if e == nil || e.Kind != connector.Invalid || e.Field != "/scopes" || e.Message != tc.msg || e.Fix != tc.fix {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestScopesReadBackWhatTheyPrint(t *testing.T) {
	got, err := ParseScopes(AllScopes().String())
	if d := cmp.Diff(AllScopes(), got); d != "" || err != nil {
		t.Errorf("-want +got\n%s, error %v", d, err)
	}
}

func TestForEffect(t *testing.T) {
	for _, tc := range []struct {
		reason string
		effect connector.Effect
		want   []Scope
	}{
		{"reading needs run alone", connector.Read | connector.Idempotent, []Scope{Run}},
		{"writing needs write too", connector.Write, []Scope{Run, Write}},
		{"deleting needs delete too", connector.Delete, []Scope{Run, Delete}},
		{"moving needs both", connector.Write | connector.Delete, []Scope{Run, Write, Delete}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			if d := cmp.Diff(tc.want, ForEffect(tc.effect)); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}
