// Package isoduration reads durations as Java does, which is how the connector
// runtime and Spring read theirs.
package isoduration

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// A duration: days and smaller parts, each
// with a sign of its own, in either case.
var isoDuration = regexp.MustCompile(`^(?i)([-+]?)P(?:([-+]?[0-9]+)D)?(T(?:([-+]?[0-9]+)H)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]+)(?:[.,]([0-9]{0,9}))?S)?)?$`)

// Parse reads an ISO 8601 duration without years, months and weeks.
// The result is exact; it may be more than a time.Duration holds. False is
// what no duration is.
func Parse(text string) (nanos *big.Int, ok bool) {
	m := isoDuration.FindStringSubmatch(text)
	if m == nil || strings.EqualFold(m[3], "T") || m[2]+m[4]+m[5]+m[6] == "" {
		return nil, false
	}
	total := new(big.Int)
	for _, part := range []struct {
		text string
		unit time.Duration
	}{{m[2], 24 * time.Hour}, {m[4], time.Hour}, {m[5], time.Minute}, {m[6], time.Second}} {
		if part.text == "" {
			continue
		}
		n, read := new(big.Int).SetString(strings.TrimPrefix(part.text, "+"), 10)
		if !read {
			return nil, false
		}
		total.Add(total, n.Mul(n, big.NewInt(int64(part.unit))))
	}
	if m[7] != "" {
		n, _ := new(big.Int).SetString((m[7] + "000000000")[:9], 10)
		if strings.HasPrefix(m[6], "-") {
			n.Neg(n)
		}
		total.Add(total, n)
	}
	if m[1] == "-" {
		total.Neg(total)
	}
	// More seconds than 64 bits hold are no duration there either.
	if seconds := new(big.Int).Quo(total, big.NewInt(int64(time.Second))); !seconds.IsInt64() {
		return nil, false
	}
	return total, true
}

// Clamp gives the nearest duration that can be held.
func Clamp(nanos *big.Int) time.Duration {
	switch {
	case nanos.IsInt64():
		return time.Duration(nanos.Int64())
	case nanos.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}
