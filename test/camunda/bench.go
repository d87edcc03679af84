package camunda

import (
	"fmt"
	"strings"
	"time"
)

// costs is what one runtime needs, for each kind of job where that is known.
type costs struct {
	name string
	// steady and backlog: CPU time of a job at 20 jobs a second, and of 2,000 that
	// lie ready.
	steady, backlog map[string]time.Duration
	p50, p99        map[string]time.Duration // at 20 jobs a second
	drained         map[string]time.Duration // 2,000 jobs
	first           time.Duration            // from its start to its first job's end
	rssFirst, rss   float64                  // MB: after the first job, after the backlogs
	anonymous       float64                  // MB of rss that are no file's
	idle            float64                  // CPU, parts of one core
}

const ms = time.Millisecond

func newCosts(name string) costs {
	m := func() map[string]time.Duration { return map[string]time.Duration{} }
	return costs{name: name, steady: m(), backlog: m(), p50: m(), p99: m(), drained: m()}
}

func micro(f float64) time.Duration { return time.Duration(f * float64(ms)) }

// anchors are figures of Camunda's runtime 8.8.7 with -Xmx512m, measured once on two
// cores with objects of 4 KiB. They stand in where no such runtime with its S3
// connector is at hand.
func anchors() costs {
	return costs{
		name:     "8.8.7 (recorded)",
		steady:   map[string]time.Duration{"http": micro(4.3), "upload": micro(10.4), "download": micro(6.5), "download-document": micro(8.6), "delete": micro(5.1)},
		backlog:  map[string]time.Duration{"http": micro(0.86), "upload": micro(4.0), "download": micro(1.62), "delete": micro(1.45)},
		p50:      map[string]time.Duration{"http": micro(3.0), "upload": micro(8.6), "download": micro(5.5), "download-document": micro(6.8), "delete": micro(4.8)},
		p99:      map[string]time.Duration{"http": micro(9.5), "upload": micro(598), "download": micro(21), "download-document": micro(29), "delete": micro(13)},
		drained:  map[string]time.Duration{"http": time.Second, "upload": 5 * time.Second, "download": 2 * time.Second, "delete": 2800 * ms},
		first:    4900 * ms,
		rssFirst: 375, rss: 813,
		idle: 0.0013,
	}
}

// line is a row of the comparison.
type line struct {
	figure     string
	ours, peer string
	measured   bool // the peer's figure, in this run
	ratio      float64
	aim        float64 // the ratio at most; 0: none
}

func (l line) String() string {
	source, aim := "recorded", ""
	if l.measured {
		source = "this run"
	}
	if l.aim > 0 {
		met := "met"
		if l.ratio > l.aim {
			met = "MISSED"
		}
		aim = fmt.Sprintf("<= %.3g: %s", l.aim, met)
	}
	return fmt.Sprintf("| %-42s | %10s | %10s | %-8s | %7.3f | %-15s |", l.figure, l.ours, l.peer, source, l.ratio, aim)
}

// compare sets ours beside the peer of this run, and beside the anchors where that
// has no figure.
func compare(ours, peer costs) []string {
	c := comparison{ours: ours, peer: peer, anchor: anchors()}
	c.out = append(c.out,
		fmt.Sprintf("| %-42s | %10s | %10s | %-8s | %7s | %-15s |", "figure", "ours", "peer", "peer is", "ratio", "aim"),
		"|"+strings.Repeat("-", 44)+"|------------|------------|----------|---------|-----------------|")
	for _, kind := range []string{"upload", "download", "delete"} {
		c.times("CPU per job at 20/s, "+kind, kind, 0.1, func(x costs) map[string]time.Duration { return x.steady })
	}
	c.times("CPU per job at 20/s, download-document", "download-document", 0.1, func(x costs) map[string]time.Duration { return x.steady })
	for _, kind := range []string{"upload", "download", "delete"} {
		c.times("CPU per job, 2,000 at once, "+kind, kind, 0.25, func(x costs) map[string]time.Duration { return x.backlog })
		c.times("time for 2,000 at once, "+kind, kind, 0, func(x costs) map[string]time.Duration { return x.drained })
	}
	for _, kind := range []string{"upload", "download", "delete"} {
		c.latency(kind)
	}
	c.times("start to first job done", "", 0.05, func(x costs) map[string]time.Duration { return map[string]time.Duration{"": x.first} })
	c.number("RSS after the first job, MB", 0, func(x costs) float64 { return x.rssFirst })
	c.number("RSS after the backlogs, MB", 0.1, func(x costs) float64 { return x.rss })
	c.number("CPU when idle, ms/s", 0, func(x costs) float64 { return x.idle * 1000 })
	return c.out
}

type comparison struct {
	ours, peer, anchor costs
	out                []string
}

func (c *comparison) add(l line) { c.out = append(c.out, l.String()) }

func (c *comparison) times(figure, kind string, aim float64, of func(costs) map[string]time.Duration) {
	ours, peer, measured := of(c.ours)[kind], of(c.peer)[kind], true
	if peer == 0 {
		peer, measured = of(c.anchor)[kind], false
	}
	c.add(line{figure, show(ours), show(peer), measured, float64(ours) / float64(peer), aim})
}

// latency: our slow jobs against the peer's usual ones.
func (c *comparison) latency(kind string) {
	peer, measured := c.peer.p50[kind], true
	if peer == 0 {
		peer, measured = c.anchor.p50[kind], false
	}
	ours := c.ours.p99[kind]
	c.add(line{"our p99 at 20/s, its p50, " + kind, show(ours), show(peer), measured, float64(ours) / float64(peer), 1})
}

func (c *comparison) number(figure string, aim float64, of func(costs) float64) {
	ours, peer, measured := of(c.ours), of(c.peer), true
	if peer == 0 {
		peer, measured = of(c.anchor), false
	}
	c.add(line{figure, fmt.Sprintf("%.1f", ours), fmt.Sprintf("%.1f", peer), measured, ours / peer, aim})
}

func show(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/float64(ms)) }
