package feel

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Variables gives an expression its variables, each when it is needed.
type Variables interface {
	// Lookup returns the variable, and false where there is none.
	Lookup(name string) (Value, bool)
}

// JSON returns the entries of a JSON object as variables. The text is checked once
// here and read only where an expression needs it.
func JSON(text []byte) (Variables, error) {
	v, err := FromJSON(text)
	if err != nil {
		return nil, err
	}
	if v.t != tContext {
		return nil, fmt.Errorf("variables: the JSON text is a %s, not an object", v.Kind())
	}
	return contextVariables{v.ctx()}, nil
}

// FromJSON returns the value of a JSON text; parts of it are read when needed.
func FromJSON(text []byte) (Value, error) {
	if !json.Valid(text) {
		var v any
		return Null, fmt.Errorf("invalid JSON: %w", json.Unmarshal(text, &v))
	}
	s := strings.TrimSpace(string(text))
	return jsonValue(s), nil
}

// FromContext returns the entries of a context value as variables.
func FromContext(v Value) Variables {
	if v.t != tContext {
		return contextVariables{newContext(nil)}
	}
	return contextVariables{v.ctx()}
}

type contextVariables struct{ c *contextValue }

// Lookup returns the entry of that name.
func (c contextVariables) Lookup(name string) (Value, bool) { return c.c.get(name) }

// jsonValue returns the value of a valid JSON text without space around it.
func jsonValue(s string) Value {
	switch s[0] {
	case '{':
		o := &lazyObject{text: jsonObject(s)}
		o.ctx.lazy = &o.text
		return Value{t: tContext, p: &o.ctx}
	case '[':
		a := &lazyArray{text: jsonArray(s)}
		a.list.lazy = &a.text
		return Value{t: tList, p: &a.list}
	}
	return jsonScalar(s)
}

func jsonScalar(s string) Value {
	switch s[0] {
	case '"':
		return String(unquote(s))
	case 't':
		return Bool(true)
	case 'f':
		return Bool(false)
	case 'n':
		return Null
	}
	return scanNumber(s)
}

type jsonObject string

// nextEntry returns key and value of the entry at i and the index behind it; end
// when there is none.
func (o jsonObject) nextEntry(i int) (key, val string, next int, end bool) {
	s := string(o)
	i = skipSpace(s, i)
	if i < len(s) && s[i] == ',' {
		i = skipSpace(s, i+1)
	}
	if i >= len(s) || s[i] != '"' {
		return "", "", i, true
	}
	k := i
	i = skipString(s, i)
	key = s[k:i]
	i = skipSpace(s, i)
	i = skipSpace(s, i+1) // the colon
	v := i
	i = skipValue(s, i)
	return key, s[v:i], i, false
}

func sameKey(quoted, key string) bool {
	if len(quoted)-2 == len(key) {
		return quoted[1:len(quoted)-1] == key && strings.IndexByte(key, '\\') < 0
	}
	return strings.IndexByte(quoted, '\\') >= 0 && unquote(quoted) == key
}

// lookup returns the last entry with the key, as JSON readers do.
func (o jsonObject) lookup(key string) (Value, bool) {
	found := ""
	for i := 1; ; {
		k, v, next, end := o.nextEntry(i)
		if end {
			break
		}
		if sameKey(k, key) {
			found = v
		}
		i = next
	}
	if found == "" {
		return Null, false
	}
	return jsonValue(found), true
}

func (o jsonObject) makeEntries() []entry {
	n := 0
	for i := 1; ; n++ {
		_, _, next, end := o.nextEntry(i)
		if end {
			break
		}
		i = next
	}
	b := contextBuilder{entries: make([]entry, 0, n)}
	for i := 1; ; {
		k, v, next, end := o.nextEntry(i)
		if end {
			return b.entries
		}
		b.put(unquote(k), jsonValue(v))
		i = next
	}
}

type jsonArray string

func (a jsonArray) next(i int) (val string, next int, end bool) {
	s := string(a)
	i = skipSpace(s, i)
	if i < len(s) && s[i] == ',' {
		i = skipSpace(s, i+1)
	}
	if i >= len(s) || s[i] == ']' {
		return "", i, true
	}
	v := i
	i = skipValue(s, i)
	return s[v:i], i, false
}

func (a jsonArray) makeItems() []Value {
	objects, n := 0, 0
	for i := 1; ; n++ {
		v, next, end := a.next(i)
		if end {
			break
		}
		if v[0] == '{' {
			objects++
		}
		i = next
	}
	items, slab := make([]Value, 0, n), make([]lazyObject, objects)
	for i := 1; ; {
		v, next, end := a.next(i)
		if end {
			return items
		}
		if v[0] == '{' {
			slab[0].text = jsonObject(v)
			slab[0].ctx.lazy = &slab[0].text
			items = append(items, Value{t: tContext, p: &slab[0].ctx})
			slab = slab[1:]
		} else {
			items = append(items, jsonValue(v))
		}
		i = next
	}
}

// lazyObject keeps a context and its text in one piece of memory.
type lazyObject struct {
	text jsonObject
	ctx  contextValue
}

type lazyArray struct {
	text jsonArray
	list listValue
}
