package feel

import (
	"fmt"
	"strings"
)

// ErrorKind says what failed an evaluation.
type ErrorKind string

// The kinds of errors.
const (
	ErrParse    ErrorKind = "parse"    // the text is no FEEL
	ErrAssert   ErrorKind = "assert"   // an assert was not met
	ErrEval     ErrorKind = "eval"     // a function or operator failed where the reference engine fails too
	ErrLimit    ErrorKind = "limit"    // the expression used more than its limits allow
	ErrCanceled ErrorKind = "canceled" // the context of the evaluation ended
)

// Error is why an expression has no value.
type Error struct {
	Kind    ErrorKind
	Message string
	// Line and Column (in characters) count from 1; both are 0 where there is no position.
	Line, Column int
	// Expected and Hint help with a syntax error; they may be empty.
	Expected, Hint string
	// Cause is the context's error for ErrCanceled.
	Cause error
}

// Error returns the message with its position.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:%d: ", e.Line, e.Column)
	}
	b.WriteString(e.Message)
	if e.Expected != "" {
		b.WriteString("; expected " + e.Expected)
	}
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// WarningKind is the kind of a Warning, named as in the reference engine.
type WarningKind string

// The kinds of warnings.
const (
	NoVariable        WarningKind = "NO_VARIABLE_FOUND"
	NoEntry           WarningKind = "NO_CONTEXT_ENTRY_FOUND"
	NoProperty        WarningKind = "NO_PROPERTY_FOUND"
	NotComparable     WarningKind = "NOT_COMPARABLE"
	InvalidType       WarningKind = "INVALID_TYPE"
	NoFunction        WarningKind = "NO_FUNCTION_FOUND"
	InvocationFailure WarningKind = "FUNCTION_INVOCATION_FAILURE"
	AssertFailure     WarningKind = "ASSERT_FAILURE"
)

// Warning is something that made an intermediate result null.
type Warning struct {
	Kind    WarningKind
	Message string
	// Line and Column (in characters) count from 1.
	Line, Column int
}

// position returns line and column (from 1) of the byte offset.
func position(src string, off int) (line, column int) {
	off = min(off, len(src))
	before := src[:off]
	line = 1 + strings.Count(before, "\n")
	column = 1
	for range before[strings.LastIndexByte(before, '\n')+1:] {
		column++
	}
	return line, column
}

// throw ends the evaluation the way an exception of the reference engine does.
func throw(format string, args ...any) {
	panic(&Error{Kind: ErrEval, Message: fmt.Sprintf(format, args...)})
}
