package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/tokens"
)

func (p *program) integrationsCmd() *cobra.Command {
	list := func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: "/integrations"}, p.integrationsTable)
	}
	cmd := group("integrations", "List integrations and their commands",
		&cobra.Command{Use: "list", Short: "List integrations", Args: words(), RunE: list},
		&cobra.Command{Use: "show ID [COMMAND]", Short: "Show an integration, or one of its commands", Args: upTo(1, "ID", "COMMAND"), RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return fetch(cmd.Context(), p, apiRequest{path: at("integrations", args[0], "commands", args[1])}, func(v commandView) error { return p.commandFacts(args[0], v) })
			}
			return fetch(cmd.Context(), p, apiRequest{path: at("integrations", args[0])}, p.integrationFacts)
		}},
		p.integrationsPolicyCmd())
	cmd.RunE = list
	return cmd
}

type integrationPage struct {
	Integrations []integrationView `json:"integrations"`
}

type integrationView struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Category    string          `json:"category"`
	Vendor      string          `json:"vendor"`
	Summary     string          `json:"summary"`
	Overview    string          `json:"overview"`
	Docs        string          `json:"docs"`
	Limitations []string        `json:"limitations"`
	Commands    json.RawMessage `json:"commands"` // how many in a list, else all of them
}

type commandView struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Summary     string   `json:"summary"`
	Description string   `json:"description"`
	Effects     []string `json:"effects"`
	CanPlan     bool     `json:"canPlan"`
	Permissions []struct {
		Name string `json:"name"`
		When string `json:"when"`
	} `json:"permissions"`
	Input struct {
		Properties map[string]any `json:"properties"`
		Required   []string       `json:"required"`
	} `json:"input"`
}

func (p *program) integrationsTable(page integrationPage) error {
	t := newTable("ID", "Name", "Commands", "Summary").numbers(2)
	for _, v := range page.Integrations {
		t.add(v.ID, v.Name, string(v.Commands), v.Summary)
	}
	p.list(t, "No integrations.", "", "")
	return nil
}

func (p *program) integrationFacts(v integrationView) error {
	commands, err := decodeAs[[]commandView](v.Commands)
	if err != nil {
		return err
	}
	p.facts("ID", v.ID, "Name", v.Name, "Category", v.Category, "Vendor", v.Vendor, "Reference", v.Docs)
	fmt.Fprintf(p.out, "\n%s\n\n", v.Overview)
	t := newTable("Command", "Effect", "Dry run", "Summary")
	for _, c := range commands {
		t.add(c.ID, strings.Join(c.Effects, ","), cell(c.CanPlan), c.Summary)
	}
	p.table(t)
	for i, l := range v.Limitations {
		if i == 0 {
			fmt.Fprintf(p.out, "\n%s\n", p.onOut(bold, "Known limitations"))
		}
		fmt.Fprintln(p.out, "- "+l)
	}
	fmt.Fprintf(p.out, "\nParameters of a command: fairlead run %s COMMAND --help\n", v.ID)
	return nil
}

func (p *program) commandFacts(integration string, v commandView) error {
	perms := make([]string, len(v.Permissions))
	for i, perm := range v.Permissions {
		perms[i] = strings.TrimSpace(perm.Name + " " + perm.When)
	}
	p.facts("ID", v.ID, "Name", v.Name, "Summary", v.Summary, "Effect", strings.Join(v.Effects, ","), "Dry run", cell(v.CanPlan), "Needs", strings.Join(perms, "; "), "Required", strings.Join(v.Input.Required, ", "))
	if v.Description != "" {
		fmt.Fprintf(p.out, "\n%s\n", v.Description)
	}
	fmt.Fprintf(p.out, "\nIts parameters: fairlead run %s %s --help\n", integration, v.ID)
	return nil
}

func (p *program) tokensCmd() *cobra.Command {
	return group("tokens", "Make and revoke tokens of the API", p.tokensListCmd(), p.tokensAddCmd(), p.tokensRevokeCmd())
}

func (p *program) tokensListCmd() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List tokens", Args: words(), RunE: func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: "/tokens"}, p.tokensTable)
	}}
}

type tokenPage struct {
	Tokens []tokens.Token `json:"tokens"`
}

func (p *program) tokensTable(page tokenPage) error {
	t := newTable("ID", "Name", "Scopes", "Made", "Ends", "Last used", "Revoked")
	for _, v := range page.Tokens {
		t.add(v.ID, v.Name, strings.Join(v.Scopes, ","), moment(&v.CreatedAt), moment(v.ExpiresAt), moment(v.LastUsedAt), moment(v.RevokedAt))
	}
	p.list(t, "No tokens. Make one: fairlead tokens add --name NAME --scopes read,run", "", "")
	return nil
}

