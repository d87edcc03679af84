package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/catalog"
)

// runOptions are the flags of every command of every integration.
type runOptions struct {
	connection  string
	input       string
	dryRun      bool
	timeout     time.Duration
	yes         bool
	async       bool
	idempotency string
	reference   string
}

const runText = `Runs one command of an integration and prints its run.

A text flag takes "@FILE" or "-" (standard input) for its content, and "@@x" for the text "@x";
of a list flag, the content is one element a line. Lists are separated by commas (",," is a
comma in an element), or the flag is repeated. Secrets are never part of the command line: they
come from a file (--NAME-file PATH|-), the environment (FAIRLEAD_PARAM_NAME), or are asked for.
--input takes the parameters as one JSON object; flags go over it.

With -o json or yaml the run is printed as one object. If no run was made, the object is the
problem: {"title","status","detail","kind","fix","errors"}.`

func (p *program) runCmd() *cobra.Command {
	o := &runOptions{}
	known := knownIntegrations()
	cmd := &cobra.Command{
		Use: "run INTEGRATION COMMAND [flags]", Short: "Run a command", Long: runText,
		Args: noSuch(func(id string) error { _, err := known.Integration(id); return err }), RunE: missing("INTEGRATION"), FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}
	fs := cmd.PersistentFlags()
	fs.SortFlags = false
	fs.StringVar(&o.connection, "connection", "", "name of the connection; may be left out where exactly one fits")
	fs.StringVar(&o.input, "input", "", "`FILE|-` with the parameters as a JSON object")
	fs.BoolVar(&o.dryRun, "dry-run", false, "say what would be done, and send only reads")
	fs.DurationVar(&o.timeout, "timeout", 0, "time limit, such as 90s")
	fs.BoolVarP(&o.yes, "yes", "y", false, "do not ask before something is deleted")
	fs.BoolVar(&o.async, "async", false, "do not wait for the end (with a server)")
	fs.StringVar(&o.idempotency, "idempotency-key", "", "a repeat with the same key gives the first run")
	fs.StringVar(&o.reference, "external-ref", "", "a reference of your own, kept with the run")
	_ = cmd.RegisterFlagCompletionFunc("connection", p.completeConnections)
	reserved := p.reserved(fs)
	for _, i := range known.All() {
		sub := p.runIntegration(i, o, reserved)
		sub.Args = noSuch(func(id string) error { _, _, err := known.Command(i.ID, id); return err })
		cmd.AddCommand(sub)
	}
	return cmd
}

func (p *program) runIntegration(i *connector.Integration, o *runOptions, reserved func(string) bool) *cobra.Command {
	cmd := &cobra.Command{
		Use: i.ID + " COMMAND [flags]", Short: i.Summary, Long: i.Name + ": " + i.Summary + "\n\n" + i.Overview,
		RunE: missing("COMMAND"), FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}
	for _, c := range i.Commands {
		cmd.AddCommand(p.runCommand(i, c, o, reserved))
	}
	return cmd
}

func (p *program) runCommand(i *connector.Integration, c *connector.Command, o *runOptions, reserved func(string) bool) *cobra.Command {
	cmd := &cobra.Command{Use: c.ID + " [flags]", Short: c.Summary, Long: longOf(c), Args: words(), DisableFlagsInUseLine: true}
	ps := addParams(cmd, c.In, reserved)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := p.confirmRun(c, o); err != nil {
			return err
		}
		input, err := p.readObject("--input", o.input)
		if err != nil {
			return err
		}
		if input, err = ps.object(p, input); err != nil {
			return err
		}
		return p.runNow(cmd.Context(), c.Name, o.request(i.ID, c.ID, input), o)
	}
	return cmd
}

func longOf(c *connector.Command) string {
	text := c.Name + ": " + c.Summary
	if c.Description != "" {
		text += "\n\n" + c.Description
	}
	text += "\n\nEffect: " + c.Effect.String() + "."
	if len(c.Permissions) > 0 {
		text += "\nPermissions of the connection's identity:"
		for _, perm := range c.Permissions {
			text += "\n  " + strings.TrimSpace(perm.Name+" "+perm.When)
		}
	}
	return text
}

// reserved are the names that parameters cannot have as flags.
func (p *program) reserved(common *pflag.FlagSet) func(string) bool {
	global := pflag.NewFlagSet("", pflag.ContinueOnError)
	q := &program{global: p.global} // only the names count
	q.declareGlobals(global)
	return func(name string) bool {
		return name == "help" || name == "version" || common.Lookup(name) != nil || global.Lookup(name) != nil
	}
}

type runRequest struct {
	Connection  string                     `json:"connection,omitempty"`
	Input       map[string]json.RawMessage `json:"input"`
	DryRun      bool                       `json:"dryRun,omitempty"`
	Timeout     string                     `json:"timeout,omitempty"`
	Async       bool                       `json:"async,omitempty"`
	ExternalRef string                     `json:"externalRef,omitempty"`
}

func (o *runOptions) request(integration, command string, input map[string]json.RawMessage) apiRequest {
	r := runRequest{Connection: o.connection, Input: input, DryRun: o.dryRun, Async: o.async, ExternalRef: o.reference}
	if o.timeout > 0 {
		r.Timeout = o.timeout.String()
	}
	req := apiRequest{method: http.MethodPost, path: at("integrations", integration, "commands", command, "runs"), body: r, header: map[string]string{}}
	if o.idempotency != "" {
		req.header["Idempotency-Key"] = o.idempotency
	}
	return req
}

func (p *program) confirmRun(c *connector.Command, o *runOptions) error {
	if !c.Effect.Has(connector.Delete) || o.dryRun {
		return nil
	}
	what := c.Name + " deletes."
	if o.connection != "" {
		what = fmt.Sprintf("%s deletes on %q.", c.Name, o.connection)
	}
	return p.confirm(o.yes, what)
}

// knownIntegrations are those of this program. A server of another version may
// have others; its own program knows them.
func knownIntegrations() *catalog.Catalog {
	known, err := catalog.New(all.Integrations()...)
	if err != nil {
		panic(err) // a declaration is broken; its own tests say so first
	}
	return known
}

// noSuch answers what is not in the catalogue as the API does.
func noSuch(lookup func(string) error) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		if err := lookup(args[0]); err != nil {
			return err
		}
		return &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("There is nothing called %q.", args[0]), Fix: "Write it in lower case."}
	}
}

// missing shows the help for a command line that ends too early.
func missing(what string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		var known []string
		for _, c := range cmd.Commands() {
			known = append(known, c.Name())
		}
		return &usageError{message: what + " is missing", hint: "Known: " + strings.Join(known, ", ") + ". " + seeHelp(cmd)}
	}
}
