package egress

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// insideEnv marks the child, which runs in a network of its own where every
// address there is leads to this machine: what gets past the rules is seen by a
// listener, and nothing can leave.
const insideEnv = "FAIRLEAD_TEST_INSIDE"

func TestMain(m *testing.M) {
	if os.Getenv(insideEnv) != "" {
		if err := everyAddressIsHere(); err != nil {
			fmt.Fprintln(os.Stderr, "no network:", err)
			os.Exit(noNetwork)
		}
	}
	os.Exit(m.Run())
}

const noNetwork = 69

// outside tells that a test which belongs into the child runs in the parent.
func outside() bool { return os.Getenv(insideEnv) == "" }

func everyAddressIsHere() error {
	for _, line := range []string{
		"link set lo up",
		"route add local 0.0.0.0/0 dev lo",
		"-6 route add local ::/0 dev lo",
	} {
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", line, err, out)
		}
	}
	return nil
}

// TestHostileAddresses runs the attacks in a child.
func TestHostileAddresses(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestInside", "-test.v")
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	if os.Getuid() == 0 { // user namespaces may be off, and root needs none
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() == noNetwork {
		fmt.Printf("NOT RUN: hostile addresses: no network of its own could be made: %v %s\n", err, out)
		if os.Getenv("CI") == "true" {
			t.Fail()
		}
		return
	}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, "FIGURE:") {
			fmt.Println(line)
		}
	}
	if err != nil || !bytes.Contains(out, []byte("FIGURE:")) {
		t.Errorf("%v\n%s", err, out)
	}
}
