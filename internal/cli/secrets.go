package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/secrets"
)

func (p *program) secretsCmd() *cobra.Command {
	return group("secrets", "Set and delete secrets for jobs", p.secretsListCmd(), p.secretsSetCmd(), p.secretsDeleteCmd())
}

type secretPage struct {
	Secrets []secrets.View `json:"secrets"`
}

func (p *program) secretsListCmd() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List secrets, without their values", Args: words(), RunE: func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: "/secrets"}, func(page secretPage) error {
			t := newTable("Name", "Made", "Set")
			for _, v := range page.Secrets {
				t.add(v.Name, moment(&v.CreatedAt), moment(&v.UpdatedAt))
			}
			p.list(t, "No secrets. Set one: fairlead secrets set NAME", "", "")
			return nil
		})
	}}
}

func (p *program) secretsSetCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set NAME [--from FILE|-]", Short: "Give a secret a value, and make it if there is none of this name", Args: secretName, DisableFlagsInUseLine: true,
		ValidArgsFunction: p.completeSecrets,
		Long: "The value is never part of the command line: it comes from a file, from standard input (--from -), or is asked for on a terminal, unseen. " +
			"One line break at its end is left out. A job refers to the secret as {{secrets.NAME}}; the value is shown nowhere, not even to who set it.",
		Example: "  fairlead secrets set API_KEY\n  fairlead secrets set API_KEY --from key.txt\n  pass show api-key | fairlead secrets set API_KEY --from -",
	}
	from := cmd.Flags().String("from", "", "`FILE|-` with the value")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		value, err := p.secretValue(args[0], *from)
		if err != nil {
			return err
		}
		body := map[string]string{"value": value}
		return fetch(cmd.Context(), p, apiRequest{method: http.MethodPut, path: at("secrets", args[0]), body: body}, func(v secrets.View) error {
			fmt.Fprintf(p.out, "Set secret %s. Jobs refer to it as {{secrets.%s}}.\n", visible(v.Name), visible(v.Name))
			return nil
		})
	}
	return cmd
}

// secretName is words("NAME"), and does not print what is too much: it could be
// the value.
func secretName(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0 || args[0] == "":
		return &usageError{message: "NAME is missing", hint: "Usage: " + cmd.UseLine()}
	case len(args) > 1:
		return &usageError{message: "there are too many arguments: a value is never part of the command line", hint: "Usage: " + cmd.UseLine()}
	}
	return nil
}

func (p *program) secretValue(name, from string) (string, error) {
	if from != "" {
		raw, err := p.read("--from", from)
		if err == nil && !utf8.Valid(raw) {
			err = connector.InvalidField("/value", "The value from --from is not UTF-8 text.", "Encode it first, for example in Base64.")
		}
		return string(trimLine(raw)), err
	}
	if !p.interactive() {
		return "", &usageError{message: "--from is missing, and there is no terminal to ask for the value", hint: "Give --from FILE, or --from - for standard input."}
	}
	v, err := p.askSecret("Value of " + visible(name))
	if err == nil && v == "" {
		err = &connector.Error{Kind: connector.Canceled, Message: "Nothing was set.", Fix: "Type a value."}
	}
	return v, err
}

func (p *program) secretsDeleteCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "delete NAME", Short: "Delete a secret", Args: secretName, ValidArgsFunction: p.completeSecrets}
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := p.confirm(*yes, fmt.Sprintf("This deletes the secret %q. Jobs that refer to it will fail.", args[0])); err != nil {
			return err
		}
		return p.remove(cmd.Context(), apiRequest{path: at("secrets", args[0])}, "deleted", args[0])
	}
	return cmd
}

// completeSecrets offers the names of secrets; nothing where they cannot be
// listed.
func (p *program) completeSecrets(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	var out []string
	c, err := p.client(cmd.Context())
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	raw, err := c.get(cmd.Context(), apiRequest{method: http.MethodGet, path: "/secrets", query: url.Values{}})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	page, err := decodeAs[secretPage](raw)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, v := range page.Secrets {
		if strings.HasPrefix(v.Name, prefix) {
			out = append(out, v.Name)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
