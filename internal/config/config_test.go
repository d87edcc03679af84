package config_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/config"
)

func file(t *testing.T, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func load(t *testing.T, src config.Source) config.Config {
	t.Helper()
	c, err := config.Load(src)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	c := load(t, config.Source{Home: "/home/x"})
	want := config.Config{
		Data: "/home/x/.local/share/fairlead", Listen: "127.0.0.1:8480", LogLevel: "info", LogFormat: "text",
		Drain: 30 * time.Second, MaxUpload: config.DefaultMaxUpload,
		Limits: config.Limits{MinFree: config.DefaultMinFree, Metrics: "token"},
		Worker: config.Worker{Mode: config.WorkerAuto},
	}
	if diff := cmp.Diff(want, c, cmp.Comparer(sameSecret)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func sameSecret(a, b connector.Secret) bool { return a.Reveal() == b.Reveal() }

func TestPrecedence(t *testing.T) {
	f := file(t, "listen: 127.0.0.1:1\ndata: /from/file\nlog-level: debug\n")
	for _, tc := range []struct {
		reason string
		src    config.Source
		listen string
	}{
		{"the file is read", config.Source{File: f}, "127.0.0.1:1"},
		{"the environment wins over the file", config.Source{File: f, Env: []string{"FAIRLEAD_LISTEN=127.0.0.1:2"}}, "127.0.0.1:2"},
		{"a flag wins over both", config.Source{File: f, Env: []string{"FAIRLEAD_LISTEN=127.0.0.1:2"}, Flags: map[string]string{"listen": "127.0.0.1:3"}}, "127.0.0.1:3"},
		{"an empty variable does not count", config.Source{File: f, Env: []string{"FAIRLEAD_LISTEN="}}, "127.0.0.1:1"},
		{"the environment can name the file", config.Source{Env: []string{"FAIRLEAD_CONFIG=" + f}}, "127.0.0.1:1"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			if c := load(t, tc.src); c.Listen != tc.listen || c.Data != "/from/file" || c.LogLevel != "debug" {
				t.Errorf("got %+v", c)
			}
		})
	}
}

func TestFolders(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "cfg", "fairlead"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "cfg", "fairlead", "config.yaml"), []byte("drain: 5s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := load(t, config.Source{Home: home, Env: []string{"XDG_DATA_HOME=/data", "XDG_CONFIG_HOME=" + filepath.Join(home, "cfg")}})
	if c.Data != "/data/fairlead" || c.Drain != 5*time.Second {
		t.Errorf("got %+v", c)
	}
	if c := load(t, config.Source{Home: home, Env: []string{"XDG_DATA_HOME=relative"}}); c.Data != filepath.Join(home, ".local/share/fairlead") {
		t.Errorf("a relative XDG folder does not count: %s", c.Data)
	}
	if c := load(t, config.Source{Env: []string{"XDG_DATA_HOME=/data", "FAIRLEAD_DATA=/mine"}}); c.Data != "/mine" {
		t.Errorf("FAIRLEAD_DATA: %s", c.Data)
	}
}

func TestValues(t *testing.T) {
	c := load(t, config.Source{Flags: map[string]string{
		"behind-proxy": "10.1.2.3/8, 192.0.2.7,fd00::/8", "server": "https://fairlead.example/", "token": "flt_x",
		"run-timeout": "90s", "max-upload": "20GiB", "log-format": "JSON", "tls-cert": "c", "tls-key": "k", "bucket-names": "ignored",
	}})
	if diff := cmp.Diff([]string{"10.0.0.0/8", "192.0.2.7/32", "fd00::/8"}, texts(c.BehindProxy)); diff != "" {
		t.Error(diff)
	}
	if c.Server != "https://fairlead.example" || c.Token.Reveal() != "flt_x" || c.RunTimeout != 90*time.Second || c.MaxUpload != 20<<30 || c.LogFormat != "json" {
		t.Errorf("got %+v", c)
	}
	c = load(t, config.Source{File: file(t, "behind-proxy: [10.0.0.0/8, 127.0.0.1]\nmax-upload: 1000\n")})
	if diff := cmp.Diff([]string{"10.0.0.0/8", "127.0.0.1/32"}, texts(c.BehindProxy)); diff != "" || c.MaxUpload != 1000 {
		t.Error(diff, c.MaxUpload)
	}
}

func TestRecordsAndKeys(t *testing.T) {
	c := load(t, config.Source{Env: []string{
		"FAIRLEAD_DATABASE_URL=postgres://u:hunter2@h/db", "FAIRLEAD_KEK=awskms://alias/k?region=r", "FAIRLEAD_RETAIN_RUNS=90d", "FAIRLEAD_RETAIN_DETAILS=36h",
		"FAIRLEAD_RETAIN_FILES_SIZE=20GiB", "FAIRLEAD_CONTENT_DIR=/shared",
	}})
	if c.RetainRuns != 90*24*time.Hour || c.RetainDetails != 36*time.Hour || c.RetainFilesSize != 20<<30 || c.ContentDir != "/shared" || c.KEK != "awskms://alias/k?region=r" {
		t.Errorf("got %+v", c)
	}
	if c.DatabaseURL.Reveal() != "postgres://u:hunter2@h/db" || strings.Contains(fmt.Sprintf("%v %+v %#v", c, c, c), "hunter2") {
		t.Error("the database URL is not kept, or shown")
	}
}

func texts(ps []netip.Prefix) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.String()
	}
	return out
}

