package cli

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/connection"
)

func (p *program) connectionsCmd() *cobra.Command {
	return group("connections", "Add, change and test connections",
		p.connectionsListCmd(), p.connectionsShowCmd(), p.connectionsAddCmd(), p.connectionsUpdateCmd(), p.connectionsDeleteCmd(), p.connectionsTestCmd(), p.connectionsImportCmd(), p.connectionsExportCmd())
}

func (p *program) connectionsListCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List connections", Args: words()}
	f := &filter{cmd: cmd}
	f.text("integration", "integration", "only of this integration")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: "/connections", query: f.values()}, p.connectionsTable)
	}
	return cmd
}

type connectionPage struct {
	Connections []connection.View `json:"connections"`
}

func (p *program) connectionsTable(page connectionPage) error {
	t := newTable("Name", "Integration", "Active", "Last test", "Description")
	for _, v := range page.Connections {
		t.add(v.Name, v.Integration, cell(v.Active), healthText(v.Health), v.Description)
	}
	p.list(t, "No connections. Add one: fairlead connections add INTEGRATION --name NAME --from FILE", "", "")
	return nil
}

func healthText(h *connection.Health) string {
	switch {
	case h == nil:
		return ""
	case h.OK:
		return "ok, " + moment(&h.At)
	}
	return "failed, " + moment(&h.At) + ": " + h.Message
}

func (p *program) connectionsShowCmd() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "Show a connection without its secrets", Args: words("NAME"), ValidArgsFunction: p.completeConnections, RunE: func(cmd *cobra.Command, args []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: at("connections", args[0])}, p.connectionFacts)
	}}
}

func (p *program) connectionFacts(v connection.View) error {
	guardrails := ""
	if v.Guardrails != nil {
		raw, err := encode(v.Guardrails)
		if err != nil {
			return err
		}
		guardrails = string(raw)
	}
	p.facts("Name", v.Name, "ID", v.ID, "Integration", v.Integration, "Description", v.Description, "Active", cell(v.Active), "Last test", healthText(v.Health),
		"Guardrails", guardrails, "Revision", fmt.Sprint(v.Revision), "Changed", moment(&v.UpdatedAt))
	t := newTable("Parameter", "Value")
	for _, name := range slices.Sorted(maps.Keys(v.Settings)) {
		t.add(name, cell(v.Settings[name]))
	}
	for _, name := range v.SecretsSet {
		t.add(name, connector.Redacted)
	}
	if len(t.rows) > 0 {
		fmt.Fprintln(p.out)
		p.table(t)
	}
	return nil
}

// connectionOptions are what is said of a connection besides its parameters.
type connectionOptions struct {
	name        string
	from        string
	description string
	active      bool
	guardrails  string
}

func (o *connectionOptions) declare(fs *pflag.FlagSet, name string) {
	fs.SortFlags = false
	fs.StringVar(&o.name, "name", "", name)
	fs.StringVar(&o.from, "from", "", "`FILE|-` with the parameters as one JSON object, secrets included")
	fs.StringVar(&o.description, "description", "", "what it is for")
	fs.BoolVar(&o.active, "active", true, "whether commands may use it")
	fs.StringVar(&o.guardrails, "guardrails", "", "`FILE|-` with what it may be used for: {\"effects\":[\"read\"],\"resources\":{\"bucket\":[\"team-*\"]}}")
}

// given adds what was said to a request.
func (o *connectionOptions) given(p *program, fs *pflag.FlagSet, body map[string]any) error {
	for flag, v := range map[string]any{"name": o.name, "description": o.description, "active": o.active} {
		if fs.Changed(flag) {
			body[flag] = v
		}
	}
	if !fs.Changed("guardrails") {
		return nil
	}
	g, err := p.readObject("--guardrails", o.guardrails)
	body["guardrails"] = g
	return err
}

const addText = `Adds a connection. Its parameters come from --from, one JSON object with secrets included,
and from flags, which go over it. Secrets are never part of the command line: they come from --from,
from a file each (--NAME-file PATH|-), from the environment (FAIRLEAD_PARAM_NAME), or are asked for.`

func (p *program) connectionsAddCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add INTEGRATION --name NAME [--from FILE|-] [flags]", Short: "Add a connection", Long: addText,
		RunE: missing("INTEGRATION"), FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}
	known := knownIntegrations()
	cmd.Args = noSuch(func(id string) error { _, err := known.Integration(id); return err })
	for _, i := range known.All() {
		if i.Connection != nil {
			cmd.AddCommand(p.addTo(i))
		}
	}
	return cmd
}

