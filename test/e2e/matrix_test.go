package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead-io/fairlead/connectors/aws/s3"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

// scene is one thing to be shown of a command on every server.
type scene struct {
	command string // display name
	about   string
	seed    bool // an error sample of the documentation that the command follows
	play    func(*stage) *run.Record
	// want is how AWS would have the run end, as people see it: the error in one
	// line, or the verdict. Names of buckets are without the prefix of the test.
	want string
	// unlike says of servers that answer otherwise how, and why.
	unlike map[string]other
}

// other is the answer of a server that is not like AWS in some way. It is
// expected as exactly as AWS's: a server that changes is noticed.
type other struct{ line, why string }

func (s *scene) wanted(server string) string {
	if o, ok := s.unlike[server]; ok {
		return o.line
	}
	return s.want
}

// stage is where a scene plays.
type stage struct {
	*testing.T
	*target
	id string // of the command
}

// run gives the command an input as an identity.
func (st *stage) run(identity string, input map[string]any) *run.Record {
	st.Helper()
	return st.api.Run(st.T, "aws-s3", st.id, apptest.Order{Connection: st.connection(identity), Input: input})
}

// TestCommands plays every scene on every server and prints the matrix.
func TestCommands(t *testing.T) {
	_, missing := servers.AllS3()
	servers.Report(t, missing)
	_, api := apptest.Open(t)
	list := targets(t, api)
	m := &matrix{cells: map[[2]string]string{}}
	t.Run("on", func(t *testing.T) {
		for _, x := range list {
			t.Run(x.server.Name, func(t *testing.T) {
				t.Parallel()
				for _, s := range scenes() {
					m.set(&s, x.server.Name, "FAILED") // unless it comes to its end
					t.Run(s.command+"/"+s.about, func(t *testing.T) { m.set(&s, x.server.Name, play(t, &s, x)) })
				}
			})
		}
	})
	fmt.Print(m.table(list))
}

// play compares how the run ended with what is expected of the server.
func play(t *testing.T, s *scene, x *target) string {
	rec := s.play(&stage{T: t, target: x, id: strings.ReplaceAll(strings.ToLower(s.command), " ", "-")})
	got := strings.ReplaceAll(apptest.Line(rec), x.prefix, "")
	got = strings.ReplaceAll(got, strings.TrimPrefix(x.server.Endpoint, "http://"), "ENDPOINT")
	if want := s.wanted(x.server.Name); got != want {
		t.Errorf("%s says\n  %s\nwant\n  %s", x.server.Name, got, want)
	}
	if rec.State != run.Done {
		t.Errorf("the run is %s", rec.State)
	}
	if rec.Error != nil && rec.Error.FailureIndicator == "" {
		t.Error("no failure indicator")
	}
	switch {
	case t.Failed():
		return "FAILED"
	case rec.Error != nil:
		return fmt.Sprintf("%s %d", short[apptest.Verdict(rec)], rec.Error.StatusCode)
	}
	return short[apptest.Verdict(rec)]
}

var short = map[run.ReturnData]string{run.Successful: "ok", run.PartiallySuccessful: "partial", run.Failed: "failed"}

type matrix struct {
	mu    sync.Mutex
	cells map[[2]string]string
}

func (m *matrix) set(s *scene, server, cell string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[[2]string{s.command + s.about, server}] = cell
}

// table has a row for every scene, and below it what servers say otherwise.
// "seed" marks the error samples of the documentation.
func (m *matrix) table(list []*target) string {
	var b strings.Builder
	ran := []string{}
	for _, x := range list {
		ran = append(ran, x.server.Name)
	}
	row := func(first string, cell func(string) string) {
		fmt.Fprintf(&b, "| %-68s |", first)
		for _, n := range names() {
			fmt.Fprintf(&b, " %-15s |", cell(n))
		}
		b.WriteByte('\n')
	}
	row("command: what", func(n string) string { return n })
	row("---", func(string) string { return "---" })
	var said notes
	for _, s := range scenes() {
		title := s.command + ": " + s.about
		if s.seed {
			title += " (seed)"
		}
		row(title, func(n string) string {
			if !slices.Contains(ran, n) {
				return "NOT RUN"
			}
			cell := m.cells[[2]string{s.command + s.about, n}]
			if o, unlike := s.unlike[n]; unlike {
				cell += fmt.Sprintf(" [%d]", said.add(n, o))
			}
			return cell
		})
	}
	return b.String() + "|\n| Answers unlike AWS's; each is expected exactly as it stands here.\n" + said.String()
}

// notes collects what servers say otherwise, by the reason.
type notes []note

type note struct {
	why            string
	servers, lines []string
}

func (n *notes) add(server string, o other) int {
	i := slices.IndexFunc(*n, func(x note) bool { return x.why == o.why })
	if i < 0 {
		i = len(*n)
		*n = append(*n, note{why: o.why})
	}
	x := &(*n)[i]
	if !slices.Contains(x.servers, server) {
		x.servers = append(x.servers, server)
	}
	if !slices.Contains(x.lines, o.line) {
		x.lines = append(x.lines, o.line)
	}
	return i + 1
}

func (n *notes) String() string {
	var b strings.Builder
	for i, x := range *n {
		fmt.Fprintf(&b, "| [%d] %s: %s\n", i+1, strings.Join(x.servers, ", "), x.why)
		for _, l := range x.lines {
			fmt.Fprintf(&b, "|       %s\n", l)
		}
	}
	return b.String()
}

// TestEveryCommandHasScenes: a command that is added to AWS S3 is shown to
// work and to fail here too.
func TestEveryCommandHasScenes(t *testing.T) {
	for _, c := range s3.Integration().Commands {
		works, fails := false, false
		for _, s := range scenes() {
			works = works || s.command == c.Name && s.want == successful
			fails = fails || s.command == c.Name && s.want != successful
		}
		if !works || !fails {
			t.Errorf("%s: a scene where it works: %v, where it fails: %v", c.Name, works, fails)
		}
	}
}
