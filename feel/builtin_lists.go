package feel

import "strings"

func listFunctions() []builtin {
	return []builtin{
		{name: "list contains", params: names("list", "element"), call: func(r *run, a []Value) Value {
			if a[0].t != tList {
				return illegal(a)
			}
			return Bool(containsSame(r, a[0].items(), a[1]))
		}},
		{name: "count", params: names("list"), call: takes1(tList, func(_ *run, l Value) Value {
			return Int(int64(len(l.items())))
		})},
		{name: "sublist", params: names("list", "start"), call: takes2(tList, tNumber, sublistFrom)},
		{name: "sublist", params: names("list", "start", "length"), call: takes3(tList, tNumber, tNumber, sublist)},
		{name: "append", params: names("list", "items"), varArgs: true, call: takes2(tList, tList, func(r *run, l, items Value) Value {
			return concat(r, l.items(), items.items())
		})},
		{name: "concatenate", params: names("lists"), varArgs: true, call: takes1(tList, func(r *run, l Value) Value {
			return r.list(spread(r, l.items()))
		})},
		{name: "insert before", params: names("list", "position", "newItem"), call: insertBefore},
		{name: "remove", params: names("list", "position"), call: takes2(tList, tNumber, remove)},
		{name: "reverse", params: names("list"), call: takes1(tList, reverse)},
		{name: "index of", params: names("list", "match"), call: indexOf},
		{name: "union", params: names("lists"), varArgs: true, call: takes1(tList, func(r *run, l Value) Value {
			return newList(distinct(r, spread(r, l.items())))
		})},
		{name: "distinct values", params: names("list"), call: takes1(tList, func(r *run, l Value) Value {
			return newList(distinct(r, l.items()))
		})},
		{name: "duplicate values", params: names("list"), call: takes1(tList, duplicates)},
		{name: "flatten", params: names("list"), call: takes1(tList, func(r *run, l Value) Value {
			return r.list(flatten(r, nil, l.items(), 0))
		})},
		{name: "sort", params: names("list", "precedes"), call: takes2(tList, tFunction, sortBy)},
		{name: "string join", params: names("list"), call: func(r *run, a []Value) Value { return join(r, a, Null, Null, Null) }},
		{name: "string join", params: names("list", "delimiter"), call: func(r *run, a []Value) Value {
			return join(r, a, a[1], Null, Null)
		}},
		{name: "string join", params: names("list", "delimiter", "prefix", "suffix"), call: func(r *run, a []Value) Value {
			return join(r, a, a[1], a[2], a[3])
		}},
		{name: "is empty", params: names("list"), call: takes1(tList, func(_ *run, l Value) Value {
			return Bool(len(l.items()) == 0)
		})},
		{name: "partition", params: names("list", "size"), call: takes2(tList, tNumber, partition)},
	}
}

// listIndex turns a position from 1, or from the end, into an index.
func listIndex(size int, index int32) int {
	if index > 0 {
		return int(index) - 1
	}
	return int(int32(size) + index)
}

func clampIndex(i, size int) int { return max(0, min(i, size)) }

func sublistFrom(r *run, l, start Value) Value {
	if start.sign() == 0 {
		return errorValue("start position must be a non-zero number")
	}
	items := l.items()
	return r.list(items[clampIndex(listIndex(len(items), start.intValue()), len(items)):])
}

func sublist(r *run, l, start, length Value) Value {
	if start.sign() == 0 {
		return errorValue("start position must be a non-zero number")
	}
	items := l.items()
	from := listIndex(len(items), start.intValue())
	to := int(int32(from) + length.intValue())
	lo, hi := clampIndex(from, len(items)), clampIndex(to, len(items))
	if hi < lo {
		hi = lo
	}
	return r.list(items[lo:hi])
}

func concat(r *run, a, b []Value) Value {
	r.grow(len(a) + len(b))
	out := make([]Value, 0, len(a)+len(b))
	return newList(append(append(out, a...), b...))
}

// spread replaces lists among the items by their items.
func spread(r *run, items []Value) []Value {
	var out []Value
	for _, v := range items {
		if v.t == tList {
			out = append(out, v.items()...)
		} else {
			out = append(out, v)
		}
		r.work(1)
		if len(out) > r.engine.limits.ListSize {
			r.grow(len(out))
		}
	}
	return out
}

