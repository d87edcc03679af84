package derive

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// Folders of the derived files, relative to the module. Everything in them is
// derived.
const (
	PagesDir  = "docs/commands"
	GoldenDir = "connectors/all/testdata/derived"
)

// Files gives every derived file of the integrations by its path.
func Files(all []*connector.Integration) (map[string][]byte, error) {
	out := map[string][]byte{path.Join(PagesDir, "README.md"): []byte(IndexPage(all))}
	for _, i := range all {
		out[path.Join(PagesDir, i.ID, "README.md")] = []byte(IntegrationPage(i))
		if i.Connection != nil {
			if err := put(out, path.Join(GoldenDir, i.ID, "connection.json"), Settings(i)); err != nil {
				return nil, err
			}
		}
		for _, c := range i.Commands {
			out[path.Join(PagesDir, i.ID, c.ID+".md")] = []byte(CommandPage(i, c))
			if err := put(out, path.Join(GoldenDir, i.ID, c.ID+".json"), Everything(i, c)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Settings is what is derived of an integration's connection.
func Settings(i *connector.Integration) schema.Ordered {
	return obj{{Name: "schema", Value: i.Connection.Settings.JSONSchema(true)}, {Name: "flags", Value: Flags(i.Connection.Settings)}}
}

// Everything is what is derived of a command besides its page.
func Everything(i *connector.Integration, c *connector.Command) schema.Ordered {
	return obj{
		{Name: "input", Value: c.In.JSONSchema(true)},
		{Name: "output", Value: c.Out.JSONSchema(false)},
		{Name: "flags", Value: Flags(c.In)},
		{Name: "path", Value: OperationPath(i, c)},
		{Name: "operation", Value: Operation(i, c)},
	}
}

func put(out map[string][]byte, name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	out[name] = append(b, '\n')
	return err
}

// Stale lists the files below root that are missing, differ or should not be
// there.
func Stale(root string, files map[string][]byte) ([]string, error) {
	var out []string
	for name, want := range files {
		have, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(have, want) {
			out = append(out, name)
		} else if err != nil {
			return nil, err
		}
	}
	for _, dir := range []string{PagesDir, GoldenDir} {
		extra, err := leftOver(root, dir, files)
		if err != nil {
			return nil, err
		}
		out = append(out, extra...)
	}
	slices.Sort(out)
	return out, nil
}

func leftOver(root, dir string, files map[string][]byte) ([]string, error) {
	var out []string
	err := filepath.WalkDir(filepath.Join(root, dir), func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if _, known := files[filepath.ToSlash(rel)]; !known {
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	return out, err
}

// Write brings the stale files up to date: those that are no longer derived
// are removed.
func Write(root string, files map[string][]byte, stale []string) error {
	known := slices.Collect(maps.Keys(files))
	for _, name := range stale {
		p := filepath.Join(root, name)
		if !slices.Contains(known, name) {
			if err := os.Remove(p); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(p, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}
