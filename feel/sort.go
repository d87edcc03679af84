package feel

import "slices"

// sortBy sorts stably with a function that says whether its first argument comes
// before the second.
func sortBy(r *run, l, precedes Value) (out Value) {
	f := precedes.fn()
	if len(f.params) != 2 {
		return errorValue("expect boolean function with 2 arguments")
	}
	args, texts, depth := len(r.args), len(r.texts), r.depth
	defer func() {
		r.args, r.texts, r.depth = r.args[:args], r.texts[:texts], depth
		switch e := recover().(type) {
		case nil:
		case *Error:
			if e.Kind != ErrEval { // limits and cancellation go on
				panic(e)
			}
			out = errorValue("fail to sort list by given precedes function: " + e.Message)
		default:
			panic(e)
		}
	}()
	items := slices.Clone(l.items())
	r.grow(len(items))
	order := func(x, y Value) int {
		if before(r, f, x, y) {
			return -1
		}
		if before(r, f, y, x) {
			return 1
		}
		return 0
	}
	if len(items) < 32 {
		insertionSort(items, order)
	} else {
		slices.SortStableFunc(items, order)
	}
	return newList(items)
}

func before(r *run, f *Function, x, y Value) bool {
	r.step()
	r.enter(f.body)
	v := f.call(r, []Value{x, y})
	r.depth -= int64(f.body)
	if v.t != tBool {
		throw("expected boolean but found '%s'", v.brief())
	}
	return v.n != 0
}

// insertionSort sorts short lists as the JVM does: a function that is no order, such
// as <=, then gives the same result.
func insertionSort(s []Value, cmp func(x, y Value) int) {
	for i := sortedRun(s, cmp); i < len(s); i++ {
		pivot, lo, hi := s[i], 0, i
		for lo < hi {
			if mid := (lo + hi) / 2; cmp(pivot, s[mid]) < 0 {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		copy(s[lo+1:i+1], s[lo:i])
		s[lo] = pivot
	}
}

// sortedRun returns the length of the ascending run at the start; a strictly
// descending one is turned round.
func sortedRun(s []Value, cmp func(x, y Value) int) int {
	if len(s) < 2 {
		return len(s)
	}
	n := 2
	if cmp(s[1], s[0]) < 0 {
		for n < len(s) && cmp(s[n], s[n-1]) < 0 {
			n++
		}
		slices.Reverse(s[:n])
		return n
	}
	for n < len(s) && cmp(s[n], s[n-1]) >= 0 {
		n++
	}
	return n
}
