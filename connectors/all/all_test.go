package all_test

import (
	"testing"

	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/derive"
)

// TestDerivedFilesAreCurrent compares the page, the schemas, the flags and the
// OpenAPI operation of every command of every integration with the files in
// the repository: they are the golden files.
func TestDerivedFilesAreCurrent(t *testing.T) {
	cat, err := catalog.New(all.Integrations()...)
	if err != nil {
		t.Fatal(err)
	}
	files, err := derive.Files(cat.All())
	if err != nil {
		t.Fatal(err)
	}
	stale, err := derive.Stale("../..", files)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stale {
		t.Errorf("%s is not current; run: go generate ./internal/derive", s)
	}
}
