package harbour

import (
	"context"

	"github.com/fairlead-io/fairlead/connector"
)

// BerthsIn is the input of List Berths.
type BerthsIn struct {
	Only string `json:"only,omitempty" label:"Only" doc:"Which berths." enum:"Free,Taken"`
}

// BerthsOut is its raw data.
type BerthsOut struct {
	Berths []Berth `json:"Berths" doc:"The berths."`
}

// Berth is a place for a ship.
type Berth struct {
	Name string `json:"Name" key:"Berths" col:"Berth" doc:"Its name."`
	Ship string `json:"Ship,omitempty" col:"Ship" doc:"The ship moored there."`
}

func listBerths() *connector.Command {
	return connector.NewCommand(connector.Meta{Name: "List Berths", Summary: "Lists the berths.", Effect: connector.Read | connector.Idempotent},
		func(ctx context.Context, _ *connector.Call, o *office, in *BerthsIn) (*BerthsOut, error) {
			out := &BerthsOut{}
			return out, o.ask(ctx, "/berths", in, out)
		})
}

// MoorIn is the input of Moor Ships.
type MoorIn struct {
	Ships []string `json:"shipNames" label:"Ship Names" doc:"Names of the ships." minItems:"1" items:"true" example:"[\"Argo\"]"`
}

func moorShips() *connector.Command {
	return connector.NewCommand(connector.Meta{Name: "Moor Ships", Summary: "Moors ships.", Effect: connector.Write},
		func(ctx context.Context, call *connector.Call, o *office, in *MoorIn) (*BerthsOut, error) {
			out := &BerthsOut{Berths: []Berth{}}
			call.Items.Total(len(in.Ships), 0)
			for _, ship := range in.Ships {
				item, berth := call.Items.Start(ship), Berth{}
				if err := o.ask(ctx, "/moor", ship, &berth); err != nil {
					_ = item.Fail(err)
					continue
				}
				item.Done("Moored at " + berth.Name + ".")
				out.Berths = append(out.Berths, berth)
			}
			return out, nil
		})
}
