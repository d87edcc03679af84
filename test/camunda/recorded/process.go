package recorded

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Process is what the system says of a process, as far as it keeps /proc.
type Process struct {
	CPU       time.Duration // of user and system, since its start
	RSS, Peak int64         // bytes
	Anonymous int64         // bytes of RSS that are no file's, such as the program's
	Threads   int
	Files     int
}

// tick is the unit of CPU time in /proc.
const tick = 10 * time.Millisecond

// Process reads the worker's figures.
func (w *Worker) Process() (Process, error) {
	var p Process
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.PID))
	if err != nil {
		return p, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	for _, f := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return p, err
		}
		p.CPU += time.Duration(n) * tick
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.PID))
	if err != nil {
		return p, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		p.status(line)
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", w.PID))
	p.Files = len(files)
	return p, err
}

func (p *Process) status(line string) {
	name, rest, _ := strings.Cut(line, ":")
	value, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return
	}
	switch name {
	case "VmRSS":
		p.RSS = n << 10
	case "RssAnon":
		p.Anonymous = n << 10
	case "VmHWM":
		p.Peak = n << 10
	case "Threads":
		p.Threads = int(n)
	}
}
