package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// terminal is a program with a person in front of it.
type terminal struct {
	t       *testing.T
	control *os.File
	cmd     *exec.Cmd
	done    chan struct{}
	mu      sync.Mutex
	screen  bytes.Buffer
}

// openTerminal starts this test binary as the program, on a terminal.
func openTerminal(t *testing.T, data string, args ...string) *terminal {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("no pseudo terminal: %v", err)
	}
	t.Cleanup(func() { _ = control.Close() })
	fd := int(control.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	term := &terminal{t: t, control: control, done: make(chan struct{})}
	term.cmd = exec.CommandContext(t.Context(), os.Args[0])
	term.cmd.Args = append([]string{"fairlead"}, args...)
	term.cmd.Env = []string{"HOME=" + data, "FAIRLEAD_DATA=" + data, "TERM=xterm"}
	term.cmd.Stdin, term.cmd.Stdout, term.cmd.Stderr = tty, tty, tty
	term.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := term.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go term.watch()
	return term
}

func (m *terminal) watch() {
	defer close(m.done)
	buf := make([]byte, 4096)
	for {
		n, err := m.control.Read(buf)
		m.mu.Lock()
		m.screen.Write(buf[:n])
		m.mu.Unlock()
		if err != nil {
			return // the program has ended
		}
	}
}

func (m *terminal) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.screen.String()
}

// answer types a line when a question is on the screen.
func (m *terminal) answer(question, line string) {
	m.t.Helper()
	for range 1000 {
		if strings.Contains(m.text(), question) {
			if _, err := m.control.WriteString(line + "\n"); err != nil {
				m.t.Fatal(err)
			}
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	m.t.Fatalf("the question %q does not appear:\n%s", question, m.text())
}

// end waits for the program, whose exit status must be want.
func (m *terminal) end(want int) string {
	m.t.Helper()
	_ = m.cmd.Wait() // what counts is the status
	<-m.done
	if got := m.cmd.ProcessState.ExitCode(); got != want {
		m.t.Errorf("exit status %d, want %d:\n%s", got, want, m.text())
	}
	return m.text()
}

func TestPersonIsAsked(t *testing.T) {
	t.Parallel()
	s, err := s3sim.Start(t.Context(), s3sim.Options{Dir: t.TempDir(), AccessKey: "AKIAPERSONSACCESSKEY", SecretKey: "typed/Secret+Key=0123456789abcdefABCDE"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	data := t.TempDir()

	add := openTerminal(t, data, "connections", "add", "aws-s3", "--name", "box", "--endpoint-url", s.Endpoint())
	add.answer("Access Key: ", s.AccessKey())
	add.answer("Secret Key: ", s.SecretKey())
	if screen := add.end(0); strings.Contains(screen, s.SecretKey()) || !strings.Contains(screen, "Added connection box") {
		t.Errorf("secrets are asked for and not shown:\n%s", screen)
	}
	create := openTerminal(t, data, "run", "aws-s3", "create-buckets", "--bucket-names", "asked-box")
	if screen := create.end(0); !strings.Contains(screen, "\x1b[1mBucket") {
		t.Errorf("no colour on a terminal:\n%q", screen)
	}
	for _, args := range [][]string{
		{"run", "aws-s3", "delete-buckets", "--bucket-names", "asked-box"},
		{"connections", "delete", "box"},
	} {
		refuse := openTerminal(t, data, args...)
		refuse.answer("[y/N] ", "")
		if screen := refuse.end(130); !strings.Contains(screen, "Nothing was done.") {
			t.Errorf("%v:\n%s", args, screen)
		}
		agree := openTerminal(t, data, args...)
		agree.answer("[y/N] ", "y")
		agree.end(0)
	}
}

func TestNobodyIsAskedForADryRunOrWithYes(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	openTerminal(t, data, "run", "utilities", "delete-files", "--file-ids", "7", "--dry-run").end(0)
	openTerminal(t, data, "run", "utilities", "delete-files", "--file-ids", "7", "--yes").end(6)
	openTerminal(t, data, "files", "delete", "7", "-y").end(6)
}
