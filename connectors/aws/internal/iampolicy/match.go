package iampolicy

import "strings"

// Match tells whether a text fits a pattern with * (any run) and ? (any one
// character).
func Match(pattern, s string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}

// matchARN compares colon by colon, as the Arn operators do: a wildcard does
// not reach over the first five colons.
func matchARN(pattern, s string) bool {
	p, t := strings.SplitN(pattern, ":", 6), strings.SplitN(s, ":", 6)
	if len(p) != len(t) {
		return pattern == "*"
	}
	for i := range p {
		if !Match(p[i], t[i]) {
			return false
		}
	}
	return true
}

// open tells whether a value leaves room: a wildcard or a policy variable.
func open(v string) bool { return strings.ContainsAny(v, "*?") || strings.Contains(v, "${") }

// Matches tells whether the statement speaks of an action.
func (s *Statement) matchesAction(action string) bool {
	for _, a := range s.Actions {
		if Match(strings.ToLower(a), strings.ToLower(action)) {
			return !s.NotAction
		}
	}
	return s.NotAction
}

func (s *Statement) matchesResource(arn string) Answer {
	found := No
	for _, r := range s.Resources {
		switch {
		case strings.Contains(r, "${"):
			found = or(found, Maybe)
		case Match(r, arn):
			found = Yes
		}
	}
	if s.NotResource {
		return not(found)
	}
	return found
}
