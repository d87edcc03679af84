package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/derive/template"
)

const templatesText = `Writes an element template for every command, and one for the Amazon S3 connector, into a
folder that the Modeler reads, such as resources/element-templates of the Desktop Modeler.
Of each, the newest version that the engine takes stands in DIR, older ones, which diagrams
may name, in DIR/versioned. With --hybrid, DIR/hybrid has them with a job type that can be
changed, for clusters where several workers take jobs of one kind.`

type exportedTemplates struct {
	Folder string   `json:"folder"`
	Engine string   `json:"engine"`
	Files  []string `json:"files"`
}

func (p *program) templatesCmd() *cobra.Command {
	export := &cobra.Command{
		Use: "export DIR", Short: "Write element templates for the Camunda Modeler", Long: templatesText, Args: words("DIR"),
		Example: `  fairlead templates export ~/.config/camunda-modeler/resources/element-templates
  fairlead templates export --engine 8.8 --hybrid templates`,
	}
	hybrid := export.Flags().Bool("hybrid", false, "also write templates whose job type can be changed")
	engine := export.Flags().String("engine", "", "`VERSION` of the cluster: 8.7, 8.8, 8.9 or 8.10 (default 8.10)")
	export.RunE = func(_ *cobra.Command, args []string) error { return p.exportTemplates(args[0], *engine, *hybrid) }
	return group("templates", "Element templates for the Camunda Modeler", export)
}

func (p *program) exportTemplates(dir, engine string, hybrid bool) error {
	e, err := template.ParseEngine(engine)
	if err != nil {
		return err
	}
	all, err := template.Released()
	if err != nil {
		return err
	}
	files, err := template.Export(all, e, hybrid)
	if err != nil {
		return err
	}
	out := exportedTemplates{Folder: dir, Engine: e.String(), Files: slices.Sorted(maps.Keys(files))}
	for _, name := range out.Files {
		if err := writeTemplate(filepath.Join(dir, filepath.FromSlash(name)), files[name]); err != nil {
			return &connector.Error{Kind: connector.Unavailable, Message: "The template " + name + " cannot be written: " + err.Error() + ".", Fix: "Name a folder that you may write to."}
		}
	}
	return p.showValue(out, func() error {
		fmt.Fprintf(p.out, "%d element templates for Camunda %s are in %s\n", len(files), out.Engine, dir)
		return nil
	})
}

// writeTemplate leaves no half-written file for a Modeler to read.
func writeTemplate(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return app.WriteBeside(path, content, 0o644)
}
