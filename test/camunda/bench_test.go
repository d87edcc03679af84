package camunda

import (
	"fmt"
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
	sides := []*side{b.ours()}
	if p, ok := b.peer(); ok {
		sides = append(sides, p)
	}
	b.all(sides)
	peer := costs{}
	if len(sides) == 2 {
		peer = sides[1].costs
	}
	own := sides[0].costs
	for _, l := range compare(own, peer) {
		fmt.Println(l)
	}
	met := "met"
	if own.rss > mostRSS {
		met = "MISSED"
	}
	fmt.Printf("| Our RSS after the backlogs: %.1f MB, %.1f MB of it no file's; <= %d MB: %s |\n", own.rss, own.anonymous, mostRSS, met)
	calibrate(peer)
}

// mostRSS is how much memory the worker may take, in MB.
const mostRSS = 60

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

// side is one runtime in a world of its own.
type side struct {
	costs
	kinds  []string
	types  []string
	start  command
	world  *recorded.World
	worker *recorded.Worker
}

func (b bench) ours() *side {
	program := build(b.t)
	return &side{costs: newCosts("ours"), types: []string{recorded.S3JobType}, kinds: s3Kinds, start: func(env []string) ([]string, []string) {
		return ours(b.t, program, recorded.Version{Compat: "8.8"}, env)
	}}
}

// peer is Camunda's runtime, where it can be built. Without its S3 connector only
// its HTTP connector has work.
func (b bench) peer() (*side, bool) {
	cmd := exec.CommandContext(b.t.Context(), "../servers/camunda-peer.sh")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Printf("NOT RUN: Camunda's runtime: %v; its recorded figures stand in\n", err)
		return nil, false
	}
	args := strings.Fields(string(out)) // JAVA JAR [s3]
	s := &side{costs: newCosts("8.8.7"), types: []string{recorded.HTTPJobType}, kinds: []string{"http"}}
	if len(args) == 3 {
		s.types, s.kinds = append(s.types, recorded.S3JobType), append(s.kinds, s3Kinds...)
	}
	s.start = func(env []string) ([]string, []string) {
		return []string{args[0], "-Xmx512m", "-jar", args[1]}, append(env, peerEnv...)
	}
	return s, true
}

const (
	steadyRate = 20
	steadyFor  = 20 // seconds
	warmUp     = 200
	backlog    = 2000
	idleFor    = 10 * time.Second
)

// all measures the runtimes in turn, load by load, so that what else the machine
// does meets them alike.
func (b bench) all(sides []*side) {
	for _, s := range sides {
		defer b.begin(s)()
	}
	b.each(sides, func(s *side, kind string) {
		b.measure(s, recorded.Demand{Kind: kind, Jobs: warmUp, Rate: 4 * steadyRate})
	})
	b.each(sides, func(s *side, kind string) {
		f := b.measure(s, recorded.Demand{Kind: kind, Jobs: steadyRate * steadyFor, Rate: steadyRate})
		s.steady[kind], s.p50[kind], s.p99[kind] = f.CPUPerJob(), f.P50, f.P99
	})
	for _, s := range sides {
		idle, err := s.world.Idle(b.t.Context(), s.worker, idleFor)
		must(b.t, err)
		s.idle = float64(idle.CPU) / float64(idle.Wall)
	}
	b.each(sides, func(s *side, kind string) {
		if kind == "download-document" {
			return // it would measure the document store
		}
		f := b.measure(s, recorded.Demand{Kind: kind, Jobs: backlog})
		s.backlog[kind], s.drained[kind] = f.CPUPerJob(), f.Wall
		s.rss, s.anonymous = max(s.rss, mb(f.Process.RSS)), max(s.anonymous, mb(f.Process.Anonymous))
	})
}

// each calls f for each kind of job, one runtime after the other.
func (b bench) each(sides []*side, f func(*side, string)) {
	for _, kind := range append([]string{"http"}, s3Kinds...) {
		for _, s := range sides {
			if slices.Contains(s.kinds, kind) {
				f(s, kind)
			}
		}
	}
}

// begin starts a runtime and lets it do its first job.
func (b bench) begin(s *side) (end func()) {
	t := b.t
	var err error
	s.world, err = recorded.Start(t.Context(), b.versitygw, t.TempDir())
	must(t, err)
	must(t, s.world.Ready(t.Context()))
	args, env := s.start(s.world.Env(t.TempDir()))
	s.worker, err = s.world.Work(t.Context(), args, env, filepath.Join(t.TempDir(), s.name+".log"), s.types...)
	must(t, err)
	s.first, err = s.world.First(t.Context(), s.worker, s.kinds[0])
	must(t, err)
	p, err := s.worker.Process()
	must(t, err)
	s.rssFirst = mb(p.RSS)
	return func() {
		s.worker.Stop()
		s.world.Stop()
	}
}

func (b bench) measure(s *side, d recorded.Demand) recorded.Figures {
	b.t.Helper()
	f, err := s.world.Measure(b.t.Context(), s.worker, d)
	must(b.t, err)
	rate := "at once"
	if d.Rate > 0 {
		rate = fmt.Sprintf("%.0f/s", d.Rate)
	}
	fmt.Printf("%-6s %-18s %5d jobs %-8s %8s CPU each, p50 %s, p99 %s, %.2f s, RSS %.0f MB, peak %.0f MB, %d threads, %d files\n",
		s.name, d.Kind, d.Jobs, rate, show(f.CPUPerJob()), show(f.P50), show(f.P99), f.Wall.Seconds(), mb(f.Process.RSS), mb(f.Process.Peak), f.Process.Threads, f.Process.Files)
	if f.Outcomes["complete"] != d.Jobs {
		b.t.Errorf("%s: %d jobs of %s ended otherwise: %v", s.name, d.Jobs, d.Kind, f.Outcomes)
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
