package lock_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/lock"
)

const holdEnv = "FAIRLEAD_TEST_HOLD_LOCK"

// TestMain lets the test binary stand in for a second process that holds the lock until it is killed.
func TestMain(m *testing.M) {
	dir := os.Getenv(holdEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	l, err := lock.Acquire(dir)
	if err == nil {
		err = l.SetURL("http://127.0.0.1:7070")
	}
	if err != nil {
		fmt.Fprintln(os.Stdout, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, "held")
	select {}
}

func TestSecondLockNamesTheOwner(t *testing.T) {
	dir := t.TempDir()
	l := acquire(t, dir)
	if err := l.SetURL("https://fairlead.example:8443/some/longer/path"); err != nil {
		t.Fatal(err)
	}
	if err := l.SetURL("http://127.0.0.1:1"); err != nil { // shorter than before: no tail may be left
		t.Fatal(err)
	}
	_, err := lock.Acquire(dir)
	held, ok := errors.AsType[*lock.HeldError](err)
	if !ok {
		t.Fatalf("second Acquire: got %v, want a HeldError", err)
	}
	if held.URL != "http://127.0.0.1:1" || held.PID != os.Getpid() {
		t.Errorf("owner: got %+v, want our pid and URL", held)
	}
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want kind Conflict", err)
	}
	if !strings.Contains(err.Error(), "http://127.0.0.1:1") {
		t.Errorf("message %q does not name the URL", err)
	}
}

func TestReleaseGivesTheFolderBack(t *testing.T) {
	dir := t.TempDir()
	if err := acquire(t, dir).Release(); err != nil {
		t.Fatal(err)
	}
	acquire(t, dir)
}

func TestOwnerWithoutURL(t *testing.T) {
	dir := t.TempDir()
	acquire(t, dir)
	_, err := lock.Acquire(dir)
	if held, ok := errors.AsType[*lock.HeldError](err); !ok || held.URL != "" || held.PID != os.Getpid() {
		t.Fatalf("got %v, want a HeldError with our pid and no URL", err)
	}
	if strings.Contains(err.Error(), "--server") {
		t.Errorf("message %q offers a server that is not there", err)
	}
}

func TestMissingFolder(t *testing.T) {
	if _, err := lock.Acquire(t.TempDir() + "/none"); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v, want kind Unavailable", err)
	}
}

// A killed process leaves the file behind, with its URL in it; the folder must be free all the same.
func TestKilledOwnerFreesTheFolder(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), holdEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "held\n" {
		t.Fatalf("other process says %q, %v", line, err)
	}
	_, err = lock.Acquire(dir)
	held, ok := errors.AsType[*lock.HeldError](err)
	if !ok || held.PID != cmd.Process.Pid || held.URL != "http://127.0.0.1:7070" {
		t.Errorf("got %v, want the other process as owner", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // reports the kill
	acquire(t, dir)
}

func acquire(t *testing.T, dir string) *lock.Lock {
	t.Helper()
	l, err := lock.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Release() }) // a second release of a closed file is harmless here
	return l
}
