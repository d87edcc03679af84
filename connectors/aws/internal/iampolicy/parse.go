package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

// MaxSize is the most bytes that a bucket policy may have.
const MaxSize = 20 << 10

// Parse reads a policy and checks all that can be known without the service.
// The policy is nil when there are problems.
func Parse(text []byte) (*Policy, []Problem) {
	v, bad := readJSON(text)
	if bad != nil {
		return nil, []Problem{*bad}
	}
	p := &parser{}
	policy := p.policy(v)
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return policy, nil
}

type parser struct{ problems []Problem }

func (p *parser) fail(at, fix, format string, args ...any) {
	p.problems = append(p.problems, Problem{at, fmt.Sprintf(format, args...), fix})
}

func (p *parser) policy(v any) *Policy {
	o, ok := v.(object)
	if !ok {
		p.fail("", "Write it like {\"Version\": \"2012-10-17\", \"Statement\": [...]}.", "The policy is not a JSON object.")
		return nil
	}
	out := &Policy{}
	seen := p.members(o, "", []string{"Version", "Id", "Statement"})
	if v, ok := seen["Version"]; ok {
		out.Version = p.text(v, "/Version")
		if !slices.Contains([]string{"2012-10-17", "2008-10-17"}, out.Version) {
			p.fail("/Version", "Use 2012-10-17.", "Version %q is not one of the policy language.", out.Version)
		}
	}
	if v, ok := seen["Id"]; ok {
		out.ID = p.text(v, "/Id")
	}
	st, ok := seen["Statement"]
	if !ok {
		p.fail("/Statement", "Add at least one statement.", "The policy has no Statement.")
		return nil
	}
	out.Statements = p.statements(st)
	return out
}

// members indexes an object; unknown and repeated names are problems.
func (p *parser) members(o object, at string, known []string) map[string]any {
	seen := map[string]any{}
	for _, m := range o {
		if _, twice := seen[m.name]; twice {
			p.fail(pointer(at, m.name), "Leave one of the two out.", "%s is given twice.", m.name)
		}
		if !slices.Contains(known, m.name) {
			p.fail(pointer(at, m.name), "Known: "+strings.Join(known, ", ")+".", "%q is no element of a policy here.", m.name)
		}
		seen[m.name] = m.value
	}
	return seen
}

func (p *parser) text(v any, at string) string {
	s, ok := v.(string)
	if !ok {
		p.fail(at, "Give a text.", "A text is expected here.")
	}
	return s
}

// texts reads a text or a list of at least one.
func (p *parser) texts(v any, at string) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{p.text(v, at)}
	}
	if len(list) == 0 {
		p.fail(at, "Name at least one, or leave the element out.", "The list is empty.")
	}
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = p.text(e, element(at, i))
	}
	return out
}

func (p *parser) statements(v any) []Statement {
	list, ok := v.([]any)
	if !ok {
		if o, one := v.(object); one {
			return []Statement{p.statement(o, "/Statement", 0)}
		}
		p.fail("/Statement", "Give a list of statements.", "Statement is neither a list nor an object.")
		return nil
	}
	if len(list) == 0 {
		p.fail("/Statement", "Add a statement, or use Delete Bucket Policy to have no policy.", "The policy has no statement.")
	}
	var out []Statement
	sids := map[string]bool{}
	for i, e := range list {
		at := element("/Statement", i)
		o, ok := e.(object)
		if !ok {
			p.fail(at, "Write it like {\"Effect\": ...}.", "The statement is not a JSON object.")
			continue
		}
		s := p.statement(o, at, i)
		if s.Sid != "" && sids[s.Sid] {
			p.fail(at+"/Sid", "Give each statement its own Sid.", "Two statements have the Sid %q.", s.Sid)
		}
		sids[s.Sid] = true
		out = append(out, s)
	}
	return out
}

var statementElements = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}

func (p *parser) statement(o object, at string, i int) Statement {
	s := Statement{index: i}
	before := len(p.problems)
	seen := p.members(o, at, statementElements)
	if v, ok := seen["Sid"]; ok {
		s.Sid = p.text(v, at+"/Sid")
	}
	s.Effect = p.effect(seen, at)
	if v, name, neg := p.either(seen, at, "Principal"); name != "" {
		s.Principals, s.NotPrincipal = p.principals(v, at+"/"+name), neg
	}
	if v, name, neg := p.either(seen, at, "Action"); name != "" {
		s.Actions, s.NotAction = p.actions(v, at+"/"+name), neg
	}
	if v, name, neg := p.either(seen, at, "Resource"); name != "" {
		s.Resources, s.NotResource = p.resources(v, at+"/"+name), neg
	}
	if v, ok := seen["Condition"]; ok {
		s.Conditions = p.conditions(v, at+"/Condition")
	}
	if len(p.problems) == before {
		p.fit(&s, at)
	}
	return s
}

func (p *parser) effect(seen map[string]any, at string) Effect {
	v, ok := seen["Effect"]
	if !ok {
		p.fail(at+"/Effect", "Give Allow or Deny.", "The statement has no Effect.")
		return ""
	}
	e := Effect(p.text(v, at+"/Effect"))
	if e != Allow && e != Deny {
		p.fail(at+"/Effect", "Give Allow or Deny, in this spelling.", "Effect %q is neither Allow nor Deny.", string(e))
	}
	return e
}

// either finds an element or its opposite; exactly one must be there.
func (p *parser) either(seen map[string]any, at, name string) (v any, found string, negated bool) {
	pos, isPos := seen[name]
	neg, isNeg := seen["Not"+name]
	switch {
	case isPos && isNeg:
		p.fail(at+"/Not"+name, "Keep one of the two.", "The statement has both %s and Not%s.", name, name)
	case isPos:
		return pos, name, false
	case isNeg:
		return neg, "Not" + name, true
	default:
		p.fail(at+"/"+name, "A bucket policy says who (Principal), what (Action) and where (Resource).", "The statement has no %s.", name)
	}
	return nil, "", false
}

// fit refuses statements whose actions cannot apply to their resources, as S3
// does.
func (p *parser) fit(s *Statement, at string) {
	if s.NotAction || s.NotResource || len(s.Actions) == 0 || len(s.Resources) == 0 {
		return
	}
	level := LevelOf(s.Actions[0])
	for _, a := range s.Actions {
		if strings.ContainsAny(a, "*?") || LevelOf(a) != level {
			return
		}
	}
	for _, r := range s.Resources {
		if r == "*" || resourceLevel(r) == level || strings.ContainsAny(r, "*?$") && !strings.Contains(r, "/") {
			return
		}
	}
	fix := "Add the bucket itself: arn:aws:s3:::BUCKET."
	if level == Objects {
		fix = "Add the objects: arn:aws:s3:::BUCKET/*."
	}
	p.fail(at+"/Resource", fix, "The action %s does not apply to any resource of the statement.", s.Actions[0])
}
