package gateway

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var (
	errNotDuration  = errors.New("it cannot be read")
	errLongDuration = errors.New("it is too long")
)

// parseDuration reads a duration as Spring does: a number of milliseconds, a
// number with a unit, or ISO 8601 without months and years.
func parseDuration(text string) (time.Duration, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	if strings.Contains(s, "p") {
		return parseISO(s)
	}
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	unit, ok := map[string]time.Duration{
		"": time.Millisecond, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour,
		"d": 24 * time.Hour, "us": time.Microsecond, "ns": time.Nanosecond,
	}[s[len(digits):]]
	if !ok {
		return 0, errNotDuration
	}
	return times(strings.TrimPrefix(digits, "+"), unit)
}

// parseISO reads P1DT2H3M4.5S, in lower case; each part may have a sign.
func parseISO(s string) (time.Duration, error) {
	sign := time.Duration(1)
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = -1, rest
	}
	s, ok := strings.CutPrefix(strings.TrimPrefix(s, "+"), "p")
	if !ok || s == "" {
		return 0, errNotDuration
	}
	date, clock, timed := strings.Cut(s, "t")
	if timed && clock == "" {
		return 0, errNotDuration
	}
	days, err := parts(date, []unit{{'d', 24 * time.Hour}})
	if err != nil {
		return 0, err
	}
	rest, err := parts(clock, []unit{{'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}})
	if err != nil {
		return 0, err
	}
	return sign * (days + rest), nil
}

type unit struct {
	letter byte
	length time.Duration
}

// parts reads numbers that units follow, in the order of the units.
func parts(s string, units []unit) (time.Duration, error) {
	var sum time.Duration
	for s != "" {
		end := strings.IndexFunc(s, func(c rune) bool { return c >= 'a' && c <= 'z' })
		if end < 0 {
			return 0, errNotDuration
		}
		for len(units) > 0 && units[0].letter != s[end] {
			units = units[1:]
		}
		if len(units) == 0 {
			return 0, errNotDuration
		}
		d, err := times(s[:end], units[0].length)
		if err != nil {
			return 0, err
		}
		sum, s, units = sum+d, s[end+1:], units[1:]
	}
	return sum, nil
}

func times(number string, unit time.Duration) (time.Duration, error) {
	whole, fraction, fractional := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		if errors.Is(err, strconv.ErrRange) {
			return 0, errLongDuration
		}
		return 0, errNotDuration
	}
	if n > math.MaxInt64/int64(unit)/4 || n < math.MinInt64/int64(unit)/4 {
		return 0, errLongDuration
	}
	d := time.Duration(n) * unit
	if !fractional {
		return d, nil
	}
	// Only seconds have fractions, as in ISO 8601.
	f, err := strconv.ParseFloat("0."+fraction, 64)
	if err != nil || unit != time.Second {
		return 0, errNotDuration
	}
	if strings.HasPrefix(whole, "-") {
		f = -f
	}
	return d + time.Duration(math.Round(f*float64(unit))), nil
}
