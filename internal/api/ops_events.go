package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/run"
)

func (a *API) eventOps(tag, one string) {
	event := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[run.Event](), true, "Event")
	register(a, operation{
		id: "watch-run", method: http.MethodGet, path: one + "/events", tag: tag, summary: "Watch a run",
		text: "Server-sent events: progress, item, and last end with the run. A run that has ended gives end at once. Comments keep the connection open.",
		answers: map[string]*huma.Response{"200": {
			Description: "The events; the data of each is JSON.",
			Content:     map[string]*huma.MediaType{eventStream: {Schema: event}},
		}},
	}, a.watchRun)
}

func (a *API) watchRun(ctx context.Context, actor authz.Actor, in *RunPath) (*huma.StreamResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	events, err := a.Runs.Watch(ctx, actor, in.Run)
	return a.events(events, err, cancel)
}

const eventStream = "text/event-stream"

// runAnswers describes an answer that is a run or its events.
func (a *API) runAnswers() map[string]*huma.Response {
	all := a.huma.OpenAPI().Components.Schemas
	rec := &huma.MediaType{Schema: all.Schema(reflect.TypeFor[run.Record](), true, "Run")}
	ev := &huma.MediaType{Schema: all.Schema(reflect.TypeFor[run.Event](), true, "Event")}
	return map[string]*huma.Response{
		"200": {Description: "The run, or its events.", Content: map[string]*huma.MediaType{"application/json": rec, eventStream: ev}},
		"202": {Description: "The run that has begun.", Content: map[string]*huma.MediaType{"application/json": rec}},
	}
}

// events answers with a run's events; err is that of who made them.
func (a *API) events(events <-chan run.Event, err error, cancel context.CancelFunc) (*huma.StreamResponse, error) {
	if err != nil {
		cancel()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer drain(events, cancel)
		_, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", eventStream)
		w.WriteHeader(http.StatusOK)
		a.stream(hc.Context(), w, events)
	}}, nil
}

// drain lets the watcher end.
func drain(events <-chan run.Event, cancel context.CancelFunc) {
	cancel()
	for range events {
		continue // nothing is left to do with them
	}
}

func (a *API) stream(ctx context.Context, w http.ResponseWriter, events <-chan run.Event) {
	ctl := http.NewResponseController(w)
	defer forget(ctl)
	beat := time.NewTicker(a.Heartbeat)
	defer beat.Stop()
	_ = ctl.Flush() // the client sees at once that it is connected
	for {
		_ = ctl.SetWriteDeadline(a.Now().Add(a.Limits.Patience)) // not every transport has deadlines
		var err error
		select {
		case <-ctx.Done():
			return
		case <-a.stopping:
			return
		case <-beat.C:
			_, err = io.WriteString(w, ": still here\n\n")
		case e, open := <-events:
			if !open {
				return
			}
			err = writeEvent(w, e)
		}
		if err != nil {
			return // the client is gone
		}
		_ = ctl.Flush()
	}
}

func writeEvent(w io.Writer, e run.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Type, data)
	return err
}
