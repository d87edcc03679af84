package feel

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// oracleProcess is the reference engine, running beside the test.
type oracleProcess struct {
	classPath string
	limit     time.Duration // for one question
	cmd       *exec.Cmd
	in        io.WriteCloser
	out       *bufio.Reader
	next      int
}

// question is one expression for both engines.
type question struct {
	ID      int             `json:"id"`
	Expr    string          `json:"expr"`
	Unary   bool            `json:"unary"`
	Context json.RawMessage `json:"context,omitempty"`
	Vars    []varText       `json:"vars,omitempty"`
}

type varText struct {
	Name string `json:"name"`
	Expr string `json:"expr"`
}

type reply struct {
	ID         int
	OK         bool
	Kind       string
	Value      json.RawMessage
	Stage      string
	Error      string
	Suppressed []string
}

// notRun says so, and fails where the continuous integration has to run it.
func notRun(t testing.TB, what string, reason any) {
	fmt.Printf("NOT RUN: %s: %v\n", what, reason)
	if os.Getenv("CI") == "true" {
		t.Errorf("%s did not run: %v", what, reason)
	}
}

// startOracle builds and starts the reference engine; nil where it cannot.
func startOracle(t testing.TB, what string, limit time.Duration) *oracleProcess {
	script := exec.CommandContext(t.Context(), "../test/servers/feel-oracle.sh")
	var problem strings.Builder
	script.Stderr = &problem
	out, err := script.Output()
	if err != nil {
		notRun(t, what, fmt.Sprint(err, ": ", lastLine(problem.String())))
		return nil
	}
	o := &oracleProcess{classPath: strings.TrimSpace(string(out)), limit: limit}
	o.start(t)
	t.Cleanup(o.stop)
	return o
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

func (o *oracleProcess) start(t testing.TB) {
	t.Helper()
	o.cmd = exec.Command("java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", fmt.Sprintf("-Dlimit.ms=%d", o.limit.Milliseconds()), "-cp", o.classPath, "Main")
	o.cmd.Stderr = os.Stderr
	in, err1 := o.cmd.StdinPipe()
	out, err2 := o.cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o.in, o.out = in, bufio.NewReaderSize(out, 1<<20)
}

func (o *oracleProcess) stop() {
	_ = o.in.Close()
	done := make(chan struct{})
	go func() { _ = o.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		_ = o.cmd.Process.Kill()
		<-done
	}
}

// askAll sends all questions at once and returns the answers in their order. A process
// that gives up on one question is started anew for the rest.
func (o *oracleProcess) askAll(t testing.TB, qs []question) []reply {
	t.Helper()
	for i := range qs {
		o.next++
		qs[i].ID = o.next
	}
	replies := make([]reply, 0, len(qs))
	for len(replies) < len(qs) {
		replies = o.askSome(t, qs, replies)
	}
	return replies
}

func (o *oracleProcess) askSome(t testing.TB, qs []question, replies []reply) []reply {
	rest := qs[len(replies):]
	go func(in io.Writer) {
		w := bufio.NewWriterSize(in, 1<<20)
		enc := json.NewEncoder(w)
		for _, q := range rest {
			if enc.Encode(q) != nil {
				return
			}
		}
		_ = w.Flush()
	}(o.in)
	for _, q := range rest {
		line, err := o.out.ReadBytes('\n')
		if err != nil {
			t.Logf("the reference engine ended: %v", err)
			o.stop()
			o.start(t)
			if len(line) == 0 {
				return append(replies, reply{ID: q.ID, Stage: "crash", Error: "the process ended"})
			}
			return replies
		}
		var r reply
		if err := json.Unmarshal(line, &r); err != nil || r.ID != q.ID {
			t.Fatalf("answer %s to question %d: %v", line, q.ID, err)
		}
		if replies = append(replies, r); r.Stage == "timeout" {
			o.stop()
			o.start(t)
			return replies
		}
	}
	return replies
}

// answer is the reply in the form in which answers are compared.
func (r *reply) answer(t testing.TB) answer {
	if !r.OK {
		a := answer{err: r.Stage, message: r.Error}
		if i := strings.Index(r.Error, "Assertion failure on evaluate the expression"); r.Stage == "eval" && i >= 0 {
			a.err = "assert"
		}
		return a
	}
	value := r.Value
	if value == nil {
		value = json.RawMessage("null")
	}
	a := answer{typed: decodeTyped(t, fmt.Appendf(nil, `{"kind":%q,"value":%s}`, r.Kind, value))}
	return a
}
