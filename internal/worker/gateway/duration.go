package gateway

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/isoduration"
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
		nanos, ok := isoduration.Parse(s)
		switch {
		case !ok:
			return 0, errNotDuration
		case nanos.CmpAbs(big.NewInt(math.MaxInt64/4)) > 0:
			return 0, errLongDuration
		}
		return isoduration.Clamp(nanos), nil
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
