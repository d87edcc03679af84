package derive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// Generated is the first line of every page, by which the generator knows the
// files it may remove.
const Generated = "<!-- Generated from the declarations; do not edit. -->"

type page struct{ strings.Builder }

func (p *page) f(format string, args ...any) { fmt.Fprintf(&p.Builder, format, args...) }

func (p *page) para(text string) {
	if text = strings.TrimSpace(text); text != "" {
		p.f("%s\n\n", text)
	}
}

func (p *page) bullets(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.f("## %s\n\n", title)
	for _, l := range lines {
		p.f("- %s\n", l)
	}
	p.f("\n")
}

func (p *page) table(header []string, rows [][]string) {
	p.f("| %s |\n|%s\n", strings.Join(header, " | "), strings.Repeat(" --- |", len(header)))
	for _, r := range rows {
		for i := range r {
			r[i] = cell(r[i])
		}
		p.f("| %s |\n", strings.Join(r, " | "))
	}
	p.f("\n")
}

// cell keeps a text inside its table cell.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(strings.TrimSpace(s))
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// CommandPage is the reference page of a command, in Markdown.
func CommandPage(i *connector.Integration, c *connector.Command) string {
	p := &page{}
	p.f("%s\n\n# %s\n\n", Generated, c.Name)
	p.para(c.Summary)
	p.para(c.Description)
	p.facts(i, c)
	p.parameters("Parameters", c.In, true)
	p.output(c)
	p.permissions(c)
	p.bullets("Corrections", c.Corrections)
	p.errors(c)
	p.examples(i, c)
	p.f("Back to [%s](README.md).\n", i.Name)
	return p.String()
}

func (p *page) facts(i *connector.Integration, c *connector.Command) {
	rows := [][]string{
		{"Integration", fmt.Sprintf("[%s](README.md) (%s)", i.Name, code(i.ID))},
		{"Command", code(c.ID)},
		{"Effect", effectText(c.Effect)},
		{"Scopes of the caller", strings.Join(Scopes(c), ", ")},
		{"Dry run", yesNo(c.CanPlan())},
	}
	if c.Since != "" {
		rows = append(rows, []string{"Since", c.Since})
	}
	p.table([]string{"Fact", "Value"}, rows)
}

func effectText(e connector.Effect) string {
	s := strings.Join(e.Names(), " and ")
	if e.Has(connector.Idempotent) {
		return s + "; running it twice leaves the same state as once"
	}
	return s + "; not repeated after an unclear failure"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (p *page) parameters(title string, t *schema.Type, flags bool) {
	p.f("## %s\n\n", title)
	if len(t.Fields) == 0 {
		p.f("None.\n\n")
		return
	}
	for _, g := range groups(t) {
		if g != "" {
			p.f("### %s\n\n", heading(g))
		}
		p.parameterTable(t, g, flags)
	}
}

func (p *page) parameterTable(t *schema.Type, group string, flags bool) {
	head := []string{"Parameter", "Id", "Flag", "Type", "Required", "Default", "Limits and choices", "Meaning"}
	if !flags {
		head = append(head[:2:2], head[3:]...)
	}
	var rows [][]string
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Group != group {
			continue
		}
		row := []string{title(f), idText(f), code("--" + flagOf(f).Name), TypeName(&f.Type), requiredText(f, t), code(valueText(f.Default)), limitText(&f.Type), meaning(f, t)}
		if !flags {
			row = append(row[:2:2], row[3:]...)
		}
		rows = append(rows, row)
	}
	p.table(head, rows)
}

// groups lists the sections in the order of their first field; fields without
// a group come first.
func groups(t *schema.Type) []string {
	var out []string
	for i := range t.Fields {
		switch g := t.Fields[i].Group; {
		case slices.Contains(out, g):
		case g == "":
			out = append([]string{""}, out...)
		default:
			out = append(out, g)
		}
	}
	return out
}

func heading(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func title(f *schema.Field) string {
	if f.Label != "" {
		return f.Label
	}
	return f.ID
}

func idText(f *schema.Field) string {
	s := code(f.ID)
	for _, a := range f.Aliases {
		s += ", also " + code(a)
	}
	return s
}

func requiredText(f *schema.Field, of *schema.Type) string {
	switch {
	case f.Required && f.When != nil:
		return "when " + whenText(f, of)
	case f.Required:
		return "yes"
	}
	return "no"
}

func limitText(t *schema.Type) string {
	var parts []string
	if cs := choices(t); len(cs) > 0 {
		quoted := make([]string, len(cs))
		for i, c := range cs {
			quoted[i] = code(c)
		}
		parts = append(parts, "one of "+strings.Join(quoted, ", "))
	}
	if l := Limits(t); l != "" {
		parts = append(parts, l)
	}
	return strings.Join(parts, "; ")
}

func meaning(f *schema.Field, of *schema.Type) string {
	s := f.Doc
	if f.When != nil && !f.Required {
		s += " Applies when " + whenText(f, of) + "."
	}
	if f.Deprecated != "" {
		s += " Deprecated: " + f.Deprecated
	}
	if f.Since != "" {
		s += " Since " + f.Since + "."
	}
	return s
}
