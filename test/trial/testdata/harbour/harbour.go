// Package harbour is a made-up integration: berths of a harbour and ships.
package harbour

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/fairlead-io/fairlead/connector"
)

// Settings are the parameters of a connection to a harbour.
type Settings struct {
	Address  string           `json:"address" label:"Address" doc:"Where the harbour's office answers." format:"uri" example:"https://harbour.example.com"`
	Passcode connector.Secret `json:"passcode" label:"Passcode" doc:"Passcode of the harbour master."`
}

// Integration declares Harbour.
func Integration() *connector.Integration {
	return &connector.Integration{
		ID: "harbour", Name: "Harbour", Category: "Trial", Vendor: "Acme", Summary: "Lists berths and moors ships.",
		Overview: "A harbour has berths; a ship is moored at one.", Setup: "Ask the harbour master for a passcode.",
		Connection: connector.NewConnection(open),
		Commands:   []*connector.Command{listBerths(), moorShips(), testConnection()},
	}
}

type office struct {
	http     *http.Client
	settings *Settings
}

func open(_ context.Context, env connector.Env, s *Settings) (*office, error) {
	client, err := env.HTTP(connector.HTTPOptions{})
	return &office{client, s}, err
}

// ask sends a request and reads the answer into out.
func (o *office) ask(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.settings.Address+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Passcode", o.settings.Passcode.Reveal())
	resp, err := o.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &connector.Error{Kind: connector.KindOfStatus(resp.StatusCode), Status: resp.StatusCode, Operation: path, Message: "The harbour refuses.", Fix: "Ask the harbour master."}
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

func testConnection() *connector.Command {
	return connector.NewTestConnection(nil, nil, func(ctx context.Context, _ *connector.Call, o *office) (*connector.CheckResult, error) {
		var out BerthsOut
		if err := o.ask(ctx, "/berths", nil, &out); err != nil {
			return nil, err
		}
		return &connector.CheckResult{Message: "The harbour answers."}, nil
	})
}
