package template

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"

	"github.com/fairlead-io/fairlead/connector"
)

// Stale lists the files that the folder of released versions, below the
// module's root, lacks or has otherwise; write makes them.
func Stale(root string, integrations []*connector.Integration, write bool) ([]string, error) {
	dir := filepath.Join(root, Dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	have, err := readReleased(os.DirFS(dir), ".")
	if err != nil {
		return nil, err
	}
	want, err := Files(integrations, have)
	if err != nil {
		return nil, err
	}
	var stale []string
	for name, content := range want {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if was, err := os.ReadFile(at); err == nil && bytes.Equal(was, content) {
			continue
		}
		stale = append(stale, filepath.ToSlash(filepath.Join(Dir, name)))
		if !write {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(at, content, 0o644); err != nil {
			return nil, err
		}
	}
	slices.Sort(stale)
	return stale, nil
}
