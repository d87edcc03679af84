package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/run"
)

// runBody asks for a run. Its input is checked by the run path alone, so that
// a refused input is a recorded run.
type runBody struct {
	Connection  string          `json:"connection,omitempty" doc:"Name or ID; may be left out when exactly one fits."`
	Input       json.RawMessage `json:"input,omitempty" doc:"Parameters of the command."`
	DryRun      bool            `json:"dryRun,omitempty" doc:"Say what would be done and send only reads."`
	Timeout     duration        `json:"timeout,omitempty"`
	Async       bool            `json:"async,omitempty" doc:"Answer 202 at once; the run goes on."`
	ExternalRef string          `json:"externalRef,omitempty" doc:"The caller's own reference, kept with the run."`
}

func (d duration) value() time.Duration { return time.Duration(d) }

// origins are those a client may claim; the others belong to parts of this
// program.
var origins = []string{"api", "cli", "console", "demo"}

// RunHeaders are those of every operation that makes a run.
type RunHeaders struct {
	Origin string `header:"Fairlead-Origin" doc:"Recorded as the run's origin: api, cli, console or demo."`
	Accept string `header:"Accept" doc:"text/event-stream answers with the events of the run: begun, progress, item, and last end with the run."`
}

func (o RunHeaders) origin() (string, error) {
	switch {
	case o.Origin == "":
		return "api", nil
	case slices.Contains(origins, o.Origin):
		return o.Origin, nil
	}
	return "", invalid("header.Fairlead-Origin", "The origin is not one that a client may claim.", "Use "+strings.Join(origins, ", ")+", or leave the header out.")
}

// RunPath is part of addresses.
type RunPath struct {
	Run string `path:"run" doc:"ID of the run."`
}

type itemList struct {
	Items []run.ItemView `json:"items"`
	Next  *int           `json:"next" doc:"Value of after for the next page; null at the end."`
}

func (a *API) runOps() {
	const tag = "Runs"
	one := Base + "/runs/{run}"
	register(a, operation{
		id: "run-command", method: http.MethodPost, path: Base + "/integrations/{integration}/commands/{command}/runs", tag: tag, summary: "Run a command",
		text: "Answers 200 with the run whatever its outcome, 202 when async. Effects other than read also need the scopes write and delete. " +
			"If the client goes away, a run that only reads is canceled; one that writes or deletes goes on.",
		body: reflect.TypeFor[runBody](), answers: a.runAnswers(),
	}, a.runCommand)
	register(a, operation{id: "list-runs", method: http.MethodGet, path: Base + "/runs", tag: tag, summary: "List runs, newest first"}, a.listRuns)
	register(a, operation{id: "get-run", method: http.MethodGet, path: one, tag: tag, summary: "Show a run"}, a.getRun)
	register(a, operation{id: "list-items", method: http.MethodGet, path: one + "/items", tag: tag, summary: "List the items of a run in order"}, a.listItems)
	register(a, operation{id: "cancel-run", method: http.MethodPost, path: one + "/cancel", tag: tag, summary: "Cancel a run that goes on"}, a.cancelRun)
	register(a, operation{
		id: "resume-run", method: http.MethodPost, path: one + "/resume", tag: tag, summary: "Run what is left of a run that has ended",
		text:    "Makes a new run of the items that failed, were canceled or never started; it names this run as its parent.",
		answers: a.runAnswers(),
	}, a.resumeRun)
	register(a, operation{
		id: "reveal-secret", method: http.MethodPost, path: Base + "/reveal", tag: tag, summary: "Show a secret that a run returned",
		text: "Takes the text of \"$secret\" in the run's raw data. Every use is audited.", body: reflect.TypeFor[secretRef](),
	}, a.revealSecret)
	a.undoOps()
	a.eventOps(tag, one)
}

func (a *API) runCommand(ctx context.Context, actor authz.Actor, in *struct {
	CommandPath
	RunHeaders
	Key  string `header:"Idempotency-Key" maxLength:"255" doc:"A repeat with the same key and request returns the first run; another request with it is refused."`
	JSON rawJSON
},
) (*huma.StreamResponse, error) {
	body, err := decode[runBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	req := run.Request{
		Integration: in.Integration, Command: in.Command, Connection: body.Connection, Input: body.Input, DryRun: body.DryRun,
		Timeout: body.Timeout.value(), ExternalRef: body.ExternalRef, IdempotencyKey: in.Key,
	}
	if !body.Async {
		return a.run(ctx, actor, in.RunHeaders, req)
	}
	if req.Origin, err = in.origin(); err != nil {
		return nil, err
	}
	return recordAnswer(http.StatusAccepted)(a.Runs.Start(ctx, actor, req))
}

// recordAnswer is for an operation that can also answer with events.
func recordAnswer(status int) func(*run.Record, error) (*huma.StreamResponse, error) {
	return func(rec *run.Record, err error) (*huma.StreamResponse, error) {
		if err != nil {
			return nil, err
		}
		raw, err := json.Marshal(rec)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			hc.SetHeader("Content-Type", "application/json")
			hc.SetStatus(status)
			_, _ = hc.BodyWriter().Write(raw) // a client that is gone misses it
		}}, nil
	}
}

