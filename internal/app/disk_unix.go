//go:build !windows

package app

import "golang.org/x/sys/unix"

// diskFree tells how many bytes this process may still write to a folder's disk.
func diskFree(dir string) (uint64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true //nolint:unconvert // its type differs between systems
}
