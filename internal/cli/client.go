package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/egress"
)

// client speaks to the API of a server, or of this process.
type client struct {
	http   *http.Client
	base   string
	token  connector.Secret
	origin string
	remote bool
}

// settings reads the settings, the flags of the command line among them.
func (p *program) settings(flags map[string]string) (config.Config, error) {
	all := map[string]string{}
	if p.global.data != "" {
		all["data"] = p.global.data
		all["server"] = "" // the folder was named, whatever the environment says
	}
	if p.global.server != "" {
		if p.global.data != "" {
			return config.Config{}, usagef("--server and --data exclude each other")
		}
		all["server"] = p.global.server
	}
	for name, v := range flags {
		all[name] = v
	}
	return config.Load(config.Source{File: p.global.config, Env: p.env, Flags: all, Home: p.home})
}

// client opens the server, or the data folder of this process, once.
func (p *program) client(ctx context.Context) (*client, error) {
	if p.conn != nil {
		return p.conn, nil
	}
	cfg, err := p.settings(nil)
	if err != nil {
		return nil, err
	}
	if cfg.Server != "" {
		p.conn, err = p.dial(cfg)
		return p.conn, err
	}
	a, err := app.Open(context.WithoutCancel(ctx), cfg, app.WithVersion(p.version))
	if err != nil {
		return nil, err
	}
	p.onClose(a.Close)
	p.conn = &client{http: a.Client(p.user, p.origin), base: app.EmbeddedURL}
	return p.conn, nil
}

func (p *program) dial(cfg config.Config) (*client, error) {
	out := egress.New(egress.Policy{LookupEnv: os.LookupEnv})
	p.onClose(func(context.Context) error { out.Close(); return nil })
	h, err := out.Client(connector.HTTPOptions{})
	if err != nil {
		return nil, err
	}
	return &client{http: h, base: cfg.Server, token: cfg.Token, origin: p.origin, remote: true}, nil
}

// apiRequest is a request below /api/v1.
type apiRequest struct {
	method string
	path   string // escaped; see at
	query  url.Values
	body   any       // sent as JSON, unless content is there
	stream io.Reader // content
	header map[string]string
}

// at joins path segments, each escaped; dots too where a server would take them
// for a step up or down.
func at(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		escaped := url.PathEscape(s)
		if s == "." || s == ".." {
			escaped = strings.ReplaceAll(s, ".", "%2E")
		}
		b.WriteString("/" + escaped)
	}
	return b.String()
}

// send gives a successful answer, whose body the caller closes; any other
// answer is an error.
func (c *client) send(ctx context.Context, r apiRequest) (*http.Response, error) {
	req, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, c.refused(res)
}

func (c *client) request(ctx context.Context, r apiRequest) (*http.Request, error) {
	body, kind := r.stream, "application/octet-stream"
	if r.body != nil {
		raw, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(raw), "application/json"
	}
	address := c.base + api.Base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if !c.token.Empty() {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	if c.origin != "" {
		req.Header.Set("Fairlead-Origin", c.origin)
	}
	for name, v := range r.header {
		req.Header.Set(name, v)
	}
	return req, nil
}

func (c *client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !c.remote {
		return err
	}
	e := &connector.Error{Kind: connector.Unavailable, Message: "The server " + c.base + " cannot be reached.", Fix: "Check its address and that it runs.", Err: err}
	if told, ok := errors.AsType[*connector.Error](err); ok {
		e.Kind, e.Message = told.Kind, strings.TrimSuffix(e.Message, ".")+": "+told.Error()
	}
	return e
}

// maxProblem bounds what is read of an answer that says no.
const maxProblem = 4 << 20

func (c *client) refused(res *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	pr := &api.Problem{}
	if err != nil || json.Unmarshal(raw, pr) != nil || pr.Kind == "" {
		return &connector.Error{
			Kind: connector.Unavailable, Status: res.StatusCode, Message: fmt.Sprintf("%s did not answer as Fairlead does (HTTP status %d).", c.base, res.StatusCode),
			Fix: "Check the address: it must be a Fairlead server, or a proxy that leads to one.",
		}
	}
	return pr
}

// get gives the JSON of an answer; nothing where there is none.
func (c *client) get(ctx context.Context, r apiRequest) (json.RawMessage, error) {
	res, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if len(raw) > 0 && !json.Valid(raw) {
		return nil, &connector.Error{Kind: connector.Unavailable, Message: c.base + " did not answer with JSON.", Fix: "Check the address: it must be a Fairlead server."}
	}
	return raw, nil
}
