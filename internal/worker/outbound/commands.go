package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/worker/intrinsic"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// CommandDeps are what the functions of commands work with besides what comes
// with a job.
type CommandDeps struct {
	// Files gives the stored files as one caller sees them; nil where there are
	// none, and then no document becomes a file.
	Files func(actor authz.Actor, runID string) connector.Files
	Now   func() time.Time
}

// CommandType is the job type of a command.
func CommandType(integration, command string) string {
	return "fairlead:" + integration + ":" + command + ":1"
}

// Commands makes a function of every command of the catalogue.
func Commands(c *catalog.Catalog, d CommandDeps) []job.Function {
	var fs []job.Function
	for _, i := range c.All() {
		for _, cmd := range i.Commands {
			fs = append(fs, &command{CommandDeps: d, integration: i, command: cmd})
		}
	}
	return fs
}

type command struct {
	CommandDeps
	integration *connector.Integration
	command     *connector.Command
}

var (
	_ job.Function = (*command)(nil)
	_ job.Discreet = (*command)(nil)
)

func (c *command) Type() string { return CommandType(c.integration.ID, c.command.ID) }
func (c *command) Name() string { return c.integration.Name + " " + c.command.Name }
func (c *command) Fetch() []string {
	return []string{"connection", "connectionConfiguration", "params"}
}

// SecretNames are the parameters that are secrets, by each of their names.
func (c *command) SecretNames() []string { return secretNames(c.command.In) }

func secretNames(t *schema.Type) []string {
	var names []string
	for i := range t.Fields {
		f := &t.Fields[i]
		switch {
		case f.Secret || f.Elem != nil && f.Elem.Secret:
			names = append(append(names, f.ID), f.Aliases...)
		default:
			names = append(names, secretNames(&f.Type)...)
		}
	}
	if t.Elem != nil {
		names = append(names, secretNames(t.Elem)...)
	}
	return names
}

// Call runs the command. Its response is the run's output object.
func (c *command) Call(ctx context.Context, in job.Invocation) (json.RawMessage, error) {
	connection, params, err := readVariables(in.Variables)
	if err != nil {
		return nil, err
	}
	if params, err = intrinsic.Resolve(ctx, params, in.Intrinsic); err != nil {
		return nil, err
	}
	if params, err = c.fit(ctx, in, params); err != nil {
		return nil, asFault(err)
	}
	rec, err := in.Run(ctx, run.Request{Integration: c.integration.ID, Command: c.command.ID, Connection: connection, Input: params})
	if err != nil {
		return nil, asFault(err)
	}
	if rec.ReturnData == nil || *rec.ReturnData == run.Failed {
		return nil, runFault(rec)
	}
	return c.response(ctx, in, rec)
}

// readVariables takes the variables apart. None has to be there. A connection is
// named by itself or, else, by a configuration that the cluster keeps.
func readVariables(text json.RawMessage) (connection string, params json.RawMessage, err error) {
	var v struct {
		Connection    json.RawMessage `json:"connection"`
		Configuration json.RawMessage `json:"connectionConfiguration"`
		Params        json.RawMessage `json:"params"`
	}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &v); err != nil {
			return "", nil, inputFault("The variables of the job are not a JSON object.")
		}
	}
	if isNull(v.Connection) || string(v.Connection) == `""` {
		if v.Connection, err = fromConfiguration(v.Configuration); err != nil {
			return "", nil, err
		}
	}
	name, ok := scalarText(v.Connection)
	if !ok || name != nil && v.Connection[0] != '"' {
		return "", nil, inputFault("The variable connection is not a text. Set it to the name of a connection.")
	}
	if name != nil {
		connection = *name
	}
	switch {
	case isNull(v.Params):
		return connection, json.RawMessage("{}"), nil
	case v.Params[0] != '{':
		return "", nil, inputFault("The variable params is not an object. Map each parameter of the command to params.<id of the parameter>.")
	}
	return connection, v.Params, nil
}

func fromConfiguration(raw json.RawMessage) (json.RawMessage, error) {
	if isNull(raw) {
		return nil, nil
	}
	var v struct {
		Connection json.RawMessage `json:"connection"`
	}
	if raw[0] != '{' || json.Unmarshal(raw, &v) != nil {
		return nil, inputFault("The variable connectionConfiguration is not an object. Choose a configuration with the name of a connection.")
	}
	return v.Connection, nil
}

func inputFault(message string) *job.Fault {
	return &job.Fault{Type: job.InputException, Code: string(connector.Invalid), Message: message, Input: true, Business: true}
}

