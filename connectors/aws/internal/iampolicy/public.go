package iampolicy

import (
	"fmt"
	"net/netip"
	"strings"
)

// Public says whether the policy lets the public in, in the sense of S3's
// block of public policies: it is public unless every grant goes to fixed
// principals, or is bound by a condition to fixed values of certain keys.
// Denials are not weighed, so that taking one away cannot open a bucket that
// was said to be closed.
func (p *Policy) Public() Verdict {
	v := Verdict{Answer: No}
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Effect != Allow {
			continue
		}
		if why := s.opens(); why != "" {
			v.Answer = Yes
			v.Reasons = append(v.Reasons, "Statement "+s.Name()+" "+why+".")
		}
	}
	return v
}

// opens says how a grant is public; empty when it is not.
func (s *Statement) opens() string {
	who := s.strangers()
	if who == "" {
		return ""
	}
	why := ""
	for _, c := range s.Conditions {
		loose := c.loose()
		if loose == "" {
			return ""
		}
		why += "; " + loose
	}
	return "allows " + who + why
}

// strangers names the principals that are not fixed; empty when all are.
func (s *Statement) strangers() string {
	if s.NotPrincipal {
		return "everyone who is not in its NotPrincipal"
	}
	for _, p := range s.Principals {
		switch {
		case p.everyone():
			return "everyone"
		case p.Kind == kindFederated && !strings.HasPrefix(p.Value, "arn:"):
			return "everyone with an account at " + p.Value
		case open(p.Value):
			return "every " + strings.ToLower(p.Kind) + " principal like " + p.Value
		}
	}
	return ""
}

// fixing are the keys whose fixed values make a grant non-public, in lower
// case.
const fixing = " aws:principalarn aws:principalaccount aws:principalorgid aws:principalorgpaths aws:principalservicename" +
	" aws:sourcearn aws:sourceaccount aws:sourceowner aws:sourceorgid aws:sourceorgpaths" +
	" aws:sourceip aws:sourcevpc aws:sourcevpce aws:userid s3:dataaccesspointarn s3:dataaccesspointaccount "

// binding are the operators that hold only for the values given.
const binding = " StringEquals StringEqualsIgnoreCase StringLike ArnEquals ArnLike IpAddress "

// loose says why a condition does not keep the public out; empty when it does.
func (c *Condition) loose() string {
	key := strings.ToLower(c.Key)
	switch {
	case !strings.Contains(fixing, " "+key+" "):
		return "the condition on " + c.Key + " does not bind it to known callers"
	case !strings.Contains(binding, " "+c.Operator+" "):
		return "the operator " + c.Operator + " on " + c.Key + " binds it to nothing"
	case c.IfExists:
		return "IfExists lets requests without " + c.Key + " pass"
	case c.Quantifier == "ForAllValues":
		return "ForAllValues lets requests without " + c.Key + " pass"
	}
	for _, v := range c.Values {
		if why := looseValue(key, v); why != "" {
			return fmt.Sprintf("the value %q of %s %s", v, c.Key, why)
		}
	}
	return ""
}

func looseValue(key, v string) string {
	switch key {
	case "aws:sourceip":
		return looseRange(v)
	case "s3:dataaccesspointarn":
		return looseAccessPoint(v)
	case "aws:userid":
		if strings.HasPrefix(v, "AROA") { // whoever assumes a role names the session as they like
			return "is a role's session"
		}
	}
	if open(v) {
		return "is not fixed"
	}
	return ""
}

// looseAccessPoint allows a wildcard for the name of the access point, as long
// as the account is fixed.
func looseAccessPoint(v string) string {
	parts := strings.SplitN(v, ":", 6)
	if len(parts) == 6 && parts[4] != "" && !open(parts[4]) && !strings.Contains(v, "${") {
		return ""
	}
	return "leaves the account open"
}

// private are the ranges of RFC 1918, and what nobody on the internet can have
// for an address.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

// looseRange finds ranges broader than /8 (IPv4) or /32 (IPv6).
func looseRange(v string) string {
	p, ok := prefixOf(v)
	if !ok {
		return "is not an address range"
	}
	for _, r := range private {
		if r.Bits() <= p.Bits() && r.Contains(p.Addr()) {
			return ""
		}
	}
	least := 8
	if p.Addr().Is6() {
		least = 32
	}
	if p.Bits() < least {
		return fmt.Sprintf("is broader than /%d", least)
	}
	return ""
}