func (p *program) addTo(i *connector.Integration) *cobra.Command {
	o := &connectionOptions{}
	cmd := &cobra.Command{Use: i.ID + " --name NAME [flags]", Short: "Add a connection to " + i.Name, Long: addText, Args: words(), DisableFlagsInUseLine: true}
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.declare(own, "name of the connection (required)")
	ps := addParams(cmd, i.Connection.Settings, p.reserved(own))
	cmd.Flags().AddFlagSet(own)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if o.name == "" {
			return &usageError{message: "--name is missing", hint: seeHelp(cmd)}
		}
		settings, err := p.readObject("--from", o.from)
		if err != nil {
			return err
		}
		if settings, err = ps.object(p, settings); err != nil {
			return err
		}
		body := map[string]any{"integration": i.ID, "settings": settings}
		if err := o.given(p, cmd.Flags(), body); err != nil {
			return err
		}
		return fetch(cmd.Context(), p, apiRequest{method: http.MethodPost, path: "/connections", body: body}, func(v connection.View) error {
			fmt.Fprintf(p.out, "Added connection %s. Try it: fairlead connections test %s\n", visible(v.Name), shellWord(v.Name))
			return nil
		})
	}
	return cmd
}

func (p *program) connectionsUpdateCmd() *cobra.Command {
	o := &connectionOptions{}
	cmd := &cobra.Command{
		Use: "update NAME [flags]", Short: "Change a connection", Args: words("NAME"), ValidArgsFunction: p.completeConnections,
		Long: "Changes what is given and leaves the rest. The parameters of --from are merged into those there are: one that is left out keeps its value, null removes it.",
	}
	o.declare(cmd.Flags(), "its new name")
	revision := cmd.Flags().Int64("revision", 0, "refuse the change unless this is the current revision")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{}
		if err := o.given(p, cmd.Flags(), body); err != nil {
			return err
		}
		if o.from != "" {
			settings, err := p.readObject("--from", o.from)
			if err != nil {
				return err
			}
			body["settings"] = settings
		}
		if len(body) == 0 {
			return &usageError{message: "nothing is to be changed", hint: "Give --from, --name, --description, --active or --guardrails."}
		}
		if *revision != 0 {
			body["revision"] = *revision
		}
		return fetch(cmd.Context(), p, apiRequest{method: http.MethodPatch, path: at("connections", args[0]), body: body}, func(v connection.View) error {
			fmt.Fprintf(p.out, "Changed connection %s.\n", visible(v.Name))
			return nil
		})
	}
	return cmd
}

func (p *program) connectionsDeleteCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "delete NAME", Short: "Delete a connection with its secrets", Args: words("NAME"), ValidArgsFunction: p.completeConnections}
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := p.confirm(*yes, fmt.Sprintf("This deletes the connection %q with its secrets.", args[0])); err != nil {
			return err
		}
		return p.remove(cmd.Context(), apiRequest{path: at("connections", args[0])}, "deleted", args[0])
	}
	return cmd
}

func (p *program) connectionsTestCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "test NAME | test --integration ID --from FILE|-", Short: "Test a connection, or settings that are not saved", Args: upTo(0, "NAME"),
		Long: "Prints the run. Of settings that are not saved, nothing is stored.", ValidArgsFunction: p.completeConnections, DisableFlagsInUseLine: true,
	}
	integration := cmd.Flags().String("integration", "", "test settings of this integration")
	from := cmd.Flags().String("from", "", "`FILE|-` with the settings as one JSON object, secrets included")
	timeout := cmd.Flags().Duration("timeout", 0, "time limit, such as 90s")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{}
		if *timeout > 0 {
			body["timeout"] = timeout.Round(time.Millisecond).String()
		}
		saved, unsaved := len(args) == 1, *integration != "" || *from != ""
		switch {
		case saved == unsaved:
			return &usageError{message: "one connection is to be tested", hint: "Give its NAME, or --integration and --from."}
		case saved:
			return p.runNow(cmd.Context(), "Test Connection", apiRequest{method: http.MethodPost, path: at("connections", args[0], "test"), body: body}, nil)
		case *integration == "" || *from == "":
			return &usageError{message: "--integration and --from go together", hint: seeHelp(cmd)}
		}
		settings, err := p.readObject("--from", *from)
		if err != nil {
			return err
		}
		body["settings"] = settings
		return p.runNow(cmd.Context(), "Test Connection", apiRequest{method: http.MethodPost, path: at("integrations", *integration, "test"), body: body}, nil)
	}
	return cmd
}

// completeConnections offers the names of connections; nothing where the data
// folder cannot be opened.
func (p *program) completeConnections(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	c, err := p.client(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	raw, err := c.get(cmd.Context(), apiRequest{method: http.MethodGet, path: "/connections", query: url.Values{}})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	page, err := decodeAs[connectionPage](raw)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, v := range page.Connections {
		if strings.HasPrefix(v.Name, prefix) {
			out = append(out, v.Name)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
