package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/run"
)

// bench is a program with its streams in memory.
type bench struct {
	*program
	out, err bytes.Buffer
	clock    time.Time
}

func newBench(t *testing.T, env ...string) *bench {
	t.Helper()
	b := &bench{clock: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	b.program = newProgram(Process{
		Env: append([]string{"FAIRLEAD_DATA=" + t.TempDir()}, env...), Home: t.TempDir(), In: strings.NewReader(""), Out: &b.out, Err: &b.err,
		Now: func() time.Time { return b.clock },
	})
	t.Cleanup(func() {
		if err := b.close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestProgressLines(t *testing.T) {
	b := newBench(t)
	g := b.newProgress("Upload Files")
	for _, at := range []struct {
		after time.Duration
		want  string
		why   string
	}{
		{time.Second, "", "a short run says nothing"},
		{3 * time.Second, "Upload Files: 1 of 4 items, 1 failed, 1.0 KiB of 2.0 KiB, 512 B/s, 2s left\n", "a long one says how far it is"},
		{4 * time.Second, "", "but not all the time"},
		{9 * time.Second, "Upload Files: 1 of 4 items, 1 failed, 1.0 KiB of 2.0 KiB, 512 B/s, 2s left\n", "only now and then"},
	} {
		b.err.Reset()
		b.clock = g.began.Add(at.after)
		g.update(&run.Progress{ItemsTotal: 4, ItemsFailed: 1, Bytes: 1024, BytesTotal: 2048, Rate: 512, RemainingMs: 2000})
		if got := b.err.String(); got != at.want {
			t.Errorf("%s: got %q, want %q", at.why, got, at.want)
		}
	}
	g.close()
}

func TestProgressBar(t *testing.T) {
	b := newBench(t)
	b.errTTY = true
	g := b.newProgress("Download Files")
	b.clock = b.clock.Add(3 * time.Second)
	for _, now := range []run.Progress{{ItemsTotal: 4, ItemsDone: 1}, {ItemsTotal: 4, ItemsDone: 2, Bytes: 1 << 20, BytesTotal: 2 << 20}, {Bytes: 5}} {
		g.update(&now)
	}
	g.close()
	got := b.err.String()
	for _, want := range []string{"Download Files", "25%", "50%", "1.0/2.0 MiB"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if strings.Contains(got, "\n") {
		t.Errorf("the bar leaves lines behind: %q", got)
	}
}

// stream answers a run with pieces of an event stream, then breaks off.
func stream(t *testing.T, pieces ...string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, p := range pieces {
			_, _ = io.WriteString(w, p)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestFollow(t *testing.T) {
	const begun = "event: begun\ndata: {\"type\":\"begun\",\"run\":{\"runId\":\"r1\"}}\n\n"
	for _, c := range []struct {
		why    string
		pieces []string
		want   string
		kind   connector.Kind
		fix    string
	}{
		{"the end is the run", []string{begun, ": still here\n\n", "event: item\ndata: {\"type\":\"item\"}\n\n", "data: {\"type\":\"end\",\"run\":{\"runId\":\"r1\",\"rawData\":1.50}}\n\n"}, `{"runId":"r1","rawData":1.50}`, "", ""},
		{"no end", []string{begun}, "", connector.Unavailable, "fairlead runs show r1"},
		{"no begin either", nil, "", connector.Unavailable, "fairlead runs list"},
		{"no JSON", []string{begun, "data: {\n\n"}, "", connector.Unavailable, "fairlead runs show r1"},
	} {
		b := newBench(t, "FAIRLEAD_SERVER="+stream(t, c.pieces...).URL, "FAIRLEAD_TOKEN=x")
		raw, err := b.follow(t.Context(), "Test", apiRequest{method: http.MethodPost, path: "/runs"})
		if string(raw) != c.want {
			t.Errorf("%s: got %s, want %s", c.why, raw, c.want)
		}
		if e := connector.AsError(err); e != nil && (e.Kind != c.kind || !strings.Contains(e.Fix, c.fix)) || (e == nil) != (c.kind == "") {
			t.Errorf("%s: got %+v", c.why, e)
		}
	}
}

func TestYAMLKeepsWhatJSONSays(t *testing.T) {
	raw := `{"z":1,"a":12345678901234567890,"f":1.50,"e":[],"o":{},"none":null,"t":true,"s":"true","m":"two\nlines","u":"\ud83d\ude00","l":[[1,"x"],{"k":"v"}]}`
	var b bytes.Buffer
	if err := formatYAML.write(&b, json.RawMessage(raw)); err != nil {
		t.Fatal(err)
	}
	want := "z: 1\na: 12345678901234567890\nf: 1.50\ne: []\no: {}\nnone: null\nt: true\ns: \"true\"\nm: |-\n  two\n  lines\nu: \"\\U0001F600\"\nl:\n  - - 1\n    - x\n  - k: v\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain äöü 漢字":         "plain äöü 漢字",
		"\x1b[31mred":          "\uFFFD[31mred",
		"two\nlines\tand more": "two lines and more",
		"a\u202egpj.exe":       "a\uFFFDgpj.exe",
		"\u009b2J":             "\uFFFD2J",
	} {
		if got := visible(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestTableAlignsWhatTerminalsShow(t *testing.T) {
	b := newBench(t)
	tab := newTable("Name", "Empty", "Size").numbers(2)
	tab.add("漢字", "", "5")
	tab.add("abc", "", "123")
	b.table(tab.dropEmpty())
	if diff := cmp.Diff("Name  Size\n漢字     5\nabc    123\n", b.out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestShellWord(t *testing.T) {
	for _, in := range []string{"plain", "", "with space", "it's", "$HOME`x`", "a;b|c&d", "*", "Müll", "new\nline"} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+shellWord(in)).Output()
		if err != nil || string(out) != in {
			t.Errorf("%q: a shell makes %q of it, %v", in, out, err)
		}
	}
}

func TestSafeBase(t *testing.T) {
	for in, want := range map[string]string{"a.txt": "a.txt", "../../etc/passwd": "passwd", `..\..\x.txt`: "x.txt", "..": "file", "": "file", "/": "file"} {
		if got := safeBase(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

type clashing struct {
	Data   string           `json:"data,omitempty" label:"Data" doc:"Like a global flag."`
	Yes    bool             `json:"yes,omitempty" label:"Yes" doc:"Like a flag of run."`
	Help   string           `json:"help,omitempty" label:"Help" doc:"Like cobra's."`
	Tags   map[string]int   `json:"tags,omitempty" label:"Tags" doc:"Key and number."`
	Any    any              `json:"any,omitempty" label:"Any" doc:"Whatever."`
	Secret connector.Secret `json:"secret,omitempty" label:"Secret" doc:"Hidden."`
}

// A parameter must not take a flag away that means something else.
func TestFlagsOfParametersThatClash(t *testing.T) {
	in, err := schema.For[clashing]()
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	root := b.root()
	runCmd, _, err := root.Find([]string{"run"})
	if err != nil {
		t.Fatal(err)
	}
	cmd := &cobra.Command{Use: "test", RunE: func(*cobra.Command, []string) error { return nil }}
	ps := addParams(cmd, in, b.reserved(runCmd.PersistentFlags()))
	runCmd.AddCommand(cmd)
	root.SetArgs([]string{"run", "test", "--param-data", "mine", "--param-yes", "--param-help=h", "--tags", "a=1", "--tags", "b=2", "--any", `{"x":[1]}`, "--yes", "--data", "elsewhere"})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := ps.object(b.program, map[string]json.RawMessage{"DATA": json.RawMessage(`"whole"`), "other": json.RawMessage("1")})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := encode(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"any":{"x":[1]},"data":"mine","help":"h","other":1,"tags":{"a":1,"b":2},"yes":true}`
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Error(diff)
	}
	if b.global.data != "elsewhere" {
		t.Errorf("--data is %q", b.global.data)
	}
}

func TestExitStatusOfRuns(t *testing.T) {
	failed, partly, fine := run.Failed, run.PartiallySuccessful, run.Successful
	for _, c := range []struct {
		v    runView
		want int
	}{
		{runView{State: run.Queued}, 0},
		{runView{State: run.Running}, 0},
		{runView{State: run.Done, ReturnData: &fine}, 0},
		{runView{State: run.Done, ReturnData: &partly, Error: &run.ErrorView{Kind: connector.NotFound}}, 3},
		{runView{State: run.Canceled, ReturnData: &failed, Error: &run.ErrorView{Kind: connector.Canceled}}, 130},
		{runView{State: run.Unknown, Error: &run.ErrorView{Kind: connector.Unavailable}}, 9},
		{runView{State: run.Done, ReturnData: &failed}, 1},
	} {
		if got := c.v.exitStatus(); got != c.want {
			t.Errorf("%s %v: got %d, want %d", c.v.State, c.v.Error, got, c.want)
		}
	}
	for _, k := range connector.Kinds() {
		v := runView{State: run.Done, ReturnData: &failed, Error: &run.ErrorView{Kind: k}}
		if got := v.exitStatus(); got != k.ExitStatus() {
			t.Errorf("%s: got %d, want %d", k, got, k.ExitStatus())
		}
	}
}

func TestManyFailingItems(t *testing.T) {
	b := newBench(t)
	failed := run.Failed
	v := &runView{RunID: "r1", State: run.Done, ReturnData: &failed, Error: &run.ErrorView{FailureIndicator: "Test failed.", StatusCode: 404, Message: "Item 0 is gone.", Kind: connector.NotFound}}
	for i := range 30 {
		v.Error.Items = append(v.Error.Items, run.ErrorItemView{Item: fmt.Sprint(i), Message: fmt.Sprintf("Item %d is gone.", i), StatusCode: 404, Code: "Gone", Operation: "Get", RequestID: "q", Fix: "Look."})
	}
	b.sayError(&b.err, v, b.onErr)
	got := strings.Split(b.err.String(), "\n")
	if got[0] != "Test failed. Status Code: 404. Message: Item 0 is gone." || got[1] != "  0 (Get, Gone, status 404, request q)" || got[3] != "  1: Item 1 is gone. (Get, Gone, status 404, request q)" {
		t.Errorf("got %q", got[:4])
	}
	if strings.Count(b.err.String(), "Fix: Look.") != 1 || !strings.Contains(b.err.String(), "  and 10 more: fairlead runs show r1 -o json\n") {
		t.Errorf("got %s", b.err.String())
	}
}
