package leastpolicy

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/iampolicy"
)

// policyDocument is a policy in the order in which people write it.
type policyDocument struct {
	Version   string            `json:"Version"`
	Statement []policyStatement `json:"Statement"`
}

type policyStatement struct {
	Sid       string                       `json:"Sid"`
	Effect    string                       `json:"Effect"`
	Principal map[string]string            `json:"Principal,omitempty"`
	Action    []string                     `json:"Action"`
	Resource  []string                     `json:"Resource,omitempty"`
	Condition map[string]map[string]string `json:"Condition,omitempty"`
}

func newDocument() policyDocument {
	return policyDocument{Version: "2012-10-17", Statement: []policyStatement{}}
}

func (p policyDocument) text() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(p) // texts always encode, and a buffer takes everything
	return b.String()
}

// grants are actions by what they depend on.
type grants struct {
	order []string // conditions, as they came; "" first
	by    map[string][]string
}

func newGrants() *grants {
	return &grants{order: []string{""}, by: map[string][]string{}}
}

func (g *grants) add(when, action string) {
	if !slices.Contains(g.order, when) {
		g.order = append(g.order, when)
	}
	g.by[when] = append(g.by[when], action)
}

// actions gives those of a condition on one level, without those that are
// granted always.
func (g *grants) actions(when string, level iampolicy.Level) []string {
	var out []string
	for _, a := range g.by[when] {
		if iampolicy.LevelOf(a) == level && (when == "" || !slices.Contains(g.by[""], a)) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
