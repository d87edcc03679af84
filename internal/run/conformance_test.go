package run_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/connectortest"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

// The suite is tried on a small web integration: sound, it passes; with each
// defect planted, the suite must fail.

type webSettings struct {
	Endpoint string           `json:"endpoint" label:"Endpoint" doc:"Where."`
	Key      connector.Secret `json:"key" label:"Key" doc:"Key."`
}

type webClient struct {
	http *http.Client
	s    *webSettings
	flaw string
}

type webIn struct {
	Mode  string `json:"mode" label:"Mode" doc:"Mode." enum:"a,b"`
	Count int    `json:"count,omitempty" label:"Count" doc:"Count." minimum:"1"`
}

type webOut struct {
	Text string `json:"text" doc:"Text."`
	Size int    `json:"size" doc:"Size."`
}

func (c *webClient) get(ctx context.Context) (string, error) {
	if c.flaw == "deaf" {
		ctx = context.WithoutCancel(ctx)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.s.Endpoint, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("X-Key", c.s.Key.Reveal())
	res, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", &connector.Error{Kind: connector.KindOfStatus(res.StatusCode), Status: res.StatusCode, Message: "refused: " + string(body)}
	}
	return string(body), nil
}

func web(flaw string) *connector.Integration {
	perms := []connector.Permission{{Name: "web:Get"}}
	show := func(ctx context.Context, call *connector.Call, c *webClient, in *webIn) (*webOut, error) {
		text, err := c.get(ctx)
		if flaw == "chatty" { // the log is cleaned of it, what goes to the caller is not
			call.Log.Info("using", "key", c.s.Key.Reveal())
			text += c.s.Key.Reveal()
		}
		return &webOut{Text: text, Size: len(text)}, err
	}
	meta := connector.Meta{Name: "Show Page", Summary: "Shows a page.", Effect: connector.Read | connector.Idempotent, Permissions: perms}
	if flaw == "mute" {
		meta.Summary = ""
	}
	return &connector.Integration{
		ID: "web", Name: "Web", Category: "Test", Summary: "Web.", Overview: "Web.", Setup: "None.",
		Connection: connector.NewConnection(func(_ context.Context, env connector.Env, s *webSettings) (*webClient, error) {
			h, err := env.HTTP(connector.HTTPOptions{})
			return &webClient{h, s, flaw}, err
		}),
		Commands: []*connector.Command{
			connector.NewCommand(meta, show),
			connector.NewTestConnection(perms, nil, func(ctx context.Context, _ *connector.Call, c *webClient) (*connector.CheckResult, error) {
				_, err := c.get(ctx)
				return &connector.CheckResult{Message: "fine"}, err
			}),
		},
	}
}

func webKit(t *testing.T, flaw string) connectortest.Kit {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	t.Cleanup(srv.Close)
	i := web(flaw)
	at := func(addr string) map[string]any {
		return map[string]any{"endpoint": "http://" + addr, "key": "web-canary-key"}
	}
	return connectortest.Kit{
		Integration: i, Runner: runtest.NewConformance(t, i, runtest.Options{}), Validate: runtest.Check,
		Settings: at(srv.Listener.Addr().String()), At: at,
		Inputs: map[string]func(*testing.T) map[string]any{
			"show-page":       func(*testing.T) map[string]any { return map[string]any{"mode": "a"} },
			"test-connection": func(*testing.T) map[string]any { return map[string]any{} },
		},
	}
}

const flawEnv = "FAIRLEAD_TEST_PLANTED_FLAW"

func TestConformanceSuite(t *testing.T) {
	connectortest.Run(t, webKit(t, os.Getenv(flawEnv)))
}

func TestConformanceSuiteCatches(t *testing.T) {
	for flaw, c := range map[string]struct{ part, want string }{
		"deaf":   {"show-page/ends_in_time", "a deadline of 300 ms"},
		"chatty": {"show-page/valid_run", "the secret key is in raw data"},
		"mute":   {"declaration", "the summary is not a sentence"},
	} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestConformanceSuite$/"+c.part)
			cmd.Env = append(os.Environ(), flawEnv+"="+flaw)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), c.want) {
				t.Errorf("the planted flaw was not reported as %q (%v):\n%s", c.want, err, out)
			}
		})
	}
}

func TestLintFinds(t *testing.T) {
	type badIn struct {
		A string `json:"wrongId" label:"Right Label" doc:"No sentence"`
		B int    `json:"b" label:"B" doc:"B."`
	}
	i := &connector.Integration{ID: "Bad", Commands: []*connector.Command{
		connector.NewCommand(connector.Meta{Name: "X"}, func(context.Context, *connector.Call, connector.NoSession, *badIn) (*webOut, error) { return nil, nil }),
	}}
	got := strings.Join(connectortest.Lint(i), "\n")
	for _, want := range []string{"not in kebab case", "no category", "x: no effect", `the id of "Right Label" is "rightLabel"`, "no meaning, or not a sentence", "a number without a minimum"} {
		if !strings.Contains(got, want) {
			t.Errorf("lint does not say %q:\n%s", want, got)
		}
	}
	if p := connectortest.Lint(web("")); len(p) != 0 {
		t.Errorf("a sound declaration: %v", p)
	}
}
