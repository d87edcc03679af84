package camunda

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/test/camunda/recorded"
)

// TestBenchCamunda measures the worker beside Camunda's runtime under the same load.
// "make bench-camunda" runs it; it takes minutes.
func TestBenchCamunda(t *testing.T) {
	if os.Getenv("FAIRLEAD_BENCH_CAMUNDA") == "" {
		t.Log("not asked for: make bench-camunda runs it")
		return
	}
	versitygw, ok := findVersitygw(t)
	if !ok {
		return
	}
	b := bench{t: t, versitygw: versitygw}
	peer := b.peer()
	program := build(t)
	v := recorded.Version{Compat: "8.8"}
	own := b.run("ours", []string{recorded.S3JobType}, s3Kinds, func(env []string) ([]string, []string) {
		return ours(t, program, v, env)
	})
	for _, l := range compare(own, peer) {
		fmt.Println(l)
	}
	if own.rss > 60 {
		fmt.Printf("| RSS after the backlogs is %.1f MB, the aim is 60 at most: MISSED |\n", own.rss)
	}
	calibrate(peer)
}

// s3Kinds are the kinds of jobs of the S3 connector; a runtime's first job is the
// first of its kinds.
var s3Kinds = []string{"delete", "upload", "download", "download-document"}

// calibrate says how this machine, now, compares with that of the anchors.
func calibrate(peer costs) {
	then, now := anchors().steady["http"], peer.steady["http"]
	if now == 0 {
		return
	}
	fmt.Printf("| The peer's HTTP job needs %s here and needed %s where the recorded figures come from: those would be %.2f times as large here. |\n",
		show(now), show(then), float64(now)/float64(then))
}

type bench struct {
	t         *testing.T
	versitygw string
}

// peer measures Camunda's runtime where it can be built. Without its S3 connector
// only its HTTP connector has work.
func (b bench) peer() costs {
	t := b.t
	cmd := exec.CommandContext(t.Context(), "../servers/camunda-peer.sh")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Printf("NOT RUN: Camunda's runtime: %v; its recorded figures stand in\n", err)
		return costs{name: "none"}
	}
	var args []string // JAVA JAR [s3]
	for line := range strings.Lines(string(out)) {
		args = append(args, strings.TrimSpace(line))
	}
	types, kinds := []string{recorded.HTTPJobType}, []string{"http"}
	if len(args) == 3 {
		types, kinds = append(types, recorded.S3JobType), append(kinds, s3Kinds...)
	}
	return b.run("8.8.7", types, kinds, func(env []string) ([]string, []string) {
		return []string{args[0], "-Xmx512m", "-jar", args[1]}, append(env, peerEnv...)
	})
}

const (
	steadyRate = 20
	steadyFor  = 20 // seconds
	warmUp     = 200
	backlog    = 2000
	idleFor    = 10 * time.Second
)

// run measures one runtime. The backlogs leave out downloads as documents, which
// would measure the document store.
func (b bench) run(name string, types, kinds []string, worker command) costs {
	t := b.t
	world, err := recorded.Start(t.Context(), b.versitygw, t.TempDir())
	must(t, err)
	defer world.Stop()
	must(t, world.Ready(t.Context()))
	args, env := worker(world.Env(t.TempDir()))
	w, err := world.Work(t.Context(), args, env, filepath.Join(t.TempDir(), name+".log"), types...)
	must(t, err)
	defer w.Stop()

	c := costs{name: name, steady: map[string]time.Duration{}, backlog: map[string]time.Duration{}, p50: map[string]time.Duration{}, p99: map[string]time.Duration{}, drained: map[string]time.Duration{}}
	c.first, err = world.First(t.Context(), w, kinds[0])
	must(t, err)
	p, err := w.Process()
	must(t, err)
	c.rssFirst = mb(p.RSS)
	for _, kind := range kinds {
		b.measure(world, w, name, recorded.Demand{Kind: kind, Jobs: warmUp, Rate: 4 * steadyRate})
	}
	for _, kind := range kinds {
		f := b.measure(world, w, name, recorded.Demand{Kind: kind, Jobs: steadyRate * steadyFor, Rate: steadyRate})
		c.steady[kind], c.p50[kind], c.p99[kind] = f.CPUPerJob(), f.P50, f.P99
	}
	idle, err := world.Idle(t.Context(), w, idleFor)
	must(t, err)
	c.idle = float64(idle.CPU) / float64(idle.Wall)
	for _, kind := range kinds {
		if kind != "download-document" {
			f := b.measure(world, w, name, recorded.Demand{Kind: kind, Jobs: backlog})
			c.backlog[kind], c.drained[kind], c.rss = f.CPUPerJob(), f.Wall, mb(f.Process.RSS)
		}
	}
	return c
}

func (b bench) measure(world *recorded.World, w *recorded.Worker, name string, d recorded.Demand) recorded.Figures {
	b.t.Helper()
	f, err := world.Measure(b.t.Context(), w, d)
	must(b.t, err)
	rate := "at once"
	if d.Rate > 0 {
		rate = fmt.Sprintf("%.0f/s", d.Rate)
	}
	fmt.Printf("%-6s %-18s %5d jobs %-8s %8.2f ms CPU each, p50 %s, p99 %s, %.2f s, RSS %.0f MB, peak %.0f MB, %d threads, %d files\n",
		name, d.Kind, d.Jobs, rate, float64(f.CPUPerJob())/float64(ms), show(f.P50), show(f.P99), f.Wall.Seconds(), mb(f.Process.RSS), mb(f.Process.Peak), f.Process.Threads, f.Process.Files)
	if f.Outcomes["complete"] != d.Jobs {
		b.t.Errorf("%s: %d jobs of %s ended otherwise: %v", name, d.Jobs, d.Kind, slices.Sorted(maps.Keys(f.Outcomes)))
	}
	return f
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
