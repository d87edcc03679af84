// Command console-server serves the console over a made-up integration and,
// where asked, many runs or the jobs of a cluster. Browser tests use it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/web"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	listen := flag.String("listen", "127.0.0.1:0", "address")
	data := flag.String("data", "", "data folder")
	ready := flag.String("ready-file", "", "file that tells the address")
	runs := flag.Int("runs", 0, "how many runs there are")
	withCluster := flag.Bool("cluster", false, "take the jobs of a Camunda cluster in this process")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	cfg, err := config.Load(config.Source{Env: os.Environ(), Flags: map[string]string{"listen": *listen, "data": *data, "ready-file": *ready, "drain": "5s"}})
	if err != nil {
		return err
	}
	options := []app.Option{app.WithIntegrations(harbour()), app.WithStatic(web.Handler()), app.WithVersion(app.BuildVersion())}
	if *withCluster {
		c, err := startCluster()
		if err != nil {
			return err
		}
		defer c.close()
		options = append(options, app.WithEnv(c.lookup))
	}
	a, err := app.Open(context.WithoutCancel(ctx), cfg, options...)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close(context.WithoutCancel(ctx)) }()
	if *withCluster {
		if err := a.UseWorker(ctx, false); err != nil {
			return err
		}
	}
	if err := fill(ctx, a.Store, *runs); err != nil {
		return err
	}
	return a.Serve(ctx, app.Serving{Name: "console tests"})
}

const batch = 500

// fill records runs as if they had ended one a minute until now.
func fill(ctx context.Context, st *store.Store, n int) error {
	begin := time.Now().Add(-time.Duration(n) * time.Minute)
	for i := 0; i < n; {
		var b store.Batch
		for ; i < n && len(b.InsertRuns) < batch; i++ {
			b.InsertRuns = append(b.InsertRuns, runAt(i, begin.Add(time.Duration(i)*time.Minute)))
		}
		if err := st.Submit(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func runAt(i int, at time.Time) *store.Run {
	verdicts := []string{"Successful", "Successful", "Partially Successful", "Failed"}
	verdict := verdicts[i%len(verdicts)]
	made, ended := store.Micros(at), store.Micros(at.Add(1234*time.Millisecond))
	r := &store.Run{
		ID: store.NewID(), Tenant: authz.DefaultTenant, Integration: "harbour", Command: "write-manifests", ConnectionName: fmt.Sprintf("pier %d", i%7),
		Origin: "api", Actor: "local", ActorName: "harbour master", CreatedAt: made, StartedAt: &made, EndedAt: &ended, State: "done", ReturnData: &verdict,
		InputRedacted: []byte(`{"ships":["Aurora"]}`), ItemsTotal: 4, ItemsDone: 3, ItemsFailed: 1, NodeID: "test",
		Output: []byte(`{"rawData":{"Ships":[]},"keyFields":{},"result":{"columns":[],"rows":[]},"outputData":{}}`),
	}
	if verdict == "Failed" {
		r.Error, _ = json.Marshal(map[string]any{"failureIndicator": "Write Manifests failed.", "statusCode": 404, "message": "There is no such ship.", "kind": connector.NotFound, "items": []any{}})
	}
	return r
}
