package feel

import "strings"

// scanDate reads a date from the start of s: -?Y{4,9}-MM-DD. A long year may
// begin with zeros here; where it may not, the shape says so.
func scanDate(s string) (day int64, rest string, ok bool) {
	neg := strings.HasPrefix(s, "-")
	if neg {
		s = s[1:]
	}
	n := 0
	var year int64
	for n < len(s) && isDigit(s[n]) {
		year = year*10 + int64(s[n]-'0')
		if n++; n > 9 {
			return 0, "", false
		}
	}
	if n < 4 || len(s) < n+6 || s[n] != '-' || s[n+3] != '-' {
		return 0, "", false
	}
	m, d := two(s, n+1), two(s, n+4)
	if neg {
		year = -year
	}
	v, ok := newDate(year, int(m), int(d))
	return v.n, s[n+6:], ok
}

// shapeDate reports whether the text has the shape of a date, whatever the numbers.
func shapeDate(s string) (rest string, ok bool) {
	s = strings.TrimPrefix(s, "-")
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n < 4 || n > 9 || n > 4 && s[0] == '0' || len(s) < n+6 || s[n] != '-' || s[n+3] != '-' {
		return "", false
	}
	m, d := two(s, n+1), two(s, n+4)
	return s[n+6:], m >= 0 && m <= 19 && d >= 0 && d <= 39
}

func isDateText(s string) bool {
	rest, ok := shapeDate(s)
	return ok && rest == ""
}

// clock is a time of day as text gives it.
type clock struct {
	sec   int64
	nanos int32
	rest  string
	// midnight24 marks 24:00, which only plain times allow.
	midnight24 bool
}

// scanClock reads HH:MM[:SS][.fraction].
func scanClock(s string) (c clock, ok bool) {
	h, m := two(s, 0), int32(-1)
	if h >= 0 && len(s) > 2 && s[2] == ':' {
		m = two(s, 3)
	}
	if m < 0 || m > 59 || h > 24 {
		return c, false
	}
	c.sec, s = int64(h)*3600+int64(m)*60, s[5:]
	seconds := false
	if len(s) >= 3 && s[0] == ':' {
		sec := two(s, 1)
		if sec < 0 || sec > 59 {
			return c, false
		}
		c.sec, s, seconds = c.sec+int64(sec), s[3:], true
	}
	if len(s) > 0 && s[0] == '.' { // with nine digits at most, perhaps with none
		n := 1
		for ; n < len(s) && n <= 9 && isDigit(s[n]); n++ {
			c.nanos = c.nanos*10 + int32(s[n]-'0')
		}
		c.nanos *= int32(pow10[10-n])
		if s = s[n:]; !seconds {
			return c, false
		}
	}
	c.rest = s
	if c.midnight24 = h == 24; c.midnight24 && (c.sec != secondsPerDay || c.nanos != 0) {
		return c, false
	}
	return c, true
}

// parseLocalTime reads a time without an offset.
func parseLocalTime(s string) (Value, bool) {
	c, ok := scanClock(strings.TrimPrefix(s, "T"))
	if !ok || c.rest != "" {
		return Null, false
	}
	return Value{t: tLocalTime, n: c.sec%secondsPerDay*nanosPerSec + int64(c.nanos)}, true
}

// shapeOffsetTime reports the shape T?dd:dd:dd[.fraction](±dd:dd|Z|@...).
func shapeOffsetTime(s string) bool {
	s = strings.TrimPrefix(s, "T")
	if len(s) < 9 || two(s, 0) < 0 || s[2] != ':' || two(s, 3) < 0 || s[5] != ':' || two(s, 6) < 0 {
		return false
	}
	return shapeOffset(skipFraction(s[8:]))
}

func skipFraction(s string) string {
	if len(s) > 1 && s[0] == '.' {
		n := 1
		for n < len(s) && n <= 9 && isDigit(s[n]) {
			n++
		}
		if n > 1 {
			return s[n:]
		}
	}
	return s
}

