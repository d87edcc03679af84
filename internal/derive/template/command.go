package template

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/derive"
)

// JobType is the job type of a command.
func JobType(i *connector.Integration, c *connector.Command) string {
	return "fairlead:" + i.ID + ":" + c.ID + ":1"
}

// Command derives the template of a command.
func Command(i *connector.Integration, c *connector.Command) Template {
	t := Template{
		ID: "io.fairlead." + i.ID + "." + c.ID, Name: i.Name + ": " + c.Name, Description: derive.FirstSentence(c.Summary),
		JobType: JobType(i, c), Since: V87, Icon: icon(i.ID), Keywords: []string{"fairlead", i.ID, c.ID},
		ResultExample: "{ result: response.keyFields }",
	}
	if i.Connection != nil {
		t.connection(i)
	}
	for _, f := range inOrder(c.In.Fields) {
		p := parameter(f, c.In)
		p.Group = t.group(f.Group)
		t.Properties = append(t.Properties, p)
	}
	return t
}

// connection lets the connection be named, or chosen where the engine knows
// configurations.
func (t *Template) connection(i *connector.Integration) {
	t.Groups = append(t.Groups, Group{"connection", "Connection"})
	config := "io.fairlead:" + i.ID + "-connection:1"
	t.Properties = append(t.Properties,
		Property{
			ID: "connection", Label: "Connection", Type: "String", Feel: "optional", Group: "connection", Optional: true,
			Description: "Name of a connection of " + i.Name + " in Fairlead. It may be left out where there is exactly one.",
			Binding:     Binding{"zeebe:input", "connection"},
		},
		Property{
			ID: "connectionConfiguration", Label: "Shared connection", Type: "Configuration", Group: "connection", Optional: true, Since: V810,
			Description:   "Kept in the cluster and used by many elements; a name given above goes before it.",
			Configuration: config, Binding: Binding{"zeebe:input", "connectionConfiguration"},
		})
	t.Configurations = append(t.Configurations, Configuration{
		ID: config, Name: "Fairlead connection to " + i.Name, Description: "A connection that is kept in Fairlead, by its name.",
		Properties: []Property{{
			ID: "connection", Label: "Connection", Type: "String", NotEmpty: true,
			Description: "Name of the connection in Fairlead.", Binding: Binding{"property", "connection"},
		}},
	})
}

// group gives the id of a section, adding it where it is new.
func (t *Template) group(label string) string {
	if label == "" {
		label = "Parameters"
	}
	id := schema.Kebab(label)
	switch id {
	case "connection", "connector", "output", "error", "retries": // those that every template has
		id += "-parameters"
	}
	if !slices.ContainsFunc(t.Groups, func(g Group) bool { return g.ID == id }) {
		t.Groups = append(t.Groups, Group{id, label})
	}
	return id
}

// inOrder puts a field after the one that its condition looks at.
func inOrder(fields []schema.Field) []*schema.Field {
	var out []*schema.Field
	placed := map[string]bool{}
	var place func(i int)
	place = func(i int) {
		f := &fields[i]
		if placed[f.ID] {
			return
		}
		placed[f.ID] = true
		if f.When != nil {
			if n := slices.IndexFunc(fields, func(o schema.Field) bool { return o.ID == f.When.Field }); n >= 0 {
				place(n)
			}
		}
		out = append(out, f)
	}
	for i := range fields {
		place(i)
	}
	return out
}

// reserved are ids of properties that every template has.
var reserved = []string{"connection", "connectionConfiguration", "taskDefinitionType", "version", "id", "resultVariable", "resultExpression", "errorExpression", "retryCount", "retryBackoff", "jobTimeout"}

func propertyID(id string) string {
	if slices.Contains(reserved, id) {
		return "param_" + id
	}
	return id
}

