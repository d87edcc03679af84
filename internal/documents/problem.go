package documents

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Problem is what a cluster says about a request that failed. It stands in the
// Err of the *connector.Error, where errors.As finds it.
type Problem struct {
	Status   int    // as the problem says it; the HTTP status where it says none
	Title    string // empty: absent, as the others
	Detail   string
	Instance string
	Type     string

	Code   int    // the HTTP status
	Reason string // the words after it in the status line
	Raw    string // the body, cut at 64 KiB

	RetryAfter string // the header
}

// Error is the problem in one line.
func (p *Problem) Error() string {
	status := strings.TrimSpace(strconv.Itoa(p.Code) + " " + p.reason())
	switch {
	case p.Detail != "":
		return status + ": " + p.Detail
	case p.Title != "" && p.Title != p.reason():
		return status + ": " + p.Title
	}
	return status
}

func (p *Problem) reason() string {
	if p.Reason != "" {
		return p.Reason
	}
	return http.StatusText(p.Code)
}

// ExceptionText is the message that Camunda's client gives its ProblemException,
// which processes see as an error's message. That client reads the instance as a
// URI and reports its own failure where it is none.
func (p *Problem) ExceptionText() string {
	shown := *p
	if at, bad := badURI(p.Instance); bad {
		shown.Type, shown.Title, shown.Status, shown.Instance = "about:blank", "Cannot parse the server JSON response", http.StatusInternalServerError, ""
		shown.Detail = fmt.Sprintf("The client failed to parse the JSON response: Cannot deserialize value of type `java.net.URI` from String %q: not a valid textual representation, problem: Illegal character in path at index %d: %s\n"+
			" at [Source: UNKNOWN; byte offset: #UNKNOWN] (through reference chain: io.camunda.client.protocol.rest.ProblemDetail[\"instance\"]). The received JSON payload is: %s", p.Instance, at, p.Instance, p.Raw)
	}
	return fmt.Sprintf("Failed with code %d: '%s'. Details: '%s'", p.Code, p.Reason, shown.detail())
}

func (p *Problem) detail() string {
	return "class ProblemDetail {\n" +
		"    type: " + indented(p.Type) + "\n" +
		"    title: " + indented(p.Title) + "\n" +
		"    status: " + strconv.Itoa(p.Status) + "\n" +
		"    detail: " + indented(p.Detail) + "\n" +
		"    instance: " + indented(p.Instance) + "\n" +
		"}"
}

func indented(s string) string {
	if s == "" {
		return "null"
	}
	return strings.ReplaceAll(s, "\n", "\n    ")
}

// badURI finds the first character that Java refuses in the path of a URI.
func badURI(s string) (int, bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"<>\\^`{|}\x7f", r) })
	return i, i >= 0
}

// problemIn reads the body of a failure: problem+json, the plain JSON of servers
// that do not know it, or any other text.
func problemIn(res *http.Response, body []byte) *Problem {
	_, reason, _ := strings.Cut(res.Status, " ")
	p := &Problem{Code: res.StatusCode, Reason: strings.TrimSpace(reason), Status: res.StatusCode, Raw: string(body), RetryAfter: res.Header.Get("Retry-After")}
	var in struct {
		Type, Title, Detail, Instance text
		Status                        text
		Error, Message, Path          text
	}
	if json.Unmarshal(body, &in) != nil {
		p.Detail = plain(p.Raw)
		return p
	}
	if n, err := strconv.Atoi(string(in.Status)); err == nil {
		p.Status = n
	}
	p.Type = string(in.Type)
	p.Title, p.Detail, p.Instance = first(in.Title, in.Error), first(in.Detail, in.Message), first(in.Instance, in.Path)
	return p
}

// plain makes one short line of whatever a proxy answered.
func plain(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if cut := []rune(s); len(cut) > 300 {
		return string(cut[:300]) + "..."
	}
	return s
}

func first(list ...text) string {
	for _, t := range list {
		if t != "" {
			return string(t)
		}
	}
	return ""
}

// text is a JSON string or number; servers differ in which of both they use for
// keys. Anything else is empty.
type text string

// UnmarshalJSON never fails on valid JSON.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	var n json.Number
	switch {
	case json.Unmarshal(b, &s) == nil:
		*t = text(s)
	case json.Unmarshal(b, &n) == nil:
		*t = text(n.String())
	}
	return nil
}