func insertBefore(r *run, a []Value) Value {
	if a[0].t != tList || a[1].t != tNumber {
		return illegal(a)
	}
	if a[1].sign() == 0 {
		return errorValue("position must be a non-zero number")
	}
	items := a[0].items()
	at := clampIndex(listIndex(len(items), a[1].intValue()), len(items))
	r.grow(len(items) + 1)
	out := make([]Value, 0, len(items)+1)
	return newList(append(append(append(out, items[:at]...), a[2]), items[at:]...))
}

func remove(r *run, l, position Value) Value {
	if position.sign() == 0 {
		return errorValue("position must be a non-zero number")
	}
	items, p := l.items(), position.intValue()
	upTo := clampIndex(listIndex(len(items), p), len(items))
	from := clampIndex(listIndex(len(items), p+1), len(items))
	return concat(r, items[:upTo], items[from:])
}

func reverse(r *run, l Value) Value {
	items := l.items()
	r.grow(len(items))
	out := make([]Value, len(items))
	for i, v := range items {
		out[len(items)-1-i] = v
	}
	return newList(out)
}

func indexOf(r *run, a []Value) Value {
	if a[0].t != tList {
		return illegal(a)
	}
	var out []Value
	for i, v := range a[0].items() {
		r.step()
		if eq, _ := equal(r, v, a[1]); eq {
			out = append(out, Int(int64(i+1)))
		}
	}
	return r.list(out)
}

// distinct keeps the first of equal values.
func distinct(r *run, items []Value) []Value {
	var out []Value
	seen := newValueSet()
	for _, v := range items {
		r.step()
		if seen.add(r, v) {
			out = append(out, v)
		}
	}
	r.grow(len(out))
	return out
}

func duplicates(r *run, l Value) Value {
	seen, counts := newValueSet(), map[int]int{}
	var out []Value
	for _, v := range l.items() {
		r.step()
		i, fresh := seen.index(r, v)
		if counts[i]++; fresh {
			out = append(out, v)
		}
	}
	kept := out[:0:0]
	for i, v := range out {
		// what equals nothing, not even itself, is counted by nobody
		if eq, _ := equal(r, v, v); eq && counts[i] > 1 {
			kept = append(kept, v)
		}
	}
	return r.list(kept)
}

func flatten(r *run, out, items []Value, depth int) []Value {
	depth = r.deeper(depth)
	for _, v := range items {
		r.step()
		if v.t == tList {
			out = flatten(r, out, v.items(), depth)
		} else {
			out = append(out, v)
		}
	}
	if len(out) > r.engine.limits.ListSize {
		r.grow(len(out))
	}
	return out
}

func join(r *run, a []Value, delimiter, prefix, suffix Value) Value {
	if a[0].t != tList || !joinArguments(delimiter, prefix, suffix) {
		return illegal(a)
	}
	size, n := len(prefix.s)+len(suffix.s), 0
	for _, v := range a[0].items() {
		r.step()
		switch v.t {
		case tString:
			size, n = size+len(v.s)+len(delimiter.s), n+1
		case tNull:
		default:
			return errorValue("expected a list of strings but found '" + a[0].brief() + "'")
		}
		if size > r.engine.limits.StringSize {
			r.text(size)
		}
	}
	r.text(size)
	parts := make([]string, 0, n)
	for _, v := range a[0].items() {
		if v.t == tString {
			parts = append(parts, v.s)
		}
	}
	return String(prefix.s + strings.Join(parts, delimiter.s) + suffix.s)
}

// joinArguments reports the combinations of string and null that exist.
func joinArguments(delimiter, prefix, suffix Value) bool {
	if delimiter.t != tString && delimiter.t != tNull {
		return false
	}
	return prefix.t == tString && suffix.t == tString || prefix.t == tNull && suffix.t == tNull
}

func partition(r *run, l, size Value) Value {
	n := int(size.intValue())
	if n <= 0 {
		return errorValue("'size' should be greater than zero but was '" + size.brief() + "'")
	}
	var out []Value
	items := l.items()
	r.grow(2 * len(items))
	for len(items) > 0 {
		r.step()
		k := min(n, len(items))
		out = append(out, newList(items[:k:k]))
		items = items[k:]
	}
	return newList(out)
}
