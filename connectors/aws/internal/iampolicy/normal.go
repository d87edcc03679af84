package iampolicy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Equal tells whether two policies mean the same: S3 stores a policy in a form
// of its own (one text for a list of one, an account's number as an ARN). What
// cannot be read is compared as text.
func Equal(a, b []byte) bool {
	p, badA := Parse(a)
	q, badB := Parse(b)
	if len(badA) > 0 || len(badB) > 0 {
		return string(a) == string(b)
	}
	return p.normal() == q.normal()
}

func (p *Policy) normal() string {
	texts := make([]string, len(p.Statements))
	for i := range p.Statements {
		texts[i] = p.Statements[i].normal()
	}
	slices.Sort(texts)
	version := cmp.Or(p.Version, "2008-10-17")
	return version + "\x00" + p.ID + "\x00" + strings.Join(texts, "\x00")
}

func (s *Statement) normal() string {
	var who []string
	for _, p := range s.Principals {
		v := p.Value
		if p.Kind == kindAWS && len(v) == 12 && strings.Trim(v, "0123456789") == "" {
			v = "arn:aws:iam::" + v + ":root"
		}
		who = append(who, p.Kind+"="+v)
	}
	var actions []string
	for _, a := range s.Actions {
		actions = append(actions, strings.ToLower(a))
	}
	var conditions []string
	for _, c := range s.Conditions {
		conditions = append(conditions, fmt.Sprintf("%s:%s:%v:%s=%q", c.Quantifier, c.Operator, c.IfExists, strings.ToLower(c.Key), sorted(c.Values)))
	}
	return fmt.Sprintf("%q %s %v%q %v%q %v%q %q", s.Sid, s.Effect, s.NotPrincipal, sorted(who), s.NotAction, sorted(actions),
		s.NotResource, sorted(s.Resources), sorted(conditions))
}

func sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
