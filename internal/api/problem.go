package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/connector"
)

// Problem is the answer to a request that did nothing (RFC 9457). It never
// shows a value that was sent.
type Problem struct {
	Title  string         `json:"title" doc:"The HTTP status in words."`
	Status int            `json:"status" doc:"The HTTP status."`
	Detail string         `json:"detail" doc:"What is wrong."`
	Kind   connector.Kind `json:"kind" enum:"Invalid,Denied,NotFound,Conflict,Limited,Unavailable,Timeout,Canceled,Internal" doc:"What sort of failure it is."`
	Fix    string         `json:"fix,omitempty" doc:"What to do next."`
	Errors []Located      `json:"errors,omitempty" doc:"Each thing that is wrong."`
}

// Located is one wrong thing with its place.
type Located struct {
	Message  string `json:"message"`
	Location string `json:"location,omitempty" doc:"JSON pointer into the body, or query.NAME, path.NAME, header.NAME."`
	Fix      string `json:"fix,omitempty"`
}

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes JSON problem+json.
func (p *Problem) ContentType(ct string) string {
	if ct == "application/json" {
		return "application/problem+json"
	}
	return ct
}

// problemOf makes the answer to an error. Details of defects are logged, not
// shown.
func problemOf(err error) *Problem {
	e := connector.AsError(err)
	status := e.Kind.HTTPStatus()
	if e.Status >= 400 && e.Status < 500 {
		status = e.Status // 401 is Denied too
	}
	p := &Problem{Title: statusText(status), Status: status, Detail: e.Error(), Kind: e.Kind, Fix: e.Fix}
	if e.Kind == connector.Internal {
		p.Detail, p.Fix = "Something went wrong inside the server.", "Look into its log, and report it."
	}
	for _, c := range e.Causes {
		p.Errors = append(p.Errors, Located{c.Error(), c.Field, c.Fix})
	}
	if len(e.Causes) == 0 && e.Field != "" {
		p.Errors = []Located{{p.Detail, e.Field, e.Fix}}
	}
	return p
}

func statusText(status int) string {
	if status == connector.Canceled.HTTPStatus() {
		return "Client Closed Request"
	}
	return http.StatusText(status)
}

// overrideErrors replaces huma's answer to bad parameters, which would show
// the values that were sent. It is process-wide, because huma has no other way.
var overrideErrors = sync.OnceFunc(func() {
	huma.NewError = newError
})

func newError(status int, msg string, errs ...error) huma.StatusError {
	kind := connector.KindOfStatus(status)
	switch {
	case status == http.StatusUnprocessableEntity:
		status = connector.Invalid.HTTPStatus()
	case status == http.StatusInternalServerError:
		kind, msg, errs = connector.Internal, "Something went wrong inside the server.", nil
	}
	p := &Problem{Title: statusText(status), Status: status, Detail: sentence(msg), Kind: kind}
	for _, e := range errs {
		if e != nil {
			p.Errors = append(p.Errors, located(e))
		}
	}
	if len(p.Errors) > 0 {
		p.Fix = "Mend what errors lists."
	}
	return p
}

func located(e error) Located {
	if d, ok := e.(huma.ErrorDetailer); ok {
		detail := d.ErrorDetail() // its Value stays here
		return Located{Message: sentence(detail.Message), Location: pointer(detail.Location)}
	}
	if ce, ok := errors.AsType[*connector.Error](e); ok {
		return Located{ce.Error(), ce.Field, ce.Fix}
	}
	return Located{Message: sentence(e.Error())}
}

func sentence(s string) string {
	s = strings.TrimRight(s, ".")
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

var index = regexp.MustCompile(`\[(\d+)\]`)

// pointer turns huma's body.a[0].b into the JSON pointer /a/0/b.
func pointer(location string) string {
	rest, ok := strings.CutPrefix(location, "body")
	if !ok {
		return location
	}
	return index.ReplaceAllString(strings.ReplaceAll(rest, ".", "/"), "/$1")
}

// refused answers a request that may not go on.
func (a *API) refused(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*tooMany](err); ok {
		w.Header().Set("Retry-After", retryAfter(err))
	}
	writeProblem(w, problemOf(err))
}

// writeProblem answers outside of huma.
func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}
