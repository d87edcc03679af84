package connector

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/fairlead-io/fairlead/connector/schema"
)

// Integration is an entry of the catalogue.
type Integration struct {
	ID          string // "aws-s3"
	Name        string // "AWS S3"
	Category    string
	Vendor      string
	Summary     string   // one sentence
	Overview    string   // Markdown
	Limitations []string // known limitations, one sentence each
	Setup       string   // Markdown: how to prepare the cloud's side
	Docs        string   // address of the vendor's API reference
	Connection  *Connection
	Commands    []*Command
	// Policy writes the least-privilege policy of some commands; nil when the
	// integration needs none.
	Policy func(PolicyRequest) ([]PolicyDocument, error)
	// Found drafts connections from what the cloud's own tools have set up on
	// this machine; nil when there is nothing of the kind.
	Found func(ctx context.Context, lookupEnv func(string) (string, bool)) ([]Draft, error)
}

// Draft is a connection that was found and not yet added. Its settings may
// hold secrets.
type Draft struct {
	Name     string
	Settings map[string]any
	Source   string // where it was found, for people
}

// Command finds a command by id.
func (i *Integration) Command(id string) (*Command, bool) {
	for _, c := range i.Commands {
		if c.ID == id {
			return c, true
		}
	}
	return nil, false
}

// Connection declares the settings of an integration and how they are opened.
type Connection struct {
	Settings *schema.Type
	open     func(context.Context, Env, json.RawMessage) (Session, error)
	validate func(json.RawMessage) []*Error
	err      error
}

// Validator is implemented by inputs and settings whose fields depend on each
// other in ways that tags cannot say. Errors are located. It does no I/O.
type Validator interface{ Validate() []*Error }

// NewConnection declares a connection whose settings are S, a struct with tags.
// open builds clients from them and must not call the cloud: what it gives is
// kept and shared.
func NewConnection[S, C any](open func(context.Context, Env, *S) (C, error)) *Connection {
	t, err := schema.For[S]()
	return &Connection{
		Settings: t,
		err:      err,
		validate: validateAs[S],
		open: func(ctx context.Context, env Env, raw json.RawMessage) (Session, error) {
			s := new(S)
			if err := json.Unmarshal(raw, s); err != nil {
				return nil, decodeError(err)
			}
			return open(ctx, env, s)
		},
	}
}

// Open builds the session of validated settings, secrets included.
func (c *Connection) Open(ctx context.Context, env Env, settings json.RawMessage) (Session, error) {
	return c.open(ctx, env, settings)
}

// Validate checks what the schema cannot say of the settings.
func (c *Connection) Validate(settings json.RawMessage) []*Error { return c.validate(settings) }

// Permission is something the connection's identity must be allowed.
type Permission struct {
	Name  string // as the cloud spells it ("s3:CreateBucket")
	When  string // empty: always; else when ("with Enable All Versions Deletion")
	Model string // for clouds with several permission models; empty otherwise
}

// Meta is what is said of a command besides its types.
type Meta struct {
	Name        string // display name; the id is its kebab case
	Summary     string // one sentence
	Description string // Markdown, further paragraphs
	Effect      Effect
	Permissions []Permission
	// Corrections say where the documentation that this command follows is
	// wrong and what is true.
	Corrections []string
	// Indicator overrides "<Name> failed.".
	Indicator string
	Since     string
}

// PlanStep is one thing a command would do.
type PlanStep struct {
	Item   string `json:"item"`
	Action string `json:"action"` // create, replace, delete, none
	Size   int64  `json:"size"`   // bytes; 0 when unknown or meaningless
	// Note says what the action alone does not: a difference to the present
	// state, or why nothing can be done.
	Note string `json:"note,omitempty"`
}

// Actions of a plan step.
const (
	PlanCreate  = "create"
	PlanReplace = "replace"
	PlanDelete  = "delete"
	PlanNone    = "none"
)

// Command is one typed operation, with its types erased.
type Command struct {
	Meta
	ID  string
	In  *schema.Type
	Out *schema.Type // shape of rawData

	run      func(context.Context, *Call, Session, json.RawMessage) (any, error)
	plan     func(context.Context, *Call, Session, json.RawMessage) ([]PlanStep, error)
	undo     func(context.Context, *Call, Session, json.RawMessage, []UndoStep) ([]PlanStep, error)
	validate func(json.RawMessage) []*Error
	err      error
}