func TestProblemsNameTheSettingAndItsSource(t *testing.T) {
	bad := file(t, "lisen: 1\n")
	for _, tc := range []struct {
		reason string
		src    config.Source
		says   []string
		not    string
	}{
		{"an unknown setting in the file", config.Source{File: bad}, []string{`"lisen"`, bad, `"listen"`}, ""},
		{"a file that is named and missing", config.Source{File: "/nowhere.yaml"}, []string{"/nowhere.yaml", "--config"}, ""},
		{"a file that is not YAML", config.Source{File: file(t, "a: [")}, []string{"not valid YAML"}, ""},
		{"a level nobody knows", config.Source{Env: []string{"FAIRLEAD_LOG_LEVEL=hunter2"}}, []string{"log-level", "FAIRLEAD_LOG_LEVEL", "debug, info"}, "hunter2"},
		{"a duration without a unit", config.Source{Flags: map[string]string{"drain": "30"}}, []string{"drain", "--drain", "90s"}, ""},
		{"a negative duration", config.Source{Flags: map[string]string{"drain": "-3s"}}, []string{"drain"}, ""},
		{"an age in words", config.Source{Flags: map[string]string{"retain-runs": "old"}}, []string{"retain-runs"}, ""},
		{"an age in days that is none", config.Source{Flags: map[string]string{"retain-files": "-3d"}}, []string{"retain-files", "90d"}, ""},
		{"a size in words", config.Source{Flags: map[string]string{"max-upload": "big"}}, []string{"max-upload", "500MiB"}, ""},
		{"a size that overflows", config.Source{Flags: map[string]string{"max-upload": "9000000000TiB"}}, []string{"max-upload"}, ""},
		{"a server that is no address", config.Source{Flags: map[string]string{"server": "localhost:80"}}, []string{"server", "https://"}, ""},
		{"a password in the address", config.Source{Flags: map[string]string{"server": "https://u:hunter2@h"}}, []string{"server"}, "hunter2"},
		{"a network that is none", config.Source{Flags: map[string]string{"behind-proxy": "10.0.0.0/99"}}, []string{"behind-proxy", "10.0.0.0/8"}, ""},
		{"a version that is not known", config.Source{Env: []string{"FAIRLEAD_COMPAT=8.6"}}, []string{"compat", "FAIRLEAD_COMPAT", "Use one of 8.7, 8.8"}, ""},
		{"a mode of the worker that is not known", config.Source{Flags: map[string]string{"worker": "perhaps"}}, []string{"worker", "auto, on, off"}, ""},
		{"a certificate without its key", config.Source{Flags: map[string]string{"tls-cert": "c"}}, []string{"tls-cert", "tls-key"}, ""},
		{"a list where text is needed", config.Source{File: file(t, "listen: [a]\n")}, []string{"listen", "is not text"}, ""},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			_, err := config.Load(tc.src)
			e := connector.AsError(err)
			if e == nil || e.Kind != connector.Invalid || e.Fix == "" {
				t.Fatalf("got %+v", e)
			}
			text := e.Message + " " + e.Fix
			for _, s := range tc.says {
				if !strings.Contains(text, s) {
					t.Errorf("%q lacks %q", text, s)
				}
			}
			if tc.not != "" && strings.Contains(text, tc.not) {
				t.Errorf("%q shows the value", text)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	c := load(t, config.Source{Flags: map[string]string{
		"rate": "-1", "max-queued": "-1", "max-runs": "7", "min-free": "0", "max-body": "1MiB", "max-depth": "20", "client-timeout": "5s", "forbid-loopback": "true", "metrics": "open",
	}})
	want := config.Limits{Rate: -1, MaxQueued: -1, MaxRuns: 7, MaxBody: 1 << 20, MaxDepth: 20, ClientTimeout: 5 * time.Second, ForbidLoopback: true, Metrics: "open"}
	if diff := cmp.Diff(want, c.Limits); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, bad := range map[string]string{"rate": "0", "max-runs": "-1", "max-depth": "many", "forbid-private": "perhaps", "metrics": "sometimes", "min-free": "-1"} {
		_, err := config.Load(config.Source{Flags: map[string]string{name: bad}})
		if e := connector.AsError(err); err == nil || e.Kind != connector.Invalid || e.Field != "/"+name || e.Fix == "" {
			t.Errorf("%s=%s: %+v", name, bad, err)
		}
	}
}

func TestWorker(t *testing.T) {
	if c := load(t, config.Source{}); c.Worker != (config.Worker{Mode: config.WorkerAuto}) {
		t.Errorf("got %+v", c.Worker)
	}
	c := load(t, config.Source{
		Env:   []string{"FAIRLEAD_COMPAT=8.8", "FAIRLEAD_DOCUMENTS=memory:1GiB", "FAIRLEAD_WORKER_MAX_JOBS=7", "FAIRLEAD_SECRETS_DIR=/run/secrets", "FAIRLEAD_WORKER_LEASES=true"},
		Flags: map[string]string{"worker": "on", "worker-job-timeout": "45s", "worker-name": "w", "secret-filter": "strict", "public-url": "https://f.example"},
	})
	want := config.Worker{
		Mode: config.WorkerOn, Compat: "8.8", MaxJobs: 7, JobTimeout: 45 * time.Second, Leases: true, Name: "w", Documents: "memory:1GiB", SecretsDir: "/run/secrets", SecretFilter: "strict", PublicURL: "https://f.example",
	}
	if diff := cmp.Diff(want, c.Worker); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
