package feel

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Map returns the entries of a Go map as variables; they are converted when an
// expression needs them. The map must not change while it is in use.
func Map(m map[string]any) Variables { return goVariables(m) }

type goVariables map[string]any

// Lookup converts the variable.
func (m goVariables) Lookup(name string) (Value, bool) {
	x, ok := m[name]
	if !ok {
		return Null, false
	}
	return FromGo(x), true
}

// FromGo returns the value of a Go value: nil, booleans, integers, floats (as the
// reference engine reads doubles), json.Number, strings, time.Time (a date and time
// with its zone), time.Duration, []any, map[string]any and their nested values,
// Values, and other slices and string maps. Everything else is an error value.
func FromGo(x any) Value {
	switch x := x.(type) {
	case nil:
		return Null
	case Value:
		return x
	case string:
		return String(x)
	case bool:
		return Bool(x)
	case float64:
		return fromDouble(x)
	case int:
		return Int(int64(x))
	case int64:
		return Int(x)
	case json.Number:
		return scanNumber(string(x))
	case map[string]any:
		m := &lazyMap{m: x}
		m.ctx.lazy = &m.m
		return Value{t: tContext, p: &m.ctx}
	case []any:
		return Value{t: tList, p: &listValue{lazy: goList(x)}}
	case time.Time:
		return fromTime(x)
	case time.Duration:
		return dayTime(int64(x/time.Second), int64(x%time.Second))
	}
	return fromOther(x)
}

func fromDouble(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Null
	}
	if f > -1e7 && f < 1e7 && (f >= 1e-3 || f <= -1e-3) {
		// a short decimal that divides back to the double is its shortest text
		for k := int32(1); k <= 6; k++ {
			p := float64(pow10[k])
			if n := math.Round(f * p); n/p == f {
				return small(int64(n), k)
			}
		}
	}
	return doubleValue(f)
}

// fromOther is for the rarer types; only they need reflection.
func fromOther(x any) Value {
	v := reflect.ValueOf(x)
	switch v.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return Int(v.Int())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return Int(int64(v.Uint()))
	case reflect.Uint, reflect.Uint64:
		n, _ := parseNumber(fmt.Sprint(v.Uint()))
		return n
	case reflect.Float32:
		return fromDouble(v.Float())
	case reflect.String:
		return String(v.String())
	case reflect.Bool:
		return Bool(v.Bool())
	case reflect.Slice, reflect.Array:
		items := make([]Value, v.Len())
		for i := range items {
			items[i] = FromGo(v.Index(i).Interface())
		}
		return newList(items)
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String {
			return fromStringMap(v)
		}
	}
	return errorValue(fmt.Sprintf("a Go value of type %T is no FEEL value", x))
}

func fromStringMap(v reflect.Value) Value {
	entries := make([]entry, 0, v.Len())
	for _, k := range v.MapKeys() {
		entries = append(entries, entry{k.String(), FromGo(v.MapIndex(k).Interface())})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return Value{t: tContext, p: newContext(entries)}
}

type goMap map[string]any

func (m goMap) lookup(key string) (Value, bool) { return goVariables(m).Lookup(key) }

// makeEntries sorts the names: Go maps have no order, and a result should have one.
func (m goMap) makeEntries() []entry {
	entries := make([]entry, 0, len(m))
	for k, x := range m {
		entries = append(entries, entry{k, FromGo(x)})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return entries
}

type goList []any

// lazyMap keeps a context and its map in one piece of memory.
type lazyMap struct {
	m   goMap
	ctx contextValue
}

func (l goList) makeItems() []Value {
	items := make([]Value, len(l))
	maps := 0
	for _, x := range l {
		if _, ok := x.(map[string]any); ok {
			maps++
		}
	}
	slab := make([]lazyMap, maps)
	for i, x := range l {
		if m, ok := x.(map[string]any); ok {
			slab[0].m = m
			slab[0].ctx.lazy = &slab[0].m
			items[i] = Value{t: tContext, p: &slab[0].ctx}
			slab = slab[1:]
		} else {
			items[i] = FromGo(x)
		}
	}
	return items
}
