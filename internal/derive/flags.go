package derive

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// FlagKind says how the text of a flag becomes a JSON value.
type FlagKind string

// The kinds of flags.
const (
	FlagString  FlagKind = "string"
	FlagInteger FlagKind = "integer"
	FlagNumber  FlagKind = "number"
	FlagBoolean FlagKind = "boolean"
	FlagList    FlagKind = "list" // comma-separated, or repeated
	FlagMap     FlagKind = "map"  // KEY=VALUE, repeated
	FlagJSON    FlagKind = "json"
)

// Flag is one command line flag of a schema.
type Flag struct {
	ID         string       `json:"id"`   // of the parameter that it sets
	Name       string       `json:"name"` // without dashes; of a secret it ends in "-file"
	Kind       FlagKind     `json:"kind"`
	Label      string       `json:"label"`
	Help       string       `json:"help"` // first sentence
	Long       string       `json:"long,omitempty"`
	Group      string       `json:"group,omitempty"`
	Default    string       `json:"default,omitempty"`
	Choices    []string     `json:"choices,omitempty"`
	Required   bool         `json:"required,omitempty"`
	Secret     bool         `json:"secret,omitempty"` // the value is a path, or "-" for standard input
	Deprecated string       `json:"deprecated,omitempty"`
	Aliases    []string     `json:"aliases,omitempty"` // further flag names
	When       *schema.When `json:"when,omitempty"`    // the parameter applies only then
	elem       *schema.Type
	scalar     bool
}

// Flags gives the flags of a schema in declared order.
func Flags(t *schema.Type) []Flag {
	out := make([]Flag, 0, len(t.Fields))
	for i := range t.Fields {
		out = append(out, flagOf(&t.Fields[i]))
	}
	return out
}

func flagOf(f *schema.Field) Flag {
	fl := Flag{
		ID: f.ID, Name: schema.Flag(f.ID), Kind: flagKind(&f.Type), Label: f.Label,
		Help: FirstSentence(f.Doc), Long: Rest(f.Doc), Group: f.Group, Default: valueText(f.Default), Choices: choices(&f.Type),
		Required: f.Required && f.When == nil, Secret: f.HasSecrets(), Deprecated: f.Deprecated, When: f.When, elem: f.Elem, scalar: f.Scalar(),
	}
	for _, a := range f.Aliases {
		fl.Aliases = append(fl.Aliases, schema.Flag(a))
	}
	if fl.Secret {
		fl.Name += "-file"
		for i := range fl.Aliases {
			fl.Aliases[i] += "-file"
		}
	}
	return fl
}

func flagKind(t *schema.Type) FlagKind {
	switch t.Kind {
	case schema.Integer, schema.Number, schema.Boolean, schema.String:
		return FlagKind(t.Kind)
	case schema.Array:
		if t.Elem.Scalar() {
			return FlagList
		}
	case schema.Map:
		if t.Elem.Scalar() || t.Elem.Kind == schema.Any {
			return FlagMap
		}
	}
	return FlagJSON
}

// Parse turns the values given to the flag, in order, into the JSON value of
// its parameter. A scalar flag that is given more than once becomes a list,
// which means one run per value. The value of a secret is the content of its
// file, which the caller has read.
func (f Flag) Parse(values []string) (json.RawMessage, error) {
	switch {
	case f.Kind == FlagList:
		return f.list(splitAll(values))
	case f.Kind == FlagMap:
		return f.mapping(values)
	case len(values) > 1 && f.scalar:
		return f.list(values)
	case len(values) != 1:
		return nil, f.problem("is given more than once", "Give it once.")
	case f.Kind == FlagJSON:
		if !json.Valid([]byte(values[0])) {
			return nil, f.problem("is not valid JSON", "Quote it for the shell, or give @FILE.")
		}
		return json.RawMessage(values[0]), nil
	}
	return f.one(f.Kind, values[0])
}

func (f Flag) one(kind FlagKind, v string) (json.RawMessage, error) {
	switch kind {
	case FlagInteger:
		if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
			return json.RawMessage(strconv.FormatInt(n, 10)), nil
		}
		return nil, f.problem("is not a whole number", "Give digits only.")
	case FlagNumber:
		var n json.Number
		if json.Unmarshal([]byte(strings.TrimSpace(v)), &n) == nil && n != "" {
			return json.RawMessage(n), nil
		}
		return nil, f.problem("is not a number", "Write it like 1.5.")
	case FlagBoolean:
		if b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(v))); err == nil {
			return json.RawMessage(strconv.FormatBool(b)), nil
		}
		return nil, f.problem("is neither true nor false", "Give true or false.")
	}
	return json.Marshal(v)
}

func (f Flag) list(values []string) (json.RawMessage, error) {
	kind := f.Kind
	if kind == FlagList {
		kind = flagKind(f.elem)
	}
	out := make([]json.RawMessage, 0, len(values))
	for _, v := range values {
		raw, err := f.one(kind, v)
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return json.Marshal(out)
}

func (f Flag) mapping(values []string) (json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	for _, v := range values {
		key, val, ok := strings.Cut(v, "=")
		if !ok || key == "" {
			return nil, f.problem("is not KEY=VALUE", "Write it like "+f.dashed()+" name=value, once per entry.")
		}
		raw, err := f.one(flagKind(f.elem), val)
		if f.elem.Kind == schema.Any {
			raw, err = json.Marshal(val)
		}
		if err != nil {
			return nil, err
		}
		out[key] = raw
	}
	return json.Marshal(out)
}

func (f Flag) dashed() string { return "--" + f.Name }

func (f Flag) problem(what, fix string) error {
	e := connector.InvalidField(schema.Pointer("", f.ID), fmt.Sprintf("The value of %s %s.", f.dashed(), what), fix)
	return e
}

// splitAll splits at commas. A doubled comma stands for a comma in a value,
// and a value that begins with "[" is taken as a JSON list of texts.
func splitAll(values []string) []string {
	out := []string{}
	for _, v := range values {
		var list []string
		if strings.HasPrefix(strings.TrimSpace(v), "[") && json.Unmarshal([]byte(v), &list) == nil {
			out = append(out, list...)
			continue
		}
		out = append(out, splitCommas(v)...)
	}
	return out
}

func splitCommas(v string) []string {
	if v == "" {
		return nil
	}
	const hold = "\x00"
	parts := strings.Split(strings.ReplaceAll(v, ",,", hold), ",")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, hold, ",")
	}
	return parts
}
