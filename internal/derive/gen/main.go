// Command gen writes what is derived from the declarations of all
// integrations: first the list of integration packages, then, with a program
// that is built against that list, the pages and the other derived files.
//
// With -check it writes nothing and fails when a file is not current.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail when a file is not current")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if err := writeList(root, check); err != nil {
		return err
	}
	args := []string{"run", "./internal/derive/gen/pages"}
	if check {
		args = append(args, "-check")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stdout, os.Stderr
	return cmd.Run()
}

func writeList(root string, check bool) error {
	pkgs, err := integrationPackages(filepath.Join(root, "connectors"))
	if err != nil {
		return err
	}
	want, err := listSource(pkgs)
	if err != nil {
		return err
	}
	path := filepath.Join(root, "connectors", "all", "zz_all.go")
	have, err := os.ReadFile(path)
	if err == nil && bytes.Equal(have, want) {
		return nil
	}
	if check {
		return errors.New("connectors/all/zz_all.go is not current; run: go generate ./internal/derive")
	}
	return os.WriteFile(path, want, 0o644)
}

// moduleRoot finds go.mod from the working folder upwards, because go generate
// and go run start in different folders.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod in this folder or above it")
		}
		dir = up
	}
}
