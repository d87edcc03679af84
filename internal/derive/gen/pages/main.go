// Command pages writes the files derived from every integration: reference
// pages below docs/commands and, for each command, one file with its schemas,
// flags and OpenAPI operation below connectors/all/testdata/derived.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/derive"
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
		return derive.Write(".", files, stale)
	}
	if len(stale) == 0 {
		return nil
	}
	for _, s := range stale {
		fmt.Fprintln(os.Stderr, "not current:", s)
	}
	return errors.New("run: go generate ./internal/derive")
}
