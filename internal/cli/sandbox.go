package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// sandbox is a simulated cloud in this process, with a connection to it.
type sandbox struct {
	connection  string // its name
	integration string
	settings    map[string]any   // of the connection, secrets included
	fill        func(*app.Ready) // adds it to the ready file
	about       string           // one line for people
	close       func() error
}

// sandboxes are the clouds of a demo. Each is started with a folder for its
// state.
func sandboxes(now func() time.Time) []func(ctx context.Context, dir string) (*sandbox, error) {
	return []func(context.Context, string) (*sandbox, error){s3Sandbox, azureSandbox(now)}
}

func s3Sandbox(ctx context.Context, dir string) (*sandbox, error) {
	s, err := s3sim.Start(ctx, s3sim.Options{Dir: filepath.Join(dir, "s3")})
	if err != nil {
		return nil, err
	}
	return &sandbox{
		connection: "sandbox", integration: "aws-s3",
		settings: map[string]any{"defaultRegionName": s.Region(), "accessKey": s.AccessKey(), "secretKey": s.SecretKey(), "endpointUrl": s.Endpoint()},
		fill: func(r *app.Ready) {
			r.S3 = map[string]string{"endpoint": s.Endpoint(), "accessKey": s.AccessKey(), "secretKey": s.SecretKey(), "region": s.Region()}
		},
		about: fmt.Sprintf("S3 at %s, region %s, connection %q", s.Endpoint(), s.Region(), "sandbox"),
		close: s.Close,
	}, nil
}

// connect adds the connection to a sandbox, or points the one of an earlier
// start to it.
func (s *sandbox) connect(ctx context.Context, c *client) error {
	raw, err := c.get(ctx, apiRequest{method: http.MethodGet, path: at("connections", s.connection)})
	if pr, ok := err.(*api.Problem); ok && pr.Kind == connector.NotFound { //nolint:errorlint // refused gives it unwrapped
		_, err := c.get(ctx, apiRequest{method: http.MethodPost, path: "/connections", body: map[string]any{
			"integration": s.integration, "name": s.connection, "settings": s.settings, "description": "The sandbox of fairlead demo",
		}})
		return err
	}
	if err != nil {
		return err
	}
	return s.reconnect(ctx, c, raw)
}

func (s *sandbox) reconnect(ctx context.Context, c *client, raw json.RawMessage) error {
	there, err := decodeAs[connection.View](raw)
	if err != nil {
		return err
	}
	if there.Integration != s.integration {
		return &connector.Error{
			Kind: connector.Conflict, Message: fmt.Sprintf("The data folder has a connection %q to %s already.", s.connection, there.Integration),
			Fix: "Rename it, or name another folder with --data.",
		}
	}
	_, err = c.get(ctx, apiRequest{method: http.MethodPatch, path: at("connections", s.connection), body: map[string]any{"settings": s.settings, "active": true}})
	return err
}
