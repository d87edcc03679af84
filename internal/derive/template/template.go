// Package template derives Camunda element templates: from the schemas of
// commands, and for the Amazon S3 connector. The shape is that of
// @camunda/zeebe-element-templates-json-schema 0.46.0.
package template

import (
	"encoding/json"
	"strconv"

	"github.com/fairlead-io/fairlead/connector/schema"
)

type obj = schema.Ordered

// Template is an element template before its version and its engine are chosen.
type Template struct {
	ID          string
	Name        string
	Description string
	JobType     string
	Groups      []Group
	Properties  []Property
	// Since is the engine that the properties need; a property may need a newer
	// one by itself.
	Since Engine
	// Configurations are what properties of the type Configuration choose from.
	Configurations []Configuration
	// Presets are entries of the Modeler's menus, for Modelers that know them.
	Presets  []Preset
	Icon     string
	Keywords []string
	// ResultExample shows how a result expression is written.
	ResultExample string
}

// Preset is an entry of a menu that makes an element with one property set.
type Preset struct{ Name, Description, Property, Value string }

// Group is a section of the properties panel.
type Group struct{ ID, Label string }

// Property is one property of a template. Zero fields are left out.
type Property struct {
	ID, Label, Description, Tooltip, Placeholder string

	Type    string // String, Text, Hidden, Dropdown, Boolean, Number, Configuration
	Group   string
	Feel    string // optional, required, static
	Value   any
	Binding Binding
	Choices []Choice

	NotEmpty  bool
	Optional  bool
	MaxLength *int
	Pattern   string
	Secret    bool // what is typed in should be a secret reference
	Condition *Condition

	Configuration string // template id of a Configuration
	Since         Engine // leave the property out for older engines
}

// Binding says where the value goes: an input mapping, a task header, a part
// of the task definition.
type Binding struct{ Type, Name string }

// Choice is one of a dropdown.
type Choice struct{ Name, Value string }

// Condition shows a property only while others have a value.
type Condition struct {
	Property string
	Equals   any
	OneOf    []string
	Empty    bool // while the property has no value; for Modelers of 8.10
	All      []Condition
}

// Configuration is a configuration template: the shape of something chosen
// once and used by many elements.
type Configuration struct {
	ID, Name, Description string
	Properties            []Property
}

const schemaURL = "https://unpkg.com/@camunda/zeebe-element-templates-json-schema/resources/schema.json"

// JSON is the template as a Modeler reads it.
func (t Template) JSON(version int, engine Engine) ([]byte, error) {
	out := obj{
		{Name: "$schema", Value: schemaURL},
		{Name: "name", Value: t.Name},
		{Name: "id", Value: t.ID},
		{Name: "description", Value: t.Description},
		{Name: "version", Value: version},
		{Name: "category", Value: obj{{Name: "id", Value: "connectors"}, {Name: "name", Value: "Connectors"}}},
	}
	if len(t.Keywords) > 0 {
		out = append(out, schema.Member{Name: "keywords", Value: t.Keywords})
	}
	out = append(out,
		schema.Member{Name: "appliesTo", Value: []string{"bpmn:Task"}},
		schema.Member{Name: "elementType", Value: obj{{Name: "value", Value: "bpmn:ServiceTask"}}},
		schema.Member{Name: "engines", Value: obj{{Name: "camunda", Value: "^" + max(engine, t.Since).String()}}},
		schema.Member{Name: "groups", Value: t.groups(engine)},
		schema.Member{Name: "properties", Value: t.properties(version, engine)},
	)
	if engine >= V810 && len(t.Configurations) > 0 {
		out = append(out, schema.Member{Name: "configurationTemplates", Value: t.configurations()})
	}
	out = append(out, t.presets()...)
	out = append(out, schema.Member{Name: "icon", Value: obj{{Name: "contents", Value: t.Icon}}})
	raw, err := json.MarshalIndent(out, "", " ")
	return append(raw, '\n'), err
}

// groups are those that have a property.
func (t Template) groups(engine Engine) []obj {
	used := map[string]bool{}
	for _, p := range t.all(0) {
		if p.Since <= engine {
			used[p.Group] = true
		}
	}
	var out []obj
	for _, g := range append(append([]Group(nil), t.Groups...), lastGroups...) {
		if used[g.ID] {
			out = append(out, obj{{Name: "id", Value: g.ID}, {Name: "label", Value: g.Label}})
		}
	}
	return out
}

func (t Template) properties(version int, engine Engine) []obj {
	var out []obj
	for _, p := range t.all(version) {
		if p.Since <= engine {
			out = append(out, p.json(engine))
		}
	}
	return out
}

func (t Template) all(version int) []Property {
	head := Property{Type: "Hidden", Value: t.JobType, Binding: Binding{"zeebe:taskDefinition", "type"}}
	out := append([]Property{head}, t.Properties...)
	return append(out, lastProperties(t.ID, strconv.Itoa(version), t.ResultExample)...)
}

func (t Template) configurations() []obj {
	var out []obj
	for _, c := range t.Configurations {
		var props []obj
		for _, p := range c.Properties {
			props = append(props, p.json(V810))
		}
		out = append(out, obj{
			{Name: "name", Value: c.Name},
			{Name: "id", Value: c.ID},
			{Name: "kind", Value: "CREDENTIAL"},
			{Name: "version", Value: 1},
			{Name: "description", Value: c.Description},
			{Name: "properties", Value: props},
		})
	}
	return out
}

// presets are the leaves of a menu, and what each of them sets.
func (t Template) presets() obj {
	if len(t.Presets) == 0 {
		return nil
	}
	var steps, presets []obj
	for _, p := range t.Presets {
		id := p.Property + "_" + p.Value
		steps = append(steps, step(p.Name, p.Description, id))
		presets = append(presets, obj{{Name: "id", Value: id}, {Name: "properties", Value: obj{{Name: p.Property, Value: p.Value}}}})
	}
	return obj{{Name: "steps", Value: steps}, {Name: "presets", Value: presets}}
}

func step(name, description, preset string) obj {
	return obj{{Name: "name", Value: name}, {Name: "description", Value: description}, {Name: "presetId", Value: preset}}
}
