package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
)

const doctorText = `Looks at the clock, the data folder and its permissions, the key, the disk, the certificate,
the database and the address to listen on, and tests every active connection. It says what to
do about what it finds. A folder that a server has open is not opened: the server is asked.

Exit status: 0 when nothing failed, warnings or not; 9 otherwise.`

func (p *program) doctorCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "doctor", Short: "Check everything that is needed, and say what to do", Long: doctorText, Args: words()}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := p.settings(nil)
		if err != nil {
			return err
		}
		if cfg.Server != "" {
			return usagef("doctor looks at a data folder, not at a server")
		}
		return p.sayFindings(app.Doctor(cmd.Context(), cfg, app.WithVersion(p.version)))
	}
	return cmd
}

func (p *program) sayFindings(list []app.Finding) error {
	failed := 0
	t := newTable("Check", "Verdict", "Finding", "What to do")
	for _, f := range list {
		t.add(f.Check, f.Verdict, f.Message, f.Fix)
		if f.Verdict == app.Bad {
			failed++
		}
	}
	if p.global.format == formatTable {
		p.table(t)
	} else {
		raw, err := json.Marshal(map[string]any{"ok": failed == 0, "findings": list})
		if err == nil {
			err = p.global.format.write(p.out, raw)
		}
		if err != nil {
			return err
		}
	}
	if failed > 0 {
		fmt.Fprintf(p.err, "%s %d of %d checks failed.\n", p.onErr(red, "Error:"), failed, len(list))
		return statusError(connector.Unavailable.ExitStatus())
	}
	return nil
}
