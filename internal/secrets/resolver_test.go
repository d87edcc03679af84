package secrets_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/secrets"
)

type env map[string]string

func (e env) lookup(name string) (string, bool) {
	v, ok := e[name]
	return v, ok
}

func TestEnvironment(t *testing.T) {
	on := secrets.EnvironmentSettings{Enabled: true, Prefix: "SECRET_"}
	all := on
	all.PhysicalTenantAware, all.TenantAware, all.ProcessDefinitionAware = true, true, true
	tenants := on
	tenants.TenantAware = true
	physical := on
	physical.PhysicalTenantAware = true
	bare := secrets.EnvironmentSettings{Enabled: true}
	at := secrets.Scope{Tenant: "acme", ProcessID: "Order-1", PhysicalTenant: "east"}
	for _, c := range []struct {
		reason   string
		settings secrets.EnvironmentSettings
		env      env
		name     string
		at       secrets.Scope
		want     string
	}{
		{"with the prefix", on, env{"SECRET_FOO": "v", "FOO": "w"}, "FOO", at, "v"},
		{"not without it", on, env{"FOO": "w"}, "FOO", at, "(none)"},
		{"in another case", on, env{"SECRET_FOO": "v"}, "foo", at, "v"},
		{"as named first", on, env{"SECRET_FOO": "v", "SECRET_foo": "w"}, "foo", at, "w"},
		{"upper case only", on, env{"SECRET_foo": "w"}, "FOO", at, "(none)"},
		{"dots are underscores", on, env{"SECRET_A_B": "v"}, "a.b", at, "v"},
		{"hyphens as they are", on, env{"SECRET_DASH-NAME": "v", "SECRET_DASH_NAME": "w"}, "DASH-NAME", at, "v"},
		{"hyphens are underscores", on, env{"SECRET_DASH_NAME": "w"}, "dash-name", at, "w"},
		{"both", on, env{"SECRET_A_B_C": "v"}, "A.B-C", at, "v"},
		{"as named before as underscores in lower case", on, env{"SECRET_a_b": "v", "SECRET_A.B": "w"}, "a.b", at, "v"},
		{"a slash stays", on, env{"SECRET_A/B": "v"}, "A/B", at, "v"},
		{"other letters", on, env{"SECRET_ÜBER": "v"}, "über", at, "v"},
		{"empty is a value", on, env{"SECRET_EMPTY": ""}, "EMPTY", at, ""},
		{"placeholders are text", on, env{"SECRET_D": "$1 ${FOO} ${nope}"}, "D", at, "$1 ${FOO} ${nope}"},
		{"no prefix", bare, env{"LANG": "de"}, "LANG", at, "de"},
		{"no prefix, but our own settings", bare, env{"FAIRLEAD_TOKEN": "t"}, "FAIRLEAD_TOKEN", at, "(none)"},
		{"nor in another case", bare, env{"FAIRLEAD_TOKEN": "t"}, "fairlead-token", at, "(none)"},
		{"aware of all", all, env{"SECRET_east_acme_Order-1_FOO": "v", "SECRET_FOO": "w"}, "FOO", at, "v"},
		{"aware, in upper case", all, env{"SECRET_EAST_ACME_ORDER_1_FOO": "v"}, "FOO", at, "v"},
		{"aware means only those", all, env{"SECRET_FOO": "w"}, "FOO", at, "(none)"},
		{"the tenant only", tenants, env{"SECRET_acme_FOO": "v"}, "FOO", at, "v"},
		{"a tenant that is not known", tenants, env{"SECRET_<default>_FOO": "v"}, "FOO", secrets.Scope{}, "v"},
		{"a physical tenant that is not known", physical, env{"SECRET_DEFAULT_FOO": "v"}, "FOO", secrets.Scope{}, "v"},
		{"no variable is called so", on, env{}, "A=B", at, "(none)"},
	} {
		e := &secrets.Environment{EnvironmentSettings: c.settings, LookupEnv: c.env.lookup, Log: slog.New(slog.DiscardHandler)}
		v, ok, err := e.Lookup(t.Context(), c.name, c.at)
		got := v.Reveal()
		if !ok {
			got = "(none)"
		}
		if got != c.want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", c.reason, got, err, c.want)
		}
	}
}

