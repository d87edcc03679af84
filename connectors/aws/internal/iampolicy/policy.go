// Package iampolicy reads bucket policies and answers the two questions that
// matter before one is applied: does it make the bucket public, and does it
// shut out the one who applies it. It does no I/O.
package iampolicy

import (
	"strconv"
	"strings"
)

// Policy is a bucket policy.
type Policy struct {
	Version    string
	ID         string
	Statements []Statement
}

// Effect is what a statement does to the requests it matches.
type Effect string

// The effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Statement is one statement. Each Not field turns its list round: it then
// holds for everything that is not listed.
type Statement struct {
	Sid          string
	Effect       Effect
	Principals   []Principal
	NotPrincipal bool
	Actions      []string
	NotAction    bool
	Resources    []string
	NotResource  bool
	Conditions   []Condition

	index int
}

// Name is how people find the statement: its Sid, else its place.
func (s *Statement) Name() string {
	if s.Sid != "" {
		return strconv.Quote(s.Sid)
	}
	return strconv.Itoa(s.index + 1)
}

// Principal is one principal. Kind is AWS, Service, Federated or
// CanonicalUser; everyone is the AWS principal "*".
type Principal struct{ Kind, Value string }

// Kinds of principals.
const (
	kindAWS       = "AWS"
	kindService   = "Service"
	kindFederated = "Federated"
	kindCanonical = "CanonicalUser"
)

func (p Principal) everyone() bool { return p.Kind == kindAWS && p.Value == "*" }

// Condition is one test of a statement; all of them must hold.
type Condition struct {
	Quantifier string // "", ForAnyValue or ForAllValues
	Operator   string // without quantifier and IfExists
	IfExists   bool
	Key        string
	Values     []string
}

// Problem is a flaw of a document, at a JSON pointer into it.
type Problem struct{ Pointer, Message, Fix string }

// Answer is how a question about a policy is answered.
type Answer string

// The answers. Maybe means that it depends on what only the service knows,
// such as the address that a request comes from.
const (
	No    Answer = "no"
	Maybe Answer = "maybe"
	Yes   Answer = "yes"
)

// Verdict is an answer with the reasons for it, one sentence each.
type Verdict struct {
	Answer  Answer
	Reasons []string
}

// and gives the answer of two tests that must both hold.
func and(a, b Answer) Answer {
	switch {
	case a == No || b == No:
		return No
	case a == Maybe || b == Maybe:
		return Maybe
	}
	return Yes
}

func or(a, b Answer) Answer { return not(and(not(a), not(b))) }

func not(a Answer) Answer {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Maybe
}

func answer(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

// String names the principal: "*", an ARN or account, or "Service: name".
func (p Principal) String() string {
	if p.Kind == kindAWS {
		return p.Value
	}
	return p.Kind + ": " + p.Value
}

// String writes the condition in one line.
func (c Condition) String() string {
	op := c.Operator
	if c.Quantifier != "" {
		op = c.Quantifier + ":" + op
	}
	if c.IfExists {
		op += "IfExists"
	}
	return c.Key + " " + op + " " + strings.Join(c.Values, ", ")
}
