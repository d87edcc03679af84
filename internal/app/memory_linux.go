package app

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// region is a part of the program's file in this process's memory.
type region struct{ begin, end uintptr }

// dropProgramPages takes the pages of the program's file out of this process.
// They stay in the system's cache; those that are used again come back without
// a read. A start touches nearly all of them once.
func dropProgramPages() {
	program, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }()
	for _, r := range untouched(maps, program) {
		// A failure leaves the pages where they are.
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, r.begin, r.end-r.begin, syscall.MADV_DONTNEED)
	}
}

// untouched finds the regions of a file that nobody can write to or has written
// to: only they are in the file as they are in memory.
func untouched(smaps io.Reader, file string) []region {
	var out []region
	var at *region
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 2 && !strings.HasSuffix(fields[0], ":"):
			at = regionOf(fields, file)
		case at != nil && len(fields) >= 2 && fields[0] == "Anonymous:":
			if fields[1] == "0" {
				out = append(out, *at)
			}
			at = nil
		}
	}
	return out
}

// regionOf reads the head of a region; nil if it is not one of the file, or can
// be written to.
func regionOf(fields []string, file string) *region {
	if len(fields) < 6 || strings.Contains(fields[1], "w") || strings.Join(fields[5:], " ") != file {
		return nil
	}
	from, to, _ := strings.Cut(fields[0], "-")
	begin, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return nil
	}
	end, err := strconv.ParseUint(to, 16, 64)
	if err != nil {
		return nil
	}
	return &region{uintptr(begin), uintptr(end)}
}
