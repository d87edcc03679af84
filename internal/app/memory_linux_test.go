package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUntouched(t *testing.T) {
	const smaps = `00400000-00402000 r-xp 00000000 fe:00 1                  /opt/fair lead
Size:                  8 kB
Anonymous:             0 kB
00402000-00403000 r--p 00002000 fe:00 1                  /opt/fair lead
Anonymous:             4 kB
00403000-00404000 rw-p 00003000 fe:00 1                  /opt/fair lead
Anonymous:             0 kB
00404000-00405000 rw-p 00000000 00:00 0
Anonymous:             4 kB
7f0000000000-7f0000001000 r-xp 00000000 fe:00 2          /lib/libc.so
Anonymous:             0 kB
00500000-00501000 r--p 00004000 fe:00 1                  /opt/fair lead
Anonymous:             0 kB
`
	want := []region{{0x400000, 0x402000}, {0x500000, 0x501000}} // not what was written to, can be written to, or is another's
	if diff := cmp.Diff(want, untouched(strings.NewReader(smaps), "/opt/fair lead"), cmp.AllowUnexported(region{})); diff != "" {
		t.Error(diff)
	}
}

// The program goes on after its pages were dropped, and they come back.
func TestSettleMemory(t *testing.T) {
	SettleMemory()
	if got := strings.Repeat("ab", 2); got != "abab" {
		t.Error(got)
	}
}
