// Command pages writes the files derived from every integration: reference
// pages below docs/commands and, for each command, one file with its schemas,
// flags and OpenAPI operation below connectors/all/testdata/derived, and the
// versions of element templates.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/derive"
	"github.com/fairlead-io/fairlead/internal/derive/template"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail when a file is not current")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	cat, err := catalog.New(all.Integrations()...)
	if err != nil {
		return err
	}
	files, err := derive.Files(cat.All())
	if err != nil {
		return err
	}
	stale, err := derive.Stale(".", files)
	if err != nil {
		return err
	}
	if !check {
		if err := derive.Write(".", files, stale); err != nil {
			return err
		}
	}
	templates, err := template.Stale(".", cat.All(), !check)
	if err != nil || !check {
		return err
	}
	stale = append(stale, templates...)
	if len(stale) == 0 {
		return nil
	}
	for _, s := range stale {
		fmt.Fprintln(os.Stderr, "not current:", s)
	}
	return errors.New("run: go generate ./internal/derive")
}
