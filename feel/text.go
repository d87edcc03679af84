package feel

import (
	"strconv"
	"unicode/utf8"
)

// textWriter writes values as string() shows them.
type textWriter struct {
	buf   []byte
	depth int
	limit int // of bytes; 0: no limit but the run's
	run   *run
}

func (w *textWriter) full() bool {
	if w.run != nil && len(w.buf) > w.run.engine.limits.StringSize {
		w.run.text(len(w.buf))
	}
	return w.limit > 0 && (len(w.buf) > w.limit || w.depth > 20)
}

func (w *textWriter) value(v Value) {
	if w.full() {
		return
	}
	switch v.t {
	case tNull:
		w.buf = append(w.buf, "null"...)
	case tBool:
		w.buf = strconv.AppendBool(w.buf, v.n != 0)
	case tNumber:
		w.buf = v.appendNumber(w.buf)
	case tString:
		w.buf = append(append(append(w.buf, '"'), v.s...), '"')
	case tList:
		w.nested(func() { w.list(v.items()) })
	case tContext:
		w.nested(func() { w.context(v.ctx()) })
	case tFunction:
		w.function(v.fn())
	case tRange:
		w.rangeText(v.rng())
	case tError, tFatal:
		w.buf = append(append(append(w.buf, tagTypeNames[v.t]+`("`...), v.s...), `")`...)
	default:
		w.buf = appendTemporal(w.buf, v)
	}
}

func (w *textWriter) nested(f func()) {
	if w.run != nil {
		w.run.deeper(w.depth)
	}
	w.depth++
	f()
	w.depth--
}

func (w *textWriter) list(items []Value) {
	w.buf = append(w.buf, '[')
	for i, v := range items {
		if i > 0 {
			w.buf = append(w.buf, ", "...)
		}
		if w.value(v); w.full() {
			return
		}
	}
	w.buf = append(w.buf, ']')
}

func (w *textWriter) context(c *contextValue) {
	w.buf = append(w.buf, '{')
	for i, e := range c.entries() {
		if i > 0 {
			w.buf = append(w.buf, ", "...)
		}
		w.buf = append(append(w.buf, e.key...), ':')
		if w.value(e.val); w.full() {
			return
		}
	}
	w.buf = append(w.buf, '}')
}

func (w *textWriter) function(f *Function) {
	w.buf = append(w.buf, "function("...)
	for i, p := range f.params {
		if i > 0 {
			w.buf = append(w.buf, ", "...)
		}
		w.buf = append(w.buf, p...)
	}
	w.buf = append(w.buf, ')')
}

func (w *textWriter) rangeText(g *rangeValue) {
	open, closing := byte('('), byte(')')
	if g.startClosed {
		open = '['
	}
	if g.endClosed {
		closing = ']'
	}
	w.buf = append(w.buf, open)
	w.value(g.start)
	w.buf = append(w.buf, ".."...)
	w.value(g.end)
	w.buf = append(w.buf, closing)
}

// appendTemporal writes dates, times and durations as string() shows them.
func appendTemporal(b []byte, v Value) []byte {
	switch v.t {
	case tDate:
		return appendDate(b, v.n, plusYear)
	case tLocalTime:
		return appendNanos(b, v.n)
	case tTime:
		return appendZone(appendNanos(b, v.n), v.zone())
	case tLocalDateTime:
		return appendLocal(b, v, plainYear)
	case tDateTime:
		return appendZone(appendLocal(b, v, plainYear), v.zone())
	case tDayTime:
		return appendDayTime(b, v)
	}
	return appendYearMonth(b, v.n, "P0Y")
}

func appendNanos(b []byte, n int64) []byte { return appendClock(b, n/nanosPerSec, n%nanosPerSec) }

func appendLocal(b []byte, v Value, style yearStyle) []byte {
	b = append(appendDate(b, floorDiv(v.n, secondsPerDay), style), 'T')
	return appendClock(b, floorMod(v.n, secondsPerDay), int64(v.scale))
}

// appendZone writes @region, or the offset.
func appendZone(b []byte, z *zone) []byte {
	if z.loc != nil {
		return append(append(b, '@'), z.id...)
	}
	return appendOffset(b, z.offset)
}

// String returns the value as the function string() shows it; strings are not quoted.
func (v Value) String() string {
	if v.t == tString {
		return v.s
	}
	w := textWriter{}
	w.value(v)
	return string(w.buf)
}

const briefSize = 120

// brief returns the value for a message, cut where it is long.
func (v Value) brief() string {
	if v.t == tString && len(v.s) < briefSize {
		return `"` + v.s + `"`
	}
	w := textWriter{limit: briefSize}
	w.value(v)
	if len(w.buf) <= briefSize {
		return string(w.buf)
	}
	cut := briefSize
	for cut > 0 && !utf8.RuneStart(w.buf[cut]) {
		cut--
	}
	return string(w.buf[:cut]) + "..."
}

// iso returns dates, times and durations as the test corpora write them: ISO 8601
// with the region in brackets.
func (v Value) iso() string {
	switch v.t {
	case tTime:
		return string(appendRegion(appendOffset(appendNanos(nil, v.n), v.zone().offset), v.zone()))
	case tLocalDateTime:
		return string(appendLocal(nil, v, plusYear))
	case tDateTime:
		b := appendOffset(appendLocal(nil, v, plusYear), v.zone().offset)
		return string(appendRegion(b, v.zone()))
	case tDayTime:
		return isoDayTime(v)
	case tYearMonth:
		return string(appendYearMonth(nil, v.n, "P0M"))
	}
	return string(appendTemporal(nil, v))
}

func appendRegion(b []byte, z *zone) []byte {
	if z.loc == nil {
		return b
	}
	return append(append(append(b, '['), z.id...), ']')
}

// isoDayTime keeps fractions of a second.
func isoDayTime(v Value) string {
	sec, nanos := v.n, int64(v.scale)
	if sec == 0 && nanos == 0 {
		return "PT0S"
	}
	var b []byte
	if sec < 0 {
		b = append(b, '-')
		sec = -sec
		if nanos > 0 {
			sec, nanos = sec-1, nanosPerSec-nanos
		}
	}
	b = appendUnit64(append(b, 'P'), sec/86400, 'D')
	if sec %= 86400; sec == 0 && nanos == 0 {
		return string(b)
	}
	b = appendUnit64(append(b, 'T'), sec/3600, 'H')
	b = appendUnit64(b, sec/60%60, 'M')
	if sec %= 60; sec != 0 || nanos != 0 {
		b = append(appendFraction(strconv.AppendInt(b, sec, 10), nanos), 'S')
	}
	return string(b)
}
