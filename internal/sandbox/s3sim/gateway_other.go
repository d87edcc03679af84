//go:build !linux

package s3sim

import "errors"

func unshareDirectory() error { return errors.ErrUnsupported }
