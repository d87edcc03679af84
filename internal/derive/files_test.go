package derive_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/derive"
	"github.com/fairlead-io/fairlead/internal/derive/testdata/acme"
)

func TestFilesAreWrittenOnceAndLeftOversRemoved(t *testing.T) {
	root := t.TempDir()
	files, err := derive.Files([]*connector.Integration{acme.Integration()})
	if err != nil {
		t.Fatal(err)
	}
	write(t, root, files, 7) // index, integration, connection, and two files a command

	old := filepath.Join(root, "docs/commands/gone/old.md")
	if err := os.MkdirAll(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(root, "docs/commands/acme-parcels/ship-parcels.md")
	for _, p := range []string{old, page} {
		if err := os.WriteFile(p, []byte("edited"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stale, err := derive.Stale(root, files)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"docs/commands/acme-parcels/ship-parcels.md", "docs/commands/gone/old.md"}, stale); diff != "" {
		t.Fatalf("stale (-want +got):\n%s", diff)
	}
	write(t, root, files, 2)
	write(t, root, files, 0)
}

func write(t *testing.T, root string, files map[string][]byte, stale int) {
	t.Helper()
	got, err := derive.Stale(root, files)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != stale {
		t.Fatalf("want %d stale files, got %v", stale, got)
	}
	if err := derive.Write(root, files, got); err != nil {
		t.Fatal(err)
	}
}
