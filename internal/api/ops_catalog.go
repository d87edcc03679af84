package api

import (
	"context"
	"net/http"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/authz"
)

type integrationLine struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Category      string `json:"category"`
	Vendor        string `json:"vendor"`
	Summary       string `json:"summary"`
	HasConnection bool   `json:"hasConnection" doc:"Whether its commands need a connection."`
	Commands      int    `json:"commands" doc:"How many it has."`
}

type integrationList struct {
	Integrations []integrationLine `json:"integrations"`
}

type integrationView struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Category    string          `json:"category"`
	Vendor      string          `json:"vendor"`
	Summary     string          `json:"summary"`
	Overview    string          `json:"overview" doc:"Markdown."`
	Limitations []string        `json:"limitations"`
	Setup       string          `json:"setup" doc:"Markdown."`
	Docs        string          `json:"docs" doc:"Address of the vendor's reference."`
	Connection  *connectionMeta `json:"connection" doc:"Absent when none is needed."`
	HasPolicy   bool            `json:"hasPolicy" doc:"Whether a least-privilege policy can be written for its commands."`
	Commands    []commandView   `json:"commands"`
}

type connectionMeta struct {
	Schema any `json:"schema" doc:"JSON Schema of the settings."`
}

type commandView struct {
	ID               string           `json:"id"`
	Name             string           `json:"name"`
	Summary          string           `json:"summary"`
	Description      string           `json:"description" doc:"Markdown."`
	Effects          []string         `json:"effects" doc:"read, write, delete."`
	Idempotent       bool             `json:"idempotent"`
	CanPlan          bool             `json:"canPlan" doc:"Whether it has a dry run."`
	Permissions      []permissionView `json:"permissions"`
	Corrections      []string         `json:"corrections"`
	FailureIndicator string           `json:"failureIndicator"`
	Since            string           `json:"since,omitempty"`
	Input            any              `json:"input" doc:"JSON Schema."`
	Output           any              `json:"output" doc:"JSON Schema of rawData."`
}

type permissionView struct {
	Name  string `json:"name"`
	When  string `json:"when,omitempty"`
	Model string `json:"model,omitempty"`
}

// IntegrationPath is part of addresses; huma reads exported types only.
type IntegrationPath struct {
	Integration string `path:"integration" doc:"ID of the integration."`
}

// CommandPath is part of addresses.
type CommandPath struct {
	IntegrationPath
	Command string `path:"command" doc:"ID of the command."`
}

func (a *API) catalogOps() {
	const tag = "Catalogue"
	register(a, operation{id: "list-integrations", method: http.MethodGet, path: Base + "/integrations", tag: tag, summary: "List integrations"}, a.listIntegrations)
	register(a, operation{id: "get-integration", method: http.MethodGet, path: Base + "/integrations/{integration}", tag: tag, summary: "Show an integration with its schemas"}, a.getIntegration)
	register(a, operation{id: "get-command", method: http.MethodGet, path: Base + "/integrations/{integration}/commands/{command}", tag: tag, summary: "Show a command with its schemas"}, a.getCommand)
}

func (a *API) listIntegrations(context.Context, authz.Actor, *none) (*answer[integrationList], error) {
	out := integrationList{Integrations: []integrationLine{}}
	for _, i := range a.Catalog.All() {
		out.Integrations = append(out.Integrations, integrationLine{i.ID, i.Name, i.Category, i.Vendor, i.Summary, i.Connection != nil, len(i.Commands)})
	}
	return ok(out)
}

func (a *API) getIntegration(_ context.Context, _ authz.Actor, in *IntegrationPath) (*answer[integrationView], error) {
	i, err := a.Catalog.Integration(in.Integration)
	if err != nil {
		return nil, err
	}
	v := integrationView{
		ID: i.ID, Name: i.Name, Category: i.Category, Vendor: i.Vendor, Summary: i.Summary, Overview: i.Overview,
		Limitations: orEmpty(i.Limitations), Setup: i.Setup, Docs: i.Docs, HasPolicy: i.Policy != nil, Commands: make([]commandView, 0, len(i.Commands)),
	}
	if i.Connection != nil {
		v.Connection = &connectionMeta{rooted(i.Connection.Settings.JSONSchema(true))}
	}
	for _, c := range i.Commands {
		v.Commands = append(v.Commands, viewOf(c))
	}
	return ok(v)
}

func (a *API) getCommand(_ context.Context, _ authz.Actor, in *CommandPath) (*answer[commandView], error) {
	_, c, err := a.Catalog.Command(in.Integration, in.Command)
	if err != nil {
		return nil, err
	}
	return ok(viewOf(c))
}

func viewOf(c *connector.Command) commandView {
	v := commandView{
		ID: c.ID, Name: c.Name, Summary: c.Summary, Description: c.Description, Effects: c.Effect.Names(),
		Idempotent: c.Effect.Has(connector.Idempotent), CanPlan: c.CanPlan(), Permissions: []permissionView{}, Corrections: orEmpty(c.Corrections),
		FailureIndicator: c.Indicator, Since: c.Since, Input: rooted(c.In.JSONSchema(true)), Output: rooted(c.Out.JSONSchema(false)),
	}
	for _, p := range c.Permissions {
		v.Permissions = append(v.Permissions, permissionView(p))
	}
	return v
}

// rooted names the dialect, so that a schema can be used on its own.
func rooted(s schema.Ordered) schema.Ordered {
	return append(schema.Ordered{{Name: "$schema", Value: "https://json-schema.org/draft/2020-12/schema"}}, s...)
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