// fit makes the parameters what the command takes: a single value for a list
// becomes a list of one, and documents become the IDs of stored files.
func (c *command) fit(ctx context.Context, in job.Invocation, params json.RawMessage) (json.RawMessage, error) {
	given, ok := members(params)
	if !ok {
		return nil, inputFault("The variable params is not an object. Map each parameter of the command to params.<id of the parameter>.")
	}
	changed := false
	for name, raw := range given {
		f, known := c.command.In.Named(name)
		if !known || isNull(raw) {
			continue
		}
		fitted, err := c.fitValue(ctx, in, f, raw)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(fitted, raw) {
			given[name], changed = fitted, true
		}
	}
	if !changed {
		return params, nil
	}
	return json.Marshal(given)
}

func (c *command) fitValue(ctx context.Context, in job.Invocation, f *schema.Field, raw json.RawMessage) (json.RawMessage, error) {
	if takesFile(&f.Type) || f.Elem != nil && takesFile(f.Elem) {
		var err error
		if raw, err = c.filesOf(ctx, in, "/"+f.ID, raw); err != nil {
			return nil, err
		}
	}
	if f.Kind == schema.Array && raw[0] != '[' {
		if string(raw) == `""` {
			return json.RawMessage("null"), nil
		}
		return append(append(json.RawMessage{'['}, raw...), ']'), nil
	}
	return raw, nil
}

// takesFile tells whether a value is the ID of a stored file, the one thing
// that may be written as a number and as a text.
func takesFile(t *schema.Type) bool { return len(t.Alt) > 1 }

// asFault gives an error of the platform in the terms of jobs.
func asFault(err error) *job.Fault {
	if f, ok := errors.AsType[*job.Fault](err); ok {
		return f
	}
	e := connector.AsError(err)
	v := faultVariables{StatusCode: e.StatusCode(), Kind: e.Kind, Fix: e.Fix, Items: []run.ErrorItemView{}}
	for _, part := range append([]*connector.Error{e}, e.Causes...) {
		if part.Item != "" || part.Field != "" {
			v.Items = append(v.Items, run.ErrorItemView{
				Item: part.Item, Operation: part.Operation, Code: part.Code, StatusCode: part.StatusCode(),
				Message: part.Message, RequestID: part.RequestID, Field: part.Field, Fix: part.Fix,
			})
		}
	}
	return newFault(e.Kind, sentences(e.Message, e.Fix), v, err)
}

// runFault is why a run failed.
func runFault(rec *run.Record) *job.Fault {
	if rec.Error == nil {
		return newFault(connector.Internal, "The run ended without a result.", faultVariables{
			StatusCode: connector.Internal.HTTPStatus(), Kind: connector.Internal, RunID: rec.RunID, Items: []run.ErrorItemView{},
		}, nil)
	}
	e := rec.Error
	v := faultVariables{StatusCode: e.StatusCode, Kind: e.Kind, RunID: rec.RunID, FailureIndicator: e.FailureIndicator, Fix: e.Fix, Items: e.Items}
	if v.ItemsFailed = len(e.Items); v.ItemsFailed > mostFaultItems {
		v.Items = e.Items[:mostFaultItems]
	}
	if v.Items == nil {
		v.Items = []run.ErrorItemView{}
	}
	return newFault(e.Kind, sentences(e.Message, e.Fix), v, nil)
}

// mostFaultItems bounds the failing items that a failure lists; the run has all.
const mostFaultItems = 100

// faultVariables is what error.variables holds for a command.
type faultVariables struct {
	StatusCode       int                 `json:"statusCode"`
	Kind             connector.Kind      `json:"kind"`
	RunID            string              `json:"runId,omitempty"`
	FailureIndicator string              `json:"failureIndicator,omitempty"`
	Fix              string              `json:"fix,omitempty"`
	ItemsFailed      int                 `json:"itemsFailed,omitempty"`
	Items            []run.ErrorItemView `json:"items"`
}

// newFault follows the table of kinds: where a repeat can help a retry is used
// up, otherwise none is left, or the process is told by a BPMN error.
func newFault(kind connector.Kind, message string, v faultVariables, err error) *job.Fault {
	f := &job.Fault{Type: job.ConnectorException, Code: string(kind), Message: message, Err: err, Business: kind.BPMNError()}
	if kind == connector.Invalid {
		f.Type = job.InputException
	}
	if !kind.Retryable() {
		f.Retries = new(int32)
	}
	f.Variables, _ = marshal(v) // plain strings and numbers
	return f
}

func sentences(message, fix string) string {
	if fix == "" || strings.Contains(message, fix) {
		return message
	}
	return strings.TrimSpace(message + " " + fix)
}

// marshal is JSON that leaves <, > and & as they are.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