func shapeOffset(s string) bool {
	switch {
	case s == "Z":
		return true
	case strings.HasPrefix(s, "@"):
		return !strings.ContainsAny(s, "\n\r\u0085\u2028\u2029")
	}
	return len(s) == 6 && (s[0] == '+' || s[0] == '-') && two(s, 1) >= 0 && s[3] == ':' && two(s, 4) >= 0
}

// parseOffsetTime reads a time with an offset or a region.
func (z *zones) parseOffsetTime(s string) (Value, bool) {
	c, ok := scanClock(strings.TrimPrefix(s, "T"))
	if !ok {
		return Null, false
	}
	zn, ok := z.parseZone(c.rest)
	if !ok {
		return Null, false
	}
	if zn.loc != nil {
		zn = &zone{offset: z.standardOffset(zn), loc: zn.loc, id: zn.id}
	}
	return Value{t: tTime, n: c.sec%secondsPerDay*nanosPerSec + int64(c.nanos), p: zn}, true
}

// parseZone reads an offset or @region.
func (z *zones) parseZone(s string) (*zone, bool) {
	switch {
	case s == "Z":
		return utc, true
	case strings.HasPrefix(s, "@"):
		return z.parseRegion(s[1:])
	}
	off, ok := parseOffset(s)
	return &zone{offset: off}, ok
}

// scanLocal reads a date, T and a time of day.
func scanLocal(s string) (local int64, c clock, ok bool) {
	day, rest, ok := scanDate(s)
	if !ok || !strings.HasPrefix(rest, "T") {
		return 0, c, false
	}
	c, ok = scanClock(rest[1:])
	return day*secondsPerDay + c.sec, c, ok && !c.midnight24
}

func parseLocalDateTime(s string) (Value, bool) {
	local, c, ok := scanLocal(s)
	if !ok || c.rest != "" {
		return Null, false
	}
	return Value{t: tLocalDateTime, n: local, scale: c.nanos}, true
}

// shapeLocalDateTime returns what follows a text shaped like a local date and time.
func shapeLocalDateTime(s string) (rest string, ok bool) {
	s, ok = shapeDate(s)
	if !ok || len(s) < 6 || s[0] != 'T' || s[3] != ':' {
		return "", false
	}
	h, m := two(s, 1), two(s, 4)
	if h < 0 || h > 29 || m < 0 || m > 59 {
		return "", false
	}
	s = s[6:]
	if len(s) >= 3 && s[0] == ':' {
		if sec := two(s, 1); sec >= 0 && sec <= 59 {
			s = s[3:]
		}
	}
	return skipFraction(s), true
}

func isLocalDateTimeText(s string) bool {
	rest, ok := shapeLocalDateTime(s)
	return ok && rest == ""
}

func isOffsetDateTimeText(s string) bool {
	rest, ok := shapeLocalDateTime(s)
	if !ok || rest == "" {
		return false
	}
	if rest[0] == '@' {
		return shapeOffset(rest)
	}
	if i := strings.IndexByte(rest, '['); i >= 0 {
		if len(rest) < i+3 || rest[len(rest)-1] != ']' {
			return false
		}
		rest = rest[:i]
	}
	if rest == "Z" {
		return true
	}
	return shapeOffset(rest) && rest[1] <= '1' && rest[4] <= '5'
}

func (z *zones) parseOffsetDateTime(s string) (Value, bool) {
	local, c, ok := scanLocal(s)
	if !ok {
		return Null, false
	}
	rest, region := c.rest, ""
	if i := strings.IndexByte(rest, '['); i >= 0 && rest[0] != '@' {
		rest, region = rest[:i], rest[i+1:len(rest)-1]
	}
	zn, ok := z.parseZone(rest)
	if !ok {
		return Null, false
	}
	if region != "" {
		r, ok := z.parseRegion(region)
		if !ok {
			return Null, false
		}
		return dateTimeAt(local-int64(zn.offset), c.nanos, r), true
	}
	return placed(local, c.nanos, zn, noOffset), true
}
