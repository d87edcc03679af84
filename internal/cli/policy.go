package cli

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
)

// policyFlags say what a policy is to cover.
type policyFlags struct {
	commands, resources, buckets, vaults []string
	externalID, caller                   string
}

func (p *program) integrationsPolicyCmd() *cobra.Command {
	var f policyFlags
	cmd := &cobra.Command{
		Use: "policy ID", Short: "Print the least-privilege policy of some commands", Args: words("ID"),
		Long: "Prints what has to be allowed in the cloud for just those commands, on just those resources. Permissions that are needed only for an option stand apart, under its name. " +
			"With --caller it prints the trust policy of the role too. Headings go to standard error, so that the output can be given to the cloud's own tools. Nothing is sent to the cloud.",
		Example: "  fairlead integrations policy aws-s3 --commands download-files,list-bucket-objects --buckets logs\n" +
			"  fairlead integrations policy aws-s3 --commands move-files --buckets in,out --caller arn:aws:iam::123456789012:user/fairlead --external-id case-42",
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := f.body()
			if err != nil {
				return err
			}
			return fetch(cmd.Context(), p, apiRequest{method: http.MethodPost, path: at("integrations", args[0], "policy"), body: body}, p.policyTexts)
		},
	}
	fs := cmd.Flags()
	fs.StringSliceVar(&f.commands, "commands", nil, "`IDs` of commands, comma-separated; all when left out")
	fs.StringSliceVar(&f.buckets, "buckets", nil, "`NAMES` of buckets; all when left out")
	fs.StringSliceVar(&f.vaults, "vaults", nil, "`NAMES` of vaults; all when left out")
	fs.StringArrayVar(&f.resources, "resource", nil, "`KIND=NAME` of any other resource, such as role=ARN; may be repeated")
	fs.StringVar(&f.caller, "caller", "", "`WHO` will act, for a trust policy")
	fs.StringVar(&f.externalID, "external-id", "", "`ID` that the caller must send when it assumes the role")
	return cmd
}

func (f *policyFlags) body() (map[string]any, error) {
	res := map[string][]string{}
	for _, r := range f.resources {
		kind, name, ok := strings.Cut(r, "=")
		if !ok || kind == "" || name == "" {
			return nil, &usageError{message: fmt.Sprintf("--resource %q is not KIND=NAME", r), hint: "Write it like --resource bucket=logs."}
		}
		res[kind] = append(res[kind], name)
	}
	add := func(kind string, names ...string) {
		if len(names) > 0 && names[0] != "" {
			res[kind] = append(res[kind], names...)
		}
	}
	add("bucket", f.buckets...)
	add("vault", f.vaults...)
	add("externalId", f.externalID)
	body := map[string]any{"resources": res}
	if len(f.commands) > 0 {
		body["commands"] = f.commands
	}
	if f.caller != "" {
		body["caller"] = f.caller
	}
	return body, nil
}

func (p *program) policyTexts(v struct {
	Documents []connector.PolicyDocument `json:"documents"`
},
) error {
	for _, d := range v.Documents {
		fmt.Fprintln(p.err, p.onErr(bold, d.Title))
		for line := range strings.Lines(d.Text) {
			fmt.Fprintln(p.out, visible(strings.TrimSuffix(line, "\n")))
		}
	}
	return nil
}
