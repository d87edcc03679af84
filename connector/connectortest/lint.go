package connectortest

import (
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// Lint gives what is wrong with an integration's declaration.
func Lint(i *connector.Integration) []string {
	var p problems
	p.need(i.ID == strings.ToLower(i.ID) && i.ID != "", "the id %q is not in kebab case", i.ID)
	for what, v := range map[string]string{"name": i.Name, "category": i.Category, "summary": i.Summary, "overview": i.Overview} {
		p.need(v != "", "the integration has no %s", what)
	}
	if i.Connection != nil {
		p.need(i.Setup != "", "the integration has no set-up guide")
		p.need(i.Connection.Err() == nil, "connection: %v", i.Connection.Err())
		p.input("connection", i.Connection.Settings)
		_, ok := i.Command(connector.TestConnectionID)
		p.need(ok, "a connection, but no Test Connection")
	}
	for _, c := range i.Commands {
		p.command(c, i.Connection != nil)
	}
	return p
}

type problems []string

func (p *problems) need(ok bool, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}

func (p *problems) command(c *connector.Command, remote bool) {
	p.need(c.Err() == nil, "%s: %v", c.ID, c.Err())
	p.need(c.Name != "" && c.ID == schema.Kebab(c.Name), "%s: the id does not follow from the name %q", c.ID, c.Name)
	p.need(strings.HasSuffix(c.Summary, "."), "%s: the summary is not a sentence", c.ID)
	p.need(len(c.Effect.Names()) > 0, "%s: no effect", c.ID)
	p.need(!remote || len(c.Permissions) > 0, "%s: no permissions", c.ID)
	if c.Effect.Has(connector.Write) || c.Effect.Has(connector.Delete) {
		p.need(c.CanPlan() || !remote, "%s: writes or deletes without a dry run", c.ID)
	}
	if c.Err() != nil {
		return
	}
	p.input(c.ID, c.In)
	p.output(c.ID, c.Out)
}

// input: every parameter has a label its id follows from, and a meaning.
func (p *problems) input(where string, t *schema.Type) {
	seen := map[string]bool{}
	lists := 0
	for _, f := range t.Fields {
		at := where + " " + f.ID
		p.need(f.Label != "", "%s: no label", at)
		p.need(f.Label == "" || f.ID == schema.ID(f.Label), "%s: the id of %q is %q", at, f.Label, schema.ID(f.Label))
		p.need(strings.HasSuffix(f.Doc, "."), "%s: no meaning, or not a sentence", at)
		p.need(!seen[f.ID], "%s: declared twice", at)
		p.need(f.Kind != schema.Integer || f.Minimum != nil, "%s: a number without a minimum", at)
		seen[f.ID] = true
		if f.Items {
			lists++
			p.need(f.Kind == schema.Array, "%s: the items are no list", at)
		}
	}
	p.need(lists < 2, "%s: two lists of items", where)
}

func (p *problems) output(where string, t *schema.Type) {
	for _, f := range t.Fields {
		p.need(f.Doc != "" || f.Kind == schema.Object || f.Kind == schema.Array || f.Key != "" || f.Col != "",
			"%s: the output %s has no meaning", where, f.ID)
	}
}
