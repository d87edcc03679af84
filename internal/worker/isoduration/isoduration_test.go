package isoduration

import (
	"math"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"PT30S": 30 * time.Second, "pt30s": 30 * time.Second, "P1D": 24 * time.Hour, "P1DT2H3M4.5S": 26*time.Hour + 3*time.Minute + 4500*time.Millisecond,
		"PT-5S": -5 * time.Second, "-PT5S": -5 * time.Second, "+PT5S": 5 * time.Second, "-PT-5S": 5 * time.Second, "PT0S": 0, "PT0.0001S": 100 * time.Microsecond,
		"PT-0.5S": -500 * time.Millisecond, "PT1H-30M": 30 * time.Minute, "PT1,5S": 1500 * time.Millisecond, "P-1D": -24 * time.Hour, "PT0.000000001S": 1, "PT1.S": time.Second,
	} {
		nanos, ok := Parse(in)
		if !ok || Clamp(nanos) != want {
			t.Errorf("%s gave %v, %v; want %v", in, nanos, ok, want)
		}
	}
	for _, in := range []string{"", " ", "P", "PT", "P1M", "P1Y", "P1W", "R3/PT10S", " PT30S", "PT30S ", "30", "soon", "PT.5S", "P1DT", "PT1H1H", "PT1S1M", "PT0.0000000001S", "P99999999999999999999999D", "{{secrets.X}}"} {
		if n, ok := Parse(in); ok {
			t.Errorf("%q gave %v, want none", in, n)
		}
	}
	nanos, ok := Parse("P999999999999D")
	if !ok || Clamp(nanos) != math.MaxInt64 {
		t.Error("what is too long for us is still a duration")
	}
	if nanos, ok = Parse("-P999999999999D"); !ok || Clamp(nanos) != math.MinInt64 {
		t.Error("and with a sign")
	}
}
