package main

import (
	"context"
	"fmt"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// settings has one parameter of each kind that a form can ask for.
type settings struct {
	Address  string           `json:"address" label:"Address" doc:"Where the harbour office is." default:"https://harbour.example" format:"uri" group:"Office"`
	Login    string           `json:"login" label:"Login" doc:"How to sign in." enum:"Password,Badge" default:"Password" group:"Office"`
	Password connector.Secret `json:"password" label:"Password" doc:"Password of the office." when:"login=Password" group:"Office"`
	Badge    connector.Secret `json:"badge" label:"Badge Code" doc:"Code on the badge." when:"login=Badge" group:"Office"`
	Token    connector.Secret `json:"token,omitempty" label:"Token" doc:"Further token, seldom needed." group:"Extra"`
	Berths   int              `json:"berths" label:"Berths" doc:"How many berths there are." default:"4" minimum:"1" maximum:"99" group:"Extra"`
}

type manifestIn struct {
	Ships   []string           `json:"ships" label:"Ships" doc:"Names of the ships." minItems:"1" items:"true" resource:"ship" example:"[\"Aurora\"]"`
	Marks   map[string]string  `json:"marks,omitempty" label:"Marks" doc:"Marks by name."`
	Extra   any                `json:"extra,omitempty" label:"Extra" doc:"Anything else, as JSON."`
	FileIDs []connector.FileID `json:"fileIds,omitempty" label:"File IDs" doc:"Papers to add."`
	Urgent  *bool              `json:"urgent,omitempty" label:"Urgent" doc:"Whether it is urgent."`
	Quiet   bool               `json:"quiet" label:"Quiet" doc:"Whether to keep quiet." default:"false"`
	Kind    string             `json:"kind" label:"Kind" doc:"What is listed." enum:"Cargo,Crew" default:"Cargo"`
	Captain string             `json:"captain" label:"Captain" doc:"Who leads the crew." when:"kind=Crew"`
	Draught float64            `json:"draught,omitempty" label:"Draught" doc:"In metres." minimum:"0"`
	Notes   string             `json:"notes,omitempty" label:"Notes" doc:"Free text."`
	PIN     connector.Secret   `json:"pin,omitempty" label:"PIN" doc:"Seals the manifest."`
	Pause   int                `json:"pause" label:"Pause" doc:"Milliseconds for each ship." default:"0" minimum:"0" maximum:"60000" group:"Timing"`
}

type manifestOut struct {
	Ships []ship `json:"Ships"`
}

type ship struct {
	Name  string `json:"Name" key:"Names" col:"Ship"`
	Berth int    `json:"Berth" col:"Berth"`
}

type keyOut struct {
	Key connector.Secret `json:"Key" doc:"Key of the gate."`
}

// harbour is an integration that this program makes up; the console has no
// line of code for it.
func harbour() *connector.Integration {
	open := func(_ context.Context, _ connector.Env, s *settings) (*settings, error) { return s, nil }
	check := func(_ context.Context, _ *connector.Call, s *settings) (*connector.CheckResult, error) {
		if s.Password.Reveal() == "wrong" {
			return nil, &connector.Error{Kind: connector.Denied, Status: 401, Message: "The office does not know this password.", Fix: "Ask the harbour master for a new one."}
		}
		return &connector.CheckResult{Message: "The office answers.", Identity: "harbour"}, nil
	}
	plan := func(_ context.Context, _ *connector.Call, _ *settings, in *manifestIn) ([]connector.PlanStep, error) {
		steps := make([]connector.PlanStep, len(in.Ships))
		for i, n := range in.Ships {
			steps[i] = connector.PlanStep{Item: n, Action: connector.PlanCreate, Size: 2048}
		}
		return steps, nil
	}
	return &connector.Integration{
		ID: "harbour", Name: "Harbour", Category: "Shipping", Vendor: "Harbour Works", Summary: "Keeps the papers of ships.",
		Overview: "Made up for tests.\n\n- It has **every kind** of parameter.\n- It needs no cloud.", Limitations: []string{"There are no real ships."},
		Setup: "Ask the *harbour master*.", Docs: "https://harbour.example/docs",
		Connection: connector.NewConnection(open),
		Commands: []*connector.Command{
			connector.NewTestConnection([]connector.Permission{{Name: "office.enter"}}, nil, check),
			connector.NewPlanned(connector.Meta{
				Name: "Write Manifests", Summary: "Writes a manifest for each ship.", Effect: connector.Write | connector.Idempotent,
				Permissions: []connector.Permission{{Name: "papers.write", When: "always"}},
			}, writeManifests, plan),
			connector.NewCommand(connector.Meta{Name: "Sink Ships", Summary: "Deletes ships.", Effect: connector.Delete}, writeManifests),
			connector.NewCommand(connector.Meta{Name: "Read Gate Key", Summary: "Returns a secret.", Effect: connector.Read},
				func(context.Context, *connector.Call, *settings, *connector.NoInput) (*keyOut, error) {
					return &keyOut{connector.NewSecret("gate-key-of-the-harbour")}, nil
				}),
		},
	}
}

func writeManifests(ctx context.Context, call *connector.Call, _ *settings, in *manifestIn) (*manifestOut, error) {
	call.Items.Total(len(in.Ships), 0)
	out := &manifestOut{Ships: []ship{}}
	for i, name := range in.Ships {
		item := call.Items.Start(name)
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-time.After(time.Duration(in.Pause) * time.Millisecond):
		}
		if name == "Fog" {
			_ = item.Fail(&connector.Error{Kind: connector.Unavailable, Status: 503, Code: "HarbourClosed", Operation: "WriteManifest", Message: "The harbour is closed for fog.", Fix: "Wait until it lifts."})
			continue
		}
		if name == "Flying Dutchman" {
			_ = item.Fail(&connector.Error{Kind: connector.NotFound, Status: 404, Code: "NoSuchShip", Operation: "WriteManifest", Message: fmt.Sprintf("There is no ship called %q.", name), Fix: "Check the name."})
			continue
		}
		out.Ships = append(out.Ships, ship{name, i + 1})
		item.Done("Written.")
	}
	return out, nil
}
