package s3sim

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3api"
)

// This file holds everything that reaches past versitygw's public API, so that an upgrade has one place to
// look at. docs/decisions/0002-sandbox-front.md has the reasons; TestGatewayInternals fails when it moves.

// copyLimit is S3's limit for one copy. versitygw refuses every copy when it is left at zero.
const copyLimit = 5 << 30

// ioBuffer is versitygw's copy buffer for each transfer under way (its own default is 1 MiB).
const ioBuffer = 128 << 10

// fiberApp returns the application inside a versitygw server. The server can only listen by itself, and takes
// addresses but no listener; its handler lets one front serve all regions without a second TCP hop.
func fiberApp(api *s3api.S3ApiServer) (*fiber.App, error) {
	f := reflect.ValueOf(api).Elem().FieldByName("app")
	if !f.IsValid() || f.Type() != reflect.TypeFor[*fiber.App]() || f.IsNil() {
		return nil, fmt.Errorf("sandbox S3: versitygw's server no longer holds its fiber app where expected")
	}
	return (*fiber.App)(f.UnsafePointer()), nil
}

// setVersioningDir turns versioning on after construction: posix.New prints a line to standard output when it
// is given the folder, and a library must not write there.
func setVersioningDir(p *posix.Posix, dir string) error {
	f := reflect.ValueOf(p).Elem().FieldByName("versioningDir")
	if !f.IsValid() || f.Kind() != reflect.String {
		return fmt.Errorf("sandbox S3: versitygw's posix backend no longer holds its versioning folder where expected")
	}
	*(*string)(f.Addr().UnsafePointer()) = dir
	return nil
}

// openPosix makes the storage backend. posix.New changes the working directory of its caller; here that is a
// thread of its own where the system allows it. The backend then only ever sees absolute bucket paths (store),
// so that several sandboxes can live in one process.
func openPosix(o Options, sidecar bool) (*posix.Posix, error) {
	storer, err := metadataStorer(o, sidecar)
	if err != nil {
		return nil, err
	}
	var p *posix.Posix
	err = inOwnDirectory(func() error {
		var err error
		p, err = posix.New(o.bucketRoot(), storer, posix.PosixOpts{
			Concurrency:         1000,
			CopyObjectThreshold: copyLimit,
			IOBufferSize:        ioBuffer,
			// Absolute bucket paths would fail its check; store validates the names instead.
			ValidateBucketNames: false,
			// One process owns the folder, and its lock files are not worth an fsync each.
			ForceNoObjLockFile: true,
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sandbox S3: open storage: %w", err)
	}
	if err := setVersioningDir(p, o.versionRoot()); err != nil {
		p.Shutdown()
		return nil, err
	}
	return p, nil
}

// metadataStorer prefers extended attributes, and files beside the objects where the file system has none.
func metadataStorer(o Options, sidecar bool) (meta.MetadataStorer, error) {
	if !sidecar && hasXattr(o.bucketRoot()) {
		return meta.XattrMeta{}, nil
	}
	if err := os.MkdirAll(o.sidecarRoot(), 0o700); err != nil {
		return nil, fmt.Errorf("sandbox S3: metadata folder: %w", err)
	}
	sc, err := meta.NewSideCar(o.sidecarRoot())
	if err != nil {
		return nil, fmt.Errorf("sandbox S3: metadata folder: %w", err)
	}
	return sc, nil
}

// hasXattr tries a real write: some file systems answer reads but store nothing.
func hasXattr(dir string) bool {
	f, err := os.CreateTemp(filepath.Dir(dir), ".xattr-*")
	if err != nil {
		return false
	}
	defer func() { _ = f.Close(); _ = os.Remove(f.Name()) }()
	return meta.XattrMeta{}.StoreAttribute(f, "", "", "probe", []byte("1")) == nil
}

// workingDirectory guards the process-wide working directory in the fallback of inOwnDirectory.
var workingDirectory sync.Mutex

// inOwnDirectory runs fn, which may change the working directory, without letting the process see the change:
// on a thread that no longer shares it, and that ends with the goroutine because it stays locked.
func inOwnDirectory(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unshareDirectory() == nil {
			done <- fn()
			return // still locked: the runtime discards the thread
		}
		runtime.UnlockOSThread()
		done <- changeAndRestore(fn)
	}()
	return <-done
}

// changeAndRestore is for systems that cannot give a thread a directory of its own.
func changeAndRestore(fn func() error) error {
	workingDirectory.Lock()
	defer workingDirectory.Unlock()
	old, err := os.Getwd()
	if err != nil {
		return err
	}
	err = fn()
	if cerr := os.Chdir(old); err == nil {
		err = cerr
	}
	return err
}
