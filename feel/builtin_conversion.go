package feel

import (
	"math"
	"strings"
)

func conversionFunctions(e *Engine) []builtin {
	z := &e.zones
	return []builtin{
		{name: "date", params: names("from"), call: toDate},
		{name: "date", params: names("year", "month", "day"), call: takes3(tNumber, tNumber, tNumber, dateOf)},
		{name: "date and time", params: names("from"), call: takes1(tString, func(_ *run, s Value) Value {
			if isDateText(s.s) || isOffsetDateTimeText(s.s) || isLocalDateTimeText(s.s) {
				if v, ok := z.parseDateTime(s.s); ok {
					return v
				}
			}
			return errorValue("Failed to parse date-time from '" + s.s + "'")
		})},
		{name: "date and time", params: names("date", "time"), call: func(_ *run, a []Value) Value { return combine(z, a) }},
		{name: "time", params: names("from"), call: func(_ *run, a []Value) Value { return toTime(z, a) }},
		{name: "time", params: names("hour", "minute", "second"), call: takes3(tNumber, tNumber, tNumber, timeOf)},
		{name: "time", params: names("hour", "minute", "second", "offset"), call: timeWithOffset},
		{name: "number", params: names("from"), call: takes1(tString, func(_ *run, s Value) Value { return toNumber(s.s) })},
		{name: "number", params: names("from", "grouping separator"), call: numberGrouped},
		{name: "number", params: names("from", "grouping separator", "decimal separator"), call: numberSeparated},
		{name: "string", params: names("from"), call: toString},
		{name: "duration", params: names("from"), call: takes1(tString, toDuration)},
		{name: "years and months duration", params: names("from", "to"), call: monthsFromTo},
		{name: "from json", params: names("json"), call: fromJSON},
		{name: "to json", params: names("value"), call: toJSON},
	}
}

func toDate(_ *run, a []Value) Value {
	switch a[0].t {
	case tString:
		if v, ok := parseDate(a[0].s); ok {
			return v
		}
		return errorValue("Failed to parse date from '" + a[0].s + "'")
	case tDate, tLocalDateTime, tDateTime:
		day, _ := dayOf(a[0])
		return dateValue(day)
	}
	return illegal(a)
}

func dateOf(_ *run, y, m, d Value) Value {
	v, ok := newDate(int64(y.intValue()), int(m.intValue()), int(d.intValue()))
	if !ok {
		return errorValue("Failed to parse date from: year=" + y.brief() + ", month=" + m.brief() + ", day=" + d.brief())
	}
	return v
}

// combine makes a date and time of a date and a time, or moves one to a zone.
func combine(z *zones, a []Value) Value {
	d, t := a[0], a[1]
	day, ok := dayOf(d)
	switch {
	case ok && t.t == tLocalTime:
		return localDateTime(day*secondsPerDay+t.n/nanosPerSec, int32(t.n%nanosPerSec))
	case ok && t.t == tTime:
		return placed(day*secondsPerDay+t.n/nanosPerSec, int32(t.n%nanosPerSec), t.zone(), noOffset)
	case t.t == tString && (d.t == tLocalDateTime || d.t == tDateTime):
		zn, ok := z.zoneByID(t.s)
		if !ok {
			throw("unknown time zone '%s'", t.s)
		}
		if d.t == tDateTime {
			return dateTimeAt(d.epoch(), d.scale, zn)
		}
		return placed(d.n, d.scale, zn, noOffset)
	}
	return illegal(a)
}

func toTime(z *zones, a []Value) Value {
	switch v := a[0]; v.t {
	case tString:
		t, ok := parseLocalTime(v.s)
		if shapeOffsetTime(v.s) {
			t, ok = z.parseOffsetTime(v.s)
		}
		if !ok {
			return errorValue("Failed to parse time from '" + v.s + "'")
		}
		return t
	case tLocalDateTime:
		return Value{t: tLocalTime, n: clockOf(v)}
	case tDateTime:
		return Value{t: tTime, n: clockOf(v), p: v.zone()}
	case tDate:
		return Value{t: tTime, p: utc}
	}
	return illegal(a)
}

// clockOf returns the nanoseconds of the day.
func clockOf(v Value) int64 { return floorMod(v.n, secondsPerDay)*nanosPerSec + int64(v.scale) }

