package feel

import (
	"math"
	"strconv"
	"strings"
)

func dayTime(sec, nanos int64) Value { return Value{t: tDayTime, n: sec, scale: int32(nanos)} }

func yearMonth(months int64) Value {
	if y := months / 12; y > math.MaxInt32 || y < math.MinInt32 {
		throw("the duration is out of range")
	}
	return Value{t: tYearMonth, n: months}
}

// isYearMonthText reports the shape -?P-?(dY)?-?(dM)?.
func isYearMonthText(s string) bool {
	s = strings.TrimPrefix(s, "-")
	s, ok := strings.CutPrefix(s, "P")
	if !ok {
		return false
	}
	s = skipUnit(strings.TrimPrefix(s, "-"), 'Y')
	s = skipUnit(strings.TrimPrefix(s, "-"), 'M')
	return s == ""
}

// skipUnit drops digits with their unit from the start, if they are there.
func skipUnit(s string, unit byte) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n > 0 && n < len(s) && s[n] == unit {
		return s[n+1:]
	}
	return s
}

// isDayTimeText reports the shape -?P(-?(dD)?(T-?(dH)?-?(dM)?-?(d(.d*)?S)?)?)?.
func isDayTimeText(s string) bool {
	s = strings.TrimPrefix(s, "-")
	s, ok := strings.CutPrefix(s, "P")
	if !ok {
		return false
	}
	s = skipUnit(strings.TrimPrefix(s, "-"), 'D')
	s, ok = strings.CutPrefix(s, "T")
	if !ok {
		return s == ""
	}
	s = skipUnit(strings.TrimPrefix(s, "-"), 'H')
	s = skipUnit(strings.TrimPrefix(s, "-"), 'M')
	s = strings.TrimPrefix(s, "-")
	return s == "" || isSecondsText(s)
}

// isSecondsText reports d+(.d*)?S, the point being any character.
func isSecondsText(s string) bool {
	s, ok := strings.CutSuffix(s, "S")
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if !ok || n == 0 {
		return false
	}
	r := []rune(s[n:])
	return len(r) == 0 || allDigits(string(r[1:]))
}

// part is a signed count of a unit.
type part struct {
	n    int64
	text string
}

// cutPart reads [+-]digits and the unit, in either case, from the start.
func cutPart(s string, unit byte) (part, string, bool) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == start || i >= len(s) || s[i]&^0x20 != unit {
		return part{}, s, true
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(s[:i], "+"), 10, 64)
	return part{n, s[:i]}, s[i+1:], err == nil
}

func cutSign(s string) (neg bool, rest string) {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[0] == '-', s[1:]
	}
	return false, s
}

// parsePeriod reads years and months, as java.time.Period does.
func parsePeriod(s string) (Value, bool) {
	neg, s := cutSign(s)
	if s == "" || s[0]&^0x20 != 'P' || len(s) == 1 {
		return Null, false
	}
	y, s, ok1 := cutPart(s[1:], 'Y')
	m, s, ok2 := cutPart(s, 'M')
	if s != "" || !ok1 || !ok2 || !fits32(y.n) || !fits32(m.n) {
		return Null, false
	}
	total := y.n*12 + m.n
	if neg {
		total = -total
	}
	return Value{t: tYearMonth, n: total}, fits32(total / 12)
}

func fits32(n int64) bool { return n >= math.MinInt32 && n <= math.MaxInt32 }

// parseDayTime reads days to seconds, as java.time.Duration does.
func parseDayTime(s string) (Value, bool) {
	neg, s := cutSign(s)
	if s == "" || s[0]&^0x20 != 'P' {
		return Null, false
	}
	d, s, ok := cutPart(s[1:], 'D')
	if !ok {
		return Null, false
	}
	sum, ok := mulInt(d.n, secondsPerDay)
	nanos, any := int64(0), d.text != ""
	if s != "" {
		if s[0]&^0x20 != 'T' || len(s) == 1 {
			return Null, false
		}
		var t Value
		if t, ok = parseClockPart(s[1:], sum, ok); !ok {
			return Null, false
		}
		sum, nanos, any = t.n, int64(t.scale), true
	}
	if !ok || !any {
		return Null, false
	}
	if neg {
		return negateDayTime(sum, nanos)
	}
	return dayTime(sum, nanos), true
}

