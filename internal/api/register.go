package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/authz"
)

// operation is one entry of the API.
type operation struct {
	id, method, path, tag, summary, text string
	status                               int          // of success; 0 means 200
	body                                 reflect.Type // shape of the JSON body; nil: none
	answers                              map[string]*huma.Response
	requestBody                          *huma.RequestBody // instead of body
}

// none is the input or output of operations without one.
type none struct{}

// answer is a JSON answer.
type answer[T any] struct {
	Status int
	Body   T
}

func ok[T any](v T) (*answer[T], error) { return &answer[T]{http.StatusOK, v}, nil }

// register adds an operation. Its handler gets the actor, who holds the scopes
// of the access table.
func register[I, O any](a *API, op operation, h func(context.Context, authz.Actor, *I) (*O, error)) {
	r, known := access[op.id]
	if !known {
		panic("api: operation " + op.id + " is not in the access table")
	}
	ho := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Tags: []string{op.tag}, Summary: op.summary, Description: op.text,
		DefaultStatus: op.status, Responses: op.answers,
		Extensions: map[string]any{"x-scopes": scopeNames(op.id)},
		Security:   []map[string][]string{{"bearer": scopeNames(op.id)}},
	}
	if r.public {
		ho.Security = []map[string][]string{}
	}
	huma.Register(a.huma, ho, func(ctx context.Context, in *I) (*O, error) {
		actor, _ := actorOf(ctx)
		out, err := h(ctx, actor, in)
		if err != nil {
			return nil, a.failed(ctx, op.id, err)
		}
		return out, nil
	})
	a.describeBody(op)
}

// describeBody adds the body to the document after the fact: had huma known of
// it, huma would read and check it.
func (a *API) describeBody(op operation) {
	doc := a.huma.OpenAPI()
	if op.body != nil {
		s := doc.Components.Schemas.Schema(op.body, true, op.id)
		op.requestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: s}}}
	}
	item := doc.Paths[op.path]
	switch op.method {
	case http.MethodPost:
		item.Post.RequestBody = op.requestBody
	case http.MethodPut:
		item.Put.RequestBody = op.requestBody
	case http.MethodPatch:
		item.Patch.RequestBody = op.requestBody
	}
}

// failed logs defects, whose answer does not tell what happened.
func (a *API) failed(ctx context.Context, id string, err error) error {
	p := problemOf(err)
	if p.Kind == connector.Internal {
		a.Log.ErrorContext(ctx, "an operation failed", "operation", id, "error", err)
	}
	return p
}

// rawJSON is a body that huma leaves alone.
type rawJSON struct {
	req *http.Request
	res http.ResponseWriter
}

// Resolve keeps the request for decode.
func (b *rawJSON) Resolve(ctx huma.Context) []error {
	b.req, b.res = humago.Unwrap(ctx)
	return nil
}

// read gives a body within the limits.
func (b *rawJSON) read(a *API) ([]byte, error) {
	ctl := http.NewResponseController(b.res)
	_ = ctl.SetReadDeadline(a.Now().Add(a.Limits.Patience)) // not every transport has deadlines
	raw, err := io.ReadAll(http.MaxBytesReader(b.res, b.req.Body, a.Limits.Body))
	if err != nil {
		hangUp(b.res)
		return nil, readError(err)
	}
	_ = ctl.SetReadDeadline(time.Time{})
	return raw, checkDepth(raw, a.Limits.Depth)
}

// hangUp ends the connection after the answer. The deadline that has passed
// stays: else the server would wait for the rest of the body before it answers.
func hangUp(w http.ResponseWriter) { w.Header().Set("Connection", "close") }

func readError(err error) error {
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &connector.Error{Kind: connector.Invalid, Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("The body is larger than %d bytes.", e.Limit), Fix: "Store large content as a file and pass its ID."}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &connector.Error{Kind: connector.Timeout, Status: http.StatusRequestTimeout, Message: "The body took too long to arrive.", Err: err}
	}
	return invalid("", "The body broke off before its end.", "Send it again.")
}

// decode reads a JSON body strictly. Its errors name the member and never show
// what it held. An empty body is the zero value.
func decode[T any](a *API, b *rawJSON) (T, error) {
	raw, err := b.read(a)
	if err != nil {
		var v T
		return v, err
	}
	return decodeRaw[T](raw)
}

func decodeRaw[T any](raw []byte) (T, error) {
	var v T
	if len(bytes.TrimSpace(raw)) == 0 {
		return v, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, bodyError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return v, invalid("", "Text follows the JSON object of the body.", "Send one JSON object.")
	}
	return v, nil
}

func bodyError(err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalid(memberPointer(e.Field), fmt.Sprintf("The member %q of the body has the wrong type.", e.Field), "It must be "+jsonKind(e.Type)+".")
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return invalid("", fmt.Sprintf("The body is not valid JSON: there is a mistake at byte %d.", e.Offset), "Send one JSON object.")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return invalid(schema.Pointer("", name), fmt.Sprintf("The body has an unknown member %q.", name), "Leave it out; /openapi.json lists those there are.")
	}
	if _, ok := errors.AsType[*time.ParseError](err); ok {
		return invalid("", "A time in the body is malformed.", "Write times like 2026-01-31T12:00:00Z.")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return invalid("", "The body is not valid JSON: it ends too early.", "Send one JSON object.")
	}
	return invalid("", "The body cannot be read.", "Send one JSON object; /openapi.json says which.")
}

func memberPointer(field string) string {
	if field == "" {
		return ""
	}
	return "/" + strings.ReplaceAll(field, ".", "/")
}

func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	}
	return "a number"
}

func invalid(field, message, fix string) *connector.Error {
	return connector.InvalidField(field, message, fix)
}

// duration is a time limit: seconds, or text such as 90s.
type duration time.Duration

// UnmarshalJSON takes a number of seconds or Go's duration text.
func (d *duration) UnmarshalJSON(b []byte) error {
	var seconds float64
	if json.Unmarshal(b, &seconds) == nil && seconds >= 0 && seconds < 1e9 {
		*d = duration(seconds * float64(time.Second))
		return nil
	}
	var text string
	if json.Unmarshal(b, &text) == nil {
		if v, err := time.ParseDuration(text); err == nil && v >= 0 {
			*d = duration(v)
			return nil
		}
	}
	return invalid("/timeout", "The timeout is not a duration.", "Send a number of seconds, or text such as 90s or 5m.")
}

// Schema implements huma.SchemaProvider.
func (duration) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "Time limit: a number of seconds, or text such as 90s or 5m.", OneOf: []*huma.Schema{{Type: "number"}, {Type: "string"}}}
}
