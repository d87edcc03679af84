package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// For reads the declaration of T, a struct. Every problem of the tags is in
// the error; the conformance suite fails on it.
func For[T any]() (*Type, error) { return parseStruct(reflect.TypeFor[T]()) }

type (
	secretMarker interface{ IsSecret() }
	altTyper     interface{ JSONSchemaTypes() []string }
)

var (
	secretType = reflect.TypeFor[secretMarker]()
	altType    = reflect.TypeFor[altTyper]()
	timeType   = reflect.TypeFor[time.Time]()
	rawType    = reflect.TypeFor[json.RawMessage]()
)

func parseStruct(t reflect.Type) (*Type, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not a struct", t)
	}
	out := &Type{Kind: Object}
	var errs []error
	for f := range t.Fields() {
		if err := parseField(out, f, f.Index); err != nil {
			errs = append(errs, err)
		}
	}
	errs = append(errs, checkWhen(out)...)
	return out, errors.Join(errs...)
}

func checkWhen(t *Type) []error {
	var errs []error
	for i := range t.Fields {
		w := t.Fields[i].When
		if w == nil {
			continue
		}
		if _, ok := t.Field(w.Field); !ok {
			errs = append(errs, fmt.Errorf("%s: when names an unknown field %q", t.Fields[i].ID, w.Field))
		}
	}
	return errs
}

func parseField(out *Type, f reflect.StructField, index []int) error {
	if f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("json") == "" {
		var errs []error
		for g := range f.Type.Fields() {
			at := append(append([]int{}, index...), g.Index...)
			errs = append(errs, parseField(out, g, at))
		}
		return errors.Join(errs...)
	}
	name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
	if !f.IsExported() || name == "-" {
		return nil
	}
	if name == "" {
		return fmt.Errorf("%s: no json tag", f.Name)
	}
	fld := Field{ID: name, index: index, Required: !strings.Contains(opts, "omitempty") && !strings.Contains(opts, "omitzero")}
	typ, err := parseType(f.Type)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fld.Type = *typ
	if err := fld.readTags(f.Tag); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	out.Fields = append(out.Fields, fld)
	return nil
}

func parseType(t reflect.Type) (*Type, error) {
	switch {
	case t.Implements(secretType):
		return &Type{Kind: String, Secret: true}, nil
	case t.Implements(altType):
		alt := reflect.Zero(t).Interface().(altTyper).JSONSchemaTypes()
		return &Type{Kind: String, Alt: alt}, nil
	case t == timeType:
		return &Type{Kind: String, Format: "date-time"}, nil
	case t == rawType:
		return &Type{Kind: Any}, nil
	}
	return parseKind(t)
}

func parseKind(t reflect.Type) (*Type, error) {
	switch t.Kind() {
	case reflect.Pointer:
		e, err := parseType(t.Elem())
		if err == nil {
			e.Nullable = true
		}
		return e, err
	case reflect.String:
		return &Type{Kind: String}, nil
	case reflect.Bool:
		return &Type{Kind: Boolean}, nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return &Type{Kind: Integer}, nil
	case reflect.Float64:
		return &Type{Kind: Number}, nil
	case reflect.Interface:
		return &Type{Kind: Any}, nil
	case reflect.Slice:
		return elemType(Array, t)
	case reflect.Map:
		return elemType(Map, t)
	case reflect.Struct:
		return parseStruct(t)
	}
	return nil, fmt.Errorf("type %s cannot be declared", t)
}

func elemType(k Kind, t reflect.Type) (*Type, error) {
	e, err := parseType(t.Elem())
	return &Type{Kind: k, Elem: e}, err
}

func (f *Field) readTags(tag reflect.StructTag) error {
	f.Label = tag.Get("label")
	f.Doc, f.Group, f.Example = tag.Get("doc"), tag.Get("group"), tag.Get("example")
	f.Deprecated, f.Since, f.API = tag.Get("deprecated"), tag.Get("since"), tag.Get("api")
	f.Resource, f.Key, f.Col = tag.Get("resource"), tag.Get("key"), tag.Get("col")
	f.Items = tag.Get("items") == "true"
	f.Pattern = tag.Get("pattern")
	if v := tag.Get("format"); v != "" {
		f.Format = v
	}
	if v := tag.Get("alias"); v != "" {
		f.Aliases = strings.Split(v, ",")
	}
	if a := Alias(f.Label); a != "" {
		f.Aliases = append(f.Aliases, a)
	}
	f.readEnum(tag)
	if err := f.readWhen(tag); err != nil {
		return err
	}
	return errors.Join(f.readLimits(tag), f.readDefault(tag))
}

func (f *Field) readEnum(tag reflect.StructTag) {
	v := tag.Get("enum")
	if v == "" {
		return
	}
	choices := strings.Split(v, ",")
	if f.Kind == Array {
		f.Elem.Enum = choices
		return
	}
	f.Enum = choices
}

func (f *Field) readWhen(tag reflect.StructTag) error {
	v := tag.Get("when")
	if v == "" {
		return nil
	}
	name, vals, ok := strings.Cut(v, "=")
	if !ok {
		return fmt.Errorf("when %q is not field=value", v)
	}
	f.When = &When{Field: name, Values: strings.Split(vals, "|")}
	return nil
}

func (f *Field) readLimits(tag reflect.StructTag) error {
	var errs []error
	ints := map[string]**int{"minLength": &f.MinLength, "maxLength": &f.MaxLength, "minItems": &f.MinItems, "maxItems": &f.MaxItems}
	for name, dst := range ints {
		if v, ok := tag.Lookup(name); ok {
			n, err := strconv.Atoi(v)
			*dst = &n
			errs = append(errs, err)
		}
	}
	for name, dst := range map[string]**float64{"minimum": &f.Minimum, "maximum": &f.Maximum} {
		if v, ok := tag.Lookup(name); ok {
			n, err := strconv.ParseFloat(v, 64)
			*dst = &n
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (f *Field) readDefault(tag reflect.StructTag) error {
	v, ok := tag.Lookup("default")
	if !ok {
		return nil
	}
	f.Required = false
	switch f.Kind {
	case Array, Map, Object, Any:
		return json.Unmarshal([]byte(v), &f.Default)
	case String:
		f.Default = v
		return nil
	}
	d, err := scalarFromText(f.Kind, v)
	f.Default = d
	return err
}

func scalarFromText(k Kind, v string) (any, error) {
	switch k {
	case Boolean:
		return strconv.ParseBool(strings.ToLower(v))
	case Integer:
		n, err := strconv.ParseInt(v, 10, 64)
		return json.Number(strconv.FormatInt(n, 10)), err
	case Number:
		_, err := strconv.ParseFloat(v, 64)
		return json.Number(v), err
	}
	return v, nil
}
