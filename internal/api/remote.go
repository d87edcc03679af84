package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/time/rate"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/run"
)

// The remote command address speaks the shape that scripts written for D3
// SOAR's Command API use, so that they work by changing the base address: one
// POST per command, parameters by their display names, an answer of six
// members. A failed command answers 200 with returnData Failed.
const remotePath = "/api/Command/{name}"

// remotePerSecond is that API's documented limit for one caller.
const remotePerSecond = 50

type remoteRequest struct {
	Username      string                     `json:"Username"` // accepted, not used: the token says who calls
	Site          string                     `json:"Site"`     // likewise
	Connection    string                     `json:"Connection"`
	CommandParams map[string]json.RawMessage `json:"CommandParams"`
}

type remoteAnswer struct {
	Error       string `json:"error"`
	ReturnData  string `json:"returnData"`
	KeyFields   any    `json:"keyFields"`
	RawData     any    `json:"rawData"`
	ContextData any    `json:"contextData"`
	OutputData  any    `json:"outputData"`
}

// remote serves remote commands.
type remote struct {
	api      *API
	mu       sync.Mutex
	limiters map[string]*rate.Limiter // by actor
}

func (a *API) remoteRoutes() {
	r := &remote{api: a, limiters: map[string]*rate.Limiter{}}
	a.mux.HandleFunc("POST "+remotePath, r.serve)
}

func (r *remote) serve(w http.ResponseWriter, req *http.Request) {
	actor, err := r.api.authenticate(remoteToken(req))
	if err = r.api.admit(req, actor, err); err != nil {
		if _, ok := errors.AsType[*tooMany](err); ok {
			w.Header().Set("Retry-After", retryAfter(err))
			remoteError(w, http.StatusTooManyRequests, connector.AsError(err).Message)
			return
		}
		remoteError(w, http.StatusUnauthorized, "Invalid authentication key.")
		return
	}
	if !r.limiter(actor.ID).AllowN(r.api.Now(), 1) {
		w.Header().Set("Retry-After", "1")
		remoteError(w, http.StatusTooManyRequests, fmt.Sprintf("More than %d requests a second.", remotePerSecond))
		return
	}
	body, ok := r.body(w, req)
	if !ok {
		remoteError(w, http.StatusBadRequest, "The body of the request must be a valid JSON object")
		return
	}
	integ, cmd, err := r.command(req.PathValue("name"))
	if err == nil {
		err = r.run(w, req, actor, integ, cmd, body)
	}
	if err != nil {
		r.refuse(w, req, err)
	}
}

func (r *remote) run(w http.ResponseWriter, req *http.Request, actor authz.Actor, integ *connector.Integration, cmd *connector.Command, body remoteRequest) error {
	input := map[string]json.RawMessage{}
	for name, v := range body.CommandParams {
		input[schema.ID(name)] = v
	}
	raw, err := json.Marshal(input)
	if err != nil {
		return err
	}
	rec, err := r.api.runs(req.Context(), actor, run.Request{Integration: integ.ID, Command: cmd.ID, Connection: body.Connection, Input: raw, Origin: "api"})
	if err != nil {
		return err
	}
	a := remoteAnswer{ReturnData: string(*rec.ReturnData), KeyFields: rec.KeyFields, RawData: rec.RawData, ContextData: rec.RawData, OutputData: rec.OutputData}
	if rec.Error != nil {
		a.Error = rec.Error.Line()
	}
	writeJSON(w, http.StatusOK, a)
	return nil
}

// refuse answers when no run was made.
func (r *remote) refuse(w http.ResponseWriter, req *http.Request, err error) {
	e := connector.AsError(err)
	if e.Kind == connector.Internal {
		r.api.Log.ErrorContext(req.Context(), "a remote command failed", "error", err)
		remoteError(w, http.StatusInternalServerError, "Unexpected Error.")
		return
	}
	remoteError(w, e.Kind.HTTPStatus(), strings.TrimSpace(e.Message+" "+e.Fix))
}

// command finds a command by its display name without spaces, after the name
// of its integration and a dot where several share it.
func (r *remote) command(name string) (*connector.Integration, *connector.Command, error) {
	type found struct {
		i *connector.Integration
		c *connector.Command
	}
	var hits []found
	var names []string
	for _, i := range r.api.Catalog.All() {
		for _, c := range i.Commands {
			short, full := squeezed(c.Name), squeezed(i.Name)+"."+squeezed(c.Name)
			if strings.EqualFold(name, short) || strings.EqualFold(name, full) {
				hits, names = append(hits, found{i, c}), append(names, full)
			}
		}
	}
	switch len(hits) {
	case 1:
		return hits[0].i, hits[0].c, nil
	case 0:
		return nil, nil, &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("There is no command %q.", name), Fix: "Use the display name without spaces, such as ListBuckets."}
	}
	return nil, nil, &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("%q is a command of several integrations.", name), Fix: "Use one of " + strings.Join(names, ", ") + "."}
}

func squeezed(name string) string { return strings.ReplaceAll(name, " ", "") }

// remoteToken lets the key stand in that API's own header too.
func remoteToken(r *http.Request) *http.Request {
	if key := r.Header.Get("d3key"); key != "" && r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return r
}

func (r *remote) body(w http.ResponseWriter, req *http.Request) (remoteRequest, bool) {
	var body remoteRequest
	raw, err := (&rawJSON{req, w}).read(r.api)
	if err != nil || !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return body, false
	}
	return body, json.Unmarshal(raw, &body) == nil
}

func (r *remote) limiter(actor string) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.limiters[actor]
	if !ok {
		l = rate.NewLimiter(remotePerSecond, remotePerSecond)
		r.limiters[actor] = l
	}
	return l
}

func remoteError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"Error": message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"Error":"Unexpected Error."}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that is gone misses it
}
