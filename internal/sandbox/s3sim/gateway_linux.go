package s3sim

import "syscall"

// unshareDirectory gives the calling thread a working directory of its own.
func unshareDirectory() error { return syscall.Unshare(syscall.CLONE_FS) }