// run answers with a run that has ended, or with its events.
func (a *API) run(ctx context.Context, actor authz.Actor, h RunHeaders, req run.Request) (*huma.StreamResponse, error) {
	var err error
	if req.Origin, err = h.origin(); err != nil {
		return nil, err
	}
	if !strings.Contains(h.Accept, eventStream) {
		return recordAnswer(http.StatusOK)(a.runs(ctx, actor, req))
	}
	ctx, cancel := context.WithCancel(ctx)
	events, err := a.Runs.Follow(ctx, actor, req)
	return a.events(events, err, cancel)
}

// runs waits, but a client that goes away ends only what reads alone.
func (a *API) runs(ctx context.Context, actor authz.Actor, req run.Request) (*run.Record, error) {
	if _, c, err := a.Catalog.Command(req.Integration, req.Command); err == nil && !readsOnly(c.Effect) && !req.DryRun {
		ctx = context.WithoutCancel(ctx)
	}
	return a.Runs.Run(ctx, actor, req)
}

func readsOnly(e connector.Effect) bool {
	return !e.Has(connector.Write) && !e.Has(connector.Delete)
}

func (a *API) listRuns(ctx context.Context, actor authz.Actor, in *struct {
	Integration string    `query:"integration"`
	Command     string    `query:"command"`
	Connection  string    `query:"connection" doc:"Name of the connection."`
	State       string    `query:"state" enum:"queued,waiting,running,done,canceled,unknown"`
	ReturnData  string    `query:"returnData" enum:"Successful,Partially Successful,Failed"`
	Actor       string    `query:"actor" doc:"ID of who asked for it."`
	Origin      string    `query:"origin"`
	Parent      string    `query:"parent" doc:"ID of the run that they belong to."`
	Text        string    `query:"text" doc:"Part of an ID, name or reference."`
	From        time.Time `query:"from" doc:"Made at this time or later (RFC 3339)."`
	To          time.Time `query:"to" doc:"Made before this time (RFC 3339)."`
	Limit       int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Cursor      string    `query:"cursor" doc:"The next of the page before."`
},
) (*answer[run.Page], error) {
	page, err := a.Runs.List(ctx, actor, run.Filter{
		Integration: in.Integration, Command: in.Command, Connection: in.Connection, State: in.State, ReturnData: in.ReturnData, Actor: in.Actor,
		Origin: in.Origin, Parent: in.Parent, Text: in.Text, From: in.From, To: in.To, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	return ok(page)
}

func (a *API) getRun(ctx context.Context, actor authz.Actor, in *RunPath) (*answer[run.Record], error) {
	rec, err := a.Runs.Get(ctx, actor, in.Run)
	if err != nil {
		return nil, err
	}
	return ok(*rec)
}

func (a *API) listItems(ctx context.Context, actor authz.Actor, in *struct {
	RunPath
	After int `query:"after" minimum:"0" doc:"How many items to leave out."`
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
},
) (*answer[itemList], error) {
	items, err := a.Runs.Items(ctx, actor, in.Run, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := itemList{Items: items}
	if out.Items == nil {
		out.Items = []run.ItemView{}
	}
	if len(items) == in.Limit {
		next := in.After + in.Limit
		out.Next = &next
	}
	return ok(out)
}

func (a *API) cancelRun(ctx context.Context, actor authz.Actor, in *RunPath) (*answer[run.Record], error) {
	rec, err := a.Runs.Cancel(ctx, actor, in.Run)
	if err != nil {
		return nil, err
	}
	if rec == nil {
		return nil, fmt.Errorf("the run %s has no record", in.Run)
	}
	return ok(*rec)
}

func (a *API) resumeRun(ctx context.Context, actor authz.Actor, in *struct {
	RunPath
	RunHeaders
},
) (*huma.StreamResponse, error) {
	req, err := a.Runs.ResumeRequest(ctx, actor, in.Run)
	if err != nil {
		return nil, err
	}
	return a.run(ctx, actor, in.RunHeaders, req)
}

type secretRef struct {
	Ref string `json:"ref" doc:"RUN-ID#/rawData/..."`
}

type secretValue struct {
	Value string `json:"value"`
}

func (a *API) revealSecret(ctx context.Context, actor authz.Actor, in *struct{ JSON rawJSON }) (*answer[secretValue], error) {
	body, err := decode[secretRef](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	v, err := a.Runs.Reveal(ctx, actor, body.Ref)
	if err != nil {
		return nil, err
	}
	return ok(secretValue{v.Reveal()})
}
