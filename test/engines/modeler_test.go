package engines_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fairlead-io/fairlead/internal/worker/gateway/pb"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/engines"
)

// What a Modeler saved, whose tasks were made of our templates, is deployed as it
// is and run.
func TestDiagramsOfTheModeler(t *testing.T) {
	dir := diagrams(t)
	if dir == "" {
		return
	}
	onEach(t, func(t *testing.T, e *engines.Engine) {
		c := engines.OpenClouds(t)
		w := engines.StartWorker(t, e, t.TempDir(), "SECRET_MODELER_KEY="+c.S3.AccessKey(), "SECRET_MODELER_SECRET="+c.S3.SecretKey())
		w.Connect(t, "aws-s3", "box", c.S3Settings())
		for _, name := range []string{"ways.bpmn", "actions.bpmn"} {
			raw, err := os.ReadFile(filepath.Join(dir, name))
			apptest.Must(t, err)
			e.DeployXML(&pb.Resource{Name: name, Content: raw})
		}
		vars := map[string]any{
			"endpoint": c.S3.Endpoint(), "region": c.S3.Region(), "bucket": "modeler", "text": "Grüße aus dem Modeler",
			"offer": map[string]any{"camunda.document.type": "inline", "content": "an offer", "name": "offer.txt"},
		}
		checkWays(t, e, vars)
		checkActions(t, e, vars)
	})
}

// diagrams is the folder with what the Modeler saved; without one that
// somebody names, a Modeler is used now.
func diagrams(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("FAIRLEAD_MODELER_XML"); dir != "" {
		return dir
	}
	dir := t.TempDir()
	out, err := exec.Command("../../scripts/test-modeler.sh", "diagrams", dir).CombinedOutput() //nolint:gosec // our own
	if i := strings.Index(string(out), "NOT RUN:"); i >= 0 {
		fmt.Println(string(out[i:])) // the script fails by itself with CI=true
		if err == nil {
			return ""
		}
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

func checkWays(t *testing.T, e *engines.Engine, vars map[string]any) {
	t.Helper()
	instance := e.Start("modeler-ways", vars)
	j := elsewhere(t, e)
	var got struct {
		Action struct {
			Bucket   string         `json:"bucket"`
			Document map[string]any `json:"document"`
		} `json:"action"`
		Discriminator  string            `json:"actionDiscriminator"`
		Authentication map[string]string `json:"authentication"`
	}
	apptest.Must(t, json.Unmarshal(j.GetVariables(), &got))
	if got.Action.Bucket != "modeler" || got.Action.Document["name"] != "offer.txt" || got.Discriminator != "uploadObject" || got.Authentication["accessKey"] != "{{secrets.MODELER_KEY}}" {
		t.Errorf("the job of the hybrid template has %s", j.GetVariables())
	}
	var headers map[string]string
	apptest.Must(t, json.Unmarshal(j.GetCustomHeaders(), &headers))
	if headers["elementTemplateId"] != "io.fairlead.aws-s3-hybrid" || headers["retryBackoff"] != "PT30S" {
		t.Errorf("the job of the hybrid template has the headers %v", headers)
	}
	if got := e.Ended(instance, 30*time.Second); got == "" {
		t.Error("it did not end by its end event")
	}
	for name, want := range map[string]string{
		"text": `"an offer"`, "deleted": `{"bucket":"modeler","key":"in/offer.txt"}`,
		"uploaded": `{"bucket":"modeler","key":"in/offer.txt","link":"https://modeler.s3.amazonaws.com/in/offer.txt"}`,
	} {
		if diff := cmp.Diff(want, e.Variable(instance, name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := e.Variable(instance, "buckets"); !strings.Contains(got, `"Successful"`) || !strings.Contains(got, `"modeler"`) {
		t.Errorf("the list of buckets is %s", got)
	}
}

// elsewhere takes the job whose type was changed in a hybrid template, which our
// worker does not take, and completes it.
func elsewhere(t *testing.T, e *engines.Engine) *pb.ActivatedJob {
	t.Helper()
	conn, err := grpc.NewClient(e.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	apptest.Must(t, err)
	defer func() { _ = conn.Close() }()
	api := pb.NewGatewayClient(conn)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ; ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		jobs, err := api.ActivateJobs(ctx, &pb.ActivateJobsRequest{Type: "io.camunda:aws-s3:elsewhere", Worker: "w", Timeout: 60_000, MaxJobsToActivate: 1, TenantIds: []string{"<default>"}})
		apptest.Must(t, err)
		if got, err := jobs.Recv(); err == nil && len(got.GetJobs()) == 1 {
			j := got.GetJobs()[0]
			_, err := api.CompleteJob(ctx, &pb.CompleteJobRequest{JobKey: j.GetKey(), Variables: []byte("{}")})
			apptest.Must(t, err)
			return j
		}
	}
	t.Fatalf("no job of the hybrid template came: %v", e.Incidents())
	return nil
}

func checkActions(t *testing.T, e *engines.Engine, vars map[string]any) {
	t.Helper()
	got := e.Run("modeler-actions", vars, time.Minute)
	uploaded, _ := got["uploaded"].(map[string]any)
	deleted, _ := got["deleted"].(map[string]any)
	// Without the switch of the template the key would be null.
	if uploaded["key"] != "hello.txt" || deleted["key"] != "hello.txt" || got["got"] != vars["text"] {
		t.Errorf("it ended with uploaded %v, got %v, deleted %v", uploaded, got["got"], deleted)
	}
}
