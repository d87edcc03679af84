package feel

import (
	"math"
	"strings"
)

func numberFunctions(e *Engine) []builtin {
	fs := []builtin{
		{name: "decimal", params: names("n", "scale"), call: rounder(halfEven)},
		{name: "decimal", params: names("n", "scale", "mode"), call: takes3(tNumber, tNumber, tString, decimalWithMode)},
		{name: "floor", params: names("n"), call: wholeRounder(roundFloor)},
		{name: "floor", params: names("n", "scala"), call: rounder(roundFloor)},
		{name: "ceiling", params: names("n"), call: wholeRounder(roundCeiling)},
		{name: "ceiling", params: names("n", "scale"), call: rounder(roundCeiling)},
		{name: "round up", params: names("n", "scale"), call: rounder(roundUp)},
		{name: "round down", params: names("n", "scale"), call: rounder(roundDown)},
		{name: "round half up", params: names("n", "scale"), call: rounder(halfUp)},
		{name: "round half down", params: names("n", "scala"), call: rounder(halfDown)},
		{name: "abs", params: names("number"), call: absolute},
		{name: "abs", params: names("n"), call: absolute},
		{name: "modulo", params: names("dividend", "divisor"), call: takes2(tNumber, tNumber, modulo)},
		{name: "odd", params: names("number"), call: takes1(tNumber, func(_ *run, n Value) Value {
			rest := remainder(n, Int(2))
			return Bool(cmpNumbers(rest, Int(1)) == 0 || cmpNumbers(rest, Int(-1)) == 0)
		})},
		{name: "even", params: names("number"), call: takes1(tNumber, func(_ *run, n Value) Value {
			return Bool(remainder(n, Int(2)).sign() == 0)
		})},
		{name: "sqrt", params: names("number"), call: takes1(tNumber, func(_ *run, n Value) Value {
			if n.sign() < 0 {
				return Null
			}
			return fromFloat(math.Sqrt(n.float()))
		})},
		{name: "random number", call: func(*run, []Value) Value { return fromFloat(e.random()) }},
	}
	for name, f := range map[string]func(float64) float64{"log": logFloat, "exp": expFloat} {
		fs = append(fs, builtin{name: name, params: names("number"), call: takes1(tNumber, func(r *run, n Value) Value {
			r.work(64) // many digits are computed
			return fromFloat(f(n.float()))
		})})
	}
	return fs
}

func rounder(mode rounding) func(*run, []Value) Value {
	return takes2(tNumber, tNumber, func(r *run, n, scale Value) Value { return roundTo(r, n, scale.intValue(), mode) })
}

func wholeRounder(mode rounding) func(*run, []Value) Value {
	return takes1(tNumber, func(r *run, n Value) Value { return roundTo(r, n, 0, mode) })
}

func roundTo(r *run, n Value, scale int32, mode rounding) Value {
	v, failed := setScale(n, scale, mode)
	if failed != "" {
		return errorValue("Failed to apply rounding mode '" + roundingNames[mode] + "': " + failed)
	}
	if scale > 0 && v.sign() != 0 {
		r.alloc(int(scale))
	}
	return v
}

func decimalWithMode(r *run, n, scale, mode Value) Value {
	for i, name := range roundingNames {
		if strings.EqualFold(name, mode.s) {
			return roundTo(r, n, scale.intValue(), rounding(i))
		}
	}
	return errorValue("Illegal argument '" + mode.s + "' for rounding mode. Must be one of: " + strings.Join(roundingNames, ", "))
}

func absolute(_ *run, a []Value) Value {
	switch a[0].t {
	case tNumber:
		if a[0].sign() < 0 {
			return negate(a[0])
		}
		return a[0]
	case tYearMonth:
		if a[0].n < 0 {
			return yearMonth(-a[0].n)
		}
		return a[0]
	case tDayTime:
		if a[0].n < 0 {
			return scaleDayTime(a[0], -1)
		}
		return a[0]
	}
	return illegal(a)
}

// modulo has the sign of the divisor.
func modulo(_ *run, x, y Value) Value {
	return remainder(addNumbers(remainder(x, y), y), y)
}

func dateFunctions(e *Engine) []builtin {
	fs := []builtin{
		{name: "now", call: func(*run, []Value) Value { return fromTime(e.now()) }},
		{name: "today", call: func(*run, []Value) Value {
			return dateValue(floorDiv(fromTime(e.now()).n, secondsPerDay))
		}},
	}
	for _, f := range []struct {
		name string
		of   func(day int64) Value
	}{
		{"day of year", func(day int64) Value { return Int(int64(dayOfYear(day))) }},
		{"day of week", func(day int64) Value { return String(weekdays[weekday(day)-1]) }},
		{"week of year", func(day int64) Value { return Int(int64(isoWeek(day))) }},
		{"month of year", func(day int64) Value {
			_, m, _ := civil(day)
			return String(months[m-1])
		}},
		{"last day of month", func(day int64) Value {
			y, m, _ := civil(day)
			return dateValue(civilDay(y, m, monthDays(y, m)))
		}},
	} {
		fs = append(fs, builtin{name: f.name, params: names("date"), call: func(_ *run, a []Value) Value {
			day, ok := dayOf(a[0])
			if !ok {
				return illegal(a)
			}
			return f.of(day)
		}})
	}
	return fs
}

// dayOf returns the day of a date or of a date and time.
func dayOf(v Value) (int64, bool) {
	switch v.t {
	case tDate:
		return v.n, true
	case tLocalDateTime, tDateTime:
		return floorDiv(v.n, secondsPerDay), true
	}
	return 0, false
}

var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

var months = []string{
	"January", "February", "March", "April", "May", "June", "July", "August", "September",
	"October", "November", "December",
}
