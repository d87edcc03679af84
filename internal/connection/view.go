// Package connection keeps connections: their settings in the open, their
// secrets sealed and never given back.
package connection

import (
	"encoding/json"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/store"
)

// View is a connection as people see it: without the secrets.
type View struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Integration string         `json:"integration"`
	Description string         `json:"description"`
	Active      bool           `json:"active"`
	Settings    map[string]any `json:"settings" doc:"Parameters that are not secret."`
	SecretsSet  []string       `json:"secretsSet" doc:"Secret parameters that have a value."`
	Guardrails  *Guardrails    `json:"guardrails,omitempty"`
	Revision    int64          `json:"revision"`
	Health      *Health        `json:"health,omitempty" doc:"Result of the last Test Connection."`
	CreatedAt   time.Time      `json:"createdAt"`
	UpdatedAt   time.Time      `json:"updatedAt"`
	CreatedBy   string         `json:"createdBy"`
}

// Health is the result of the last check.
type Health struct {
	OK      bool      `json:"ok"`
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

// Guardrails narrow what a connection may be used for. Empty parts allow all.
type Guardrails struct {
	Effects   []string            `json:"effects,omitempty" doc:"Allowed effects: read, write, delete."`
	Resources map[string][]string `json:"resources,omitempty" doc:"Allowed names by kind, with * and ?: {\"bucket\":[\"team-*\"]}."`
	Hosts     []string            `json:"hosts,omitempty" doc:"Allowed hosts of requests, with * and ?, with or without a port: [\"*.amazonaws.com\"]."`
}

// Input is a new connection. Settings hold the secrets too.
type Input struct {
	Integration string          `json:"integration"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Active      *bool           `json:"active,omitempty"`
	Settings    json.RawMessage `json:"settings"`
	Guardrails  *Guardrails     `json:"guardrails,omitempty"`
}

// Patch changes a connection; nil members stay as they are. Settings are
// merged: a parameter that is left out keeps its value, null removes it.
type Patch struct {
	Name        *string         `json:"name,omitempty"`
	Description *string         `json:"description,omitempty"`
	Active      *bool           `json:"active,omitempty"`
	Settings    json.RawMessage `json:"settings,omitempty"`
	Guardrails  *Guardrails     `json:"guardrails,omitempty"`
	Revision    int64           `json:"revision,omitempty" doc:"Refuse the change unless this is the current revision."`
}

func viewOf(c *store.Connection) (*View, error) {
	v := &View{
		ID: c.ID, Name: c.Name, Integration: c.Integration, Description: c.Description, Active: c.Active,
		Settings: map[string]any{}, SecretsSet: []string{}, Revision: c.Revision,
		CreatedAt: store.Time(c.CreatedAt), UpdatedAt: store.Time(c.UpdatedAt), CreatedBy: c.CreatedBy,
	}
	for f := range c.Secrets {
		v.SecretsSet = append(v.SecretsSet, f)
	}
	sort.Strings(v.SecretsSet)
	if err := json.Unmarshal(c.Settings, &v.Settings); err != nil {
		return nil, err
	}
	if len(c.Health) > 0 {
		v.Health = &Health{}
		if err := json.Unmarshal(c.Health, v.Health); err != nil {
			return nil, err
		}
	}
	g, err := GuardrailsOf(c)
	v.Guardrails = g
	return v, err
}

// GuardrailsOf reads a stored connection's guardrails; nil when it has none.
func GuardrailsOf(c *store.Connection) (*Guardrails, error) {
	if c == nil || len(c.Guardrails) == 0 {
		return nil, nil
	}
	g := &Guardrails{}
	return g, json.Unmarshal(c.Guardrails, g)
}

// Check tells whether a command with these effects may touch these resources.
// The error is located at the parameter that names the forbidden one.
func (g *Guardrails) Check(connection string, effects []string, resources []schema.ResourceAt) *connector.Error {
	if g == nil {
		return nil
	}
	if len(g.Effects) > 0 {
		for _, e := range effects {
			if !slices.Contains(g.Effects, e) {
				return denied(connection, "", "commands with the effect "+e)
			}
		}
	}
	for _, r := range resources {
		if pats, ok := g.Resources[r.Kind]; ok && !matchAny(pats, r.Name) {
			return denied(connection, r.Pointer, "the "+r.Kind+" \""+r.Name+"\"")
		}
	}
	return nil
}

func denied(connection, pointer, what string) *connector.Error {
	return &connector.Error{
		Kind: connector.Denied, Field: pointer,
		Message: "The guardrails of connection \"" + connection + "\" do not allow " + what + ".",
		Fix:     "Use another connection, or have its guardrails widened.",
	}
}

func matchAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, name); ok && err == nil {
			return true
		}
	}
	return false
}

func (g *Guardrails) problems() []*connector.Error {
	if g == nil {
		return nil
	}
	var errs []*connector.Error
	for _, e := range g.Effects {
		if !slices.Contains([]string{"read", "write", "delete"}, e) {
			errs = append(errs, connector.InvalidField("/guardrails/effects", "Unknown effect \""+e+"\".", "Use read, write, delete."))
		}
	}
	for kind, pats := range g.Resources {
		for _, p := range pats {
			if _, err := path.Match(p, ""); err != nil || strings.TrimSpace(p) == "" {
				errs = append(errs, connector.InvalidField(schema.Pointer("/guardrails/resources", kind), "The pattern \""+p+"\" is malformed.", "Use names with * and ?."))
			}
		}
	}
	if e := egress.CheckHosts(g.Hosts); e != nil {
		errs = append(errs, e)
	}
	return errs
}
