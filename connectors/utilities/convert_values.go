package utilities

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Between formats stands a value: string, json.Number, bool, nil, []any or
// *object, which keeps the order of its members.
type object struct {
	names  []string
	values map[string]any
}

func newObject() *object { return &object{values: map[string]any{}} }

func (o *object) set(name string, v any) {
	if _, there := o.values[name]; !there {
		o.names = append(o.names, name)
	}
	o.values[name] = v
}

// add makes a list of values that have one name.
func (o *object) add(name string, v any) {
	old, there := o.values[name]
	list, isList := old.(many)
	switch {
	case !there:
		o.set(name, v)
	case isList:
		o.values[name] = append(list, v)
	default:
		o.values[name] = many{old, v}
	}
}

// many are values that had one name.
type many []any

// MarshalJSON writes the members in their order.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, n := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := compactJSON(n)
		if err != nil {
			return nil, err
		}
		v, err := compactJSON(o.values[n])
		if err != nil {
			return nil, err
		}
		b.WriteString(name + ":" + v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func compactJSON(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// maxNesting bounds what readers of nested formats take.
const maxNesting = 200

var errDeep = errors.New("it is nested too deep")

func readJSON(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := nextJSON(d, 0)
	if err == nil {
		if _, after := d.Token(); after != io.EOF {
			err = errors.New("text follows the value")
		}
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("it ends too early")
	}
	if err != nil {
		return nil, badContent("JSON", err)
	}
	return v, nil
}

func nextJSON(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxNesting {
		return nil, errDeep
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := nextJSON(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		return membersOf(d, depth)
	}
	return t, nil
}

func membersOf(d *json.Decoder, depth int) (any, error) {
	o := newObject()
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := nextJSON(d, depth+1)
		if err != nil {
			return nil, err
		}
		o.set(fmt.Sprint(name), v)
	}
	_, err := d.Token()
	return o, err
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// readText gives a list of lines; a line break at the end begins none.
func readText(text string) any {
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	list := []any{}
	for _, line := range strings.Split(text, "\n") {
		list = append(list, line)
	}
	return list
}

// writeText gives a line to each element of a list, cells separated by tabs.
func writeText(w io.Writer, v any) error {
	for _, row := range rowsOf(v) {
		line := textOf(row)
		if o, ok := row.(*object); ok {
			cells := make([]string, len(o.names))
			for i, n := range o.names {
				cells[i] = textOf(o.values[n])
			}
			line = strings.Join(cells, "\t")
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf is a list's elements. Of an object that holds but one list, as XML
// documents do, it is the elements of that.
func rowsOf(v any) []any {
	switch x := v.(type) {
	case []any:
		return x
	case many:
		return x
	case *object:
		if len(x.names) == 1 {
			switch in := x.values[x.names[0]].(type) {
			case []any, many, *object:
				return rowsOf(in)
			}
		}
	}
	return []any{v}
}

// textOf is a value in one cell.
func textOf(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	text, err := compactJSON(v)
	if err != nil {
		return ""
	}
	return text
}