// Who forgot the prefix is told so, without the value.
func TestRejectedSecretIsLogged(t *testing.T) {
	var out bytes.Buffer
	e := &secrets.Environment{
		EnvironmentSettings: secrets.EnvironmentSettings{Enabled: true, Prefix: "SECRET_"}, LookupEnv: env{"FOO": "the-value"}.lookup, Log: slog.New(slog.NewTextHandler(&out, nil)),
	}
	if _, ok, err := e.Lookup(t.Context(), "BAR", secrets.Scope{}); ok || err != nil || out.Len() > 0 {
		t.Errorf("%v %v %s", ok, err, &out)
	}
	if _, ok, err := e.Lookup(t.Context(), "foo", secrets.Scope{}); ok || err != nil || !strings.Contains(out.String(), "Rejected connector secret") || strings.Contains(out.String(), "the-value") {
		t.Errorf("%v %v %s", ok, err, &out)
	}
}

// mount makes a folder as Kubernetes does: names are links into a version.
func mount(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "..2026_01"), 0o700))
	must(t, os.Symlink("..2026_01", filepath.Join(dir, "..data")))
	for name, v := range files {
		must(t, os.WriteFile(filepath.Join(dir, "..2026_01", name), []byte(v), 0o600))
		must(t, os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
	}
	return dir
}

func TestFolder(t *testing.T) {
	dir := mount(t, map[string]string{
		"FOO": "foo-value\n", "TWO": "two\n\n", "DOS": "dos\r\n", "PLAIN": "plain", "EMPTY": "", "LINE": "\n", "a.b-c": "signs", "lower": "lower-value", "${X}": "${FOO}",
	})
	must(t, os.Mkdir(filepath.Join(dir, "A"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "A", "B"), []byte("slash-value"), 0o600))
	must(t, os.WriteFile(filepath.Join(filepath.Dir(dir), "OUTSIDE"), []byte("outside"), 0o600))
	f, err := secrets.OpenFolder(dir)
	must(t, err)
	for name, want := range map[string]string{
		"FOO": "foo-value", "foo": "foo-value", "TWO": "two\n", "DOS": "dos", "PLAIN": "plain", "EMPTY": "", "LINE": "", "a.b-c": "signs", "lower": "lower-value",
		"LOWER": "(none)", "A/B": "slash-value", "a/b": "slash-value", "A": "(none)", "FOO/B": "(none)", "NONE": "(none)", "": "(none)", ".": "(none)", "..": "(none)",
		"../OUTSIDE": "(none)", "A/../FOO": "(none)", "/etc/hostname": "(none)", "..data/FOO": "(none)", "A/": "(none)", "A//B": "(none)", "./FOO": "(none)",
		"F\x00OO": "(none)", strings.Repeat("n", 300): "(none)", "${X}": "${FOO}", `A\B`: "(none)",
	} {
		if got := found(t, f, name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "..2026_01", "FOO"), []byte("renewed"), 0o600))
	if got := found(t, f, "FOO"); got != "renewed" {
		t.Errorf("after the change: %q", got)
	}
}

func TestFolderThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, []byte("x"), 0o600))
	for _, path := range []string{filepath.Join(dir, "none"), file} {
		if _, err := secrets.OpenFolder(path); kind(err) != connector.Invalid || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.WriteFile(outside, []byte("outside-value"), 0o600))
	must(t, os.Symlink(outside, filepath.Join(dir, "LINK")))
	must(t, os.WriteFile(filepath.Join(dir, "BINARY"), []byte("bin-value\xff"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "LARGE"), bytes.Repeat([]byte("large-value"), secrets.MaxValue), 0o600))
	f, err := secrets.OpenFolder(dir)
	must(t, err)
	for _, name := range []string{"LINK", "BINARY", "LARGE"} {
		v, ok, err := f.Lookup(t.Context(), name, secrets.Scope{})
		if ok || err == nil || !v.Empty() || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "-value") || connector.AsError(err).Fix == "" {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	must(t, os.RemoveAll(dir))
	if _, ok, err := f.Lookup(t.Context(), "FOO", secrets.Scope{}); ok || kind(err) != connector.Unavailable {
		t.Errorf("the folder is gone: %v, %v", ok, err)
	}
}