func (p *program) tokensAddCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "add --name NAME --scopes LIST", Short: "Make a token and print it, this once", Args: words(), DisableFlagsInUseLine: true}
	name := cmd.Flags().String("name", "", "what it is for (required)")
	scopes := cmd.Flags().StringSlice("scopes", nil, "read, run, write, delete, reveal, manage, or all (required)")
	lasts := cmd.Flags().Duration("expires-in", 0, "how long it lasts, such as 720h; for ever when left out")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		body := map[string]any{"name": *name, "scopes": *scopes}
		if *name == "" || len(*scopes) == 0 {
			return &usageError{message: "--name and --scopes are needed", hint: seeHelp(cmd)}
		}
		if *lasts > 0 {
			body["expiresAt"] = p.now().Add(*lasts).UTC().Format(time.RFC3339)
		}
		return fetch(cmd.Context(), p, apiRequest{method: http.MethodPost, path: "/tokens", body: body}, func(v struct {
			Token string `json:"token"`
		},
		) error {
			fmt.Fprintln(p.out, v.Token)
			fmt.Fprintln(p.err, p.onErr(faint, "It is shown this once."))
			return nil
		})
	}
	return cmd
}

func (p *program) tokensRevokeCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "revoke ID", Short: "Revoke a token, at once", Args: words("ID")}
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := p.confirm(*yes, fmt.Sprintf("This revokes the token %q.", args[0])); err != nil {
			return err
		}
		return p.remove(cmd.Context(), apiRequest{path: at("tokens", args[0])}, "revoked", args[0])
	}
	return cmd
}

func (p *program) auditCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List audit entries, newest first", Args: words()}
	f := &filter{cmd: cmd}
	f.text("kind", "kind", "only of this kind")
	f.text("actor", "actor", "ID of who acted")
	f.text("run", "runId", "only of this run")
	f.text("from", "from", "at this time or later (RFC 3339)")
	f.text("to", "to", "before this time (RFC 3339)")
	f.number("limit", "limit", "how many at most (default 100)")
	f.text("cursor", "cursor", "the next of the page before")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: "/audit", query: f.values()}, p.auditTable)
	}
	return group("audit", "Look at the audit trail, verify and export it", cmd, p.auditVerifyCmd(), p.auditExportCmd())
}

type auditPage struct {
	Entries []struct {
		Seq     int64     `json:"seq"`
		At      time.Time `json:"at"`
		Kind    string    `json:"kind"`
		Actor   string    `json:"actor"`
		Subject string    `json:"subject"`
		RunID   *string   `json:"runId"`
	} `json:"entries"`
	Next string `json:"next"`
}

func (p *program) auditTable(page auditPage) error {
	t := newTable("Nr", "At", "Kind", "Actor", "Subject", "Run").numbers(0)
	for _, e := range page.Entries {
		t.add(strconv.FormatInt(e.Seq, 10), moment(&e.At), e.Kind, e.Actor, e.Subject, deref(e.RunID))
	}
	p.list(t, "No entries.", page.Next, "--cursor")
	return nil
}

func (p *program) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: words(),
		Long: "Prints the version of this program, and that of the server where one is named.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := p.settings(nil)
			if err != nil {
				return err
			}
			out := struct {
				api.Version
				Server *api.Version `json:"server,omitempty"`
			}{Version: p.version}
			if cfg.Server != "" {
				if out.Server, err = p.serverVersion(cmd); err != nil {
					return err
				}
			}
			return p.showValue(out, func() error {
				fmt.Fprintln(p.out, versionText("fairlead", &out.Version))
				if out.Server != nil {
					fmt.Fprintln(p.out, versionText("server", out.Server))
				}
				return nil
			})
		},
	}
}

func (p *program) serverVersion(cmd *cobra.Command) (*api.Version, error) {
	c, err := p.client(cmd.Context())
	if err != nil {
		return nil, err
	}
	raw, err := c.get(cmd.Context(), apiRequest{method: http.MethodGet, path: "/version"})
	if err != nil {
		return nil, err
	}
	v, err := decodeAs[api.Version](raw)
	return &v, err
}

func versionText(name string, v *api.Version) string {
	text := name + " " + v.Version
	if v.Commit != "" {
		text += ", commit " + v.Commit
	}
	return text + ", " + v.Go + ", API " + v.API
}
