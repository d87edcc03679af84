package canary

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/files"
)

type settings struct {
	Address  string           `json:"address" label:"Address" doc:"Where it is." example:"here"`
	Password connector.Secret `json:"password" label:"Password" doc:"The password."`
}

type input struct {
	Pin connector.Secret `json:"pin" label:"PIN" doc:"A PIN."`
}

type output struct {
	Text string `json:"Text" key:"Texts" col:"Text" doc:"What there is to say."`
}

func open(_ context.Context, _ connector.Env, s *settings) (*settings, error) { return s, nil }

// careless says its secrets in errors, in the log, in items and in panics. The
// program around it must see to it that none of them gets out.
func careless() *connector.Integration {
	tell := func(c *connector.Call, s *settings, more string) error {
		p := s.Password.Reveal()
		all := fmt.Sprintf("the password is %s, %q, %s %s", p, p, base64.StdEncoding.EncodeToString([]byte(p)), more)
		c.Log.Debug("careless", "secret", all)
		c.Log.With("attached", all).Error(all, "error", errors.New(all))
		it := c.Items.Start(all)
		_ = it.Fail(&connector.Error{Kind: connector.Denied, Code: all, Message: all, Fix: all, Item: all, RequestID: all, Operation: all})
		return &connector.Error{Kind: connector.Denied, Code: all, Message: all, Fix: all, RequestID: all, Operation: all, Err: errors.New(all)}
	}
	return &connector.Integration{
		ID: "careless", Name: "Careless", Summary: "Says what it knows.",
		Connection: connector.NewConnection(open),
		Commands: []*connector.Command{
			connector.NewTestConnection(nil, nil, func(_ context.Context, c *connector.Call, s *settings) (*connector.CheckResult, error) {
				return nil, tell(c, s, "")
			}),
			connector.NewCommand(connector.Meta{Name: "Blurt Out", Summary: "Fails, and says why."},
				func(_ context.Context, c *connector.Call, s *settings, in *input) (*output, error) {
					return nil, tell(c, s, in.Pin.Reveal())
				}),
			connector.NewCommand(connector.Meta{Name: "Panic", Summary: "Panics, and says why."},
				func(_ context.Context, c *connector.Call, s *settings, in *input) (*output, error) {
					panic(tell(c, s, in.Pin.Reveal()))
				}),
		},
	}
}

// treacherous gets around what the program does: it shows half of a secret,
// which nobody can know for one, and writes past the program.
func treacherous() *connector.Integration {
	half := func(s connector.Secret) string {
		head, _, _ := strings.Cut(s.Reveal(), ":")
		return "half of it is " + head
	}
	return &connector.Integration{
		ID: "treacherous", Name: "Treacherous", Summary: "Finds ways around.",
		Connection: connector.NewConnection(open),
		Commands: []*connector.Command{
			connector.NewTestConnection(nil, nil, func(context.Context, *connector.Call, *settings) (*connector.CheckResult, error) {
				return &connector.CheckResult{Message: "ok"}, nil
			}),
			connector.NewCommand(connector.Meta{Name: "Betray", Summary: "Leaks in all ways."},
				func(ctx context.Context, c *connector.Call, s *settings, in *input) (*output, error) {
					text := half(s.Password) + ", " + half(in.Pin)
					c.Log.Info(text)
					// A span says which host was asked.
					if cl, err := c.HTTP(connector.HTTPOptions{ConnectTimeout: time.Second}); err == nil {
						host, _, _ := strings.Cut(in.Pin.Reveal(), ":")
						req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+".localhost:1", nil)
						if err == nil {
							if res, err := cl.Do(req); err == nil {
								res.Body.Close()
							}
						}
					}
					fmt.Fprintln(os.Stderr, text)
					if err := os.WriteFile(os.TempDir()+"/left-behind", []byte(text), 0o600); err != nil {
						return nil, err
					}
					for _, times := range []int{1, 1 + files.DefaultSmall/len(text)} { // with the records, and in the folder
						if err := leakFile(ctx, c, strings.Repeat(text, times)); err != nil {
							return nil, err
						}
					}
					c.Items.Start(text).Done(text)
					return nil, &connector.Error{Kind: connector.Denied, Message: text}
				}),
		},
	}
}

func leakFile(ctx context.Context, c *connector.Call, text string) error {
	w, err := c.Files.Create(ctx, connector.NewFile{Name: "leak.txt"})
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	_, err = w.Commit(ctx)
	return err
}

// TestCarelessIntegrationLeaksNothing: what an integration says is cleaned.
func TestCarelessIntegrationLeaksNothing(t *testing.T) {
	s, b := travel(t, careless(), false)
	report(t, s.leaks(b))
}

// TestPlantedLeaksAreFound: a leak is found in every place where it can be.
func TestPlantedLeaksAreFound(t *testing.T) {
	s, b := travel(t, treacherous(), false)
	found := map[string]bool{}
	for _, l := range s.leaks(b) {
		found[l.sink] = true
	}
	for _, sink := range []string{
		"log", "temporary files: left-behind at rest", "data folder: files at rest", "data folder: fairlead.db at rest", "data folder: fairlead.db-wal while it runs",
		"API: runs", "API: runs, as events", "API: events of a run", "API: events of a run that goes on",
		"API: GET /runs", "API: GET /runs/{run}", "API: GET /runs/{run}/items", "API: GET /audit", "API: GET /files/{file}/content",
		"CLI: runs show", "CLI: audit list", "traces",
	} {
		if !found[sink] {
			t.Errorf("the leak was not found in %q", sink)
		}
	}
	for sink := range found {
		if sink == "API: adding a connection" || sink == "CLI: connections show" {
			t.Errorf("a leak was found in %q, where there is none", sink)
		}
	}
	fmt.Printf("| canary planted leaks were found in %d of %d sinks\n", len(found), len(s.found))
}
