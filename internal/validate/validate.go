// Package validate checks inputs and settings against their declared schema
// and says what is wrong in the words people know from the cloud's own tools.
package validate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// Validator compiles each declaration once. It is safe for concurrent use.
type Validator struct{ compiled sync.Map } // form -> *jsonschema.Schema

// form is a declared type with or without members that are not declared.
type form struct {
	t      *schema.Type
	closed bool
}

// New makes a validator.
func New() *Validator { return &Validator{} }

// Input prepares a raw input (ids in any case, aliases, defaults) and checks
// it. It gives the canonical input even when there are errors, as far as it
// could be read, so that a refused run can still be recorded.
func (v *Validator) Input(t *schema.Type, raw []byte) (map[string]any, []*connector.Error) {
	in, p := schema.Decode(raw)
	if p != nil {
		return map[string]any{}, []*connector.Error{connector.InvalidField(p.Pointer, p.Message, p.Fix)}
	}
	return v.Object(t, in)
}

// Object is Input for an object already decoded with exact numbers.
func (v *Validator) Object(t *schema.Type, in map[string]any) (map[string]any, []*connector.Error) {
	out, probs := t.Prepare(in)
	var errs []*connector.Error
	for _, p := range probs {
		errs = append(errs, connector.InvalidField(p.Pointer, p.Message, p.Fix))
	}
	errs = append(errs, v.check(form{t, true}, out)...)
	return out, errs
}

// Value checks an output against a declaration. It may have members that are
// not declared: clouds add some at any time.
func (v *Validator) Value(t *schema.Type, value any) []*connector.Error {
	return v.check(form{t, false}, value)
}

func (v *Validator) check(f form, value any) []*connector.Error {
	t := f.t
	s, err := v.schema(f)
	if err != nil {
		return []*connector.Error{connector.AsError(fmt.Errorf("the declared schema does not compile: %w", err))}
	}
	verr, ok := errors.AsType[*jsonschema.ValidationError](s.Validate(value))
	if !ok {
		return nil
	}
	leaves := leavesOf(verr)
	slices.SortStableFunc(leaves, func(a, b *jsonschema.ValidationError) int { return order(t, a) - order(t, b) })
	var errs []*connector.Error
	for _, l := range leaves {
		errs = append(errs, explain(t, value, l)...)
	}
	return errs
}

func (v *Validator) schema(f form) (*jsonschema.Schema, error) {
	if s, ok := v.compiled.Load(f); ok {
		return s.(*jsonschema.Schema), nil
	}
	s, err := compile(f)
	if err == nil {
		v.compiled.Store(f, s)
	}
	return s, err
}

func compile(f form) (*jsonschema.Schema, error) {
	raw, err := json.Marshal(f.t.JSONSchema(f.closed))
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for _, f := range []string{"password"} { // an annotation, not a rule
		c.RegisterFormat(&jsonschema.Format{Name: f, Validate: func(any) error { return nil }})
	}
	c.RegisterFormat(&jsonschema.Format{Name: "uri", Validate: validURI})
	if err := c.AddResource("schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("schema.json")
}

func validURI(v any) error {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return errors.New("it must be an address such as https://host:port")
	}
	return nil
}

func leavesOf(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var out []*jsonschema.ValidationError
	for _, c := range e.Causes {
		out = append(out, leavesOf(c)...)
	}
	return out
}

// order puts errors in the order in which the fields are declared.
func order(t *schema.Type, e *jsonschema.ValidationError) int {
	id := ""
	if r, ok := e.ErrorKind.(*kind.Required); ok && len(e.InstanceLocation) == 0 && len(r.Missing) > 0 {
		id = r.Missing[0]
	} else if len(e.InstanceLocation) > 0 {
		id = e.InstanceLocation[0]
	}
	return slices.IndexFunc(t.Fields, func(f schema.Field) bool { return f.ID == id })
}

func explain(t *schema.Type, root any, e *jsonschema.ValidationError) []*connector.Error {
	ptr := pointer(e.InstanceLocation)
	name, typ := locate(t, e.InstanceLocation)
	if r, ok := e.ErrorKind.(*kind.Required); ok {
		return missing(typ, ptr, r.Missing)
	}
	if a, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		var errs []*connector.Error
		for _, p := range a.Properties {
			errs = append(errs, connector.InvalidField(schema.Pointer(ptr, p), fmt.Sprintf("Unknown parameter %q.", p), "Leave it out."))
		}
		return errs
	}
	shown := show(typ, valueAt(root, e.InstanceLocation))
	msg, fix := words(name, shown, typ, e.ErrorKind)
	return []*connector.Error{connector.InvalidField(ptr, msg, fix)}
}

