package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/web"
)

// serverFlags are settings that a server takes as flags.
var serverFlags = [][2]string{
	{"listen", "address to listen on, `HOST:PORT`; port 0 takes a free one (default " + config.DefaultListen + ")"},
	{"ready-file", "`FILE` to write address and token to when ready"},
	{"tls-cert", "PEM `FILE` with the certificate; read again when it changes"},
	{"tls-key", "PEM `FILE` with the certificate's key"},
	{"behind-proxy", "networks of proxies in front, as `CIDR`, separated by commas"},
	{"run-timeout", "limit of a run that names none, as `DURATION`"},
	{"drain", "how long runs may go on after a signal to end, as `DURATION` (default 30s)"},
	{"max-upload", "largest file taken, as `SIZE`"},
	{"log-level", "debug, info, warn or error, as `LEVEL`"},
	{"log-format", "text or json, as `FORMAT`"},
}

func declareServerFlags(fs *pflag.FlagSet) {
	fs.SortFlags = false
	for _, f := range serverFlags {
		fs.String(f[0], "", f[1])
	}
}

// serverSettings are the flags that were given.
func serverSettings(fs *pflag.FlagSet) map[string]string {
	out := map[string]string{}
	for _, f := range serverFlags {
		if fl := fs.Lookup(f[0]); fl.Changed {
			out[f[0]] = fl.Value.String()
		}
	}
	return out
}

const serveText = `Serves the API until it is told to end (Ctrl-C). The first start makes a token with all
scopes and prints it once, on standard error. Plain HTTP is served on this machine only;
beyond it, give --tls-cert and --tls-key, or --behind-proxy.

When the environment names a Camunda 8 cluster, its jobs are taken too, as "fairlead worker"
does; --worker off keeps from that.`

func (p *program) serveCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "Serve the API", Long: serveText, Args: words()}
	declareServerFlags(cmd.Flags())
	mode := cmd.Flags().String("worker", "", "whether to take jobs of a Camunda 8 cluster, as `MODE`: auto, on or off (default auto: when the environment names one)")
	declareWorkerFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		flags := serverSettings(cmd.Flags())
		workerSettings(cmd.Flags(), flags)
		if *mode != "" {
			flags["worker"] = *mode
		}
		cfg, err := p.settings(flags)
		if err != nil {
			return err
		}
		return p.serve(cmd.Context(), cfg)
	}
	return cmd
}

func (p *program) serve(ctx context.Context, cfg config.Config) error {
	a, err := p.openServer(ctx, cfg)
	if err != nil {
		return err
	}
	wanted, err := a.WantsWorker()
	if err == nil && wanted {
		err = a.UseWorker(ctx, false)
	}
	if err != nil {
		return err
	}
	return a.Serve(ctx, app.Serving{Name: "serve", Ready: func(url string) error {
		fmt.Fprintln(p.err, "Fairlead serves "+url)
		return nil
	}})
}

// openServer opens the data folder for a server. When the program ends, runs
// may go on as long as the settings say.
func (p *program) openServer(ctx context.Context, cfg config.Config) (*app.App, error) {
	a, err := app.Open(context.WithoutCancel(ctx), cfg, app.WithVersion(p.version), app.WithStatic(web.Handler()))
	if err != nil {
		return nil, err
	}
	p.onClose(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.Drain)
		defer cancel()
		return a.Close(ctx)
	})
	owner, err := a.OwnerToken(ctx)
	if err != nil {
		return nil, err
	}
	if !owner.Empty() {
		fmt.Fprintf(p.err, "Owner token, with all scopes, shown this once: %s\n", owner.Reveal())
	}
	return a, nil
}
