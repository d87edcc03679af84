package feel

import (
	"math"
	"slices"
)

func aggregateFunctions() []builtin {
	numbers := func(empty Value, f func(r *run, ns []Value) Value) func(*run, []Value) Value {
		return takes1(tList, func(r *run, l Value) Value {
			items := l.items()
			if len(items) == 0 {
				return empty
			}
			for i := range items {
				if items[i].t != tNumber {
					return errorValue("expected number but found '" + items[i].brief() + "'")
				}
				r.charge(items[i])
			}
			r.work(len(items))
			return f(r, items)
		})
	}
	agg := func(name string, call func(*run, []Value) Value) builtin {
		return builtin{name: name, params: names("list"), varArgs: true, call: call}
	}
	return []builtin{
		agg("min", takes1(tList, func(r *run, l Value) Value { return extreme(r, l, -1) })),
		agg("max", takes1(tList, func(r *run, l Value) Value { return extreme(r, l, 1) })),
		agg("sum", numbers(Null, func(_ *run, ns []Value) Value { return sum(ns) })),
		agg("product", numbers(Null, func(_ *run, ns []Value) Value { return product(ns) })),
		agg("mean", numbers(Null, func(_ *run, ns []Value) Value { return divNumbers(sum(ns), Int(int64(len(ns)))) })),
		agg("median", numbers(Null, func(_ *run, ns []Value) Value { return median(ns) })),
		agg("stddev", numbers(Null, func(_ *run, ns []Value) Value { return stddev(ns) })),
		agg("mode", numbers(newList(nil), func(r *run, ns []Value) Value { return mode(r, ns) })),
		agg("and", takes1(tList, func(r *run, l Value) Value { return fold(r, l, false) })),
		agg("all", takes1(tList, func(r *run, l Value) Value { return fold(r, l, false) })),
		agg("or", takes1(tList, func(r *run, l Value) Value { return fold(r, l, true) })),
		agg("any", takes1(tList, func(r *run, l Value) Value { return fold(r, l, true) })),
	}
}

// extreme returns the smallest (dir < 0) or largest item, the first of equal ones.
func extreme(r *run, l Value, dir int) Value {
	items := l.items()
	if len(items) == 0 {
		return Null
	}
	if !l.comparable() {
		return errorValue(l.brief() + " is not comparable")
	}
	r.work(len(items))
	best := items[0]
	for _, v := range items[1:] {
		if c := compareValues(v, best); c*dir > 0 {
			best = v
		}
	}
	return best
}

func sum(ns []Value) Value {
	total := ns[0]
	for _, n := range ns[1:] {
		if total.s == plainInt && total.n == 0 {
			total = n
		} else {
			total = addNumbers(total, n)
		}
	}
	return total
}

func product(ns []Value) Value {
	total := ns[0]
	for _, n := range ns[1:] {
		if total.s == plainInt && total.n == 1 {
			total = n
		} else {
			total = mulNumbers(total, n)
		}
	}
	return total
}

func sortedNumbers(ns []Value) []Value {
	s := slices.Clone(ns)
	slices.SortStableFunc(s, cmpNumbers)
	return s
}

func median(ns []Value) Value {
	s, half := sortedNumbers(ns), len(ns)/2
	if len(s)%2 == 1 {
		return s[half]
	}
	return divNumbers(addNumbers(s[half-1], s[half]), Int(2))
}

// stddev throws for a single number, as the reference engine does.
func stddev(ns []Value) Value {
	mean := divNumbers(sum(ns), Int(int64(len(ns))))
	dev := Int(0)
	for _, n := range ns {
		dev = addNumbers(dev, powWhole(subNumbers(n, mean), 2))
	}
	if len(ns) == 1 {
		throw("the standard deviation of one number is not defined")
	}
	return fromFloat(math.Sqrt(divNumbers(dev, Int(int64(len(ns)-1))).float()))
}

// mode returns the most frequent numbers in their order.
func mode(r *run, ns []Value) Value {
	s := sortedNumbers(ns)
	var out []Value
	best, count := 0, 0
	for i, n := range s {
		if count++; i > 0 && cmpNumbers(s[i-1], n) != 0 {
			count = 1
		}
		if count > best {
			best, out = count, out[:0]
		}
		if count == best {
			out = append(out, n)
		}
	}
	return r.list(out)
}

// fold is and (stop at false) or or (stop at true) over a list.
func fold(r *run, l Value, stop bool) Value {
	v := Bool(!stop)
	for _, x := range l.items() {
		r.step()
		switch {
		case x.t == tBool && (x.n != 0) == stop:
			return x
		case v.t == tBool && x.t == tBool:
			v = x
		default:
			v = Null
		}
	}
	return v
}
