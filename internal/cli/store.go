package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
)

func (p *program) storeCmd() *cobra.Command {
	return group("store", "Move the records to another database", p.storeMigrateCmd())
}

func (p *program) storeMigrateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "migrate", Short: "Copy the records to PostgreSQL", Args: words(), DisableFlagsInUseLine: true,
		Long: "Copies all records of the data folder to a PostgreSQL database that holds nothing yet, whole or not at all, and verifies the audit chains there. No server may use the folder meanwhile. " +
			"Afterwards set FAIRLEAD_DATABASE_URL; keys, and the content of files larger than 16 KiB, stay in the data folder.",
		Example: "  FAIRLEAD_DATABASE_URL=postgres://fairlead:...@db/fairlead fairlead store migrate\n  fairlead store migrate --to - <url.txt",
	}
	to := cmd.Flags().String("to", "", "`URL` of the database, or - to read it from standard input; FAIRLEAD_DATABASE_URL when left out")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := p.settings(nil)
		if err != nil {
			return err
		}
		url := cfg.DatabaseURL
		switch *to {
		case "":
		case "-":
			raw, err := p.read("--to", "-")
			if err != nil {
				return err
			}
			url = connector.NewSecret(strings.TrimSpace(string(raw)))
		default:
			url = connector.NewSecret(*to)
		}
		if url.Empty() {
			return &usageError{message: "the database is missing: give --to, or set FAIRLEAD_DATABASE_URL", hint: seeHelp(cmd)}
		}
		counts, err := app.Migrate(cmd.Context(), cfg, url)
		if err != nil {
			return err
		}
		return p.showValue(counts, func() error {
			p.facts("Runs", cell(counts["runs"]), "Items", cell(counts["items"]), "Files", cell(counts["files"]), "Connections", cell(counts["connections"]),
				"Audit entries", cell(counts["audit_entries"]))
			fmt.Fprintln(p.out, "\nSet FAIRLEAD_DATABASE_URL to use it.")
			return nil
		})
	}
	return cmd
}
