package camunda

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/camunda/recorded"
	"github.com/fairlead-io/fairlead/test/servers"
)

const recordings = "testdata/recordings.json.gz"

// narrow is a list of id prefixes, comma separated, for those who look into a case.
const narrow = "FAIRLEAD_REPLAY"

// TestReplay gives the recorded jobs to the program and compares what it does with
// what each version of Camunda's runtime did.
func TestReplay(t *testing.T) {
	versitygw, ok := findVersitygw(t)
	if !ok {
		return
	}
	program := build(t)
	cases := played(t)
	var used sync.Map
	t.Run("versions", func(t *testing.T) {
		for _, v := range recorded.Versions() {
			t.Run(v.Compat, func(t *testing.T) {
				t.Parallel()
				r := replay{t: t, version: v, versitygw: versitygw, list: differences(), used: &used, tally: newTally(v)}
				r.all(cases, func(env []string) ([]string, []string) { return ours(t, program, v, env) })
				fmt.Print(r.tally)
			})
		}
	})
	fmt.Println("| 8.7   | all        | not compared: there are no recordings of it |")
	if os.Getenv(narrow) == "" && !t.Failed() {
		unused(t, differences(), &used)
	}
}

// unused entries of the list are lies.
func unused(t *testing.T, list []listed, used *sync.Map) {
	t.Helper()
	for i, l := range list {
		for _, p := range l.cases {
			if l.sometimes {
				continue
			}
			if _, ok := used.Load(key(i, p)); !ok {
				t.Errorf("the list of differences has %s (%v), but there is none", p, l.versions)
			}
		}
	}
}

func key(entry int, pattern string) string { return fmt.Sprint(entry, " ", pattern) }

// played are the cases of the S3 connector.
func played(t *testing.T) []recorded.Case {
	t.Helper()
	cases, err := recorded.Load(recordings)
	if err != nil {
		t.Fatal(err)
	}
	return recorded.Where(cases, func(c recorded.Case) bool {
		return c.JobType == recorded.S3JobType && slices.ContainsFunc(strings.Split(os.Getenv(narrow), ","), func(p string) bool { return strings.HasPrefix(c.ID, p) })
	})
}

// replay plays cases to one version of one program.
type replay struct {
	t         *testing.T
	version   recorded.Version
	versitygw string
	list      []listed
	used      *sync.Map
	tally     *tally
}

// command makes the command line and environment of a worker out of what every
// runtime gets.
type command func(env []string) (args, environment []string)

func (r replay) all(cases []recorded.Case, worker command) {
	for _, profile := range []string{"default", "nocreds", "saas", "refused"} {
		mine := recorded.Where(cases, func(c recorded.Case) bool {
			_, ok := c.Of(r.version)
			return ok && c.Profile == profile
		})
		if len(mine) > 0 {
			r.profile(profile, mine, worker)
		}
	}
}

func (r replay) profile(profile string, cases []recorded.Case, worker command) {
	t := r.t
	world, err := recorded.Start(t.Context(), r.versitygw, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer world.Stop()
	env := append(world.Env(t.TempDir()), secrets(r.version)...)
	args, env := worker(append(env, profileEnv(profile)...))
	log := filepath.Join(t.TempDir(), "worker.log")
	w, err := world.Work(t.Context(), args, env, log, recorded.S3JobType)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	for _, c := range cases {
		if t.Context().Err() != nil {
			return
		}
		got, err := world.Play(t.Context(), c)
		if err != nil {
			b, _ := os.ReadFile(log)
			t.Fatalf("%v\n%s", err, b[max(0, len(b)-4000):])
		}
		r.judge(c, got)
	}
}

func (r replay) judge(c recorded.Case, got recorded.Observation) {
	want, _ := c.Of(r.version)
	found := recorded.Compare(want, got)
	r.keep(c, got, found)
	if c.Group == "size" { // what Camunda's runtime does differs from run to run
		r.tally.count(r.tally.uncompared, c)
		if ours := sizes()[c.ID]; r.list != nil && got.Outcome.Kind != ours {
			r.t.Errorf("%s %s: %s instead of %s", r.version.Compat, c.ID, got.Outcome.Kind, ours)
		}
		return
	}
	if len(found) == 0 {
		r.tally.count(r.tally.agree, c)
		return
	}
	for i, l := range r.list {
		if l.covers(c, r.version) && l.holds(found, got) {
			for _, p := range l.cases {
				if matches(p, c.ID) {
					r.used.Store(key(i, p), true)
				}
			}
			r.tally.count(r.tally.differ, c)
			return
		}
	}
	r.tally.count(r.tally.unexplained, c)
	var lines []string
	for _, d := range found {
		lines = append(lines, "\n  "+d.String())
	}
	r.t.Errorf("%s %s:%s", r.version.Compat, c.ID, strings.Join(lines, ""))
}

// keep writes what was seen to the folder of FAIRLEAD_REPLAY_OUT, for those who
// look into it.
func (r replay) keep(c recorded.Case, got recorded.Observation, found []recorded.Difference) {
	dir := os.Getenv("FAIRLEAD_REPLAY_OUT")
	if dir == "" {
		return
	}
	b, err := json.Marshal(map[string]any{"id": c.ID, "version": r.version.Compat, "got": got, "differences": found})
	if err != nil {
		r.t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, r.version.Compat+".jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(append(b, '\n')); err != nil {
		r.t.Fatal(err)
	}
}

// profileEnv is the environment in which the cases of a profile were recorded.
func profileEnv(profile string) []string {
	keys := []string{"AWS_ACCESS_KEY_ID=" + recorded.RootKey, "AWS_SECRET_ACCESS_KEY=" + recorded.RootSecret}
	switch profile {
	case "nocreds":
		return nil
	case "saas":
		return append(keys, "CAMUNDA_CONNECTOR_RUNTIME_SAAS=true")
	case "refused":
		return append(keys, "AWS_ENDPOINT_URL_S3=http://127.0.0.1:9")
	}
	return keys
}

// ours is the program as a user starts it.
func ours(t *testing.T, program string, v recorded.Version, env []string) ([]string, []string) {
	return []string{program, "worker", "--compat", v.Compat, "--data", t.TempDir(), "--listen", "127.0.0.1:0"}, env
}

// build compiles the program.
func build(t testing.TB) string {
	t.Helper()
	if program := os.Getenv("FAIRLEAD_REPLAY_PROGRAM"); program != "" {
		return program
	}
	return apptest.Build(t, t.TempDir())
}

// findVersitygw gives the S3 server's program, which scripts/test-servers.sh builds.
func findVersitygw(t testing.TB) (string, bool) {
	t.Helper()
	version, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", "github.com/versity/versitygw").Output()
	if err != nil {
		t.Fatal(err)
	}
	program, err := filepath.Abs("../../.cache/bin/versitygw-" + strings.TrimSpace(string(version)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		servers.NotRun(t, "Camunda's recorded jobs", "versitygw is not there; test/servers/versitygw.sh start builds it")
		return "", false
	}
	return program, true
}
