package catalog

import (
	"context"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
)

type in struct {
	A string `json:"a" label:"A"`
}
type bad struct {
	A chan int `json:"a"`
}

func nop[I any](context.Context, *connector.Call, connector.NoSession, *I) (*in, error) {
	return nil, nil
}

func TestCatalog(t *testing.T) {
	get := connector.NewCommand(connector.Meta{Name: "Get It"}, nop[in])
	c, err := New(&connector.Integration{ID: "zeta", Name: "Zeta"}, &connector.Integration{ID: "alpha", Name: "Alpha", Commands: []*connector.Command{get}})
	if err != nil || c.All()[0].ID != "alpha" {
		t.Fatalf("sorted by name: %v %v", c.All(), err)
	}
	if _, cmd, err := c.Command("ALPHA", "Get-It"); err != nil || cmd != get {
		t.Errorf("in any case: %v %v", cmd, err)
	}
	for _, q := range [][2]string{{"alpa", "get-it"}, {"alpha", "get-if"}} {
		_, _, err := c.Command(q[0], q[1])
		if e := connector.AsError(err); e == nil || e.Kind != connector.NotFound || len(e.Fix) < 10 || e.Fix[:12] != "Did you mean" {
			t.Errorf("%v: %+v", q, e)
		}
	}
}

func TestRefuses(t *testing.T) {
	get := connector.NewCommand(connector.Meta{Name: "Get"}, nop[in])
	for why, list := range map[string][]*connector.Integration{
		"an id twice":         {{ID: "a", Name: "A"}, {ID: "a", Name: "B"}},
		"a command twice":     {{ID: "a", Name: "A", Commands: []*connector.Command{get, get}}},
		"a broken input":      {{ID: "a", Name: "A", Commands: []*connector.Command{connector.NewCommand(connector.Meta{Name: "X"}, nop[bad])}}},
		"a broken connection": {{ID: "a", Name: "A", Connection: connector.NewConnection(func(context.Context, connector.Env, *bad) (int, error) { return 0, nil })}},
	} {
		if _, err := New(list...); err == nil {
			t.Errorf("%s: no error", why)
		}
	}
}