func timeOf(_ *run, h, m, s Value) Value {
	n, ok := clockFrom(h, m, s, true)
	if !ok {
		return errorValue("Failed to parse local-time from: hour=" + h.brief() + ", minute=" + m.brief() + ", second=" + s.brief())
	}
	return Value{t: tLocalTime, n: n}
}

// clockFrom returns the nanoseconds of the day; the fraction of the seconds counts or not.
func clockFrom(h, m, s Value, fraction bool) (int64, bool) {
	hour, minute, sec := int64(h.intValue()), int64(m.intValue()), int64(s.intValue())
	nanos := int64(0)
	if fraction {
		nanos = int64(mulNumbers(remainder(s, Int(1)), small(nanosPerSec, 0)).intValue())
	}
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || sec < 0 || sec > 59 || nanos < 0 || nanos >= nanosPerSec {
		return 0, false
	}
	return (hour*3600+minute*60+sec)*nanosPerSec + nanos, true
}

func timeWithOffset(_ *run, a []Value) Value {
	for _, v := range a[:3] {
		if v.t != tNumber {
			return illegal(a)
		}
	}
	switch a[3].t {
	case tNull:
		if n, ok := clockFrom(a[0], a[1], a[2], false); ok {
			return Value{t: tLocalTime, n: n}
		}
	case tDayTime:
		n, ok := clockFrom(a[0], a[1], a[2], true)
		if off := int32(a[3].n); ok && off >= -maxOffset && off <= maxOffset {
			return Value{t: tTime, n: n, p: &zone{offset: off}}
		}
	default:
		return illegal(a)
	}
	return errorValue("Failed to parse time from: hour=" + a[0].brief() + ", minute=" + a[1].brief() + ", second=" + a[2].brief())
}

func toNumber(s string) Value {
	if v, ok := parseNumber(s); ok {
		return v
	}
	return errorValue("Can't parse '" + s + "' as a number")
}

func groupingOK(s string) bool { return s == " " || s == "," || s == "." }

func decimalOK(s string) bool { return s == "," || s == "." }

func numberGrouped(_ *run, a []Value) Value {
	switch {
	case a[0].t != tString || a[1].t != tString:
		return illegal(a)
	case !groupingOK(a[1].s):
		return errorValue("illegal argument for grouping. Must be one of ' ', ',' or '.'")
	}
	return toNumber(strings.ReplaceAll(a[0].s, a[1].s, ""))
}

func numberSeparated(_ *run, a []Value) Value {
	from, group, dec := a[0], a[1], a[2]
	if from.t != tString {
		return illegal(a)
	}
	switch {
	case group.t == tString && dec.t == tString && groupingOK(group.s) && decimalOK(dec.s) && group.s != dec.s:
		return toNumber(strings.ReplaceAll(strings.ReplaceAll(from.s, group.s, ""), dec.s, "."))
	case group.t == tNull && dec.t == tString && decimalOK(dec.s):
		return toNumber(strings.ReplaceAll(from.s, dec.s, "."))
	case group.t == tString && dec.t == tNull && groupingOK(group.s):
		return toNumber(strings.ReplaceAll(from.s, group.s, ""))
	case group.t == tString && dec.t == tString:
		return errorValue("illegal arguments for grouping or decimal. Must be one of ' ' (grouping only), ',' or '.'")
	}
	return illegal(a)
}

func toString(r *run, a []Value) Value {
	v := a[0]
	switch {
	case v.t == tNull || v.t == tString:
		return v
	case v.t == tNumber && v.p == nil && v.scale == 0:
		return r.string(v.numberText())
	}
	w := textWriter{run: r}
	w.value(v)
	return r.string(string(w.buf))
}

func toDuration(_ *run, s Value) Value {
	v, ok := Null, false
	switch {
	case isYearMonthText(s.s):
		v, ok = parsePeriod(s.s)
	case isDayTimeText(s.s):
		v, ok = parseDayTime(s.s)
	}
	if !ok {
		return errorValue("Failed to parse duration from '" + s.s + "'")
	}
	return v
}

// monthsFromTo counts whole months between two dates, which may have times.
func monthsFromTo(_ *run, a []Value) Value {
	from, ok1 := dayOf(a[0])
	to, ok2 := dayOf(a[1])
	if !ok1 || !ok2 {
		return illegal(a)
	}
	n := monthsBetween(from, to)
	if y := n / 12; y > math.MaxInt32 || y < math.MinInt32 {
		throw("the duration is out of range")
	}
	return yearMonth(n)
}