func parameter(f *schema.Field, of *schema.Type) Property {
	p := Property{
		ID: propertyID(f.ID), Label: f.Label, Description: description(f), Tooltip: derive.Rest(f.Doc), Placeholder: placeholder(f),
		Binding: Binding{"zeebe:input", "params." + f.ID}, Type: "String", Feel: "optional", Secret: f.HasSecrets(), Condition: condition(f, of),
	}
	needed := f.Required && f.Default == nil
	p.Optional = !needed // what is cleared is not sent at all
	switch {
	case f.Kind == schema.Boolean:
		p.Type, p.Placeholder = "Boolean", ""
		yes, _ := f.Default.(bool)
		p.Optional, p.Value = false, yes // a box that is not ticked says no
	case f.Kind == schema.Integer || f.Kind == schema.Number:
		p.Type, p.Value, p.Placeholder = "Number", f.Default, "" // the schema has none for numbers
		p.NotEmpty = needed
		if f.Example != "" {
			p.Description += " Example: " + f.Example
		}
	case f.Kind == schema.String && len(f.Enum) > 0:
		p.dropdown(f, needed)
	case f.Kind == schema.String && len(f.Alt) == 0:
		p.Value, p.NotEmpty = f.Default, needed
		p.MaxLength, p.Pattern = f.MaxLength, f.Pattern
		if strings.Contains(f.Example, `\n`) {
			p.Type, p.Placeholder = "Text", ""
		}
	default:
		p.expression(f, needed)
	}
	return p
}

// dropdown gives a choice. One that has to be made and has no default begins
// with an empty line: a Modeler would show the first choice as if it were made.
func (p *Property) dropdown(f *schema.Field, needed bool) {
	p.Type, p.Feel, p.Placeholder = "Dropdown", "", ""
	p.Value, p.NotEmpty = f.Default, needed
	if needed {
		p.Choices, p.Value = []Choice{{"Choose", ""}}, ""
	}
	for _, e := range f.Enum {
		p.Choices = append(p.Choices, Choice{e, e})
	}
}

// expression is for lists, maps and what else has no field of its own.
func (p *Property) expression(f *schema.Field, needed bool) {
	p.Feel, p.NotEmpty = "required", needed
	switch {
	case len(f.Alt) > 0: // one value that is text or a number
		p.Feel = "optional"
	case f.Kind != schema.Array:
		p.Type = "Text"
	case p.Placeholder == "":
		p.Placeholder = `["…"]`
	}
	if f.Default != nil {
		raw, err := json.Marshal(f.Default)
		if err == nil {
			p.Value = "=" + string(raw)
		}
	}
}

func description(f *schema.Field) string {
	text := derive.FirstSentence(f.Doc)
	if f.Deprecated != "" {
		text = "Deprecated: " + f.Deprecated + " " + text
	}
	if f.HasSecrets() {
		text += " Use a secret: {{secrets.NAME}}."
	}
	return strings.TrimSpace(text)
}

// placeholder shows how a value is written. Examples are JSON where a field
// takes an expression, and JSON is FEEL too.
func placeholder(f *schema.Field) string {
	switch {
	case f.HasSecrets():
		return "{{secrets.NAME}}"
	case len(f.Example) < 80:
		return f.Example
	}
	return ""
}

func condition(f *schema.Field, of *schema.Type) *Condition {
	if f.When == nil {
		return nil
	}
	c := &Condition{Property: propertyID(f.When.Field)}
	other, ok := of.Field(f.When.Field)
	switch {
	case ok && other.Kind == schema.Boolean:
		c.Equals = f.When.Values[0] == "true"
	case len(f.When.Values) == 1:
		c.Equals = f.When.Values[0]
	default:
		c.OneOf = f.When.Values
	}
	return c
}

// icon is a ring that a line runs through, in the colour of the integration.
func icon(integration string) string {
	colours := map[string]string{"aws-s3": "3f8624", "camunda-aws-s3": "3f8624", "azure-key-vault": "0067b8"}
	colour, ok := colours[integration]
	if !ok {
		colour = "5f3dc4"
	}
	return fmt.Sprintf("data:image/svg+xml,%%3Csvg xmlns='http://www.w3.org/2000/svg' width='18' height='18' fill='none' stroke='%%23%s' stroke-width='2'%%3E%%3Ccircle cx='9' cy='9' r='5'/%%3E%%3Cpath d='M1 16 17 2'/%%3E%%3C/svg%%3E", colour)
}
