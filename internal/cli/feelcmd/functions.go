package feelcmd

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/feel"
)

func functionsCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "functions [NAME]",
		Short: "List the functions, or show one with its examples",
		Example: `  fairlead feel functions
  fairlead feel functions "substring before"`,
		Args:          cobra.MaximumNArgs(1),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			docs := feel.Reference()
			if len(args) == 1 {
				d, err := find(docs, args[0])
				if err != nil {
					return err
				}
				docs = []feel.FunctionDoc{d}
			}
			switch {
			case asJSON:
				return json.NewEncoder(cmd.OutOrStdout()).Encode(docs)
			case len(args) == 1:
				return show(cmd.OutOrStdout(), docs[0])
			}
			return list(cmd.OutOrStdout(), docs)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func find(docs []feel.FunctionDoc, name string) (feel.FunctionDoc, error) {
	for _, d := range docs {
		if d.Name == name {
			return d, nil
		}
	}
	return feel.FunctionDoc{}, &connector.Error{
		Kind: connector.NotFound, Field: "NAME", Message: fmt.Sprintf("there is no function %q", name),
		Fix: "List all with: fairlead feel functions",
	}
}

func list(w io.Writer, docs []feel.FunctionDoc) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, d := range docs {
		for i, s := range d.Signatures {
			summary := d.Summary
			if i > 0 {
				summary = ""
			}
			fmt.Fprintf(t, "%s\t%s\t%s\n", s, d.Category, summary)
		}
	}
	return t.Flush()
}

func show(w io.Writer, d feel.FunctionDoc) error {
	for _, s := range d.Signatures {
		fmt.Fprintln(w, s)
	}
	fmt.Fprintf(w, "\n%s\n", d.Summary)
	for _, e := range d.Examples {
		if _, err := fmt.Fprintf(w, "\n  %s\n  = %s\n", e.Expr, e.Result); err != nil {
			return err
		}
	}
	return nil
}
