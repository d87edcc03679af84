package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Problem is something wrong with one place of an input.
type Problem struct {
	Pointer string // JSON pointer of the place
	Message string
	Fix     string
}

// Decode reads one JSON object, keeping numbers exact. Empty input is {}.
func Decode(raw []byte) (map[string]any, *Problem) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return map[string]any{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	if err == nil {
		if _, extra := d.Token(); extra != io.EOF {
			err = fmt.Errorf("text follows the object")
		}
	}
	if err != nil {
		return nil, &Problem{"", "The input is not valid JSON: " + err.Error() + ".", "Give one JSON object of parameters."}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, &Problem{"", "The input is not a JSON object.", "Give one JSON object of parameters."}
	}
	return m, nil
}

// Prepare turns an input as people write it into the canonical one: ids in any
// case and aliases become ids, text becomes the number or boolean it spells,
// choices get their declared spelling, defaults are filled in. Unknown ids are
// problems. The result still has to be validated.
func (t *Type) Prepare(in map[string]any) (map[string]any, []Problem) {
	return t.prepare(in, "")
}

func (t *Type) prepare(in map[string]any, at string) (map[string]any, []Problem) {
	out := make(map[string]any, len(t.Fields))
	var probs []Problem
	names := t.names()
	for _, k := range slices.Sorted(maps.Keys(in)) {
		f, ok := names[strings.ToLower(k)]
		if !ok {
			probs = append(probs, t.unknown(k, at))
			continue
		}
		if _, twice := out[f.ID]; twice {
			probs = append(probs, Problem{Pointer(at, k), fmt.Sprintf("%s is given twice.", f.title()), "Leave one of the two out."})
			continue
		}
		if in[k] == nil && !f.Nullable {
			continue // null means: not given
		}
		out[f.ID] = f.canonical(in[k])
	}
	t.fillDefaults(out)
	return out, probs
}

func (t *Type) fillDefaults(out map[string]any) {
	for i := range t.Fields {
		f := &t.Fields[i]
		if _, given := out[f.ID]; !given && f.Default != nil && f.applies(out) {
			out[f.ID] = f.Default
		}
	}
}

func (f *Field) applies(in map[string]any) bool {
	if f.When == nil {
		return true
	}
	v, ok := in[f.When.Field]
	return ok && slices.Contains(f.When.Values, fmt.Sprint(v))
}

func (t *Type) names() map[string]*Field {
	m := make(map[string]*Field, len(t.Fields))
	for i := range t.Fields {
		f := &t.Fields[i]
		m[strings.ToLower(f.ID)] = f
		for _, a := range f.Aliases {
			m[strings.ToLower(a)] = f
		}
	}
	return m
}

func (t *Type) unknown(name, at string) Problem {
	ids := make([]string, len(t.Fields))
	for i := range t.Fields {
		ids[i] = t.Fields[i].ID
	}
	fix := "Known parameters: " + strings.Join(ids, ", ") + "."
	if n := Nearest(name, ids); n != "" {
		fix = fmt.Sprintf("Did you mean %q?", n)
	}
	if len(ids) == 0 {
		fix = "There are no parameters."
	}
	return Problem{Pointer(at, name), fmt.Sprintf("Unknown parameter %q.", name), fix}
}

func (f *Field) title() string {
	if f.Label != "" {
		return f.Label
	}
	return f.ID
}

func (t *Type) canonical(v any) any {
	switch x := v.(type) {
	case string:
		return t.fromText(x)
	case json.Number, bool:
		if t.Kind == String && len(t.Enum) > 0 { // a choice that looks like a number, or like true
			return t.choice(x)
		}
	case []any:
		if t.Kind == Array {
			return t.canonicalItems(x)
		}
		if t.Scalar() { // one run per element: each is made canonical
			return (&Type{Kind: Array, Elem: t}).canonicalItems(x)
		}
	}
	return v
}

func (t *Type) canonicalItems(in []any) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = t.Elem.canonical(v)
	}
	return out
}

// choice is the choice that a number or a boolean spells; else the value itself.
func (t *Type) choice(v any) any {
	text := fmt.Sprint(v)
	for _, c := range t.Enum {
		if strings.EqualFold(c, text) {
			return c
		}
	}
	return v
}

func (t *Type) fromText(s string) any {
	switch t.Kind {
	case Boolean, Integer, Number:
		if v, err := scalarFromText(t.Kind, strings.TrimSpace(s)); err == nil && s != "" {
			return v
		}
	case String:
		for _, c := range t.Enum {
			if strings.EqualFold(c, s) {
				return c
			}
		}
	}
	return s
}

// Pointer appends a member name to a JSON pointer.
func Pointer(at, name string) string {
	return at + "/" + pointerEscape.Replace(name)
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")
