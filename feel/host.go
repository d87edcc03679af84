package feel

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Param is a parameter of a host function. Kinds are the types it takes; none means
// every type.
type Param struct {
	Name  string
	Kinds []Kind
}

// HostFunction is a function that the host adds to the language. Several of one name
// differ in their parameters.
type HostFunction struct {
	Name   string
	Params []Param
	// VarArgs makes the last parameter a list of all further arguments.
	VarArgs bool
	// Fatal says that a wrong argument or an error of Call fails the whole expression;
	// otherwise the call is null with a warning.
	Fatal bool
	Call  func(ctx context.Context, args []Value) (Value, error)
}

// WithFunctions adds functions of the host. Built-in functions come first.
func WithFunctions(fs ...HostFunction) Option {
	return func(e *Engine) {
		for _, f := range fs {
			e.functions[f.Name] = append(e.functions[f.Name], f.function())
		}
	}
}

func (h HostFunction) function() *Function {
	f := &Function{name: h.Name, varArgs: h.VarArgs}
	for _, p := range h.Params {
		f.params = append(f.params, p.Name)
	}
	f.call = func(r *run, args []Value) Value {
		v, err := h.invoke(r.ctx, slices.Clone(args))
		switch {
		case err == nil:
			return v
		case h.Fatal:
			throw("%s: %v", h.Name, err)
		}
		return errorValue(err.Error())
	}
	return f
}

func (h HostFunction) invoke(ctx context.Context, args []Value) (Value, error) {
	for i, p := range h.Params {
		if len(p.Kinds) > 0 && !slices.Contains(p.Kinds, args[i].Kind()) {
			return Null, fmt.Errorf("parameter '%s' of function '%s' must be a %s, but it is '%s'",
				p.Name, h.Name, kindList(p.Kinds), args[i].brief())
		}
	}
	return h.Call(ctx, args)
}

func kindList(kinds []Kind) string {
	s := make([]string, len(kinds))
	for i, k := range kinds {
		s[i] = k.String()
	}
	return strings.Join(s, " or ")
}

// Host is a way in and out of expressions: how their text is written and what becomes
// of numbers, times and functions in a result.
type Host int

// The hosts of the reference engine.
const (
	// Cluster is the process engine: an expression starts with =, other text is a
	// string as it is.
	Cluster Host = iota
	// Connector is the connector runtime: the text is trimmed and may start with =.
	Connector
)

// ParseText parses a text the way the host writes expressions.
func (e *Engine) ParseText(h Host, text string) (*Expression, error) {
	if h == Connector {
		return e.Parse(strings.TrimPrefix(strings.TrimSpace(text), "="))
	}
	if rest, ok := strings.CutPrefix(text, "="); ok {
		return e.Parse(rest)
	}
	return e.static(text), nil
}

// static returns an expression whose value is the text.
func (e *Engine) static(text string) *Expression {
	v := String(text)
	return &Expression{engine: e, text: text, eval: func(*run, *scope) Value { return v }}
}

// Export converts a result as the host does when it leaves the expression: whole
// numbers of 64 bits become int64 (the cluster cuts larger ones, the connector runtime
// makes them doubles), other numbers float64; times and durations text; functions
// and ranges nil; lists []any; contexts map[string]any.
func (h Host) Export(v Value) any {
	switch v.t {
	case tBool:
		return v.n != 0
	case tNumber:
		return h.exportNumber(v)
	case tString:
		return v.s
	case tList:
		items := v.items()
		out := make([]any, len(items))
		for i := range items {
			out[i] = h.Export(items[i])
		}
		return out
	case tContext:
		entries := v.ctx().entries()
		out := make(map[string]any, len(entries))
		for _, e := range entries {
			out[e.key] = h.Export(e.val)
		}
		return out
	case tNull, tFunction, tRange, tError, tFatal:
		return nil
	}
	return h.exportTemporal(v)
}

func (h Host) exportNumber(v Value) any {
	if n, ok := v.Int64(); ok {
		return n
	}
	if h == Cluster && v.isWhole() {
		return v.longValue()
	}
	return v.float()
}

func (h Host) exportTemporal(v Value) string {
	switch v.t {
	case tDateTime: // the name of the zone is dropped
		return string(appendOffset(appendLocal(nil, v, plusYear), v.zone().offset))
	case tTime:
		if h == Connector {
			return string(appendOffset(appendNanos(nil, v.n), v.zone().offset))
		}
		return v.String()
	case tDayTime, tYearMonth:
		if h == Connector {
			return jsonTemporal(v)
		}
		return v.String()
	}
	return v.iso()
}