// NewCommand declares a command. C is the session type of the integration's
// connection (NoSession when it has none), In the input and Out the raw data,
// both structs with tags. run may give both a result and nil when items
// failed: their failure is in the item report.
func NewCommand[C, In, Out any](m Meta, run func(context.Context, *Call, C, *In) (*Out, error)) *Command {
	in, errIn := schema.For[In]()
	out, errOut := schema.For[Out]()
	c := &Command{Meta: m, ID: schema.Kebab(m.Name), In: in, Out: out, validate: validateAs[In]}
	if c.Indicator == "" {
		c.Indicator = m.Name + " failed."
	}
	c.err = joinDecl(errIn, errOut)
	c.run = func(ctx context.Context, call *Call, s Session, raw json.RawMessage) (any, error) {
		in, client, err := decode[C, In](s, raw)
		if err != nil {
			return nil, err
		}
		res, err := run(ctx, call, client, in)
		if res == nil { // a nil pointer must not hide in the interface
			return nil, err
		}
		return res, err
	}
	return c
}

// NewPlanned declares a command that can say beforehand what it would do. plan
// sends only reads.
func NewPlanned[C, In, Out any](m Meta, run func(context.Context, *Call, C, *In) (*Out, error), plan func(context.Context, *Call, C, *In) ([]PlanStep, error)) *Command {
	c := NewCommand(m, run)
	c.plan = func(ctx context.Context, call *Call, s Session, raw json.RawMessage) ([]PlanStep, error) {
		in, client, err := decode[C, In](s, raw)
		if err != nil {
			return nil, err
		}
		return plan(ctx, call, client, in)
	}
	return c
}

// NoSession is the session type of integrations without a connection.
type NoSession struct{}

// NoInput is the input of commands without parameters.
type NoInput struct{}

// CheckResult is the raw data of Test Connection.
type CheckResult struct {
	Message  string `json:"message" col:"Result" doc:"What was checked."`
	Identity string `json:"identity,omitempty" col:"Identity" key:"Identity" doc:"Who the cloud says the connection is."`
}

// NewTestConnection declares Test Connection from a connection's check.
func NewTestConnection[C any](perms []Permission, corrections []string, check func(context.Context, *Call, C) (*CheckResult, error)) *Command {
	m := Meta{
		Name:        "Test Connection",
		Summary:     "Checks that the connection's settings and credentials work.",
		Effect:      Read | Idempotent,
		Permissions: perms,
		Corrections: corrections,
		Indicator:   "Test Connection failed. Failed to check the connector.",
	}
	return NewCommand(m, func(ctx context.Context, call *Call, c C, _ *NoInput) (*CheckResult, error) {
		return check(ctx, call, c)
	})
}

// TestConnectionID is the id of every integration's check.
const TestConnectionID = "test-connection"

// Run executes the command on validated input.
func (c *Command) Run(ctx context.Context, call *Call, s Session, in json.RawMessage) (any, error) {
	return c.run(ctx, call, s, in)
}

// CanPlan tells whether the command can say beforehand what it would do.
func (c *Command) CanPlan() bool { return c.plan != nil }

// Plan says what Run would do; it sends only reads.
func (c *Command) Plan(ctx context.Context, call *Call, s Session, in json.RawMessage) ([]PlanStep, error) {
	return c.plan(ctx, call, s, in)
}

// Validate checks what the schema cannot say of the input.
func (c *Command) Validate(in json.RawMessage) []*Error { return c.validate(in) }

// Err gives what is wrong with the declaration itself.
func (c *Command) Err() error { return c.err }

// Err gives what is wrong with the declaration itself.
func (c *Connection) Err() error { return c.err }

func decode[C, In any](s Session, raw json.RawMessage) (*In, C, error) {
	in := new(In)
	client, ok := s.(C)
	if !ok {
		return nil, client, &Error{Kind: Internal, Message: fmt.Sprintf("The command got a session of type %T.", s)}
	}
	if err := json.Unmarshal(raw, in); err != nil {
		return nil, client, decodeError(err)
	}
	return in, client, nil
}

func validateAs[T any](raw json.RawMessage) []*Error {
	v := new(T)
	if err := json.Unmarshal(raw, v); err != nil {
		return []*Error{decodeError(err)}
	}
	if val, ok := any(v).(Validator); ok {
		return val.Validate()
	}
	return nil
}

func decodeError(err error) *Error {
	return &Error{Kind: Invalid, Message: "The input cannot be read: " + err.Error() + ".", Err: err}
}

func joinDecl(errs ...error) error {
	var out error
	for _, e := range errs {
		if e != nil && out == nil {
			out = e
		} else if e != nil {
			out = fmt.Errorf("%w; %w", out, e)
		}
	}
	return out
}
