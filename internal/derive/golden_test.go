package derive_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/derive"
	"github.com/fairlead-io/fairlead/internal/derive/testdata/acme"
)

// TestGolden pins every derived artefact of an integration that has every kind
// of parameter.
func TestGolden(t *testing.T) {
	i := acme.Integration()
	c := command(t, i, "ship-parcels")
	for name, got := range map[string][]byte{
		"ship-parcels.openapi.json": pretty(t, derive.Operation(i, c)),
		"ship-parcels.flags.json":   pretty(t, derive.Flags(c.In)),
		"ship-parcels.md":           []byte(derive.CommandPage(i, c)),
		"test-connection.md":        []byte(derive.CommandPage(i, command(t, i, connector.TestConnectionID))),
		"settings.flags.json":       pretty(t, derive.Flags(i.Connection.Settings)),
		"README.md":                 []byte(derive.IntegrationPage(i)),
		"index.md":                  []byte(derive.IndexPage([]*connector.Integration{i})),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, got) })
	}
}

// TestPure shows that deriving twice gives the same bytes.
func TestPure(t *testing.T) {
	i := acme.Integration()
	c := command(t, i, "ship-parcels")
	for range 20 {
		if diff := cmp.Diff(derive.CommandPage(i, c), derive.CommandPage(acme.Integration(), c)); diff != "" {
			t.Fatal(diff)
		}
		if !bytes.Equal(pretty(t, derive.Operation(i, c)), pretty(t, derive.Operation(i, c))) {
			t.Fatal("the operation differs from call to call")
		}
	}
}

// TestExampleIsValid feeds the example of the page to the command's own schema.
func TestExampleIsValid(t *testing.T) {
	i := acme.Integration()
	c := command(t, i, "ship-parcels")
	raw, err := json.Marshal(derive.ExampleInput(c))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"parcelNames":["red","blue"],"fragile":true}`
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("example (-want +got):\n%s", diff)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func pretty(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func command(t *testing.T, i *connector.Integration, id string) *connector.Command {
	t.Helper()
	c, ok := i.Command(id)
	if !ok {
		t.Fatalf("no command %s", id)
	}
	if c.Err() != nil {
		t.Fatal(c.Err())
	}
	return c
}
