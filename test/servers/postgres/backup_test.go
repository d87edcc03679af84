package postgres_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/store/postgres/postgrestest"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// program is the built program over one installation.
type program struct {
	bin, data, url string
}

func (p program) run(t *testing.T, input string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.bin, args...) //nolint:gosec // our own
	cmd.Env = append(os.Environ(), "FAIRLEAD_DATA="+p.data, "FAIRLEAD_DATABASE_URL="+p.url, "FAIRLEAD_BACKUP_PASSPHRASE=correct horse battery staple of the quay")
	cmd.Stdin = strings.NewReader(input)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("fairlead %s: %v: %s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

// A backup of an installation on PostgreSQL becomes a new one on PostgreSQL, and one on SQLite: files, secrets,
// connections and runs are there, and the audit chain is good and goes on.
func TestBackupDrill(t *testing.T) {
	if missing(t) {
		return
	}
	dir := t.TempDir()
	bin := apptest.Build(t, dir)
	first := program{bin, filepath.Join(dir, "first"), postgrestest.NewURL(t)}
	first.run(t, `{"accessKey":"AKIA","secretKey":"canary-of-the-drill","defaultRegionName":"us-east-1","endpointUrl":"http://127.0.0.1:1"}`, "connections", "add", "aws-s3", "--name", "box", "--from", "-")
	first.run(t, "canary of a job", "secrets", "set", "TOKEN", "--from", "-")
	content := strings.Repeat("kept ", 100_000)
	path := filepath.Join(dir, "kept.txt")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var file struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal([]byte(first.run(t, "", "files", "add", path, "-o", "json")), &file); err != nil {
		t.Fatal(err)
	}
	first.run(t, "few bytes", "files", "add", "-", "--name", "few.txt")
	first.run(t, "", "run", "utilities", "list-files", "-o", "json")
	backup := filepath.Join(dir, "backup.age")
	first.run(t, "", "backup", "--output", backup, "--with-key")
	raw, err := os.ReadFile(backup)
	if err != nil || strings.Contains(string(raw), "kept kept") {
		t.Fatalf("the backup is not encrypted (%v)", err)
	}
	for where, url := range map[string]string{"PostgreSQL": postgrestest.NewURL(t), "SQLite": ""} {
		t.Run(where, func(t *testing.T) {
			fresh := program{bin, filepath.Join(t.TempDir(), "fresh"), url}
			fresh.run(t, "", "restore", backup)
			if got := fresh.run(t, "", "files", "get", "1", "--output", "-"); got != content {
				t.Errorf("the file has %d bytes, want %d", len(got), len(content))
			}
			if got := fresh.run(t, "", "files", "get", "2", "--output", "-"); got != "few bytes" {
				t.Errorf("the small file has %q", got)
			}
			for _, c := range [][2]string{{"connections list", `"box"`}, {"secrets list", `"TOKEN"`}, {"runs list", `"list-files"`}} {
				if out := fresh.run(t, "", append(strings.Fields(c[0]), "-o", "json")...); !strings.Contains(out, c[1]) {
					t.Errorf("%s does not show %s: %s", c[0], c[1], out)
				}
			}
			fresh.run(t, "", "run", "utilities", "get-file-text", "--file-id", "1", "--maximum-size", "1000000", "-o", "json") // it goes on
			fresh.run(t, "", "audit", "verify")
		})
	}
}
