package feel

import "math"

func badOperands(r *run, pos int32, format string, x, y Value) Value {
	return r.fail(InvalidType, pos, format, x.brief(), y.brief())
}

func addValues(r *run, pos int32, x, y Value) Value {
	switch {
	case x.t == tNumber && y.t == tNumber:
		return addNumbers(x, y)
	case x.t == tString && y.t == tString:
		r.text(len(x.s) + len(y.s))
		return String(joinText(x.s, y.s))
	case x.t == tYearMonth && y.t == tYearMonth:
		return yearMonth(x.n + y.n)
	case x.t == tDayTime && y.t == tDayTime:
		return addDayTime(x, y)
	}
	if v, ok := shift(x, y, 1); ok {
		return v
	}
	if v, ok := shift(y, x, 1); ok {
		return v
	}
	return badOperands(r, pos, "Can't add '%[2]s' to '%[1]s'", x, y)
}

func subValues(r *run, pos int32, x, y Value) Value {
	switch {
	case x.t == tNumber && y.t == tNumber:
		return subNumbers(x, y)
	case x.t == y.t:
		if v, ok := difference(x, y); ok {
			return v
		}
	}
	if v, ok := shift(x, y, -1); ok {
		return v
	}
	return badOperands(r, pos, "Can't subtract '%[2]s' from '%[1]s'", x, y)
}

// difference subtracts values of one type.
func difference(x, y Value) (Value, bool) {
	switch x.t {
	case tLocalTime:
		return nanosDuration(x.n - y.n), true
	case tTime:
		d := x.timeInstant() - y.timeInstant()
		return nanosDuration(max(d, -d)), true
	case tLocalDateTime:
		return normal(x.n-y.n, int64(x.scale)-int64(y.scale)), true
	case tDateTime:
		return normal(x.epoch()-y.epoch(), int64(x.scale)-int64(y.scale)), true
	case tDate:
		return dayTime((x.n-y.n)*secondsPerDay, 0), true
	case tYearMonth:
		return yearMonth(x.n - y.n), true
	case tDayTime:
		return addDayTime(x, scaleDayTime(y, -1)), true
	}
	return Null, false
}

func nanosDuration(n int64) Value { return normal(0, n) }

// normal returns the duration with nanoseconds of any size.
func normal(sec, nanos int64) Value {
	s, ok := addInt(sec, floorDiv(nanos, nanosPerSec))
	if !ok {
		throw("the duration is out of range")
	}
	return dayTime(s, floorMod(nanos, nanosPerSec))
}

func addDayTime(x, y Value) Value {
	s, ok := addInt(x.n, y.n)
	if !ok {
		throw("the duration is out of range")
	}
	return normal(s, int64(x.scale)+int64(y.scale))
}

func scaleDayTime(x Value, by int64) Value {
	s, ok := mulInt(x.n, by)
	if !ok {
		throw("the duration is out of range")
	}
	return normal(s, int64(x.scale)*by)
}

// shift moves a point in time by a duration, forwards or backwards.
func shift(x, d Value, dir int64) (Value, bool) {
	switch d.t {
	case tDayTime:
		if x.t == tDate || x.t == tLocalTime || x.t == tTime || x.t == tLocalDateTime || x.t == tDateTime {
			return shiftDayTime(x, scaleDayTime(d, dir)), true
		}
	case tYearMonth:
		switch x.t {
		case tDate:
			return dateValue(addMonths(x.n, d.n*dir)), true
		case tLocalDateTime, tDateTime:
			return shiftMonths(x, d.n*dir), true
		}
	}
	return Null, false
}

func shiftMonths(x Value, months int64) Value {
	day := addMonths(floorDiv(x.n, secondsPerDay), months)
	local := day*secondsPerDay + floorMod(x.n, secondsPerDay)
	if x.t == tLocalDateTime {
		return localDateTime(local, x.scale)
	}
	return placed(local, x.scale, x.zone(), x.zone().offset)
}

func shiftDayTime(x, d Value) Value {
	switch x.t {
	case tLocalTime, tTime:
		n := x.n + floorMod(d.n, secondsPerDay)*nanosPerSec + int64(d.scale)
		x.n = floorMod(n, nanosPerDay)
		return x
	case tDate:
		sec, ok := addInt(x.n*secondsPerDay, d.n)
		if !ok {
			throw("the date is out of range")
		}
		return dateValue(floorDiv(sec, secondsPerDay))
	}
	local, ok := addInt(x.n, d.n)
	if !ok {
		throw("the date and time is out of range")
	}
	nanos := int64(x.scale) + int64(d.scale)
	local, nanos = local+nanos/nanosPerSec, nanos%nanosPerSec
	if x.t == tLocalDateTime {
		return localDateTime(local, int32(nanos))
	}
	checkLocal(local)
	return dateTimeAt(local-int64(x.zone().offset), int32(nanos), x.zone())
}

func mulValues(r *run, pos int32, x, y Value) Value {
	if x.t == tNumber && y.t == tNumber {
		return mulNumbers(x, y)
	}
	d, n := x, y
	if x.t == tNumber {
		d, n = y, x
	}
	if n.t == tNumber {
		switch d.t {
		case tYearMonth:
			return scalePeriod(d.n, int64(n.intValue()))
		case tDayTime:
			return scaleDayTime(d, int64(n.intValue()))
		}
	}
	return badOperands(r, pos, "Can't multiply '%s' by '%s'", x, y)
}

func scalePeriod(months, by int64) Value {
	if y, m := months/12*by, months%12*by; !fits32(y) || !fits32(m) {
		throw("the duration is out of range")
	}
	return yearMonth(months * by)
}

func divValues(r *run, pos int32, x, y Value) Value {
	switch {
	case x.t == tNumber && y.t == tNumber && y.sign() != 0:
		return divNumbers(x, y)
	case x.t == tYearMonth && y.t == tNumber && y.sign() != 0:
		return yearMonth(int64(divNumbers(Int(x.n), y).intValue()))
	case x.t == tYearMonth && y.t == tYearMonth && y.n != 0:
		return Int(x.n / y.n)
	case x.t == tDayTime && y.t == tDayTime && (y.n != 0 || y.scale != 0):
		a, b := millis(x), millis(y)
		if b == 0 {
			throw("division by a duration below a millisecond")
		}
		return Int(a / b)
	case x.t == tDayTime && y.t == tNumber && y.sign() != 0:
		ms := int64(divNumbers(small64(millis(x)), y).intValue())
		return normal(floorDiv(ms, 1000), floorMod(ms, 1000)*1_000_000)
	}
	return badOperands(r, pos, "Can't divide '%s' by '%s'", x, y)
}

// millis returns the whole milliseconds of a duration.
func millis(d Value) int64 {
	sec, nanos := d.n, int64(d.scale)
	if sec < 0 {
		sec, nanos = sec+1, nanos-nanosPerSec
	}
	ms, ok1 := mulInt(sec, 1000)
	ms, ok2 := addInt(ms, nanos/1_000_000)
	if !ok1 || !ok2 || sec > math.MaxInt64/1000 {
		throw("the duration is out of range")
	}
	return ms
}

func powValues(r *run, pos int32, x, y Value) Value {
	for _, v := range [2]Value{x, y} {
		if v.t != tNumber {
			return r.invalidType(pos, "number", v)
		}
	}
	r.charge(x)
	return powNumbers(x, y)
}
