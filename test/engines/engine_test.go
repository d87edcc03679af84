package engines_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/test/engines"
	"github.com/fairlead-io/fairlead/test/servers"
)

func TestMain(m *testing.M) { engines.Main(m) }

// onEach runs a test on every engine.
func onEach(t *testing.T, test func(*testing.T, *engines.Engine)) {
	t.Helper()
	running, missing := servers.AllCamunda()
	servers.Report(t, missing)
	for _, c := range running {
		t.Run(c.Version, func(t *testing.T) { test(t, engines.Open(t, c)) })
	}
}

// The tools of this package, with a worker of a few lines: what they say of a
// process is what the engine did.
func TestTheEngineIsReadRight(t *testing.T) {
	onEach(t, func(t *testing.T, e *engines.Engine) {
		e.Deploy(engines.Process{ID: "p", Tasks: []engines.Task{
			{ID: "one", Type: "t", Retries: "1", Inputs: map[string]string{"x": "=a + 1"}, Headers: map[string]string{"h": "v"}, Catch: "E1", CatchOutputs: map[string]string{"=why": "why"}},
		}})
		conn, err := grpc.NewClient(e.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		api := pb.NewGatewayClient(conn)
		failing := e.Start("p", map[string]any{"a": 1})
		j := take(t, api)
		if _, err := api.FailJob(t.Context(), &pb.FailJobRequest{JobKey: j.GetKey(), ErrorMessage: "no"}); err != nil {
			t.Fatal(err)
		}
		i := e.AwaitIncident(10 * time.Second)
		if i.ElementID != "one" || i.ErrorMessage != "no" {
			t.Errorf("got %+v", i)
		}
		e.Resolve(i, 1)
		if _, err := api.ThrowError(t.Context(), &pb.ThrowErrorRequest{JobKey: take(t, api).GetKey(), ErrorCode: "E1", Variables: []byte(`{"why":"because"}`)}); err != nil {
			t.Fatal(err)
		}
		if got := e.Ended(failing, 10*time.Second); got != "caught_one" || e.Variable(failing, "why") != `"because"` {
			t.Errorf("it ended at %s with %s", got, e.Variable(failing, "why"))
		}
		if diff := cmp.Diff([]string{"CREATED", "FAILED", "RETRIES_UPDATED", "ERROR_THROWN"}, e.JobIntents("t")); diff != "" {
			t.Error(diff)
		}
	})
}

func take(t *testing.T, api pb.GatewayClient) *pb.ActivatedJob {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		jobs, err := api.ActivateJobs(ctx, &pb.ActivateJobsRequest{Type: "t", Worker: "w", Timeout: 60_000, MaxJobsToActivate: 1, TenantIds: []string{"<default>"}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := jobs.Recv(); err == nil && len(got.GetJobs()) == 1 {
			return got.GetJobs()[0]
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("no job came")
	return nil
}
