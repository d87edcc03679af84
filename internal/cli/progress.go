package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/fairlead-io/fairlead/internal/run"
)

const (
	// quietFor is how long a run may take before anything is said of it.
	quietFor = 2 * time.Second
	// sayEvery is how often a line is written where there is no terminal.
	sayEvery = 5 * time.Second
)

// progress shows on standard error how far a long run is: as a bar on a
// terminal, else as a line now and then.
type progress struct {
	p     *program
	label string
	began time.Time
	said  time.Time
	bar   *progressbar.ProgressBar
	bytes bool // what the bar counts
}

func (p *program) newProgress(label string) *progress {
	return &progress{p: p, label: label, began: p.now()}
}

func (g *progress) update(now *run.Progress) {
	at := g.p.now()
	if now == nil || at.Sub(g.began) < quietFor {
		return
	}
	if g.p.errTTY && !g.p.plain {
		g.draw(now)
		return
	}
	if at.Sub(g.said) >= sayEvery {
		g.said = at
		fmt.Fprintln(g.p.err, g.label+": "+progressText(now))
	}
}

// draw makes the bar anew when bytes become countable.
func (g *progress) draw(now *run.Progress) {
	total, done := int64(now.ItemsTotal), int64(now.ItemsDone+now.ItemsFailed)
	bytes := now.BytesTotal > 0
	if bytes {
		total, done = now.BytesTotal, min(now.Bytes, now.BytesTotal)
	}
	if total <= 0 {
		total, done = -1, now.Bytes+done // a spinner
	}
	if g.bar == nil || g.bytes != bytes {
		g.close()
		g.bytes = bytes
		g.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(g.p.err), progressbar.OptionSetDescription(g.label), progressbar.OptionShowBytes(bytes),
			progressbar.OptionUseIECUnits(true), progressbar.OptionShowCount(), progressbar.OptionSetWidth(barWidth), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(barEvery))
	}
	if total > 0 && total != g.bar.GetMax64() {
		g.bar.ChangeMax64(total)
	}
	if total < 0 || done < total { // at its maximum the bar would end itself, and more may come
		_ = g.bar.Set64(done)
	}
}

const (
	barWidth = 30
	barEvery = 100 * time.Millisecond
)

func (g *progress) close() {
	if g.bar != nil {
		_ = g.bar.Clear()
		_ = g.bar.Exit()
		g.bar = nil
	}
}

// progressText is progress in a line.
func progressText(now *run.Progress) string {
	parts := []string{}
	if now.ItemsTotal > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s", now.ItemsDone+now.ItemsFailed, count(now.ItemsTotal, "item")))
	}
	if now.ItemsFailed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", now.ItemsFailed))
	}
	switch {
	case now.BytesTotal > 0:
		parts = append(parts, size(now.Bytes)+" of "+size(now.BytesTotal))
	case now.Bytes > 0:
		parts = append(parts, size(now.Bytes))
	}
	if now.Rate > 0 {
		parts = append(parts, size(int64(now.Rate))+"/s")
	}
	if now.RemainingMs > 0 {
		parts = append(parts, span(time.Duration(now.RemainingMs)*time.Millisecond)+" left")
	}
	if len(parts) == 0 {
		return "going on"
	}
	return strings.Join(parts, ", ")
}
