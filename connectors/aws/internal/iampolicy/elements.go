package iampolicy

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// principals reads "*" or an object of kinds.
func (p *parser) principals(v any, at string) []Principal {
	if s, ok := v.(string); ok {
		if s != "*" {
			p.fail(at, `Write it like {"AWS": "arn:aws:iam::123456789012:root"}.`, "The principal %q is a text other than \"*\".", s)
		}
		return []Principal{{kindAWS, s}}
	}
	o, ok := v.(object)
	if !ok || len(o) == 0 {
		p.fail(at, `Give "*", or an object such as {"AWS": "..."}.`, "The principal is neither \"*\" nor an object that names one.")
		return nil
	}
	kinds := []string{kindAWS, kindService, kindFederated, kindCanonical}
	seen := p.members(o, at, kinds)
	var out []Principal
	for _, k := range kinds {
		v, ok := seen[k]
		if !ok {
			continue
		}
		for _, s := range p.texts(v, at+"/"+k) {
			out = append(out, p.principal(k, s, at+"/"+k))
		}
	}
	return out
}

func (p *parser) principal(kind, value, at string) Principal {
	switch {
	case value == "":
		p.fail(at, "Name the principal.", "The principal is empty.")
	case kind == kindAWS && value != "*" && strings.ContainsAny(value, "*?"):
		p.fail(at, `Name whole ARNs, or "*" with an ArnLike condition on aws:PrincipalArn.`, "The principal %q has a wildcard.", value)
	case kind == kindService && value != "*" && !strings.Contains(value, "."):
		p.fail(at, "Write it like logging.s3.amazonaws.com.", "The service %q is not one of AWS.", value)
	}
	return Principal{kind, value}
}

var actionForm = regexp.MustCompile(`^[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+$`)

func (p *parser) actions(v any, at string) []string {
	list := p.texts(v, at)
	for _, a := range list {
		prefix, _, _ := strings.Cut(strings.ToLower(a), ":")
		switch {
		case a == "*":
		case !actionForm.MatchString(a):
			p.fail(at, "Write it like s3:GetObject.", "%q is not an action.", a)
		case !strings.HasPrefix(prefix, "s3") && !strings.ContainsAny(prefix, "*?"):
			p.fail(at, "A bucket policy speaks of s3: actions only.", "The action %q is not one of S3.", a)
		}
	}
	return list
}

func (p *parser) resources(v any, at string) []string {
	list := p.texts(v, at)
	for _, r := range list {
		if r != "*" && !strings.HasPrefix(r, "arn:") {
			p.fail(at, "Write it like arn:aws:s3:::BUCKET/*.", "The resource %q is not an ARN.", r)
		}
	}
	return list
}

var operators = []string{
	"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
	"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
	"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
	"Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
}

// conditions reads {operator: {key: value or values}}.
func (p *parser) conditions(v any, at string) []Condition {
	byOperator, ok := v.(object)
	if !ok {
		p.fail(at, `Write it like {"StringEquals": {"aws:SourceVpce": "vpce-1"}}.`, "Condition is not an object.")
		return nil
	}
	var out []Condition
	for _, op := range byOperator {
		opAt := pointer(at, op.name)
		c, ok := parseOperator(op.name)
		if !ok {
			p.fail(opAt, "Known: "+strings.Join(operators, ", ")+".", "%q is not a condition operator.", op.name)
			continue
		}
		keys, ok := op.value.(object)
		if !ok || len(keys) == 0 {
			p.fail(opAt, `Write it like {"aws:SourceVpce": "vpce-1"}.`, "The operator names no condition key.")
			continue
		}
		for _, k := range keys {
			c.Key, c.Values = k.name, p.values(k.value, pointer(opAt, k.name))
			p.checkCondition(c, pointer(opAt, k.name))
			out = append(out, c)
		}
	}
	return out
}

func parseOperator(name string) (Condition, bool) {
	var c Condition
	if q, rest, ok := strings.Cut(name, ":"); ok {
		for _, known := range []string{"ForAnyValue", "ForAllValues"} {
			if strings.EqualFold(q, known) {
				c.Quantifier, name = known, rest
			}
		}
	}
	if rest, ok := strings.CutSuffix(name, "IfExists"); ok {
		c.IfExists, name = true, rest
	}
	i := slices.IndexFunc(operators, func(o string) bool { return strings.EqualFold(o, name) })
	if i < 0 {
		return c, false
	}
	c.Operator = operators[i]
	return c, true
}

// values reads texts; numbers and booleans stand for what they spell.
func (p *parser) values(v any, at string) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if len(list) == 0 {
		p.fail(at, "Give at least one value.", "The condition has no value.")
	}
	out := make([]string, len(list))
	for i, e := range list {
		switch x := e.(type) {
		case string:
			out[i] = x
		case json.Number:
			out[i] = x.String()
		case bool:
			out[i] = strconv.FormatBool(x)
		default:
			p.fail(at, "Give a text, a number, true or false.", "The condition's value is neither a text nor a number.")
		}
	}
	return out
}

func (p *parser) checkCondition(c Condition, at string) {
	if !strings.Contains(c.Key, ":") {
		p.fail(at, "Write it like aws:SourceIp.", "%q is not a condition key.", c.Key)
	}
	for _, v := range c.Values {
		switch {
		case strings.Contains(v, "${"):
		case strings.HasSuffix(c.Operator, "IpAddress"):
			if _, ok := prefixOf(v); !ok {
				p.fail(at, "Write it like 203.0.113.0/24.", "%q is not an IP address or range.", v)
			}
		case (c.Operator == "Bool" || c.Operator == "Null") && !strings.EqualFold(v, "true") && !strings.EqualFold(v, "false"):
			p.fail(at, "Give true or false.", "%q is neither true nor false.", v)
		}
	}
}

func prefixOf(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
