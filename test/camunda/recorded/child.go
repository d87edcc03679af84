package recorded

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a process of ours. It does not outlive us.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// startChild starts a process from a thread that stays for as long as it lives: its
// end is what tells the kernel to end the child too.
func startChild(cmd *exec.Cmd) (*child, error) {
	dieWithParent(cmd)
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(c.done)
		}
	}()
	return c, <-started
}

// until waits for something that the child does.
func (c *child) until(ctx context.Context, most time.Duration, is func() bool) error {
	end := time.After(most)
	for !is() {
		select {
		case <-c.done:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return fmt.Errorf("gave up after %s", most)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// stop asks the child to end, and makes it after a while.
func (c *child) stop(most time.Duration) {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(most):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}
