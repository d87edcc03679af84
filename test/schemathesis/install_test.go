package schemathesis

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// install gives the program in the version of versions.env, in a folder of the
// repository that is kept.
func install(t *testing.T) (string, error) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	version, err := setting(filepath.Join(root, "versions.env"), "SCHEMATHESIS_VERSION")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".cache", "schemathesis-"+version)
	st := filepath.Join(dir, "bin", "st")
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil {
		return st, nil
	}
	for _, line := range [][]string{
		{"python3", "-m", "venv", dir},
		{filepath.Join(dir, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "schemathesis==" + version},
	} {
		if out, err := command(t.Context(), line...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", strings.Join(line[:2], " "), err, out)
		}
	}
	return st, os.WriteFile(filepath.Join(dir, "complete"), nil, 0o600)
}

func command(ctx context.Context, line ...string) *exec.Cmd {
	return exec.CommandContext(ctx, line[0], line[1:]...)
}

func setting(path, name string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), name+"="); ok {
			return v, nil
		}
	}
	return "", fmt.Errorf("%s is not in %s", name, path)
}
