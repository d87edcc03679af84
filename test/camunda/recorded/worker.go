package recorded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Worker is the runtime under test: a process.
type Worker struct {
	PID     int
	Started time.Time
	Streams time.Duration // from the start until it had opened its streams
	Log     string        // the file of its output

	child *child
}

// Env is the environment that each runtime gets: the variables by which Camunda's
// own are set up, and nothing of ours.
func (w *World) Env(home string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8",
		"CAMUNDA_CLIENT_MODE=self-managed", "CAMUNDA_CLIENT_AUTH_METHOD=none",
		"CAMUNDA_CLIENT_GRPCADDRESS=http://" + w.GatewayAt, "CAMUNDA_CLIENT_RESTADDRESS=http://" + w.Places.Documents,
		"CAMUNDA_CONNECTOR_POLLING_ENABLED=false", "CAMUNDA_CONNECTOR_WEBHOOK_ENABLED=false",
		"AWS_ENDPOINT_URL_S3=http://" + w.Places.S3, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// Work starts a runtime and waits until it streams jobs of each type. A variable
// that is given twice counts as it was given last.
func (w *World) Work(ctx context.Context, command, env []string, log string, types ...string) (*Worker, error) {
	f, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer f.Close() // the child has its own
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, f, f
	worker := &Worker{Started: time.Now(), Log: log}
	if worker.child, err = startChild(cmd); err != nil {
		return nil, err
	}
	worker.PID = cmd.Process.Pid
	err = worker.child.until(ctx, 2*time.Minute, func() bool { return w.streaming(types) })
	if err != nil {
		worker.Stop()
		return nil, fmt.Errorf("%s opened no stream of jobs: %w\n%s", strings.Join(command, " "), err, worker.logEnd())
	}
	worker.Streams = time.Since(worker.Started)
	return worker, nil
}

func (w *World) streaming(types []string) bool {
	for _, t := range types {
		if w.Gateway.Streams(t) == 0 {
			return false
		}
	}
	return true
}

// Stop ends the runtime as a cluster does: it may finish what it has begun.
func (w *Worker) Stop() { w.child.stop(20 * time.Second) }

func (w *Worker) logEnd() string {
	b, err := os.ReadFile(w.Log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-4000):])
}
