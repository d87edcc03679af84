package feel

// end is one end of a range, or a point.
type end struct {
	val    Value
	closed bool
}

// ends of a range; a point is a range from and to itself.
type ends struct{ lo, hi end }

func endsOf(v Value) ends {
	if v.t != tRange {
		return ends{end{v, true}, end{v, true}}
	}
	g := v.rng()
	return ends{end{g.start, g.startClosed}, end{g.end, g.endClosed}}
}

func (e end) cmp(o end) int {
	if e.val.t != o.val.t {
		throw("%s can not be compared to %s", e.val.brief(), o.val.brief())
	}
	return compareValues(e.val, o.val)
}

// is reports object equality, which differs from the order for zoned times.
func (e end) is(r *run, o end) bool { return same(r, e.val, o.val, 0) }

// rangeTest is a relation of two arguments; which of them may be points is told apart.
type rangeTest func(r *run, x, y ends) bool

func rangeFunctions() []builtin {
	var fs []builtin
	add := func(name string, call func(*run, []Value) Value, params ...[]string) {
		for _, p := range params {
			fs = append(fs, builtin{name: name, params: p, call: call})
		}
	}
	points, pointRange, rangePoint, ranges := names("point1", "point2"), names("point", "range"), names("range", "point"), names("range1", "range2")
	add("before", relation(before1, before1, before1, before1), points, pointRange, rangePoint, ranges)
	add("after", relation(after1, after1, after1, after1), points, pointRange, rangePoint, ranges)
	add("meets", relation(nil, nil, nil, meets), ranges)
	add("met by", relation(nil, nil, nil, swap(meets)), ranges)
	add("overlaps", relation(nil, nil, nil, overlaps), ranges)
	add("overlaps before", relation(nil, nil, nil, overlapsBefore), ranges)
	add("overlaps after", relation(nil, nil, nil, swap(overlapsBefore)), ranges)
	add("finishes", relation(nil, finishesPoint, nil, finishes), pointRange, ranges)
	add("finished by", relation(nil, nil, swap(finishesPoint), finishedBy), pointRange, ranges)
	add("includes", relation(nil, nil, includesPoint, includes), rangePoint, ranges)
	add("during", relation(nil, swap(includesPoint), nil, swap(includes)), pointRange, ranges)
	add("starts", relation(nil, startsPoint, nil, starts), pointRange, ranges)
	add("started by", relation(nil, nil, swap(startsPoint), swap(starts)), rangePoint, ranges)
	add("coincides", relation(coincidePoints, never, never, coincide), points, ranges)
	return fs
}

func swap(f rangeTest) rangeTest { return func(r *run, x, y ends) bool { return f(r, y, x) } }

// relation picks the test by the kinds of the arguments: point and point, point and
// range, range and point, range and range. A missing one throws, as in the reference engine.
func relation(points, pointRange, rangePoint, ranges rangeTest) func(*run, []Value) Value {
	return func(r *run, a []Value) Value {
		x, y := a[0], a[1]
		if !relatable(x, y) {
			return illegal(a)
		}
		test := points
		switch {
		case x.t == tRange && y.t == tRange:
			test = ranges
		case x.t == tRange:
			test = rangePoint
		case y.t == tRange:
			test = pointRange
		}
		if test == nil {
			throw("there is no such relation of '%s' and '%s'", x.brief(), y.brief())
		}
		return Bool(test(r, endsOf(x), endsOf(y)))
	}
}

func relatable(x, y Value) bool {
	if x.t == tRange {
		x = x.rng().start
	}
	if y.t == tRange {
		y = y.rng().start
	}
	return x.t == y.t && pointTag(x.t)
}

func before1(r *run, x, y ends) bool {
	return x.hi.cmp(y.lo) < 0 || (!x.hi.closed || !y.lo.closed) && x.hi.is(r, y.lo)
}

func after1(r *run, x, y ends) bool {
	return x.lo.cmp(y.hi) > 0 || (!x.lo.closed || !y.hi.closed) && x.lo.is(r, y.hi)
}

func meets(r *run, x, y ends) bool { return x.hi.closed && y.lo.closed && x.hi.is(r, y.lo) }

// reaches reports whether x ends behind the start of y, or touches it.
func reaches(r *run, x, y ends) bool {
	return x.hi.cmp(y.lo) > 0 || x.hi.is(r, y.lo) && x.hi.closed && y.lo.closed
}

func overlaps(r *run, x, y ends) bool { return reaches(r, x, y) && reaches(r, y, x) }

func overlapsBefore(r *run, x, y ends) bool {
	return (x.lo.cmp(y.lo) < 0 || x.lo.is(r, y.lo) && x.lo.closed && !y.lo.closed) && reaches(r, x, y) &&
		(x.hi.cmp(y.hi) < 0 || x.hi.is(r, y.hi) && (!x.hi.closed || y.hi.closed))
}

// startsNotBefore reports whether x starts with y or behind its start.
func startsNotBefore(r *run, x, y ends) bool {
	return x.lo.cmp(y.lo) > 0 || x.lo.is(r, y.lo) && (!x.lo.closed || y.lo.closed)
}

// endsNotAfter reports whether x ends with y or before its end.
func endsNotAfter(r *run, x, y ends) bool {
	return x.hi.cmp(y.hi) < 0 || x.hi.is(r, y.hi) && (!x.hi.closed || y.hi.closed)
}

func finishes(r *run, x, y ends) bool {
	return x.hi.closed == y.hi.closed && x.hi.is(r, y.hi) && startsNotBefore(r, x, y)
}

func finishedBy(r *run, x, y ends) bool {
	return x.hi.closed == y.hi.closed && x.hi.is(r, y.hi) &&
		(x.lo.cmp(y.lo) < 0 || x.lo.is(r, y.lo) && (x.lo.closed || !y.lo.closed))
}

func finishesPoint(r *run, p, y ends) bool { return y.hi.closed && y.hi.is(r, p.lo) }

func includes(r *run, x, y ends) bool {
	return (x.lo.cmp(y.lo) < 0 || x.lo.is(r, y.lo) && (x.lo.closed || !y.lo.closed)) &&
		(x.hi.cmp(y.hi) > 0 || x.hi.is(r, y.hi) && (x.hi.closed || !y.hi.closed))
}

func includesPoint(r *run, x, p ends) bool {
	return x.lo.cmp(p.lo) < 0 && x.hi.cmp(p.lo) > 0 || x.lo.is(r, p.lo) && x.lo.closed || x.hi.is(r, p.lo) && x.hi.closed
}

func starts(r *run, x, y ends) bool {
	return x.lo.is(r, y.lo) && x.lo.closed == y.lo.closed && endsNotAfter(r, x, y)
}

func startsPoint(r *run, p, y ends) bool { return y.lo.is(r, p.lo) && y.lo.closed }

func coincide(r *run, x, y ends) bool {
	return x.lo.is(r, y.lo) && x.lo.closed == y.lo.closed && x.hi.is(r, y.hi) && x.hi.closed == y.hi.closed
}

func coincidePoints(r *run, x, y ends) bool { return x.lo.is(r, y.lo) }

func never(*run, ends, ends) bool { return false }
