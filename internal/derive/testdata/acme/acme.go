// Package acme is a made-up integration with every kind of parameter.
package acme

import (
	"context"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Settings of a connection.
type Settings struct {
	Endpoint  string           `json:"endpointUrl" label:"Endpoint URL" doc:"Address of the service." format:"uri" group:"server"`
	AuthType  string           `json:"authenticationType,omitempty" label:"Authentication Type" doc:"How to sign in." enum:"Password,Token" default:"Password"`
	Password  connector.Secret `json:"password" label:"Password" doc:"The password of the account." when:"authenticationType=Password"`
	Token     connector.Secret `json:"token" label:"Token" doc:"A token." when:"authenticationType=Token"`
	KeepAlive int              `json:"keepAlive,omitempty" label:"Keep Alive" doc:"Seconds a connection is kept." minimum:"0" maximum:"43200" default:"3600" group:"server"`
}

// ShipIn is the input of Ship Parcels.
type ShipIn struct {
	Names    []string           `json:"parcelNames" label:"Parcel Names" doc:"The parcels to ship. Each name is looked up first." minItems:"1" maxItems:"1000" resource:"parcel" example:"red,blue"`
	Files    []connector.FileID `json:"fileIds,omitempty" label:"D3 File IDs" doc:"Files to enclose, e.g. labels. Others are ignored." group:"content"`
	Speed    string             `json:"speed,omitempty" label:"Speed" doc:"How fast." enum:"Slow,Fast" default:"Slow"`
	Floor    int                `json:"floor,omitempty" label:"Floor" doc:"Floor of the receiver." minimum:"-3" maximum:"120"`
	Fragile  bool               `json:"fragile" label:"Fragile" doc:"Whether it breaks."`
	Weight   float64            `json:"weight,omitempty" label:"Weight (kg)" doc:"Weight of each." minimum:"0.5"`
	Code     string             `json:"code,omitempty" label:"Code" doc:"Customs code." pattern:"^[A-Z]{2}|none$" minLength:"2" maxLength:"4" when:"speed=Fast"`
	Tags     map[string]string  `json:"tags,omitempty" label:"Tags" doc:"Tags of the shipment." group:"content"`
	Policy   any                `json:"policy,omitempty" label:"Policy" doc:"A policy document." group:"content"`
	Sender   *Sender            `json:"sender,omitempty" label:"Sender" doc:"Who sends it."`
	PIN      connector.Secret   `json:"pin,omitempty" label:"PIN" doc:"PIN of the box."`
	OldSpeed string             `json:"oldSpeed,omitempty" label:"Old Speed" doc:"Was the speed." deprecated:"use Speed." since:"0.1"`
}

// Sender is part of the input.
type Sender struct {
	City string `json:"city" label:"City" doc:"City of the sender."`
}

// ShipOut is what the service answers.
type ShipOut struct {
	Parcels []Parcel         `json:"Parcels" doc:"The parcels."`
	Receipt connector.Secret `json:"Receipt,omitempty" doc:"Secret of the receipt."`
}

// Parcel is one parcel.
type Parcel struct {
	Name    string    `json:"Name" doc:"Name of the parcel." key:"ParcelNames" col:"Parcel"`
	Shipped time.Time `json:"shipped-at" doc:"When it went." col:"Shipped"`
}

// Integration declares it.
func Integration() *connector.Integration {
	return &connector.Integration{
		ID: "acme-parcels", Name: "Acme Parcels", Category: "Logistics", Vendor: "Acme",
		Summary: "Ships parcels.", Overview: "Acme ships parcels from *here* to there.",
		Limitations: []string{"No pianos."}, Setup: "1. Make an account.\n2. Make a token.", Docs: "https://acme.example/api",
		Connection: connector.NewConnection(func(context.Context, connector.Env, *Settings) (*Settings, error) { return &Settings{}, nil }),
		Commands: []*connector.Command{
			connector.NewTestConnection(nil, nil, func(context.Context, *connector.Call, *Settings) (*connector.CheckResult, error) {
				return &connector.CheckResult{Message: "ok"}, nil
			}),
			ship(),
		},
	}
}

func ship() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name: "Ship Parcels", Summary: "Ships parcels and forgets them.", Description: "Goes out **today**.",
		Effect: connector.Write | connector.Delete, Since: "0.1",
		Permissions: []connector.Permission{{Name: "acme:Ship"}, {Name: "acme:Express", When: "with Speed Fast", Model: "roles"}},
		Corrections: []string{"The documentation says that it is free; it is not."},
	}, func(context.Context, *connector.Call, *Settings, *ShipIn) (*ShipOut, error) { return &ShipOut{}, nil },
		func(context.Context, *connector.Call, *Settings, *ShipIn) ([]connector.PlanStep, error) {
			return nil, nil
		})
}
