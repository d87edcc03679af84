package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairlead-io/fairlead/internal/app"
)

// workerFlags are settings of taking jobs from a Camunda 8 cluster.
var workerFlags = [][2]string{
	{"compat", "version of Camunda's connector runtime to behave as, `VERSION`: 8.7, 8.8, 8.9 or 8.10 (default 8.10)"},
	{"worker-max-jobs", "jobs of all types at a time, as `NUMBER` (default 100; 32 before 8.9)"},
	{"worker-job-timeout", "how long an activation makes a job ours, as `DURATION`; extended while the job is being done (default 1m)"},
	{"worker-name", "`NAME` told to the cluster, one for a whole fleet (default: the connector's)"},
	{"documents", "where new documents are kept: cluster, fairlead, memory, folder:DIR or s3:BUCKET, as `STORE`"},
	{"secrets-dir", "`DIR` with one file a secret for jobs"},
	{"secret-filter", "which secrets jobs may name, as `MODE`: disabled, lax or strict (default lax: those of the deployed model, where it can be read)"},
	{"public-url", "how others reach this server, as `URL`, for links to documents"},
}

const workerText = `Takes the jobs of a Camunda 8 cluster: those of Camunda's Amazon S3 connector
(io.camunda:aws-s3:1), and those of every Fairlead command
(fairlead:<integration>:<command>:1, with the variables connection and params). The cluster is
named by Camunda's own environment variables, such as CAMUNDA_CLIENT_GRPCADDRESS and
CAMUNDA_CLIENT_RESTADDRESS. It serves the API as well, with health and figures at
/actuator/health and /actuator/prometheus, also at SERVER_PORT if that is set.

It runs until it is told to end (Ctrl-C, SIGTERM); jobs that are being done may go on for
as long as --drain says.`

func (p *program) workerCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "worker", Short: "Take jobs of a Camunda 8 cluster", Long: workerText, Args: words()}
	declareServerFlags(cmd.Flags())
	declareWorkerFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		flags := serverSettings(cmd.Flags())
		workerSettings(cmd.Flags(), flags)
		return p.worker(cmd.Context(), flags)
	}
	return cmd
}

func declareWorkerFlags(fs *pflag.FlagSet) {
	for _, f := range workerFlags {
		fs.String(f[0], "", f[1])
	}
}

// workerSettings adds the flags that were given.
func workerSettings(fs *pflag.FlagSet, to map[string]string) {
	for _, f := range workerFlags {
		if fl := fs.Lookup(f[0]); fl.Changed {
			to[f[0]] = fl.Value.String()
		}
	}
}

// workerGC is thrifty's for a worker, which idles most of the time.
const workerGC = 50

func (p *program) worker(ctx context.Context, flags map[string]string) error {
	thrifty(workerGC)
	cfg, err := p.settings(flags)
	if err != nil {
		return err
	}
	a, err := p.openServer(ctx, cfg)
	if err != nil {
		return err
	}
	if err := a.UseWorker(ctx, true); err != nil {
		return err
	}
	return a.Serve(ctx, app.Serving{Name: "worker", Ready: func(url string) error {
		fmt.Fprintln(p.err, "Fairlead takes jobs, and serves "+url)
		return nil
	}})
}