func negateDayTime(sec, nanos int64) (Value, bool) {
	if sec == math.MinInt64 {
		return Null, false
	}
	if nanos > 0 {
		return dayTime(-sec-1, nanosPerSec-nanos), true
	}
	return dayTime(-sec, 0), true
}

// parseClockPart reads hours, minutes and seconds and adds them to the seconds so far.
func parseClockPart(s string, sum int64, ok bool) (Value, bool) {
	h, s, ok1 := cutPart(s, 'H')
	m, s, ok2 := cutPart(s, 'M')
	if !ok || !ok1 || !ok2 {
		return Null, false
	}
	sec, nanos, ok := parseSeconds(s)
	if !ok {
		return Null, false
	}
	for _, p := range [3][2]int64{{h.n, 3600}, {m.n, 60}, {sec, 1}} {
		n, ok1 := mulInt(p[0], p[1])
		if sum, ok = addInt(sum, n); !ok || !ok1 {
			return Null, false
		}
	}
	if nanos < 0 {
		sum, nanos = sum-1, nanos+nanosPerSec
	}
	return dayTime(sum, nanos), true
}

// parseSeconds reads [+-]d[.d{0,9}]S; no text is no seconds.
func parseSeconds(s string) (sec, nanos int64, ok bool) {
	if s == "" {
		return 0, 0, true
	}
	if s[len(s)-1]&^0x20 != 'S' {
		return 0, 0, false
	}
	whole, frac := s[:len(s)-1], ""
	if i := strings.IndexAny(whole, ".,"); i >= 0 {
		whole, frac = whole[:i], whole[i+1:]
	}
	if len(frac) > 9 || !allDigits(frac) {
		return 0, 0, false
	}
	sec, err := strconv.ParseInt(strings.TrimPrefix(whole, "+"), 10, 64)
	for i := range 9 {
		nanos *= 10
		if i < len(frac) {
			nanos += int64(frac[i] - '0')
		}
	}
	if strings.HasPrefix(whole, "-") {
		nanos = -nanos
	}
	return sec, nanos, err == nil
}

func addInt(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

func mulInt(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	c := a * b
	return c, c/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}

// appendDayTime writes the duration as string() does: without fractions of a second.
func appendDayTime(b []byte, v Value) []byte {
	// Java's toDays cuts towards zero and works on whole seconds rounded down.
	d, h, m, s := v.n/86400, v.n/3600%24, v.n/60%60, v.n%60
	if d == 0 && h == 0 && m == 0 && s == 0 {
		return append(b, "P0D"...)
	}
	if d <= 0 && h <= 0 && m <= 0 && s <= 0 {
		b, d, h, m, s = append(b, '-'), -d, -h, -m, -s
	}
	b = appendUnit64(append(b, 'P'), d, 'D')
	if h != 0 || m != 0 || s != 0 {
		b = append(b, 'T')
		b = appendUnit64(b, h, 'H')
		b = appendUnit64(b, m, 'M')
		b = appendUnit64(b, s, 'S')
	}
	return b
}

func appendUnit64(b []byte, n int64, unit byte) []byte {
	if n == 0 {
		return b
	}
	return append(strconv.AppendInt(b, n, 10), unit)
}

func appendYearMonth(b []byte, months int64, zero string) []byte {
	if months == 0 {
		return append(b, zero...)
	}
	if months < 0 {
		b, months = append(b, '-'), -months
	}
	b = appendUnit64(append(b, 'P'), months/12, 'Y')
	return appendUnit64(b, months%12, 'M')
}
