package feel

import "slices"

// builtin describes one form of a built-in function.
type builtin struct {
	name    string
	params  []string
	varArgs bool
	call    func(r *run, a []Value) Value
}

// takes1 to takes3 check the types of the arguments in front of a function.
func takes1(a tag, f func(r *run, a Value) Value) func(*run, []Value) Value {
	return func(r *run, args []Value) Value {
		if args[0].t != a {
			return illegal(args)
		}
		return f(r, args[0])
	}
}

func takes2(a, b tag, f func(r *run, a, b Value) Value) func(*run, []Value) Value {
	return func(r *run, args []Value) Value {
		if args[0].t != a || args[1].t != b {
			return illegal(args)
		}
		return f(r, args[0], args[1])
	}
}

func takes3(a, b, c tag, f func(r *run, a, b, c Value) Value) func(*run, []Value) Value {
	return func(r *run, args []Value) Value {
		if args[0].t != a || args[1].t != b || args[2].t != c {
			return illegal(args)
		}
		return f(r, args[0], args[1], args[2])
	}
}

func names(s ...string) []string { return s }

// library returns all built-in functions, those of one name in the order in which
// they are tried.
func library(e *Engine) map[string][]*Function {
	all := slices.Concat(conversionFunctions(e), booleanFunctions(), stringFunctions(e), regexFunctions(e),
		listFunctions(), aggregateFunctions(), numberFunctions(e), contextFunctions(), rangeFunctions(), dateFunctions(e))
	m := make(map[string][]*Function, len(all))
	for _, b := range all {
		f := &Function{name: b.name, params: b.params, varArgs: b.varArgs, call: b.call}
		m[b.name] = append(m[b.name], f)
	}
	return m
}

func booleanFunctions() []builtin {
	return []builtin{
		{name: "not", params: names("negand"), call: func(_ *run, a []Value) Value {
			if a[0].t == tBool {
				return Bool(a[0].n == 0)
			}
			return Null
		}},
		{name: "is defined", params: names("value"), call: func(_ *run, a []Value) Value {
			return Bool(a[0].t != tNull)
		}},
		{name: "get or else", params: names("value", "default"), call: func(_ *run, a []Value) Value {
			if a[0].t == tNull {
				return a[1]
			}
			return a[0]
		}},
		{name: "assert", params: names("value", "condition"), call: func(_ *run, a []Value) Value {
			if a[1].isTrue() {
				return a[0]
			}
			return errorValue("The condition is not fulfilled")
		}},
		{name: "assert", params: names("value", "condition", "cause"), call: func(_ *run, a []Value) Value {
			switch {
			case a[1].isTrue():
				return a[0]
			case a[2].t == tString:
				return errorValue(a[2].s)
			}
			return illegal(a)
		}},
	}
}

func contextFunctions() []builtin {
	merge := func(r *run, a []Value) Value { return contextMerge(r, a) }
	put := func(r *run, a []Value) Value { return contextPut(r, a) }
	return []builtin{
		{name: "get entries", params: names("context"), call: takes1(tContext, getEntries)},
		{name: "get entries", params: names("m"), call: takes1(tContext, getEntries)},
		{name: "get value", params: names("m", "key"), call: getValue},
		{name: "get value", params: names("context", "key"), call: getValue},
		{name: "get value", params: names("context", "keys"), call: takes2(tContext, tList, getValueOfKeys)},
		{name: "context put", params: names("context", "key", "value"), call: put},
		{name: "context put", params: names("context", "keys", "value"), call: contextPutKeys},
		{name: "put", params: names("context", "key", "value"), call: put},
		{name: "context merge", params: names("contexts"), varArgs: true, call: merge},
		{name: "put all", params: names("contexts"), varArgs: true, call: merge},
		{name: "context", params: names("entries"), call: contextFromEntries},
	}
}

func getEntries(r *run, c Value) Value {
	entries := c.ctx().entries()
	r.grow(3 * len(entries))
	items := make([]Value, len(entries))
	for i, e := range entries {
		r.step()
		items[i] = contextOf(entry{"key", String(e.key)}, entry{"value", e.val})
	}
	return newList(items)
}

func getValue(r *run, a []Value) Value {
	switch {
	case a[0].t == tContext && a[1].t == tList:
		return getValueOfKeys(r, a[0], a[1])
	case a[0].t == tContext && a[1].t == tString:
		v, _ := a[0].ctx().get(a[1].s)
		return v
	}
	return illegal(a)
}

func getValueOfKeys(r *run, c, keys Value) Value {
	path, ok := stringItems(keys.items())
	if !ok || len(path) == 0 {
		return Null
	}
	for i, k := range path {
		r.step()
		v, found := c.ctx().get(k)
		switch {
		case !found:
			return Null
		case i == len(path)-1:
			return v
		case v.t != tContext:
			return Null
		}
		c = v
	}
	return Null
}

func stringItems(items []Value) ([]string, bool) {
	out := make([]string, len(items))
	for i, v := range items {
		if v.t != tString {
			return nil, false
		}
		out[i] = v.s
	}
	return out, true
}

func contextPut(r *run, a []Value) Value {
	if a[0].t == tContext && a[1].t == tString {
		return putEntry(r, a[0].ctx(), a[1].s, a[2])
	}
	return contextPutKeys(r, a)
}

func contextPutKeys(r *run, a []Value) Value {
	if a[0].t != tContext || a[1].t != tList {
		return illegal(a)
	}
	path, ok := stringItems(a[1].items())
	switch {
	case ok && len(path) == 0:
		return Null
	case !ok:
		return illegal(a)
	}
	return putPath(r, a[0].ctx(), path, a[2])
}

func putPath(r *run, c *contextValue, path []string, v Value) Value {
	if len(path) == 1 {
		return putEntry(r, c, path[0], v)
	}
	r.deeper(len(path))
	inner := newContext(nil)
	if x, ok := c.get(path[0]); ok && x.t == tContext {
		inner = x.ctx()
	}
	return putEntry(r, c, path[0], putPath(r, inner, path[1:], v))
}

func putEntry(r *run, c *contextValue, key string, v Value) Value {
	old := c.entries()
	r.work(len(old) + 1)
	r.grow(len(old) + 1)
	b := contextBuilder{entries: make([]entry, len(old), len(old)+1)}
	copy(b.entries, old)
	for i := range b.entries {
		if b.entries[i].key == key {
			b.entries[i].val = v
			return b.value()
		}
	}
	b.entries = append(b.entries, entry{key, v})
	return b.value()
}

func contextMerge(r *run, a []Value) Value {
	if a[0].t != tList {
		return Null
	}
	var b contextBuilder
	for _, c := range a[0].items() {
		if c.t != tContext {
			return Null
		}
	}
	for _, c := range a[0].items() {
		for _, e := range c.ctx().entries() {
			r.step()
			b.put(e.key, e.val)
		}
	}
	r.grow(len(b.entries))
	return b.value()
}

func contextFromEntries(r *run, a []Value) Value {
	if a[0].t != tList {
		return Null
	}
	var b contextBuilder
	for _, c := range a[0].items() {
		r.step()
		if c.t != tContext {
			return Null
		}
		key, _ := c.ctx().get("key")
		val, ok := c.ctx().get("value")
		if key.t != tString || !ok {
			return Null
		}
		b.put(key.s, val)
	}
	r.grow(len(b.entries))
	return b.value()
}
