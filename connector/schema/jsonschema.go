package schema

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Ordered is a JSON object that keeps the order of its members.
type Ordered []Member

// Member is one member of an Ordered object.
type Member struct {
	Name  string
	Value any
}

// MarshalJSON writes the members in order.
func (o Ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		val, err := json.Marshal(m.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(val)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Get gives a member's value.
func (o Ordered) Get(name string) (any, bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

func (o *Ordered) add(name string, v any) { *o = append(*o, Member{name, v}) }

func (o *Ordered) addIf(ok bool, name string, v any) {
	if ok {
		o.add(name, v)
	}
}

// JSONSchema gives the type as JSON Schema 2020-12, properties in declared
// order. closed forbids unknown members, which is right for input; outputs of
// a cloud may gain members.
func (t *Type) JSONSchema(closed bool) Ordered {
	var o Ordered
	t.typeWords(&o, closed)
	return o
}

func (t *Type) typeWords(o *Ordered, closed bool) {
	switch {
	case t.Kind == Any:
	case len(t.Alt) > 0:
		o.add("type", t.Alt)
	case t.Nullable:
		o.add("type", []string{t.jsonType(), "null"})
	default:
		o.add("type", t.jsonType())
	}
	t.constraintWords(o)
	switch t.Kind {
	case Array:
		o.add("items", t.Elem.JSONSchema(closed))
	case Map:
		o.addIf(t.Elem.Kind != Any, "additionalProperties", t.Elem.JSONSchema(closed))
	case Object:
		t.objectWords(o, closed)
	}
}

func (t *Type) jsonType() string {
	if t.Kind == Map {
		return string(Object)
	}
	return string(t.Kind)
}

func (t *Type) constraintWords(o *Ordered) {
	if t.Secret {
		o.add("writeOnly", true)
		o.add("format", "password")
		o.add("x-secret", true)
	}
	o.addIf(len(t.Enum) > 0, "enum", t.Enum)
	o.addIf(t.MinLength != nil, "minLength", t.MinLength)
	o.addIf(t.MaxLength != nil, "maxLength", t.MaxLength)
	o.addIf(t.Minimum != nil, "minimum", t.Minimum)
	o.addIf(t.Maximum != nil, "maximum", t.Maximum)
	o.addIf(t.MinItems != nil, "minItems", t.MinItems)
	o.addIf(t.MaxItems != nil, "maxItems", t.MaxItems)
	o.addIf(t.Pattern != "", "pattern", t.Pattern)
	o.addIf(t.Format != "", "format", t.Format)
}

func (t *Type) objectWords(o *Ordered, closed bool) {
	var props Ordered
	required := []string{}
	var rules []Ordered
	for i := range t.Fields {
		f := &t.Fields[i]
		props.add(f.ID, f.JSONSchema(closed))
		switch {
		case f.Required && f.When == nil:
			required = append(required, f.ID)
		case f.Required:
			rules = append(rules, t.whenRule(f))
		}
	}
	o.add("properties", props)
	o.addIf(len(required) > 0, "required", required)
	o.addIf(len(rules) > 0, "allOf", rules)
	o.addIf(closed, "additionalProperties", false)
}

func (t *Type) whenRule(f *Field) Ordered {
	values := make([]any, len(f.When.Values))
	other, _ := t.Field(f.When.Field)
	for i, v := range f.When.Values {
		values[i], _ = scalarFromText(other.Kind, v) // checkWhen saw that the field exists
	}
	cond := Ordered{{"properties", Ordered{{f.When.Field, Ordered{{"enum", values}}}}}, {"required", []string{f.When.Field}}}
	return Ordered{{"if", cond}, {"then", Ordered{{"required", []string{f.ID}}}}}
}

// exampleValue is the example as a value of the field's type: a list is
// written with commas in the tag.
func (f *Field) exampleValue() any {
	switch {
	case f.Kind == Array && !strings.HasPrefix(f.Example, "["):
		var list []any
		for _, e := range strings.Split(f.Example, ",") {
			list = append(list, f.Elem.fromText(strings.TrimSpace(e)))
		}
		return list
	case f.Kind == Array || f.Kind == Map || f.Kind == Object || f.Kind == Any:
		var v any
		if json.Unmarshal([]byte(f.Example), &v) == nil {
			return v
		}
	}
	return f.fromText(f.Example)
}

// JSONSchema gives the field's schema with its annotations.
func (f *Field) JSONSchema(closed bool) Ordered {
	var o Ordered
	o.addIf(f.Label != "", "title", f.Label)
	o.addIf(f.Doc != "", "description", f.Doc)
	f.typeWords(&o, closed)
	o.addIf(f.Default != nil, "default", f.Default)
	o.addIf(f.Example != "", "examples", []any{f.exampleValue()})
	o.addIf(f.Deprecated != "", "deprecated", true)
	o.addIf(f.Group != "", "x-group", f.Group)
	if f.When != nil {
		o.add("x-when", Ordered{{"field", f.When.Field}, {"values", f.When.Values}})
	}
	o.addIf(len(f.Aliases) > 0, "x-aliases", f.Aliases)
	o.addIf(f.Resource != "", "x-resource", f.Resource)
	o.addIf(f.Since != "", "x-since", f.Since)
	o.addIf(f.API != "", "x-api-name", f.API)
	o.addIf(f.Key != "", "x-key-field", f.Key)
	o.addIf(f.Items, "x-items", true)
	return o
}
