package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
)

// Exit statuses besides those of the kinds of failure.
const (
	exitUsage   = 2
	exitPartial = 3
)

// usageError is a command line that cannot be understood.
type usageError struct {
	message string
	hint    string // what to do
}

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...)}
}

// statusError ends the program with a status after everything has been said.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// fail says what went wrong and gives the exit status. A failure before
// anything ran is a problem: a line for people on standard error, and the
// object on standard output where JSON or YAML is asked for.
func (p *program) fail(err error) int {
	if s, ok := errors.AsType[statusError](err); ok {
		return int(s)
	}
	if u, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintln(p.err, p.onErr(red, "Error:"), sentence(u.message))
		if u.hint != "" {
			fmt.Fprintln(p.err, u.hint)
		}
		return exitUsage
	}
	problem := problemOf(err)
	p.sayProblem(problem)
	if p.global.format != formatTable {
		p.printProblem(problem)
	}
	return problem.Kind.ExitStatus()
}

// problemOf is the API's problem, or one like it for what never got there.
func problemOf(err error) *api.Problem {
	if pr, ok := errors.AsType[*api.Problem](err); ok {
		return pr
	}
	e := connector.AsError(err)
	if errors.Is(err, context.Canceled) {
		e = &connector.Error{Kind: connector.Canceled, Message: "Canceled."}
	}
	pr := &api.Problem{Status: e.StatusCode(), Detail: e.Error(), Kind: e.Kind, Fix: e.Fix}
	if pr.Title = http.StatusText(pr.Status); pr.Title == "" {
		pr.Title = string(e.Kind)
	}
	for _, c := range e.Causes {
		pr.Errors = append(pr.Errors, api.Located{Message: c.Error(), Location: c.Field, Fix: c.Fix})
	}
	if len(e.Causes) == 0 && e.Field != "" {
		pr.Errors = []api.Located{{Message: e.Error(), Location: e.Field, Fix: e.Fix}}
	}
	return pr
}

func (p *program) sayProblem(pr *api.Problem) {
	fmt.Fprintln(p.err, p.onErr(red, "Error:"), visible(pr.Detail))
	said := ""
	for _, e := range pr.Errors {
		if len(pr.Errors) > 1 || e.Message != pr.Detail {
			fmt.Fprintln(p.err, "  "+visible(strings.TrimSpace(e.Location+" "+e.Message)))
		}
		if e.Fix != "" && len(pr.Errors) > 1 {
			said = pr.Fix // the fix of the whole is that of the first
			fmt.Fprintln(p.err, "    Fix: "+visible(e.Fix))
		}
	}
	if pr.Fix != said {
		fmt.Fprintln(p.err, "Fix: "+visible(pr.Fix))
	}
}

// printProblem ignores --query, which is written for another object.
func (p *program) printProblem(pr *api.Problem) {
	raw, err := json.Marshal(pr)
	if err == nil {
		err = p.global.format.write(p.out, raw)
	}
	if err != nil {
		fmt.Fprintln(p.err, "Error:", err)
	}
}

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
