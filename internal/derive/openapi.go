package derive

import (
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/authz"
)

// References that Operation makes into the components of the document.
const (
	RunSchemaRef     = "#/components/schemas/Run"
	ProblemSchemaRef = "#/components/schemas/Problem"
)

// OperationPath is where a command is run.
func OperationPath(i *connector.Integration, c *connector.Command) string {
	return "/api/v1/integrations/" + i.ID + "/commands/" + c.ID + "/runs"
}

// OperationID is the id of a command's operation.
func OperationID(i *connector.Integration, c *connector.Command) string {
	return "run-" + i.ID + "-" + c.ID
}

// Scopes are what a caller needs to run a command.
func Scopes(c *connector.Command) []string { return authz.Scopes(authz.ForEffect(c.Effect)).Strings() }

type (
	obj  = schema.Ordered
	list = []any
)

// Operation is the OpenAPI 3.1 operation that runs a command.
func Operation(i *connector.Integration, c *connector.Command) schema.Ordered {
	o := obj{
		{Name: "operationId", Value: OperationID(i, c)},
		{Name: "tags", Value: []string{i.Name}},
		{Name: "summary", Value: c.Summary},
		{Name: "description", Value: operationText(c)},
		{Name: "parameters", Value: list{idempotencyParam(), originParam()}},
		{Name: "requestBody", Value: obj{
			{Name: "required", Value: requiresInput(c)},
			{Name: "content", Value: content("application/json", requestSchema(i, c))},
		}},
		{Name: "responses", Value: responses(c)},
		{Name: "security", Value: list{obj{{Name: "bearer", Value: Scopes(c)}}}},
		{Name: "x-scopes", Value: Scopes(c)},
		{Name: "x-effect", Value: c.Effect.Names()},
		{Name: "x-idempotent", Value: c.Effect.Has(connector.Idempotent)},
		{Name: "x-dry-run", Value: c.CanPlan()},
	}
	if len(c.Permissions) > 0 {
		o = append(o, schema.Member{Name: "x-permissions", Value: Permissions(c)})
	}
	return o
}

// Permissions are a command's permissions as JSON.
func Permissions(c *connector.Command) []schema.Ordered {
	out := make([]schema.Ordered, 0, len(c.Permissions))
	for _, p := range c.Permissions {
		m := obj{{Name: "name", Value: p.Name}}
		if p.When != "" {
			m = append(m, schema.Member{Name: "when", Value: p.When})
		}
		if p.Model != "" {
			m = append(m, schema.Member{Name: "model", Value: p.Model})
		}
		out = append(out, m)
	}
	return out
}

func operationText(c *connector.Command) string {
	parts := []string{}
	if c.Description != "" {
		parts = append(parts, c.Description)
	}
	parts = append(parts, "The answer is 200 whatever the outcome: `returnData` and `error` tell it. "+
		"A list given to a parameter that takes one value runs the command once per element.")
	if len(c.Permissions) > 0 {
		parts = append(parts, "Permissions: "+permissionList(c)+".")
	}
	for _, s := range c.Corrections {
		parts = append(parts, "Note: "+s)
	}
	return strings.Join(parts, "\n\n")
}

func permissionList(c *connector.Command) string {
	names := make([]string, 0, len(c.Permissions))
	for _, p := range c.Permissions {
		s := "`" + p.Name + "`"
		if p.When != "" {
			s += " (" + p.When + ")"
		}
		names = append(names, s)
	}
	return strings.Join(names, ", ")
}

func requiresInput(c *connector.Command) bool {
	for i := range c.In.Fields {
		if c.In.Fields[i].Required && c.In.Fields[i].When == nil {
			return true
		}
	}
	return false
}

func requestSchema(i *connector.Integration, c *connector.Command) obj {
	var props obj
	add := func(name string, v obj) { props = append(props, schema.Member{Name: name, Value: v}) }
	if i.Connection != nil {
		add("connection", typed("string", "Name or ID of the connection; may be left out when exactly one fits."))
	}
	add("input", c.In.JSONSchema(true))
	if c.CanPlan() {
		add("dryRun", typed("boolean", "Say what would be done and send only reads."))
	}
	add("timeout", obj{{Name: "type", Value: []string{"string", "number"}}, {Name: "description", Value: "Time limit: seconds, or text such as 90s or 5m."}})
	add("async", typed("boolean", "Answer 202 at once; the run goes on."))
	add("externalRef", typed("string", "The caller's own reference, kept with the run."))
	s := obj{{Name: "type", Value: "object"}, {Name: "properties", Value: props}, {Name: "additionalProperties", Value: false}}
	if requiresInput(c) {
		s = append(s, schema.Member{Name: "required", Value: []string{"input"}})
	}
	return s
}

func typed(kind, text string) obj {
	return obj{{Name: "type", Value: kind}, {Name: "description", Value: text}}
}

func responses(c *connector.Command) obj {
	raw := c.Out.JSONSchema(false)
	answer := obj{{Name: "allOf", Value: list{
		ref(RunSchemaRef),
		obj{{Name: "properties", Value: obj{{Name: "rawData", Value: obj{{Name: "anyOf", Value: list{
			raw,
			obj{{Name: "type", Value: "array"}, {Name: "items", Value: obj{}}, {Name: "description", Value: "One entry per run when a list was given to a parameter that takes one value."}},
			obj{{Name: "type", Value: "null"}},
		}}}}}}},
	}}}
	return obj{
		{Name: "200", Value: obj{{Name: "description", Value: "The run, whatever its outcome."}, {Name: "content", Value: content("application/json", answer)}}},
		{Name: "202", Value: obj{{Name: "description", Value: "The run has begun (async)."}, {Name: "content", Value: content("application/json", ref(RunSchemaRef))}}},
		{Name: "default", Value: obj{{Name: "description", Value: "No run was made."}, {Name: "content", Value: content("application/problem+json", ref(ProblemSchemaRef))}}},
	}
}

func ref(to string) obj { return obj{{Name: "$ref", Value: to}} }

func content(kind string, s obj) obj {
	return obj{{Name: kind, Value: obj{{Name: "schema", Value: s}}}}
}

func idempotencyParam() obj {
	return header("Idempotency-Key", "A repeat with the same key and body returns the first run; with another body it is refused.")
}

func originParam() obj {
	return header("Fairlead-Origin", "Recorded as the run's origin: api, cli, console or demo.")
}

func header(name, text string) obj {
	return obj{{Name: "name", Value: name}, {Name: "in", Value: "header"}, {Name: "description", Value: text}, {Name: "schema", Value: obj{{Name: "type", Value: "string"}}}}
}
