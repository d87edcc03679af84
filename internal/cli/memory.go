package cli

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// residentMemory is how much memory this process holds, where the system says.
func residentMemory() string {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return ""
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		if v, ok := strings.CutPrefix(sc.Text(), "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			if err != nil {
				return ""
			}
			return size(kib<<10) + " resident"
		}
	}
	return ""
}
