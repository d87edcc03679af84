package schema

import "strings"

// Texts gives every text inside a JSON value.
func Texts(v any) []string {
	var out []string
	switch x := v.(type) {
	case string:
		out = append(out, x)
	case []any:
		for _, e := range x {
			out = append(out, Texts(e)...)
		}
	case map[string]any:
		for _, e := range x {
			out = append(out, Texts(e)...)
		}
	}
	return out
}

// SecretTexts gives the texts of the secret fields of an object, whose ids may
// be written in any case or be aliases.
func (t *Type) SecretTexts(in map[string]any) []string {
	var out []string
	for name, v := range in {
		if f, ok := t.Named(name); ok && f.HasSecrets() {
			out = append(out, Texts(v)...)
		}
	}
	return out
}

// Named finds a field by id or alias, in any case.
func (t *Type) Named(name string) (*Field, bool) {
	for i := range t.Fields {
		if t.Fields[i].called(name) {
			return &t.Fields[i], true
		}
	}
	return nil, false
}

func (f *Field) called(name string) bool {
	if strings.EqualFold(f.ID, name) {
		return true
	}
	for _, a := range f.Aliases {
		if strings.EqualFold(a, name) {
			return true
		}
	}
	return false
}
