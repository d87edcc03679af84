package schema

import (
	"reflect"
	"strconv"
)

// Table is a short result for people.
type Table struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// SecretAt is a secret inside a value.
type SecretAt struct {
	Pointer string
	Value   string
}

// KeyFields collects the values of the fields tagged key, by name. Every
// declared name is present, with an empty list when nothing was found.
func (t *Type) KeyFields(v any) map[string][]any {
	out := map[string][]any{}
	t.keyNames(out)
	if len(out) > 0 {
		t.collectKeys(reflect.ValueOf(v), out)
	}
	return out
}

func (t *Type) keyNames(out map[string][]any) {
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Key != "" {
			out[f.Key] = []any{}
		}
		if e := f.element(); e.Kind == Object {
			e.keyNames(out)
		}
	}
}

func (t *Type) element() *Type {
	for (t.Kind == Array || t.Kind == Map) && t.Elem != nil {
		t = t.Elem
	}
	return t
}

func (t *Type) collectKeys(v reflect.Value, out map[string][]any) {
	v = deref(v)
	switch {
	case !v.IsValid():
	case t.Kind == Array:
		for i := range v.Len() {
			t.Elem.collectKeys(v.Index(i), out)
		}
	case t.Kind == Object && v.Kind() == reflect.Struct:
		for i := range t.Fields {
			f := &t.Fields[i]
			fv := v.FieldByIndex(f.index)
			if f.Key != "" {
				out[f.Key] = append(out[f.Key], flatten(fv)...)
			}
			f.collectKeys(fv, out)
		}
	}
}

func flatten(v reflect.Value) []any {
	v = deref(v)
	if !v.IsValid() {
		return nil
	}
	if v.Kind() == reflect.Slice && v.Type() != rawType {
		var out []any
		for i := range v.Len() {
			out = append(out, flatten(v.Index(i))...)
		}
		return out
	}
	if v.Kind() == reflect.String && v.Len() == 0 {
		return nil
	}
	return []any{v.Interface()}
}

func deref(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	return v
}

// Table gives the fields tagged col: one row per element of the first list of
// objects that has such fields, else one row of the value itself.
func (t *Type) Table(v any) Table {
	tab := Table{Columns: []string{}, Rows: [][]any{}}
	rv := deref(reflect.ValueOf(v))
	if !rv.IsValid() {
		return tab
	}
	if f := t.listWithColumns(); f != nil {
		tab.Columns = f.Elem.columns()
		list := rv.FieldByIndex(f.index)
		for i := range list.Len() {
			tab.Rows = append(tab.Rows, f.Elem.row(deref(list.Index(i))))
		}
		return tab
	}
	if tab.Columns = t.columns(); len(tab.Columns) > 0 {
		tab.Rows = append(tab.Rows, t.row(rv))
	}
	return tab
}

func (t *Type) listWithColumns() *Field {
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Kind == Array && f.Elem.Kind == Object && len(f.Elem.columns()) > 0 {
			return f
		}
	}
	return nil
}

func (t *Type) columns() []string {
	cols := []string{}
	for i := range t.Fields {
		if c := t.Fields[i].Col; c != "" {
			cols = append(cols, c)
		}
	}
	return cols
}

func (t *Type) row(v reflect.Value) []any {
	var row []any
	for i := range t.Fields {
		if t.Fields[i].Col != "" {
			row = append(row, v.FieldByIndex(t.Fields[i].index).Interface())
		}
	}
	return row
}

// HasSecrets tells whether a value of the type can hold a secret.
func (t *Type) HasSecrets() bool {
	if t.Secret {
		return true
	}
	if t.Elem != nil && t.Elem.HasSecrets() {
		return true
	}
	for i := range t.Fields {
		if t.Fields[i].HasSecrets() {
			return true
		}
	}
	return false
}

type revealer interface{ Reveal() string }

// Secrets finds the non-empty secrets inside a value of the type.
func (t *Type) Secrets(v any) []SecretAt {
	var out []SecretAt
	if t.HasSecrets() {
		t.findSecrets(reflect.ValueOf(v), "", &out)
	}
	return out
}

func (t *Type) findSecrets(v reflect.Value, at string, out *[]SecretAt) {
	if t.Secret {
		if r, ok := v.Interface().(revealer); ok && r.Reveal() != "" {
			*out = append(*out, SecretAt{at, r.Reveal()})
		}
		return
	}
	v = deref(v)
	switch {
	case !v.IsValid():
	case t.Kind == Array:
		for i := range v.Len() {
			t.Elem.findSecrets(v.Index(i), at+"/"+strconv.Itoa(i), out)
		}
	case t.Kind == Map:
		for _, k := range v.MapKeys() {
			t.Elem.findSecrets(v.MapIndex(k), Pointer(at, k.String()), out)
		}
	case t.Kind == Object:
		for i := range t.Fields {
			f := &t.Fields[i]
			f.findSecrets(v.FieldByIndex(f.index), Pointer(at, f.ID), out)
		}
	}
}
