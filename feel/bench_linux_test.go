package feel

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// threadCPU returns the CPU time of this thread: as in the reference engine's
// benchmark, without the garbage collector's and other threads.
func threadCPU() time.Duration {
	const thisThread = 1
	var u syscall.Rusage
	if syscall.Getrusage(thisThread, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cpuPerOp is the median of five rounds after a warm-up.
func cpuPerOp(round time.Duration, op func()) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	n := 0
	for end := time.Now().Add(round); time.Now().Before(end); n += 20 {
		for range 20 {
			op()
		}
	}
	var rounds []float64
	for range 5 {
		start := threadCPU()
		for range n {
			op()
		}
		rounds = append(rounds, float64(threadCPU()-start)/float64(n))
	}
	sort.Float64s(rounds)
	return rounds[2]
}

type engineTimes struct{ parse, eval float64 }

// referenceTimes runs the reference engine's benchmark: CPU nanoseconds by name.
func referenceTimes(t *testing.T, o *oracleProcess, seconds float64) map[string]engineTimes {
	t.Helper()
	file, err := filepath.Abs("testdata/bench.json")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "java", "-cp", o.classPath, "Main", "bench", file, fmt.Sprint(seconds)).Output()
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]engineTimes{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 7 {
			continue
		}
		parse, err1 := strconv.ParseFloat(f[2], 64)
		eval, err2 := strconv.ParseFloat(f[5], 64)
		if err1 == nil && err2 == nil {
			times[f[0]] = engineTimes{parse, eval}
		}
	}
	return times
}

// TestBenchBesideReference measures both engines in one run, when FEEL_BENCH says how
// many seconds a round takes (make bench-feel).
func TestBenchBesideReference(t *testing.T) {
	seconds, err := strconv.ParseFloat(os.Getenv("FEEL_BENCH"), 64)
	if err != nil {
		return
	}
	o := startOracle(t, "benchmark beside the reference engine", time.Minute)
	if o == nil {
		return
	}
	round := time.Duration(seconds * float64(time.Second))
	theirs := referenceTimes(t, o, seconds)
	e := corpusEngine()
	logParse, logJSON, logGo, n := 0.0, 0.0, 0.0, 0
	fmt.Printf("%-14s %10s %10s %6s   %10s %10s %10s %6s %6s   CPU ns\n", "", "parse ref", "ours", "ratio", "eval ref", "json", "go", "ratio", "ratio")
	for _, c := range readBench(t) {
		ref := theirs[c.Name]
		x, err := e.Parse(c.Expr)
		if err != nil || ref.eval == 0 {
			t.Fatal(c.Name, err)
		}
		parse := cpuPerOp(round, func() { _, _ = e.Parse(c.Expr) })
		ways := map[string]float64{}
		for way, vars := range benchVariables(t, c) {
			ways[way] = cpuPerOp(round, func() { _, _ = x.Evaluate(t.Context(), vars) })
		}
		p, j, g := parse/ref.parse, ways["json"]/ref.eval, ways["go"]/ref.eval
		fmt.Printf("%-14s %10.0f %10.0f %6.3f   %10.0f %10.0f %10.0f %6.3f %6.3f\n", c.Name, ref.parse, parse, p, ref.eval, ways["json"], ways["go"], j, g)
		logParse, logJSON, logGo, n = logParse+math.Log(p), logJSON+math.Log(j), logGo+math.Log(g), n+1
		if max(p, j, g) > 1 {
			t.Errorf("%s is slower than the reference engine", c.Name)
		}
	}
	for name, sum := range map[string]float64{"parse": logParse, "eval of JSON": logJSON, "eval of Go values": logGo} {
		mean := math.Exp(sum / float64(n))
		fmt.Printf("geometric mean of the ratios, %s: %.3f\n", name, mean)
		if mean > 0.25 {
			t.Errorf("%s: the geometric mean %.3f is above 1/4", name, mean)
		}
	}
}

// TestAllocations checks the ten expressions without 100 items.
func TestAllocations(t *testing.T) {
	e := corpusEngine()
	for _, c := range readBench(t) {
		if strings.HasSuffix(c.Name, "100") {
			continue
		}
		x, err := e.Parse(c.Expr)
		if err != nil {
			t.Fatal(err)
		}
		for way, vars := range benchVariables(t, c) {
			got := testing.AllocsPerRun(200, func() { _, _ = x.Evaluate(t.Context(), vars) })
			if got > 30 {
				t.Errorf("%s (%s): %v allocations, at most 30", c.Name, way, got)
			}
		}
	}
}

// TestBenchAnswers checks that what is measured is right.
func TestBenchAnswers(t *testing.T) {
	e := corpusEngine()
	for _, c := range readBench(t) {
		for way, vars := range benchVariables(t, c) {
			want := decodeTyped(t, fmt.Appendf(nil, `{"kind":%q,"value":%s}`, c.Kind, c.Value))
			if got := ask(t, e, c.Expr, false, vars); !got.agrees(answer{typed: want}) {
				t.Errorf("%s (%s): got %s", c.Name, way, got)
			}
		}
	}
}