func missing(t *schema.Type, at string, ids []string) []*connector.Error {
	var errs []*connector.Error
	for _, id := range ids {
		name, flag := id, schema.Flag(id)
		if f, ok := t.Field(id); ok && f.Label != "" {
			name = f.Label
		}
		if f, ok := t.Field(id); ok && f.HasSecrets() {
			flag += "-file" // a secret is never part of a command line
		}
		errs = append(errs, connector.InvalidField(schema.Pointer(at, id), name+" is required.",
			fmt.Sprintf("Give %q (--%s).", id, flag)))
	}
	return errs
}

// words follow botocore's parameter validation, which the documentation quotes.
func words(name, shown string, t *schema.Type, k jsonschema.ErrorKind) (msg, fix string) {
	switch k := k.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("Invalid length for parameter %s, value: %d, valid min length: %d", name, k.Got, k.Want), "Give a longer text."
	case *kind.MaxLength:
		return fmt.Sprintf("Invalid length for parameter %s, value: %d, valid max length: %d", name, k.Got, k.Want), "Give a shorter text."
	case *kind.MinItems:
		return fmt.Sprintf("Invalid length for parameter %s, value: %d, valid min length: %d", name, k.Got, k.Want), "Give more elements."
	case *kind.MaxItems:
		return fmt.Sprintf("Invalid length for parameter %s, value: %d, valid max length: %d", name, k.Got, k.Want), "Give fewer elements."
	case *kind.Minimum:
		return fmt.Sprintf("Invalid value for parameter %s, value: %s, valid min value: %s", name, shown, k.Want.RatString()), "Give a larger number."
	case *kind.Maximum:
		return fmt.Sprintf("Invalid value for parameter %s, value: %s, valid max value: %s", name, shown, k.Want.RatString()), "Give a smaller number."
	case *kind.Enum:
		return fmt.Sprintf("Invalid value for parameter %s, value: %s, valid values: %s", name, shown, strings.Join(t.Enum, ", ")), nearestFix(shown, t.Enum)
	case *kind.Type:
		return fmt.Sprintf("Invalid type for parameter %s, value: %s, type: %s, valid types: %s", name, shown, k.Got, strings.Join(k.Want, ", ")),
			"Give " + article(k.Want[0]) + "."
	case *kind.Pattern:
		return fmt.Sprintf("Invalid value for parameter %s, value: %s, valid pattern: %s", name, shown, k.Want), "Use only the characters the pattern allows."
	case *kind.Format:
		return fmt.Sprintf("Invalid value for parameter %s, value: %s, valid format: %s", name, shown, k.Want), "Give a value of that format."
	}
	return fmt.Sprintf("Invalid value for parameter %s.", name), "See the parameter's description."
}

func nearestFix(shown string, enum []string) string {
	if n := schema.Nearest(strings.Trim(shown, `"`), enum); n != "" {
		return fmt.Sprintf("Did you mean %q?", n)
	}
	return "Choose one of the valid values."
}

func article(t string) string {
	switch t {
	case "array":
		return `a list, such as ["a","b"]`
	case "integer":
		return "a whole number"
	case "boolean":
		return "true or false"
	case "object":
		return "a JSON object"
	}
	return "a " + t
}

// locate finds the name people know a place by, and its type. Elements of a
// list are called by the list's name and their index.
func locate(t *schema.Type, loc []string) (string, *schema.Type) {
	name := "input"
	for _, seg := range loc {
		switch {
		case t.Kind == schema.Object:
			f, ok := t.Field(seg)
			if !ok {
				return seg, t
			}
			name, t = f.Name(), &f.Type
			if name == "" {
				name = f.ID
			}
		case t.Elem != nil:
			name, t = name+"["+seg+"]", t.Elem
		}
	}
	return name, t
}

func valueAt(v any, loc []string) any {
	for _, seg := range loc {
		switch x := v.(type) {
		case map[string]any:
			v = x[seg]
		case []any:
			i, err := strconv.Atoi(seg)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		}
	}
	return v
}

const maxShown = 80

func show(t *schema.Type, v any) string {
	if t.HasSecrets() {
		return connector.Redacted
	}
	s, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			return "?"
		}
		s = string(b)
	}
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return s
}

func pointer(loc []string) string {
	p := ""
	for _, seg := range loc {
		p = schema.Pointer(p, seg)
	}
	return p
}
