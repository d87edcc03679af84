package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

func (p *program) runsCmd() *cobra.Command {
	return group("runs", "Look at runs; cancel, resume and undo them",
		p.runsListCmd(), p.runsShowCmd(), p.runsWatchCmd(), p.runsCancelCmd(), p.runsResumeCmd(), p.runsUndoCmd(), p.runsRevealCmd())
}

// filter is query parameters out of flags that were given.
type filter struct {
	cmd  *cobra.Command
	list []filterFlag
}

type filterFlag struct{ flag, name string }

// text declares a flag that is sent as a query parameter.
func (f *filter) text(flag, name, help string) {
	f.cmd.Flags().String(flag, "", help)
	f.list = append(f.list, filterFlag{flag, name})
}

// number declares a flag for a number.
func (f *filter) number(flag, name, help string) {
	f.cmd.Flags().Uint32(flag, 0, help)
	f.list = append(f.list, filterFlag{flag, name})
}

// values are those that were given.
func (f *filter) values() url.Values {
	out := url.Values{}
	for _, fl := range f.list {
		if got := f.cmd.Flags().Lookup(fl.flag); got.Changed {
			out.Set(fl.name, got.Value.String())
		}
	}
	return out
}

func (p *program) runsListCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List runs, newest first", Args: words()}
	f := &filter{cmd: cmd}
	f.text("integration", "integration", "only of this integration")
	f.text("command", "command", "only of this command")
	f.text("connection", "connection", "only on this connection")
	f.text("state", "state", "queued, waiting, running, done, canceled or unknown")
	f.text("return-data", "returnData", "Successful, Partially Successful or Failed")
	f.text("actor", "actor", "ID of who asked for it")
	f.text("origin", "origin", "api, cli, console, demo, ...")
	f.text("parent", "parent", "ID of the run that they belong to")
	f.text("text", "text", "part of an ID, name or reference")
	f.text("from", "from", "made at this time or later (RFC 3339)")
	f.text("to", "to", "made before this time (RFC 3339)")
	f.number("limit", "limit", "how many at most (default 100)")
	f.text("cursor", "cursor", "the next of the page before")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: "/runs", query: f.values()}, p.runsTable)
	}
	return cmd
}

type runPage struct {
	Runs []runView `json:"runs"`
	Next string    `json:"next"`
}

func (p *program) runsTable(page runPage) error {
	t := newTable("Run", "Made", "Integration", "Command", "Connection", "Outcome", "Items", "Took", "Origin").numbers(6)
	for i := range page.Runs {
		v := &page.Runs[i]
		items, took := "", ""
		if n := v.Progress.ItemsTotal; n > 0 {
			items = fmt.Sprintf("%d/%d", v.Progress.ItemsDone, n)
		}
		if d := v.duration(); d > 0 {
			took = span(d)
		}
		t.add(v.RunID, moment(&v.CreatedAt), v.Integration, v.Command, v.Connection, v.verdict(), items, took, v.Origin)
	}
	p.list(t, "No runs.", page.Next, "--cursor")
	return nil
}

// list prints the rows of a page and how to go on.
func (p *program) list(t *table, none, next, flag string) {
	if len(t.rows) == 0 {
		fmt.Fprintln(p.out, none)
		return
	}
	p.table(t.dropEmpty())
	if next != "" {
		fmt.Fprintln(p.err, p.onErr(faint, fmt.Sprintf("There are more: %s %s", flag, next)))
	}
}

func (p *program) runsShowCmd() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show a run", Args: words("ID"), RunE: func(cmd *cobra.Command, args []string) error {
		c, err := p.client(cmd.Context())
		if err != nil {
			return err
		}
		raw, err := c.get(cmd.Context(), apiRequest{method: http.MethodGet, path: at("runs", args[0])})
		if err != nil {
			return err
		}
		v, err := decodeRun(raw)
		if err != nil {
			return err
		}
		return p.show(raw, func() error { p.runFacts(v); return nil })
	}}
}

func (p *program) runFacts(v *runView) {
	took := ""
	if d := v.duration(); d > 0 {
		took = span(d)
	}
	p.facts("Run", v.RunID, "Parent", deref(v.ParentRunID), "Command", v.Integration+" "+v.Command, "Connection", v.Connection, "Outcome", v.verdict(),
		"Made", moment(&v.CreatedAt), "Took", took, "Origin", v.Origin, "Actor", v.Actor, "Progress", progressFact(v.Progress))
	if v.Plan != nil || len(v.Result.Rows) > 0 {
		fmt.Fprintln(p.out)
		p.runForPeople(v)
	}
	if len(v.Items) > 0 {
		fmt.Fprintln(p.out)
		p.itemsTable(v.Items)
	}
	if v.Error != nil {
		fmt.Fprintln(p.out)
		p.sayError(p.out, v, p.onOut)
	}
}

