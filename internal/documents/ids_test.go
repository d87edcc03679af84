package documents

import (
	"testing"
	"time"
)

func TestDatedIDs(t *testing.T) {
	at := func(s string) *time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return &v
	}
	before := ""
	for _, tc := range []struct {
		reason string
		end    *time.Time
		want   int64
	}{
		{"before there was time", at("1960-01-01T00:00:00Z"), 0},
		{"a whole second", at("2026-05-01T12:00:00Z"), 1777636800},
		{"a part of a second ends with it", at("2026-05-01T12:00:00.000000001Z"), 1777636801},
		{"the last that there is", at("9999-12-31T23:59:59Z"), 253402300799},
		{"no end", nil, noEnd},
	} {
		id := newDatedID(tc.end)
		if got, ok := isDated(id); got != tc.want || !ok || len(id) != datedLen || validID(id) {
			t.Errorf("%s: %s ends at %d", tc.reason, id, got)
		}
		if id <= before {
			t.Errorf("%s: %s does not sort after %s", tc.reason, id, before)
		}
		before = id
	}
	if one, other := newDatedID(nil), newDatedID(nil); one == other {
		t.Error("two documents of one ID")
	}
}

func TestWhatIsNoDatedID(t *testing.T) {
	id := newDatedID(nil)
	changed := []byte(id)
	changed[20] ^= 1
	for reason, text := range map[string]string{
		"nothing": "", "an ID without a date": newID(), "cut": id[1:], "longer": id + "0", "a digit was changed": string(changed),
		"capitals": "F" + id[1:], "no digits": "z" + id[1:],
	} {
		if _, ok := isDated(text); ok {
			t.Errorf("%s: %s", reason, text)
		}
	}
}
