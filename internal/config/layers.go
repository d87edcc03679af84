package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
)

// EnvPrefix begins the environment names of the settings.
const EnvPrefix = "FAIRLEAD_"

// names are the settings there are.
var names = slices.Sorted(slices.Values(slices.Concat(limitNames(), workerNames(), []string{
	"behind-proxy", "content-dir", "data", "database-url", "drain", "kek", "listen", "log-format", "log-level", "max-upload",
	"ready-file", "retain-details", "retain-files", "retain-files-size", "retain-runs", "retain-runs-size", "run-timeout", "server", "tls-cert", "tls-key", "token",
})))

// delim is what koanf splits names at; none of ours holds it.
const delim = "\x1f"

// layers merges file, environment and flags. from says where each setting was
// read, for error messages.
func layers(src Source, env map[string]string) (*koanf.Koanf, map[string]string, error) {
	k, from := koanf.New(delim), map[string]string{}
	if err := loadFile(k, from, src, env); err != nil {
		return nil, nil, err
	}
	fromEnv := map[string]any{}
	for _, n := range names {
		if v, ok := env[EnvName(n)]; ok && v != "" {
			fromEnv[n], from[n] = v, EnvName(n)
		}
	}
	fromFlags := map[string]any{}
	for n, v := range src.Flags {
		if !slices.Contains(names, n) {
			continue // a flag of a command, not a setting
		}
		fromFlags[n], from[n] = v, "--"+n
	}
	return k, from, errors.Join(k.Load(confmap.Provider(fromEnv, delim), nil), k.Load(confmap.Provider(fromFlags, delim), nil))
}

// EnvName is the environment name of a setting.
func EnvName(name string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

func loadFile(k *koanf.Koanf, from map[string]string, src Source, env map[string]string) error {
	path, optional := src.File, false
	if path == "" {
		path = env[EnvPrefix+"CONFIG"]
	}
	if path == "" {
		path, optional = filepath.Join(configHome(env, src.Home), "fairlead", "config.yaml"), true
	}
	if _, err := os.Stat(path); err != nil {
		if optional && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("The settings file %s cannot be read: %v.", path, err), Fix: "Name another with --config, or make it readable.", Err: err}
	}
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("The settings file %s is not valid YAML: %v.", path, err), Fix: "Write one \"name: value\" a line.", Err: err}
	}
	var errs []*connector.Error
	for _, n := range slices.Sorted(maps.Keys(k.Raw())) {
		from[n] = path
		if !slices.Contains(names, n) {
			errs = append(errs, unknown(n, path))
		}
	}
	if e := connector.Join(errs); e != nil {
		return e
	}
	return nil
}

func unknown(name, path string) *connector.Error {
	fix := "Known settings: " + strings.Join(names, ", ") + "."
	if n := schema.Nearest(name, names); n != "" {
		fix = fmt.Sprintf("Did you mean %q?", n)
	}
	return connector.InvalidField(schema.Pointer("", name), fmt.Sprintf("Unknown setting %q in %s.", name, path), fix)
}
