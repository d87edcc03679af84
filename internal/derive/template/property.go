package template

import "github.com/fairlead-io/fairlead/connector/schema"

// nameOf is the member of a binding that holds its name.
var nameOf = map[string]string{
	"zeebe:input": "name", "zeebe:taskHeader": "key", "zeebe:taskDefinition": "property", "property": "name",
}

func (p Property) json(engine Engine) obj {
	out := obj{}
	add := func(name string, value any, given bool) {
		if given {
			out = append(out, schema.Member{Name: name, Value: value})
		}
	}
	add("id", p.ID, p.ID != "")
	add("label", p.Label, p.Label != "")
	add("description", p.Description, p.Description != "")
	add("tooltip", p.Tooltip, p.Tooltip != "")
	add("placeholder", p.Placeholder, p.Placeholder != "")
	add("optional", true, p.Optional)
	add("secret", true, p.Secret && engine >= V810)
	add("group", p.Group, p.Group != "")
	add("type", p.Type, true)
	add("configurationTemplate", p.Configuration, p.Configuration != "")
	add("feel", p.Feel, p.Feel != "")
	add("value", p.Value, p.Value != nil)
	add("choices", choicesJSON(p.Choices), len(p.Choices) > 0)
	add("constraints", p.constraints(), len(p.constraints()) > 0)
	add("condition", p.Condition.json(), p.Condition != nil)
	add("binding", obj{{Name: "type", Value: p.Binding.Type}, {Name: nameOf[p.Binding.Type], Value: p.Binding.Name}}, true)
	return out
}

func choicesJSON(list []Choice) []obj {
	var out []obj
	for _, c := range list {
		out = append(out, obj{{Name: "name", Value: c.Name}, {Name: "value", Value: c.Value}})
	}
	return out
}

// constraints are what a Modeler checks while one types. It checks fields that
// may stay empty and references to secrets as well, so there is no shortest
// length, and patterns let both pass; the command itself checks everything.
func (p Property) constraints() obj {
	var out obj
	if p.NotEmpty {
		out = append(out, schema.Member{Name: "notEmpty", Value: true})
	}
	if p.MaxLength != nil {
		out = append(out, schema.Member{Name: "maxLength", Value: *p.MaxLength})
	}
	if p.Pattern != "" {
		out = append(out, schema.Member{Name: "pattern", Value: obj{
			{Name: "value", Value: `^$|\{\{.+\}\}|(?:` + p.Pattern + ")"}, {Name: "message", Value: "does not match " + p.Pattern},
		}})
	}
	if p.Optional && len(out) > 0 { // the schema wants it said
		out = append(obj{{Name: "notEmpty", Value: false}}, out...)
	}
	return out
}

func (c *Condition) json() obj {
	if c == nil {
		return nil
	}
	if len(c.All) > 0 {
		var all []obj
		for i := range c.All {
			all = append(all, c.All[i].json())
		}
		return obj{{Name: "allMatch", Value: all}}
	}
	out := obj{{Name: "property", Value: c.Property}}
	if c.Empty {
		return append(out, schema.Member{Name: "isEmpty", Value: true})
	}
	if len(c.OneOf) > 0 {
		out = append(out, schema.Member{Name: "oneOf", Value: c.OneOf})
	} else {
		out = append(out, schema.Member{Name: "equals", Value: c.Equals})
	}
	return append(out, schema.Member{Name: "type", Value: "simple"})
}
