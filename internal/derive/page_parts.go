package derive

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

func (p *page) output(c *connector.Command) {
	p.f("## Output\n\n")
	if len(c.Out.Fields) == 0 {
		p.f("`rawData` is whatever the API answered.\n\n")
		return
	}
	p.f("Fields of `rawData`:\n\n")
	var rows [][]string
	walk(c.Out, "$", func(path string, f *schema.Field) {
		rows = append(rows, []string{code(path), TypeName(&f.Type), f.Doc})
	})
	p.table([]string{"Path", "Type", "Meaning"}, rows)
	p.keyFields(c.Out)
	p.columns(c.Out)
}

// walk visits the fields of a type and of the objects inside it, each with its
// JSONPath.
func walk(t *schema.Type, at string, visit func(string, *schema.Field)) {
	for i := range t.Fields {
		f := &t.Fields[i]
		path := at + member(f.ID)
		visit(path, f)
		e := &f.Type
		for (e.Kind == schema.Array || e.Kind == schema.Map) && e.Elem != nil {
			path, e = path+"[*]", e.Elem
		}
		walk(e, path, visit)
	}
}

func member(id string) string {
	for _, r := range id {
		if r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return "['" + id + "']"
		}
	}
	return "." + id
}

func (p *page) keyFields(t *schema.Type) {
	var rows [][]string
	walk(t, "$", func(path string, f *schema.Field) {
		if f.Key != "" {
			rows = append(rows, []string{f.Key, code(path)})
		}
	})
	if len(rows) > 0 {
		p.f("Key fields, each a list in `keyFields`:\n\n")
		p.table([]string{"Key field", "From"}, rows)
	}
}

func (p *page) columns(t *schema.Type) {
	var cols []string
	walk(t, "$", func(_ string, f *schema.Field) {
		if f.Col != "" {
			cols = append(cols, f.Col)
		}
	})
	if len(cols) > 0 {
		p.f("Columns of `result`: %s.\n\n", strings.Join(cols, ", "))
	}
}

func (p *page) permissions(c *connector.Command) {
	if len(c.Permissions) == 0 {
		return
	}
	p.f("## Permissions\n\nThe connection's identity needs:\n\n")
	for _, perm := range c.Permissions {
		p.f("- %s", code(perm.Name))
		if perm.Model != "" {
			p.f(" in the permission model %s", perm.Model)
		}
		if perm.When != "" {
			p.f(", %s", perm.When)
		}
		p.f("\n")
	}
	p.f("\n")
}

// kindText says what each kind of failure means to a caller.
var kindText = map[connector.Kind]string{
	connector.Invalid:     "The input or the settings are wrong; nothing was sent, or the service refused it as malformed.",
	connector.Denied:      "The caller lacks a scope, or the connection's identity a permission.",
	connector.NotFound:    "What was named does not exist.",
	connector.Conflict:    "The state of the thing forbids it.",
	connector.Limited:     "A quota or rate limit is reached; try later.",
	connector.Unavailable: "The service cannot be reached or fails; try later.",
	connector.Timeout:     "It took longer than allowed; the effect is unknown.",
	connector.Canceled:    "The run was canceled.",
	connector.Internal:    "A defect of Fairlead; please report it.",
}

func (p *page) errors(c *connector.Command) {
	p.f("## Errors\n\nA failed run reads: `%s Status Code: <n>. Message: <text>`. Input that is not valid fails with status code %d before anything is sent. "+
		"The kinds of failure and their exit status are [the same for all commands](../README.md#kinds-of-failure).\n\n", c.Indicator, http.StatusBadRequest)
}

func (p *page) kinds() {
	p.f("## Kinds of failure\n\n")
	var rows [][]string
	for _, k := range connector.Kinds() {
		rows = append(rows, []string{string(k), fmt.Sprint(k.ExitStatus()), fmt.Sprint(k.HTTPStatus()), yesNo(k.Retryable()), kindText[k]})
	}
	p.table([]string{"Kind", "Exit status", "HTTP status", "Retry can help", "Meaning"}, rows)
}

// IntegrationPage is the reference page of an integration, in Markdown.
func IntegrationPage(i *connector.Integration) string {
	p := &page{}
	p.f("%s\n\n# %s\n\n", Generated, i.Name)
	p.para(i.Summary)
	p.para(i.Overview)
	rows := [][]string{{"Id", code(i.ID)}}
	for _, r := range [][]string{{"Category", i.Category}, {"Vendor", i.Vendor}, {"API reference", i.Docs}} {
		if r[1] != "" {
			rows = append(rows, r)
		}
	}
	p.table([]string{"Fact", "Value"}, rows)
	p.commands(i)
	p.connection(i)
	if strings.TrimSpace(i.Setup) != "" {
		p.f("## Set-up\n\n")
		p.para(i.Setup)
	}
	p.bullets("Known limitations", i.Limitations)
	p.f("Back to [all integrations](../README.md).\n")
	return p.String()
}

func (p *page) commands(i *connector.Integration) {
	p.f("## Commands\n\n")
	var rows [][]string
	for _, c := range i.Commands {
		rows = append(rows, []string{fmt.Sprintf("[%s](%s.md)", c.Name, c.ID), strings.Join(c.Effect.Names(), ", "), c.Summary})
	}
	p.table([]string{"Command", "Effect", "Meaning"}, rows)
}

func (p *page) connection(i *connector.Integration) {
	if i.Connection == nil {
		p.f("## Connection\n\nNone is needed.\n\n")
		return
	}
	p.parameters("Connection", i.Connection.Settings, false)
	p.f("Add one with `fairlead connections add %s --name NAME --from FILE`, where FILE holds one JSON object of the ids above; try it with `fairlead connections test NAME`.\n\n", i.ID)
}

// IndexPage lists the integrations, in Markdown.
func IndexPage(all []*connector.Integration) string {
	p := &page{}
	p.f("%s\n\n# Integrations\n\n", Generated)
	var rows [][]string
	for _, i := range all {
		rows = append(rows, []string{fmt.Sprintf("[%s](%s/README.md)", i.Name, i.ID), code(i.ID), fmt.Sprint(len(i.Commands)), i.Summary})
	}
	p.table([]string{"Integration", "Id", "Commands", "Meaning"}, rows)
	p.kinds()
	return strings.TrimRight(p.String(), "\n") + "\n"
}
