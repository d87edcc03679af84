package feel

import "strings"

// comparable reports whether the value has an order: a list of values of one type
// counts, though comparing it throws.
func (v Value) comparable() bool {
	if v.t != tList {
		return v.t == tNumber || v.t == tString || v.t >= tDate && v.t <= tYearMonth
	}
	items := v.items()
	if len(items) == 0 || !items[0].comparable() {
		return false
	}
	for _, x := range items {
		if x.t != items[0].t {
			return false
		}
	}
	return true
}

// compareValues orders two values of one type.
func compareValues(x, y Value) int {
	switch x.t {
	case tNumber:
		return cmpNumbers(x, y)
	case tString:
		return compareText(x.s, y.s)
	case tDate, tLocalTime, tYearMonth:
		return cmpInt(x.n, y.n)
	case tTime:
		return cmpInt(x.timeInstant(), y.timeInstant())
	case tLocalDateTime, tDayTime:
		return cmpPair(x.n, y.n, x.scale, y.scale)
	case tDateTime:
		return compareDateTimes(x, y)
	}
	throw("%s can not be compared to %s", x.brief(), y.brief())
	return 0
}

func cmpPair(a, b int64, c, d int32) int {
	if a != b {
		return cmpInt(a, b)
	}
	return cmpInt(int64(c), int64(d))
}

// compareDateTimes orders by instant, then by local time, then by the zone's name.
func compareDateTimes(x, y Value) int {
	if c := cmpPair(x.epoch(), y.epoch(), x.scale, y.scale); c != 0 {
		return c
	}
	if x.n != y.n {
		return cmpInt(x.n, y.n)
	}
	return strings.Compare(x.zone().name(), y.zone().name())
}

// name is the region, or the offset.
func (z *zone) name() string {
	if z.loc != nil {
		return z.id
	}
	return string(appendOffset(nil, z.offset))
}

// compareText orders by UTF-16 units: characters beyond the first plane come before
// those from U+E000 on.
func compareText(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] {
		i++
	}
	if i == n {
		return cmpInt(int64(len(a)), int64(len(b)))
	}
	x, y := a[i], b[i]
	if x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0) {
		return cmpInt(int64(y), int64(x))
	}
	return cmpInt(int64(x), int64(y))
}

const maxValueDepth = 5000

// equal compares two values as = does; ok is false for different types.
func equal(r *run, x, y Value) (eq, ok bool) { return equalDeep(r, x, y, 0) }

func equalDeep(r *run, x, y Value, depth int) (eq, ok bool) {
	if x.t == tNull || y.t == tNull {
		return isNullish(x) && isNullish(y), true
	}
	if x.t != y.t {
		return false, false
	}
	switch x.t {
	case tNumber:
		return cmpNumbers(x, y) == 0, true
	case tString:
		return x.s == y.s, true
	case tBool, tDate, tLocalTime, tYearMonth:
		return x.n == y.n, true
	case tLocalDateTime, tDayTime:
		return x.n == y.n && x.scale == y.scale, true
	case tTime, tDateTime:
		a, b := x.zone(), y.zone()
		return x.n == y.n && x.scale == y.scale && a.offset == b.offset && a.id == b.id, true
	case tList:
		return equalLists(r, x.items(), y.items(), depth), true
	case tContext:
		return equalContexts(r, x.ctx(), y.ctx(), depth), true
	}
	return false, false
}

func isNullish(v Value) bool { return v.t == tNull || v.t == tError }

func (r *run) deeper(depth int) int {
	if depth >= maxValueDepth {
		limitError("a value is nested more than %d times", maxValueDepth)
	}
	r.step()
	return depth + 1
}

func equalLists(r *run, x, y []Value, depth int) bool {
	if len(x) != len(y) {
		return false
	}
	depth = r.deeper(depth)
	for i := range x {
		r.step()
		if eq, _ := equalDeep(r, x[i], y[i], depth); !eq {
			return false
		}
	}
	return true
}

func equalContexts(r *run, x, y *contextValue, depth int) bool {
	xs, ys := x.entries(), y.entries()
	if len(xs) != len(ys) {
		return false
	}
	depth = r.deeper(depth)
	for i := range xs {
		r.step()
		v, ok := y.get(xs[i].key)
		if !ok {
			return false
		}
		if eq, _ := equalDeep(r, xs[i].val, v, depth); !eq {
			return false
		}
	}
	return true
}

// same is the equality of objects, which a few functions use: literal contexts are
// the same only as one object, and other types are just different.
func same(r *run, x, y Value, depth int) bool {
	if x.t != y.t {
		return false
	}
	switch x.t {
	case tNull:
		return true
	case tList:
		a, b := x.items(), y.items()
		if len(a) != len(b) {
			return false
		}
		depth = r.deeper(depth)
		for i := range a {
			if !same(r, a[i], b[i], depth) {
				return false
			}
		}
		return true
	case tContext:
		return sameContexts(r, x.ctx(), y.ctx(), depth)
	case tFunction:
		return x.fn() == y.fn()
	case tRange:
		a, b := x.rng(), y.rng()
		return a.startClosed == b.startClosed && a.endClosed == b.endClosed &&
			same(r, a.start, b.start, depth) && same(r, a.end, b.end, depth)
	case tError, tFatal:
		return x.s == y.s
	}
	eq, _ := equalDeep(r, x, y, depth)
	return eq
}

func sameContexts(r *run, x, y *contextValue, depth int) bool {
	if x.literal || y.literal {
		return x == y
	}
	xs := x.entries()
	if len(xs) != len(y.entries()) {
		return false
	}
	depth = r.deeper(depth)
	for i := range xs {
		v, ok := y.get(xs[i].key)
		if !ok || !same(r, xs[i].val, v, depth) {
			return false
		}
	}
	return true
}

func containsSame(r *run, items []Value, v Value) bool {
	for i := range items {
		r.step()
		if same(r, items[i], v, 0) {
			return true
		}
	}
	return false
}