func TestSettings(t *testing.T) {
	const p = "CAMUNDA_CONNECTOR_SECRETPROVIDER_ENVIRONMENT_"
	on := secrets.EnvironmentSettings{Enabled: true, Prefix: "SECRET_"}
	for _, c := range []struct {
		reason, prefix string
		env            env
		want           secrets.Settings
	}{
		{"defaults", secrets.DefaultPrefix, env{}, secrets.Settings{Environment: on}},
		{"defaults of 8.7 and 8.8", "", env{}, secrets.Settings{Environment: secrets.EnvironmentSettings{Enabled: true}}},
		{"all set", "", env{
			p + "ENABLED": "false", p + "PREFIX": "X_", p + "TENANTAWARE": "TRUE", p + "PROCESSDEFINITIONAWARE": "on", p + "PHYSICALTENANTAWARE": "1", "FAIRLEAD_SECRETS_DIR": "/run/secrets",
		}, secrets.Settings{
			Environment: secrets.EnvironmentSettings{Prefix: "X_", TenantAware: true, ProcessDefinitionAware: true, PhysicalTenantAware: true}, Dir: "/run/secrets",
		}},
		{"an empty prefix is none", "SECRET_", env{p + "PREFIX": ""}, secrets.Settings{Environment: secrets.EnvironmentSettings{Enabled: true}}},
		{"an empty word is not set", "SECRET_", env{p + "ENABLED": ""}, secrets.Settings{Environment: on}},
	} {
		got, err := secrets.SettingsFrom(c.env.lookup, c.prefix)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v; -want +got\n%s", c.reason, err, diff)
		}
	}
	_, err := secrets.SettingsFrom(env{p + "ENABLED": "maybe", p + "TENANTAWARE": "perhaps"}.lookup, "")
	if e := connector.AsError(err); e.Kind != connector.Invalid || len(e.Causes) != 2 || strings.Contains(e.Error(), "maybe") {
		t.Errorf("bad words: %+v", e)
	}
}

// fixed is a provider that has one answer.
type fixed struct {
	value string
	ok    bool
	err   error
}

func (f fixed) Lookup(context.Context, string, secrets.Scope) (connector.Secret, bool, error) {
	return connector.NewSecret(f.value), f.ok, f.err
}

func TestChain(t *testing.T) {
	b := open(t)
	for _, name := range []string{"ALL", "STORE"} {
		b.set(t, name, "store-value")
	}
	dir := mount(t, map[string]string{"ALL": "file-value", "ENV": "file-value", "FILE": "file-value"})
	var told []string
	r, err := secrets.New(t.Context(), secrets.Config{
		Settings: secrets.Settings{Environment: secrets.EnvironmentSettings{Enabled: true, Prefix: "SECRET_"}, Dir: dir},
		Own:      b.For(owner.Tenant), LookupEnv: env{"SECRET_ALL": "env-value", "SECRET_ENV": "env-value", "SECRET_EMPTY": ""}.lookup,
		Known: func(values ...string) { told = append(told, values...) },
	})
	must(t, err)
	for range 2 {
		for name, want := range map[string]string{"ALL": "store-value", "STORE": "store-value", "ENV": "env-value", "FILE": "file-value", "EMPTY": "", "NONE": "(none)", "A B": "(none)"} {
			if got := found(t, r, name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	}
	if len(told) != 3 {
		t.Errorf("the log was told of %v, want each of the three values once", told)
	}
	b.set(t, "ALL", "newer-value")
	if got := found(t, r, "ALL"); got != "newer-value" {
		t.Errorf("a new value does not count at once: %q", got)
	}
}

// Where the own store cannot tell, no other value may take the secret's place.
func TestChainEndsAtAnError(t *testing.T) {
	down := errors.New("down")
	r, err := secrets.New(t.Context(), secrets.Config{
		Settings: secrets.Settings{Environment: secrets.EnvironmentSettings{Enabled: true, Prefix: "SECRET_"}}, Own: fixed{err: down}, LookupEnv: env{"SECRET_FOO": "v"}.lookup,
	})
	must(t, err)
	if _, ok, err := r.Lookup(t.Context(), "FOO", secrets.Scope{}); ok || !errors.Is(err, down) {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestNew(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	_, err := secrets.New(t.Context(), secrets.Config{Settings: secrets.Settings{Dir: filepath.Join(t.TempDir(), "none")}, Log: log})
	if kind(err) != connector.Invalid || out.Len() > 0 {
		t.Errorf("no folder: %v %s", err, &out)
	}
	r, err := secrets.New(t.Context(), secrets.Config{Log: log, LookupEnv: env{"FOO": "v"}.lookup})
	if must(t, err); found(t, r, "FOO") != "(none)" || out.Len() > 0 {
		t.Errorf("no provider: %s", &out)
	}
	r, err = secrets.New(t.Context(), secrets.Config{Settings: secrets.Settings{Environment: secrets.EnvironmentSettings{Enabled: true}}, Log: log, LookupEnv: env{"FOO": "v"}.lookup})
	if must(t, err); found(t, r, "FOO") != "v" || !strings.Contains(out.String(), "ENVIRONMENT_PREFIX") {
		t.Errorf("the whole environment is open, and nobody is warned: %s", &out)
	}
}
