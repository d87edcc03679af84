package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/cli/feelcmd"
)

const overview = `Fairlead runs typed commands on clouds: from here, over its API, on a schedule or out of a process.

It works on a data folder of its own (--data), or through a server (--server with
FAIRLEAD_TOKEN). "fairlead demo" shows it on a cloud inside this process.

Exit status: 0 Successful, 1 Internal, 2 usage, 3 Partially Successful, 4 Invalid, 5 Denied,
6 NotFound, 7 Conflict, 8 Limited, 9 Unavailable, 10 Timeout, 130 Canceled.`

// root builds the tree of commands.
func (p *program) root() *cobra.Command {
	cmd := &cobra.Command{
		Use: "fairlead", Short: "An open connector platform", Long: overview, SilenceErrors: true, SilenceUsage: true,
		Version: p.version.Version, Args: noSuchCommand, RunE: helpOnly,
	}
	cmd.SetIn(p.in)
	cmd.SetOut(p.out)
	cmd.SetErr(p.err)
	cmd.SetFlagErrorFunc(flagError)
	p.declareGlobals(cmd.PersistentFlags())
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	cmd.AddGroup(&cobra.Group{ID: "do", Title: "Commands:"}, &cobra.Group{ID: "serve", Title: "Servers:"}, &cobra.Group{ID: "other", Title: "Other:"})
	cmd.SetHelpCommandGroupID("other")
	cmd.SetCompletionCommandGroupID("other")
	for group, list := range map[string][]*cobra.Command{
		"do":    {p.integrationsCmd(), p.connectionsCmd(), p.runCmd(), p.runsCmd(), p.filesCmd(), p.secretsCmd(), p.tokensCmd(), p.auditCmd()},
		"serve": {p.serveCmd(), p.workerCmd(), p.demoCmd()},
		"other": {adopt(feelcmd.New()), p.backupCmd(), p.doctorCmd(), p.keysCmd(), p.restoreCmd(), p.storeCmd(), p.templatesCmd(), p.versionCmd()},
	} {
		for _, c := range list {
			c.GroupID = group
			cmd.AddCommand(c)
		}
	}
	return cmd
}

func (p *program) declareGlobals(fs *pflag.FlagSet) {
	fs.SortFlags = false
	fs.VarP(&p.global.format, "format", "o", "how to print: table, json or yaml")
	fs.Var(&p.global.query, "query", "print what this JSONPath (RFC 9535) finds in the JSON output")
	fs.StringVar(&p.global.data, "data", p.global.data, "folder of the embedded state (FAIRLEAD_DATA)")
	fs.StringVar(&p.global.server, "server", p.global.server, "address of a server to use instead (FAIRLEAD_SERVER, with FAIRLEAD_TOKEN)")
	fs.StringVar(&p.global.config, "config", p.global.config, "file of settings (FAIRLEAD_CONFIG)")
}

// group is a command that only holds others.
func group(use, short string, list ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: noSuchCommand, RunE: helpOnly}
	cmd.AddCommand(list...)
	return cmd
}

// adopt makes the commands of another package end as ours do when the command
// line is wrong.
func adopt(cmd *cobra.Command) *cobra.Command {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &usageError{message: err.Error(), hint: seeHelp(cmd)}
			}
			return nil
		}
	}
	if !cmd.Runnable() {
		cmd.Args, cmd.RunE = noSuchCommand, helpOnly
	}
	for _, c := range cmd.Commands() {
		adopt(c)
	}
	return cmd
}

func helpOnly(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// noSuchCommand refuses what is no command of the group.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	e := &usageError{message: fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath()), hint: seeHelp(cmd)}
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	if n := schema.Nearest(args[0], known); n != "" {
		e.hint = fmt.Sprintf("Did you mean %q?", n)
	}
	return e
}

func seeHelp(cmd *cobra.Command) string { return fmt.Sprintf("See \"%s --help\".", cmd.CommandPath()) }

// flagError is a flag that is unknown or whose value cannot be read.
func flagError(cmd *cobra.Command, err error) error {
	e := &usageError{message: err.Error(), hint: seeHelp(cmd)}
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !unknown {
		return e
	}
	var known []string
	collect := func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	}
	cmd.Flags().VisitAll(collect)
	cmd.InheritedFlags().VisitAll(collect)
	if n := schema.Nearest(name, known); n != "" {
		e.hint = fmt.Sprintf("Did you mean --%s? %s", n, e.hint)
	}
	return e
}

// words is a check of how many arguments there are; names says what they are.
func words(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return &usageError{message: names[len(args)] + " is missing", hint: "Usage: " + cmd.UseLine()}
		case len(args) > len(names):
			return &usageError{message: fmt.Sprintf("there are too many arguments: %q is not expected", args[len(names)]), hint: "Usage: " + cmd.UseLine()}
		}
		return nil
	}
}

// upTo lets the last arguments be left out.
func upTo(least int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= len(names) {
			return nil
		}
		return words(names...)(cmd, args)
	}
}
