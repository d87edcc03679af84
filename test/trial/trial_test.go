// Package trial adds an integration to a copy of this repository, as somebody
// would who reads CONTRIBUTING.md, and uses it.
package trial

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/derive"
	"github.com/fairlead-io/fairlead/internal/derive/template"
	"github.com/fairlead-io/fairlead/test/servers"
)

// folder is the one that is added; everything else is up to "make generate".
const folder = "connectors/acme/harbour"

const passcode = "canary-passcode-of-the-harbour"

func TestAnIntegrationIsOneFolder(t *testing.T) {
	root := copyOf(t)
	if root == "" {
		return
	}
	in := workshop{t, root}
	in.generate() // what is not current in this work tree is not the trial's doing
	before := in.hashes()
	if err := os.CopyFS(filepath.Join(root, folder), os.DirFS("testdata/harbour")); err != nil {
		t.Fatal(err)
	}
	in.generate()
	made, byHand := in.changes(before)
	if len(byHand) > 0 {
		t.Errorf("files outside the folder that nobody generates were changed: %v", byHand)
	}
	in.do("go", "test", "./connectors/all/...") // what was generated is current, and nothing else counts integrations

	binary := filepath.Join(root, "fairlead")
	in.do("go", "build", "-o", binary, "./cmd/fairlead")
	use(t, binary)
	fmt.Printf("| trial: an integration of one connection and two commands is 1 folder, %d generated files, %d other files edited by hand\n", len(made), len(byHand))
	for _, f := range made {
		t.Log("generated:", f)
	}
}

// copyOf copies what git has or would take of the work tree; empty where there is no git.
func copyOf(t *testing.T) string {
	t.Helper()
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = top
	out, err := list.Output()
	if err != nil {
		servers.NotRun(t, t.Name(), "git does not list the files of the repository: "+err.Error())
		return ""
	}
	root := t.TempDir()
	for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		if err := copyFile(filepath.Join(top, name), filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from)       //nolint:gosec // a file of this repository
	if errors.Is(err, os.ErrNotExist) { // deleted, but not committed
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o755)
}

// workshop is a copy of the repository in which commands are run.
type workshop struct {
	*testing.T
	root string
}

// do runs a command. -trimpath lets the copy use what was compiled for other
// copies; go's own cache is the user's.
func (w workshop) do(name string, args ...string) {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), name, args...)
	cmd.Dir = w.root
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath -buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// generate is the part of "make generate" that has to do with integrations.
func (w workshop) generate() {
	w.Helper()
	w.do("go", "run", "./internal/derive/gen")
}

func (w workshop) hashes() map[string][32]byte {
	w.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(w.root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(w.root, path)
		out[filepath.ToSlash(rel)] = sha256.Sum256(raw)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// changes gives the files outside the folder that are new or different or gone,
// parted into those that say of themselves that they are generated, or lie where
// everything is, and others.
func (w workshop) changes(before map[string][32]byte) (made, others []string) {
	w.Helper()
	after := w.hashes()
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		same := before[name] == after[name]
		if same || strings.HasPrefix(name, folder+"/") {
			continue
		}
		raw, _ := os.ReadFile(filepath.Join(w.root, name)) // empty when gone
		if strings.HasPrefix(name, derive.PagesDir+"/") || strings.HasPrefix(name, derive.GoldenDir+"/") || strings.HasPrefix(name, template.Dir+"/") || bytes.Contains(raw, []byte("DO NOT EDIT")) {
			made = append(made, name)
			continue
		}
		others = append(others, name)
	}
	return made, others
}

// harbour answers what the made-up integration asks.
func harbour(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ship string
		switch {
		case r.Header.Get("Passcode") != passcode:
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/berths":
			fmt.Fprint(w, `{"Berths": [{"Name": "north"}, {"Name": "south", "Ship": "Argo"}]}`)
		case json.NewDecoder(r.Body).Decode(&ship) != nil || ship == "Titanic":
			w.WriteHeader(http.StatusConflict)
		default:
			fmt.Fprintf(w, `{"Name": "north", "Ship": %q}`, ship)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// use shows, connects, tests and runs the new integration on the command line.
func use(t *testing.T, binary string) {
	t.Helper()
	data, settings := t.TempDir(), filepath.Join(t.TempDir(), "settings.json")
	raw, err := json.Marshal(map[string]any{"address": harbour(t).URL, "passcode": passcode})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(settings, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args   []string
		status int
		says   []string
	}{
		{[]string{"integrations", "show", "harbour"}, 0, []string{"Harbour", "list-berths", "moor-ships"}},
		{[]string{"integrations", "show", "harbour", "moor-ships"}, 0, []string{"Moor Ships", "shipNames"}},
		{[]string{"run", "harbour", "moor-ships", "--help"}, 0, []string{"Moors ships.", "--ship-names"}},
		{[]string{"connections", "add", "harbour", "--name", "main", "--from", settings}, 0, []string{"main"}},
		{[]string{"connections", "test", "main", "-o", "json"}, 0, []string{`"returnData": "Successful"`, "The harbour answers."}},
		{[]string{"run", "harbour", "list-berths"}, 0, []string{"north", "south", "Argo"}},
		{[]string{"run", "harbour", "list-berths", "--only", "Sunk", "-o", "json"}, 4, []string{`"statusCode": 400`, "Free"}},
		{[]string{"run", "harbour", "moor-ships", "--ship-names", "Argo,Titanic", "-o", "json"}, 3, []string{`"returnData": "Partially Successful"`, "Moored at north.", `"failureIndicator": "Moor Ships failed."`}},
		{[]string{"runs", "list"}, 0, []string{"moor-ships", "Partially Successful"}},
	} {
		out, status := fairlead(t, binary, data, step.args)
		if status != step.status {
			t.Errorf("%v ended with %d, want %d: %s", step.args, status, step.status, out)
		}
		for _, text := range step.says {
			if !strings.Contains(out, text) {
				t.Errorf("%v does not say %q: %s", step.args, text, out)
			}
		}
		if strings.Contains(out, passcode) {
			t.Errorf("%v shows the passcode", step.args)
		}
	}
}

func fairlead(t *testing.T, binary, data string, args []string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(os.Environ(), "FAIRLEAD_DATA="+data, "HOME="+data)
	out, err := cmd.CombinedOutput()
	if exit, ended := errors.AsType[*exec.ExitError](err); ended {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}
