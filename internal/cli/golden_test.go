package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// TestGoldenReference keeps docs/cli.md as the commands say of themselves.
func TestGoldenReference(t *testing.T) {
	root := newBench(t).root()
	root.InitDefaultHelpCmd()
	var b strings.Builder
	b.WriteString("<!-- Generated from the commands; do not edit. -->\n\n# Command line\n\n")
	fmt.Fprintf(&b, "%s\n\nFlags of every command:\n\n```\n%s```\n", strings.TrimSpace(root.Long), root.PersistentFlags().FlagUsages())
	reference(&b, root)
	path := filepath.Join("..", "..", "docs", "cli.md")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("docs/cli.md is not current; run make generate:\n%s", diff)
	}
}

// reference writes the commands below one. Those made from declarations have
// pages of their own.
func reference(b *strings.Builder, cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		use := cmd.CommandPath() + " " + c.Use
		fmt.Fprintf(b, "\n## %s\n\n```\n%s\n```\n\n%s.\n", c.CommandPath(), use, strings.TrimSuffix(c.Short, "."))
		if c.Long != "" {
			fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(c.Long))
		}
		if flags := c.Flags().FlagUsages() + c.PersistentFlags().FlagUsages(); flags != "" {
			fmt.Fprintf(b, "\n```\n%s```\n", flags)
		}
		switch c.CommandPath() {
		case "fairlead run":
			b.WriteString("\nThe commands of each integration, with their flags: [commands](commands/README.md).\n")
		case "fairlead connections add":
			b.WriteString("\nThe parameters of each integration: [integrations](commands/README.md).\n")
		default:
			reference(b, c)
		}
	}
}
