package cli

import (
	"bufio"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/internal/app"
)

// thrifty collects garbage when there is so much of it in percent of what is in
// use, unless the environment says how.
func thrifty(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// settledMemory is how much memory this process holds when what only its start
// needed is given back.
func settledMemory() string {
	app.SettleMemory()
	return residentMemory()
}

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
