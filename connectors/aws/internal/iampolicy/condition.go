package iampolicy

import (
	"net/netip"
	"strings"
)

// holds says whether all conditions hold for the caller's next change of the
// policy.
func (s *Statement) holds(c Caller) Answer {
	a := Yes
	for _, cond := range s.Conditions {
		a = and(a, cond.holds(c))
	}
	return a
}

// fact is what is known of a condition key in the caller's request.
type fact struct {
	known  bool // whether anything is known
	absent bool // the request does not have the key
	value  string
}

func (f fact) is(v string) fact { return fact{known: true, value: v} }

var nothing = fact{known: true, absent: true}

// factOf gives what is known of a key. What only the network knows stays open.
func (c Caller) factOf(key string) fact {
	switch key = strings.ToLower(key); key {
	case "aws:securetransport":
		return fact{}.is(map[bool]string{true: "true", false: "false"}[c.TLS])
	case "aws:principalisawsservice", "aws:viaawsservice":
		return fact{}.is("false")
	case "s3:authtype":
		return fact{}.is("REST-HEADER")
	case "s3:signatureversion":
		return fact{}.is("AWS4-HMAC-SHA256")
	case "aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicename":
		return nothing
	}
	if strings.HasPrefix(key, "s3:") && key != "s3:tlsversion" && key != "s3:resourceaccount" && key != "s3:signatureage" {
		return nothing // they describe requests of other kinds
	}
	return c.identityFact(key)
}

func (c Caller) identityFact(key string) fact {
	if c.ARN == "" {
		return fact{}
	}
	switch key {
	case "aws:principalarn":
		if !c.session() {
			return fact{}.is(c.ARN)
		}
		if c.RoleARN != "" {
			return fact{}.is(c.RoleARN)
		}
	case "aws:principalaccount", "aws:resourceaccount", "s3:resourceaccount":
		return fact{}.is(c.account())
	case "aws:username":
		if c.session() {
			return nothing
		}
		return fact{}.is(lastName(c.ARN))
	case "aws:principaltype":
		return fact{}.is(map[bool]string{true: "AssumedRole", false: "User"}[c.session()])
	}
	return fact{}
}

func (c Condition) holds(caller Caller) Answer {
	f := caller.factOf(c.Key)
	switch {
	case !f.known:
		return Maybe
	case c.Operator == "Null":
		return answer(strings.EqualFold(c.Values[0], "true") == f.absent)
	case f.absent:
		negated := strings.Contains(c.Operator, "Not")
		return answer(c.IfExists || c.Quantifier == "ForAllValues" || negated && c.Quantifier == "")
	}
	return c.compare(f.value)
}

// compare tests a known value. A negated operator holds when no value fits.
func (c Condition) compare(v string) Answer {
	base := strings.Replace(c.Operator, "Not", "", 1)
	test, ok := comparisons[base]
	if !ok {
		return Maybe
	}
	found := No
	for _, want := range c.Values {
		if strings.Contains(want, "${") {
			found = or(found, Maybe)
			continue
		}
		found = or(found, answer(test(want, v)))
	}
	if base != c.Operator {
		return not(found)
	}
	return found
}

var comparisons = map[string]func(want, v string) bool{
	"StringEquals":           func(want, v string) bool { return want == v },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"StringLike":             Match,
	"ArnEquals":              matchARN,
	"ArnLike":                matchARN,
	"Bool":                   strings.EqualFold,
	"IpAddress":              inRange,
}

func inRange(want, v string) bool {
	p, ok := prefixOf(want)
	a, err := netip.ParseAddr(v)
	return ok && err == nil && p.Contains(a)
}
