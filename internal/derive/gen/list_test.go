package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestIntegrationPackages adds made-up integrations as folders and nothing
// else, and finds them in the list.
func TestIntegrationPackages(t *testing.T) {
	dir := t.TempDir()
	for path, src := range map[string]string{
		"aws/s3/s3.go":            "package s3\nfunc Integration() *int { return nil }\n",
		"aws/connection.go":       "package aws\nfunc Other() {}\n",
		"aws/internal/x/x.go":     "package x\nfunc Integration() *int { return nil }\n",
		"utilities/utilities.go":  "package utilities\ntype T struct{}\nfunc (T) Integration() *int { return nil }\n",
		"utilities/decl.go":       "package utilities\nfunc Integration() *int { return nil }\n",
		"half/half.go":            "package half\nfunc Integration(n int) *int { return nil }\n",
		"tested/tested_test.go":   "package tested\nfunc Integration() *int { return nil }\n",
		"all/zz_all.go":           "package all\nfunc Integration() *int { return nil }\n",
		"utilities/testdata/a.go": "package broken(\n",
	} {
		p := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := integrationPackages(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"aws/s3", "utilities"}, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	src, err := listSource(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`awss3 "github.com/fairlead-io/fairlead/connectors/aws/s3"`, "awss3.Integration(),", "utilities.Integration(),"} {
		if !strings.Contains(string(src), want) {
			t.Errorf("the list lacks %q:\n%s", want, src)
		}
	}
}

func TestListRefusesEqualAliases(t *testing.T) {
	if _, err := listSource([]string{"a/bc", "ab/c"}); err == nil {
		t.Error("two packages with one import name were listed")
	}
}
