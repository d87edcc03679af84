package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/run"
)

// runView is what is shown of a run; the rest passes through as JSON.
type runView struct {
	RunID       string               `json:"runId"`
	ParentRunID *string              `json:"parentRunId"`
	State       run.State            `json:"state"`
	ReturnData  *run.ReturnData      `json:"returnData"`
	Result      schema.Table         `json:"result"`
	Items       []run.ItemView       `json:"items"`
	Plan        []connector.PlanStep `json:"plan"`
	Error       *run.ErrorView       `json:"error"`
	Integration string               `json:"integration"`
	Command     string               `json:"command"`
	Connection  string               `json:"connection"`
	DryRun      bool                 `json:"dryRun"`
	Origin      string               `json:"origin"`
	Actor       string               `json:"actor"`
	CreatedAt   time.Time            `json:"createdAt"`
	StartedAt   *time.Time           `json:"startedAt"`
	EndedAt     *time.Time           `json:"endedAt"`
	Progress    run.Progress         `json:"progress"`
}

func decodeRun(raw json.RawMessage) (*runView, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v := &runView{}
	if err := d.Decode(v); err != nil {
		return nil, err
	}
	return v, nil
}

// runNow makes a run, shows it, and ends with the exit status of its outcome;
// o is nil where it has no flags.
func (p *program) runNow(ctx context.Context, label string, r apiRequest, o *runOptions) error {
	if o != nil && o.async {
		c, err := p.client(ctx)
		if err != nil {
			return err
		}
		if !c.remote {
			return &usageError{message: "--async needs a server: this process would end before the run", hint: "Give --server and FAIRLEAD_TOKEN."}
		}
	}
	raw, err := p.follow(ctx, label, r)
	if err != nil {
		return err
	}
	return p.showRun(ctx, raw)
}

// showRun shows a run that this command line stands for.
func (p *program) showRun(ctx context.Context, raw json.RawMessage) error {
	v, err := decodeRun(raw)
	if err != nil {
		return err
	}
	if err := p.show(raw, func() error { p.runForPeople(v); return nil }); err != nil {
		return err
	}
	p.sayOutcome(v)
	if ctx.Err() != nil {
		return statusError(connector.Canceled.ExitStatus())
	}
	if s := v.exitStatus(); s != 0 {
		return statusError(s)
	}
	return nil
}

// exitStatus tells the outcome.
func (v *runView) exitStatus() int {
	switch {
	case v.State == run.Canceled:
		return connector.Canceled.ExitStatus()
	case !v.State.Ended():
		return 0
	case v.ReturnData != nil && *v.ReturnData == run.Successful:
		return 0
	case v.ReturnData != nil && *v.ReturnData == run.PartiallySuccessful:
		return exitPartial
	case v.Error != nil:
		return v.Error.Kind.ExitStatus()
	}
	return connector.Internal.ExitStatus()
}

// runForPeople is the table of a run on standard output.
func (p *program) runForPeople(v *runView) {
	switch {
	case v.Plan != nil:
		p.planTable(v.Plan)
	case len(v.Result.Rows) > 0:
		t := newTable(v.Result.Columns...)
		for i := range t.columns {
			t.right[i] = isNumbers(v.Result.Rows, i)
		}
		for _, row := range v.Result.Rows {
			cells := make([]string, len(row))
			for i := range row {
				cells[i] = cell(row[i])
			}
			t.add(cells...)
		}
		p.table(t.dropEmpty())
	case v.Error == nil && !v.State.Ended():
		fmt.Fprintln(p.out, v.RunID)
	case v.Error == nil && len(v.Result.Columns) > 0:
		fmt.Fprintln(p.out, "Nothing to show.")
	}
}

func isNumbers(rows [][]any, column int) bool {
	for _, row := range rows {
		if _, ok := row[column].(json.Number); !ok {
			return false
		}
	}
	return true
}

func (p *program) planTable(steps []connector.PlanStep) {
	t := newTable("Item", "Would", "Size").numbers(2)
	for _, s := range steps {
		bytes, action := "", s.Action
		if s.Size > 0 {
			bytes = size(s.Size)
		}
		if action == connector.PlanNone {
			action = "do nothing"
		}
		t.add(s.Item, action, bytes)
	}
	p.table(t.dropEmpty())
}

// sayOutcome says on standard error what went wrong, and in a word how the run
// ended. With another format than the table only failures are said.
func (p *program) sayOutcome(v *runView) {
	p.sayError(p.err, v, p.onErr)
	if p.global.format == formatTable && p.global.query.path == nil {
		fmt.Fprintln(p.err, p.onErr(faint, v.summary()))
	}
}

// maxShown is how many failing items are listed; the run tells them all.
const maxShown = 20

func (p *program) sayError(w io.Writer, v *runView, paint func(string, string) string) {
	if v.Error == nil {
		return
	}
	colour := red
	if v.exitStatus() == exitPartial {
		colour = yellow
	}
	fmt.Fprintln(w, paint(colour, visible(v.Error.Line())))
	said := ""
	for i, it := range v.Error.Items {
		if i == maxShown {
			fmt.Fprintf(w, "  and %d more: fairlead runs show %s -o json\n", len(v.Error.Items)-i, v.RunID)
			break
		}
		fmt.Fprintln(w, "  "+visible(itemText(it, v.Error.Message)))
		if it.Fix != "" && it.Fix != said {
			said = it.Fix
			fmt.Fprintln(w, "    Fix: "+visible(it.Fix))
		}
	}
	if v.Error.Fix != "" && v.Error.Fix != said {
		fmt.Fprintln(w, "Fix: "+visible(v.Error.Fix))
	}
}

// itemText is one failing item, or one bad field; its message is left out
// where the line before says it.
func itemText(it run.ErrorItemView, already string) string {
	var parts []string
	for _, s := range []string{it.Item, it.Field} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	var facts []string
	for _, s := range []string{it.Operation, it.Code} {
		if s != "" {
			facts = append(facts, s)
		}
	}
	if it.StatusCode != 0 {
		facts = append(facts, "status "+strconv.Itoa(it.StatusCode))
	}
	if it.RequestID != "" {
		facts = append(facts, "request "+it.RequestID)
	}
	text := strings.Join(parts, " ")
	if it.Message != already && it.Message != "" {
		text += ": " + it.Message
	}
	if len(facts) > 0 {
		text += " (" + strings.Join(facts, ", ") + ")"
	}
	return strings.TrimPrefix(text, ": ")
}

// verdict is the outcome in a word.
func (v *runView) verdict() string {
	switch {
	case v.State == run.Canceled:
		return "Canceled"
	case v.ReturnData != nil:
		return string(*v.ReturnData)
	}
	state := string(v.State)
	return strings.ToUpper(state[:1]) + state[1:]
}

// summary is the outcome in a line.
func (v *runView) summary() string {
	parts := []string{v.verdict()}
	if v.DryRun {
		parts[0] += " dry run"
	}
	if n := v.Progress.ItemsTotal; n > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s", v.Progress.ItemsDone, count(n, "item")))
	}
	if v.Progress.Bytes > 0 {
		parts = append(parts, size(v.Progress.Bytes))
	}
	if d := v.duration(); d > 0 {
		parts = append(parts, span(d))
	}
	return strings.Join(append(parts, "run "+v.RunID), " · ")
}

func (v *runView) duration() time.Duration {
	if v.StartedAt == nil || v.EndedAt == nil {
		return 0
	}
	return v.EndedAt.Sub(*v.StartedAt)
}
