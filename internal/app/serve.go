package app

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/authz"
)

// EmbeddedURL is the base address of the in-process client's requests.
const EmbeddedURL = "http://embedded.fairlead.invalid"

// Client is an HTTP client of the API in this process: it opens no port, needs
// no token and may do everything, for whoever owns the data folder does. user
// names the person for records, origin (cli, demo) is recorded with runs.
func (a *App) Client(user, origin string) *http.Client {
	return &http.Client{
		Transport:     &embedded{api.InProcess(a.API), authz.Local(user), origin},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type embedded struct {
	next   http.RoundTripper
	actor  authz.Actor
	origin string
}

func (e *embedded) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(api.WithActor(req.Context(), e.actor))
	if e.origin != "" && req.Header.Get("Fairlead-Origin") == "" {
		req.Header.Set("Fairlead-Origin", e.origin)
	}
	return e.next.RoundTrip(req)
}

// OwnerToken makes the first token of the installation, with all scopes; it is
// empty when there is a token already. Whoever starts the server prints it
// once, on standard error.
func (a *App) OwnerToken(ctx context.Context) (connector.Secret, error) {
	t, err := a.Tokens.EnsureOwner(ctx, authz.DefaultTenant)
	return a.keepOut(t), err
}

// SessionToken makes a token with all scopes that ends with the process. name
// says who asked for it: serve, demo.
func (a *App) SessionToken(ctx context.Context, name string) (connector.Secret, error) {
	t, err := a.Tokens.MintSession(ctx, authz.DefaultTenant, name)
	return a.keepOut(t), err
}

// keepOut keeps a token out of the log.
func (a *App) keepOut(t connector.Secret) connector.Secret {
	if !t.Empty() {
		a.secrets.Add(t.Reveal())
	}
	return t
}

// Ready is what the ready file tells scripts.
type Ready struct {
	URL         string            `json:"url"`
	Token       string            `json:"token"`
	Connections []ReadyConnection `json:"connections"`
	S3          any               `json:"s3,omitempty"`    // of a sandbox
	Azure       any               `json:"azure,omitempty"` // of a sandbox
}

// ReadyConnection is a connection that is there when the server starts.
type ReadyConnection struct {
	Name        string `json:"name"`
	Integration string `json:"integration"`
}

// Serving says what happens when the server is ready.
type Serving struct {
	Name string // of the session token: serve, demo
	// Fill adds to the ready file, such as a sandbox's keys; may be nil.
	Fill func(*Ready)
	// Ready is called when requests are taken and the ready file is written; may
	// be nil. Its error ends the server.
	Ready func(url string) error
}

// Serve serves the API as the settings say until ctx ends, then lets requests
// finish. Close the App afterwards.
func (a *App) Serve(ctx context.Context, s Serving) error {
	if err := a.removeReadyFile(); err != nil {
		return err
	}
	defer func() { _ = a.lock.SetURL("") }() // only a hint for others
	ctx, end := context.WithCancel(ctx)
	defer end()
	jobsEnded := func() {}
	err := api.Serve(ctx, a.API, api.Server{
		Listen: a.Config.Listen, TLSCert: a.Config.TLSCert, TLSKey: a.Config.TLSKey, BehindProxy: a.Config.BehindProxy,
		Drain: a.Config.Drain, DrainDelay: a.Config.DrainDelay, Log: a.Log,
		Ready: func(url string) error {
			a.jobs.url.Store(&url)
			var err error
			if jobsEnded, err = a.takeJobs(ctx); err != nil {
				return err
			}
			settleMemory(ctx)
			return a.announce(ctx, url, s)
		},
	})
	end()
	jobsEnded()
	return err
}

func (a *App) announce(ctx context.Context, url string, s Serving) error {
	if err := a.lock.SetURL(url); err != nil {
		return err
	}
	a.serving(context.WithoutCancel(ctx))
	if a.Config.ReadyFile != "" {
		if err := a.writeReadyFile(ctx, url, s); err != nil {
			return err
		}
	}
	if s.Ready != nil {
		return s.Ready(url)
	}
	return nil
}

func (a *App) writeReadyFile(ctx context.Context, url string, s Serving) error {
	token, err := a.SessionToken(ctx, s.Name)
	if err != nil {
		return err
	}
	r := Ready{URL: url, Token: token.Reveal(), Connections: []ReadyConnection{}}
	list, err := a.Connections.List(ctx, authz.Local(""), "")
	if err != nil {
		return err
	}
	for _, c := range list {
		r.Connections = append(r.Connections, ReadyConnection{c.Name, c.Integration})
	}
	if s.Fill != nil {
		s.Fill(&r)
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return a.readyProblem(WriteBeside(a.Config.ReadyFile, append(raw, '\n'), 0o600))
}

// removeReadyFile keeps one that is left from before from being taken for ours.
func (a *App) removeReadyFile() error {
	if a.Config.ReadyFile == "" {
		return nil
	}
	err := os.Remove(a.Config.ReadyFile)
	if os.IsNotExist(err) {
		return nil
	}
	return a.readyProblem(err)
}

func (a *App) readyProblem(err error) error {
	if err == nil {
		return nil
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The ready file cannot be written: " + err.Error() + ".", Fix: "Name another with --ready-file; its folder must exist.", Err: err}
}

// WriteBeside writes a file that is never seen half-written, and that nobody but
// its owner reads before it has the mode.
func WriteBeside(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), mode)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
