package feel

// pathOf returns the entry of a context, the entries of all items of a list, or the
// property of a temporal value.
func pathOf(r *run, pos int32, v Value, key string) Value {
	switch v.t {
	case tContext:
		if x, ok := v.ctx().get(key); ok {
			return x
		}
		r.warn(NoEntry, pos, "No context entry found with key '"+key+"'")
		return Null
	case tList:
		items := v.items()
		r.grow(len(items))
		out := make([]Value, len(items))
		for i := range items {
			r.step()
			out[i] = pathOf(r, pos, items[i], key)
		}
		return newList(out)
	case tNull:
		r.warn(NoEntry, pos, "No context entry found with key '"+key+"'. The context is null")
		return Null
	}
	x, ok := property(v, key)
	if !ok {
		r.warn(NoProperty, pos, "No property found with name '"+key+"' of value '"+v.brief()+"'")
	}
	return x
}

func property(v Value, key string) (Value, bool) {
	switch v.t {
	case tDate:
		return dateProperty(v.n, key)
	case tLocalTime, tTime:
		return timeProperty(v, v.n/nanosPerSec, key)
	case tLocalDateTime, tDateTime:
		if p, ok := dateProperty(floorDiv(v.n, secondsPerDay), key); ok {
			return p, true
		}
		return timeProperty(v, floorMod(v.n, secondsPerDay), key)
	case tDayTime:
		return dayTimeProperty(v.n, key)
	case tYearMonth:
		switch key {
		case "years":
			return Int(v.n / 12), true
		case "months":
			return Int(v.n % 12), true
		}
	}
	return Null, false
}

func dateProperty(day int64, key string) (Value, bool) {
	y, m, d := civil(day)
	switch key {
	case "year":
		return Int(y), true
	case "month":
		return Int(int64(m)), true
	case "day":
		return Int(int64(d)), true
	case "weekday":
		return Int(int64(weekday(day))), true
	}
	return Null, false
}

func timeProperty(v Value, sec int64, key string) (Value, bool) {
	switch key {
	case "hour":
		return Int(sec / 3600), true
	case "minute":
		return Int(sec / 60 % 60), true
	case "second":
		return Int(sec % 60), true
	case "time offset":
		if z, ok := v.p.(*zone); ok {
			return dayTime(int64(z.offset), 0), true
		}
		return Null, true
	case "timezone":
		if z, ok := v.p.(*zone); ok && z.loc != nil {
			return String(z.id), true
		}
		return Null, true
	}
	return Null, false
}

func dayTimeProperty(sec int64, key string) (Value, bool) {
	switch key {
	case "days":
		return Int(sec / 86400), true
	case "hours":
		return Int(sec / 3600 % 24), true
	case "minutes":
		return Int(sec / 60 % 60), true
	case "seconds":
		return Int(sec % 60), true
	}
	return Null, false
}
