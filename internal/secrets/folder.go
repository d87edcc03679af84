package secrets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/fairlead-io/fairlead/connector"
)

// Folder finds secrets in a folder with one file each, called as the secret is,
// as Kubernetes and Docker mount them. A slash in a name leads into a folder
// below. One line break at the end of a file is not part of the value. Files are
// read at each look-up, so that a secret that is mounted anew counts at once.
type Folder struct{ Path string }

// OpenFolder checks that there is such a folder. Errors: Invalid.
func OpenFolder(path string) (*Folder, error) {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, &connector.Error{
			Kind: connector.Invalid, Field: "/secrets-dir", Message: fmt.Sprintf("The folder of secrets, %s, cannot be used: %v.", path, err),
			Fix: "Name a folder with one file a secret in FAIRLEAD_SECRETS_DIR, or leave it out.", Err: err,
		}
	}
	return &Folder{path}, nil
}

// Lookup implements Resolver. A file that is there and cannot be taken is an
// error, not a secret that is missing.
func (f *Folder) Lookup(_ context.Context, name string, _ Scope) (connector.Secret, bool, error) {
	root, err := os.OpenRoot(f.Path)
	if err != nil {
		return connector.Secret{}, false, f.failed("The folder of secrets", err)
	}
	defer func() { _ = root.Close() }() // nothing was written
	for _, candidate := range []string{name, upper(name)} {
		if !isFileName(candidate) {
			continue
		}
		v, ok, err := f.read(root, candidate)
		if ok || err != nil {
			return v, ok, err
		}
	}
	return connector.Secret{}, false, nil
}

// isFileName keeps to files below the folder, and off the hidden ones among
// which a mount keeps its versions.
func isFileName(name string) bool {
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00") || !filepath.IsLocal(name) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, "..") {
			return false
		}
	}
	return true
}

func (f *Folder) read(root *os.Root, name string) (connector.Secret, bool, error) {
	what := fmt.Sprintf("The file of the secret %q", name)
	info, err := root.Stat(name)
	if notThere(err) || err == nil && info.IsDir() {
		return connector.Secret{}, false, nil
	}
	if err == nil && !info.Mode().IsRegular() { // a pipe would keep the job waiting
		err = errors.New("it is no ordinary file")
	}
	if err != nil {
		return connector.Secret{}, false, f.failed(what, err)
	}
	raw, err := readValue(root, name)
	if notThere(err) { // gone since
		return connector.Secret{}, false, nil
	}
	if err != nil {
		return connector.Secret{}, false, f.failed(what, err)
	}
	return connector.NewSecret(raw), true, nil
}

func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}

func readValue(root *os.Root, name string) (string, error) {
	file, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, MaxValue+3))
	if err != nil {
		return "", err
	}
	text := strings.TrimSuffix(string(raw), "\n")
	if len(text) < len(raw) {
		text = strings.TrimSuffix(text, "\r")
	}
	switch {
	case len(text) > MaxValue:
		return "", fmt.Errorf("it is larger than %d KiB", MaxValue>>10)
	case !utf8.ValidString(text):
		return "", errors.New("it is not UTF-8 text")
	}
	return text, nil
}

// failed names the folder and the secret; no part of a value is in it.
func (f *Folder) failed(what string, err error) error {
	e := &connector.Error{
		Kind: connector.Unavailable, Message: fmt.Sprintf("%s in %s cannot be read: %v.", what, f.Path, err), Fix: "Check the folder that FAIRLEAD_SECRETS_DIR names, and who may read it.", Err: err,
	}
	if errors.Is(err, fs.ErrPermission) {
		e.Kind = connector.Denied
	}
	return e
}
