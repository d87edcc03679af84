package feel

import (
	"fmt"
	"strings"
)

func (p *parser) failure() *Error {
	line, column := position(p.src, p.far)
	if p.limit != "" {
		return &Error{Kind: ErrParse, Message: p.limit, Line: line, Column: column}
	}
	e := &Error{Kind: ErrParse, Line: line, Column: column, Expected: p.want, Hint: hint(p.src, p.far)}
	if p.far >= len(p.src) {
		e.Message = "the expression ends too early"
	} else {
		e.Message = fmt.Sprintf("unexpected %q", excerpt(p.src[p.far:]))
	}
	return e
}

func excerpt(s string) string {
	if i := strings.IndexAny(s, " \n\t"); i > 0 {
		s = s[:i]
	}
	for i := range s {
		if i >= 12 {
			return s[:i]
		}
	}
	return s
}

// hint explains the usual slips.
func hint(src string, at int) string {
	rest := src[min(at, len(src)):]
	for _, h := range hints {
		if strings.HasPrefix(rest, h.text) {
			return h.say
		}
	}
	return ""
}

var hints = []struct{ text, say string }{
	{"==", "equality is written with one ="},
	{"=", "an expression does not start with =; comparison needs a left side"},
	{"<>", "inequality is written !="},
	{"&&", "write and"},
	{"||", "write or"},
	{"!", "negation is the function not(x)"},
	{"'", `strings are written in double quotes`},
	{"%", "use modulo(x, y)"},
	{"+", "there is no unary plus"},
	{"e", "numbers have no exponent; use number(\"1e3\")"},
	{";", "an expression is one value, without ;"},
	{"${", "expressions are not wrapped in ${ }"},
}
