package obs_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/obs"
)

const canary = `cana"ry-<9f2>&secret`

type (
	holder struct{ P *inner }
	inner  struct{ Text string }
)

// TestNoSecretIsLogged sends one value through every way a record has.
func TestNoSecretIsLogged(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			var buf bytes.Buffer
			s := &obs.Secrets{}
			log, err := obs.Log(&buf, obs.Options{Level: "debug", Format: format}, s)
			if err != nil {
				t.Fatal(err)
			}
			early := log.With("attached", canary).WithGroup("g")
			s.Add(canary)
			b64 := base64.StdEncoding.EncodeToString([]byte(canary))
			log.Info("in the message: "+canary, "plain", "stays")
			log.Debug("m", "text", canary, "error", fmt.Errorf("wrapped: %w", errors.New(canary)), "base64", b64)
			log.Warn("m", "struct", holder{&inner{canary}}, "list", []string{"a", canary}, "map", map[string]any{"k": canary})
			log.Error("m", "bytes", []byte(canary), "secret", connector.NewSecret(canary))
			log.With("late", canary).WithGroup("h").Info("m", "in group", canary)
			early.Info("m")
			out := buf.String()
			for _, bad := range []string{canary, "ry-<9f2>", `ry-\u003c9f2`, b64} {
				if strings.Contains(out, bad) {
					t.Errorf("the log holds %q:\n%s", bad, out)
				}
			}
			if !strings.Contains(out, "stays") || strings.Count(out, "\n") != 6 {
				t.Errorf("records are missing:\n%s", out)
			}
		})
	}
}

// TestHarnessCanFail shows that the value is seen when nobody made it known.
func TestHarnessCanFail(t *testing.T) {
	var buf bytes.Buffer
	log, err := obs.Log(&buf, obs.Options{Level: "info"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("m", "k", "canary-plain")
	if !strings.Contains(buf.String(), "canary-plain") {
		t.Error("nothing was logged")
	}
}

func TestOptions(t *testing.T) {
	for _, tc := range []struct {
		reason string
		o      obs.Options
		field  string
	}{
		{"an unknown level", obs.Options{Level: "loud"}, "/log-level"},
		{"an unknown format", obs.Options{Level: "info", Format: "xml"}, "/log-format"},
	} {
		_, err := obs.Log(&bytes.Buffer{}, tc.o, nil)
		if e := connector.AsError(err); e == nil || e.Field != tc.field || e.Fix == "" {
			t.Errorf("%s: %+v", tc.reason, e)
		}
	}
	var buf bytes.Buffer
	log, err := obs.Log(&buf, obs.Options{Level: "warn"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	if buf.Len() != 0 {
		t.Errorf("below the level: %s", buf.String())
	}
}
