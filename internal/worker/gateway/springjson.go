package gateway

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// springJSON is where Spring takes properties from before it looks at the
// environment. It is the one place that can name a job type as it is: names of
// variables have no room for its dots, colons and dashes.
const springJSON = "SPRING_APPLICATION_JSON"

// property is one of its properties, with the way to it.
type property struct {
	name  string
	path  []element
	value string
}

// element is a part of a property's name.
type element struct {
	text  string
	exact bool // it stood in brackets, where every character counts
}

// variable is how the environment would name it.
func (p property) variable() string {
	parts := make([]string, len(p.path))
	for i, e := range p.path {
		parts[i] = strings.ToUpper(letters(e.text))
	}
	return strings.Join(parts, "_")
}

// letters are what Spring looks at in names: letters in lower case, and digits.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// readJSON gives the properties in the order of their names.
func (r *reader) readJSON() []property {
	s, name := r.text(variable{sdk: []string{springJSON, "spring.application.json"}})
	if s == "" {
		return nil
	}
	var members map[string]any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(&members) != nil || d.More() {
		r.problem(name, "is not a JSON object", `Write it like {"camunda":{"client":{"mode":"self-managed"}}}.`)
		return nil
	}
	return flat("", members)
}

// flat takes objects and lists apart, as Spring does.
func flat(name string, v any) (out []property) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, flat(member(name, k), v[k])...)
		}
	case []any:
		for i, e := range v {
			out = append(out, flat(name+"["+strconv.Itoa(i)+"]", e)...)
		}
	case string:
		out = []property{{name, elements(name), v}}
	case json.Number:
		out = []property{{name, elements(name), v.String()}}
	case bool:
		out = []property{{name, elements(name), strconv.FormatBool(v)}}
	}
	return out
}

func member(of, name string) string {
	if of == "" || strings.HasPrefix(name, "[") {
		return of + name
	}
	return of + "." + name
}

// elements takes the name of a property apart, at the dots outside of brackets.
func elements(name string) (out []element) {
	for name != "" {
		if rest, ok := strings.CutPrefix(name, "["); ok {
			if inner, rest, ok := strings.Cut(rest, "]"); ok {
				out = append(out, element{inner, true})
				name = strings.TrimPrefix(rest, ".")
				continue
			}
		}
		n := strings.IndexAny(name[1:], ".[") + 1
		if n == 0 {
			n = len(name)
		}
		out = append(out, element{name[:n], false})
		name = strings.TrimPrefix(name[n:], ".")
	}
	return out
}
