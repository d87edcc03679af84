package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestKindTable(t *testing.T) {
	type row struct {
		Status, Exit int
		Retry, BPMN  bool
	}
	want := map[Kind]row{
		Invalid: {400, 4, false, true}, Denied: {403, 5, false, true}, NotFound: {404, 6, false, true}, Conflict: {409, 7, false, true},
		Limited: {429, 8, true, false}, Unavailable: {503, 9, true, false}, Timeout: {504, 10, true, false},
		Canceled: {499, 130, false, false}, Internal: {500, 1, false, false},
	}
	got := map[Kind]row{}
	for _, k := range Kinds() {
		got[k] = row{k.HTTPStatus(), k.ExitStatus(), k.Retryable(), k.BPMNError()}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if Kind("nonsense").ExitStatus() != 1 {
		t.Error("an unknown kind is not treated as internal")
	}
}

func TestKindOfStatus(t *testing.T) {
	for status, want := range map[int]Kind{
		400: Invalid, 401: Denied, 403: Denied, 404: NotFound, 409: Conflict, 412: Conflict, 429: Limited, 408: Timeout, 504: Timeout,
		500: Unavailable, 503: Unavailable, 200: Internal,
	} {
		if got := KindOfStatus(status); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
}

func TestSecretNeverShows(t *testing.T) {
	s := NewSecret("hunter2hunter2")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "s", s, "any", struct{ S Secret }{s})
	j, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	for how, got := range map[string]string{
		"%v": fmt.Sprintf("%v", s), "%+v": fmt.Sprintf("%+v", struct{ S Secret }{s}), "%#v": fmt.Sprintf("%#v", s), "%s": fmt.Sprintf("%s", s),
		"%q": fmt.Sprintf("%q", s), "%x": fmt.Sprintf("%x", s), "json": string(j), "slog": log.String(), "String": s.String(),
		"error": fmt.Errorf("bad %v", s).Error(),
	} {
		if bytes.Contains([]byte(got), []byte("hunter2")) || bytes.Contains([]byte(got), []byte("68756e746572")) {
			t.Errorf("%s shows the secret: %s", how, got)
		}
	}
	if s.Reveal() != "hunter2hunter2" {
		t.Error("Reveal does not give the value")
	}
	if (Secret{}).String() != "" || !NewSecret("").Empty() {
		t.Error("an empty secret is not empty")
	}
	var back Secret
	if err := json.Unmarshal([]byte(`"x"`), &back); err != nil || back.Reveal() != "x" {
		t.Errorf("a secret cannot be read from JSON: %v", err)
	}
	if err := json.Unmarshal([]byte(`12345`), &back); err == nil || bytes.Contains([]byte(err.Error()), []byte("12345")) {
		t.Errorf("a secret of the wrong type: %v", err)
	}
}

func TestAsError(t *testing.T) {
	deep := &Error{Kind: NotFound, Message: "m"}
	for _, c := range []struct {
		why  string
		in   error
		kind Kind
	}{
		{"a wrapped Error is found", fmt.Errorf("x: %w", deep), NotFound},
		{"a cancel", fmt.Errorf("x: %w", context.Canceled), Canceled},
		{"a deadline", context.DeadlineExceeded, Timeout},
		{"anything else is a defect", errors.New("x"), Internal},
	} {
		if got := AsError(c.in); got.Kind != c.kind {
			t.Errorf("%s: %s, want %s", c.why, got.Kind, c.kind)
		}
	}
	if AsError(nil) != nil {
		t.Error("nil is not nil")
	}
	if (&Error{Kind: Denied}).StatusCode() != http.StatusForbidden || (&Error{Kind: Denied, Status: 401}).StatusCode() != 401 {
		t.Error("StatusCode: the cloud's own status comes first, then the kind's")
	}
}

type greetIn struct {
	Name string   `json:"name" label:"Name"`
	IDs  []FileID `json:"fileIds,omitempty" label:"D3 File IDs"`
}

func (g *greetIn) Validate() []*Error {
	if g.Name == "nobody" {
		return []*Error{InvalidField("/name", "Nobody is not a name.", "Give another.")}
	}
	return nil
}

type greetOut struct {
	Text string `json:"text" key:"Text"`
}

func greet(_ context.Context, c *Call, _ NoSession, in *greetIn) (*greetOut, error) {
	if in.Name == "none" {
		return nil, nil
	}
	it := c.Items.Start(in.Name)
	it.AddBytes(3)
	it.Done("")
	return &greetOut{"hello " + in.Name + fmt.Sprint(in.IDs)}, nil
}

type sink struct{ events []ItemEvent }

func (s *sink) ItemChanged(e ItemEvent) { s.events = append(s.events, e) }
func (*sink) ItemBytes(int, int64)      {}
func (*sink) ItemsTotal(int, int64)     {}

func TestCommand(t *testing.T) {
	cmd := NewPlanned(Meta{Name: "Say Hello", Effect: Read | Idempotent}, greet,
		func(context.Context, *Call, NoSession, *greetIn) ([]PlanStep, error) {
			return []PlanStep{{Item: "x", Action: PlanCreate}}, nil
		})
	if cmd.ID != "say-hello" || cmd.Indicator != "Say Hello failed." || cmd.Err() != nil || !cmd.CanPlan() {
		t.Fatalf("declaration: %+v", cmd)
	}
	s := &sink{}
	call := &Call{Items: NewItems(s, func() time.Time { return time.Unix(5, 0) })}
	out, err := cmd.Run(t.Context(), call, NoSession{}, json.RawMessage(`{"name":"you","fileIds":[1,"x"]}`))
	if err != nil || out.(*greetOut).Text != "hello you[1 x]" {
		t.Errorf("run: %v %v", out, err)
	}
	want := []ItemEvent{{Item: "you", State: ItemRunning}, {Item: "you", State: ItemDone, Bytes: 3}}
	if diff := cmp.Diff(want, s.events); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if out, err := cmd.Run(t.Context(), call, NoSession{}, json.RawMessage(`{"name":"none"}`)); out != nil || err != nil {
		t.Errorf("a nil result is not nil: %v %v", out, err)
	}
	if _, err := cmd.Run(t.Context(), call, 12, json.RawMessage(`{"name":"you"}`)); AsError(err).Kind != Internal {
		t.Errorf("a foreign session: %v", err)
	}
	if errs := cmd.Validate(json.RawMessage(`{"name":"nobody"}`)); len(errs) != 1 || errs[0].Field != "/name" {
		t.Errorf("Validate: %v", errs)
	}
	if plan, err := cmd.Plan(t.Context(), call, NoSession{}, json.RawMessage(`{"name":"you"}`)); err != nil || len(plan) != 1 {
		t.Errorf("plan: %v %v", plan, err)
	}
}

func TestItemFail(t *testing.T) {
	s := &sink{}
	items := NewItems(s, time.Now)
	shared := &Error{Kind: Denied, Message: "no"}
	if e := items.Start("a").Fail(shared); e.Item != "a" || shared.Item != "" {
		t.Errorf("Fail names the item on a copy: %+v, original %+v", e, shared)
	}
	items.Start("b").Fail(context.Canceled)
	states := []ItemState{}
	for _, e := range s.events {
		states = append(states, e.State)
	}
	if diff := cmp.Diff([]ItemState{ItemRunning, ItemFailed, ItemRunning, ItemCanceled}, states); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEffect(t *testing.T) {
	if got := (Write | Delete | Idempotent).String(); got != "write,delete" {
		t.Errorf("got %q", got)
	}
}

func TestLeastPolicy(t *testing.T) {
	get := NewCommand(Meta{Name: "Get It"}, greet)
	put := NewCommand(Meta{Name: "Put It"}, greet)
	i := &Integration{ID: "x", Name: "X", Commands: []*Command{get, put}}
	if _, err := i.LeastPolicy(nil, nil, ""); AsError(err).Kind != Invalid {
		t.Errorf("an integration without policies: %v", err)
	}
	i.Policy = func(r PolicyRequest) ([]PolicyDocument, error) {
		text := r.Caller
		for _, c := range r.Commands {
			text += " " + c.ID
		}
		return []PolicyDocument{{Text: text}}, nil
	}
	for _, c := range []struct {
		why      string
		commands []string
		want     string
	}{
		{"none named means all", nil, "me get-it put-it"},
		{"in any case, in the order named", []string{"PUT-IT", " get-it"}, "me put-it get-it"},
	} {
		got, err := i.LeastPolicy(c.commands, nil, "me")
		if err != nil || got[0].Text != c.want {
			t.Errorf("%s: %v %v", c.why, got, err)
		}
	}
	if _, err := i.LeastPolicy([]string{"get-if"}, nil, ""); AsError(err).Kind != NotFound || AsError(err).Fix != `Did you mean "get-it"?` {
		t.Errorf("a slip: %+v", AsError(err))
	}
}