func progressFact(now run.Progress) string {
	if now == (run.Progress{}) {
		return ""
	}
	now.Rate, now.RemainingMs = 0, 0
	return progressText(&now)
}

func (p *program) itemsTable(items []run.ItemView) {
	t := newTable("Item", "State", "Message", "Status", "Took", "Size").numbers(3, 4, 5)
	for _, it := range items {
		status, bytes, took := "", "", ""
		if it.StatusCode != 0 {
			status = strconv.Itoa(it.StatusCode)
		}
		if it.Bytes > 0 {
			bytes = size(it.Bytes)
		}
		if it.DurationMs > 0 {
			took = span(time.Duration(it.DurationMs * float64(time.Millisecond)))
		}
		t.add(it.Item, string(it.State), it.Message, status, took, bytes)
	}
	p.table(t.dropEmpty())
}

func (p *program) runsWatchCmd() *cobra.Command {
	return &cobra.Command{Use: "watch ID", Short: "Wait for the end of a run and show it", Args: words("ID"), RunE: func(cmd *cobra.Command, args []string) error {
		return p.watch(cmd.Context(), args[0])
	}}
}

// watch leaves the run alone when its watcher is interrupted.
func (p *program) watch(ctx context.Context, id string) error {
	c, err := p.client(ctx)
	if err != nil {
		return err
	}
	f := &follower{client: c, progress: p.newProgress("Run " + id), begun: make(chan struct{})}
	f.known(id)
	defer f.progress.close()
	raw, err := f.wait(ctx, apiRequest{method: http.MethodGet, path: at("runs", id, "events")})
	if err != nil {
		return err
	}
	return p.showRun(ctx, raw)
}

func (p *program) runsCancelCmd() *cobra.Command {
	return &cobra.Command{Use: "cancel ID", Short: "Cancel a run that goes on", Args: words("ID"), RunE: func(cmd *cobra.Command, args []string) error {
		return fetch(cmd.Context(), p, apiRequest{method: http.MethodPost, path: at("runs", args[0], "cancel")}, func(v runView) error {
			fmt.Fprintf(p.out, "Run %s: %s\n", v.RunID, strings.ToLower(v.verdict()))
			return nil
		})
	}}
}

func (p *program) runsResumeCmd() *cobra.Command {
	return &cobra.Command{
		Use: "resume ID", Short: "Run what is left of a run that has ended", Args: words("ID"),
		Long: "Makes a new run of the items that failed, were canceled or never started. It names the old run as its parent.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.runNow(cmd.Context(), "Resume", apiRequest{method: http.MethodPost, path: at("runs", args[0], "resume")}, nil)
		},
	}
}

func (p *program) runsUndoCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "undo ID", Short: "Put back what a run changed", Args: words("ID"),
		Long: "Makes a new run that puts back what the run changed. It names the old run as its parent, and refuses where the target has changed since. What cannot be put back, the plan says (--dry-run).",
	}
	dryRun := cmd.Flags().Bool("dry-run", false, "say what would be put back, and send only reads")
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !*dryRun && !*yes {
			if err := p.confirmUndo(cmd.Context(), args[0]); err != nil {
				return err
			}
		}
		return p.runNow(cmd.Context(), "Undo", undoRequest(args[0], *dryRun), nil)
	}
	return cmd
}

func undoRequest(id string, dryRun bool) apiRequest {
	return apiRequest{method: http.MethodPost, path: at("runs", id, "undo"), body: map[string]bool{"dryRun": dryRun}}
}

// confirmUndo shows a person the plan. Nobody else can have meant it without
// saying so.
func (p *program) confirmUndo(ctx context.Context, id string) error {
	if !p.interactive() {
		return &connector.Error{Kind: connector.Invalid, Message: "Undoing a run has to be confirmed.", Fix: "Look at the plan with --dry-run, then give --yes."}
	}
	raw, err := p.follow(ctx, "Undo", undoRequest(id, true))
	if err != nil {
		return err
	}
	v, err := decodeRun(raw)
	if err != nil {
		return err
	}
	p.planTable(v.Plan)
	return p.confirm(false, "This puts back what run "+id+" changed.")
}

func (p *program) runsRevealCmd() *cobra.Command {
	return &cobra.Command{
		Use: "reveal REF", Short: "Print a secret that a run returned", Args: words("REF"),
		Long: "Takes the text of \"$secret\" in a run's raw data, such as RUN#/rawData/value, and prints the secret. Every use is audited.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return fetch(cmd.Context(), p, apiRequest{method: http.MethodPost, path: "/reveal", body: map[string]string{"ref": args[0]}}, func(v struct {
				Value string `json:"value"`
			},
			) error {
				fmt.Fprintln(p.out, v.Value)
				return nil
			})
		},
	}
}
