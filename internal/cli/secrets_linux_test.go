package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A person is asked for the value, which the screen does not show, and before a
// secret is deleted.
func TestPersonIsAskedForSecrets(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	set := openTerminal(t, data, "secrets", "set", "API_KEY")
	set.answer("Value of API_KEY: ", "canary-typed-secret")
	if screen := set.end(0); strings.Contains(screen, "canary") || !strings.Contains(screen, "Set secret API_KEY.") {
		t.Errorf("the value is asked for and not shown:\n%s", screen)
	}
	nothing := openTerminal(t, data, "secrets", "set", "OTHER")
	nothing.answer("Value of OTHER: ", "")
	if screen := nothing.end(130); !strings.Contains(screen, "Nothing was set.") {
		t.Errorf("no value:\n%s", screen)
	}
	refuse := openTerminal(t, data, "secrets", "delete", "API_KEY")
	refuse.answer("[y/N] ", "")
	if screen := refuse.end(130); !strings.Contains(screen, "Nothing was done.") || !strings.Contains(screen, `"API_KEY"`) {
		t.Errorf("it is asked before:\n%s", screen)
	}
	openTerminal(t, data, "secrets", "delete", "API_KEY", "--yes").end(0)
	openTerminal(t, data, "secrets", "delete", "API_KEY", "-y").end(6)
}

// A value that is no text is refused, and not shown.
func TestSecretThatIsNoText(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	file := filepath.Join(data, "value")
	if err := os.WriteFile(file, []byte("canary\xff\xfe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if screen := openTerminal(t, data, "secrets", "set", "BINARY", "--from", file).end(4); strings.Contains(screen, "canary") || !strings.Contains(screen, "not UTF-8 text") {
		t.Errorf("not refused, or shown:\n%s", screen)
	}
}
