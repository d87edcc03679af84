// Package leastpolicy writes the IAM policies that commands of integrations with
// AWS need, from the permissions that the commands declare.
package leastpolicy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/iampolicy"
)

// Kinds of resources that a policy can be bound to.
const (
	KindBucket     = "bucket"
	kindRole       = "role"
	kindExternalID = "externalId"
)

// Write writes the IAM policy of just those commands and buckets; with a
// caller also the trust policy of the role, and with roles the policy that lets
// the caller assume them.
func Write(req connector.PolicyRequest) ([]connector.PolicyDocument, error) {
	p := &policyWriter{partition: "aws"}
	if err := p.read(req); err != nil {
		return nil, err
	}
	docs := []connector.PolicyDocument{jsonDocument("Identity policy of "+commandNames(req.Commands), p.identity(req.Commands))}
	if p.caller != nil {
		docs = append(docs, jsonDocument("Trust policy of the role that "+req.Caller+" assumes", p.trust()))
	}
	if len(p.roles) > 0 {
		docs = append(docs, jsonDocument("Identity policy of whoever assumes the role", p.assume()))
	}
	return docs, nil
}

func commandNames(cmds []*connector.Command) string {
	if len(cmds) > 3 {
		return fmt.Sprintf("%d commands", len(cmds))
	}
	names := make([]string, len(cmds))
	for i, c := range cmds {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

func jsonDocument(title string, p policyDocument) connector.PolicyDocument {
	return connector.PolicyDocument{Title: title, Format: "json", Text: p.text()}
}

type policyWriter struct {
	partition  string
	buckets    []string
	roles      []string
	externalID string
	caller     map[string]string // kind of principal -> principal
}

func (p *policyWriter) read(req connector.PolicyRequest) error {
	for kind, names := range req.Resources {
		switch {
		case kind == KindBucket:
			p.buckets = names
		case kind == kindRole:
			p.roles = names
		case strings.EqualFold(strings.ReplaceAll(kind, "-", ""), kindExternalID):
			if len(names) != 1 {
				return connector.InvalidField("/resources/"+kind, "A trust policy asks for one external ID.", "Give one.")
			}
			p.externalID = names[0]
		default:
			return connector.InvalidField("/resources/"+kind, fmt.Sprintf("There are no resources of the kind %q here.", kind), "Known: bucket, role, externalId.")
		}
	}
	for _, check := range []func() error{p.checkBuckets, p.checkRoles, func() error { return p.readCaller(req.Caller) }} {
		if err := check(); err != nil {
			return err
		}
	}
	if p.externalID != "" && p.caller == nil {
		return connector.InvalidField("/resources/externalId", "An external ID without a caller has no effect.", "Give the caller too: the ARN of whoever assumes the role.")
	}
	return nil
}

// bucketPattern takes names, old ones with upper-case letters too, and
// wildcards.
var bucketPattern = regexp.MustCompile(`^[A-Za-z0-9._*?-]{1,255}$`)

func (p *policyWriter) checkBuckets() error {
	for _, b := range p.buckets {
		if !bucketPattern.MatchString(b) {
			return connector.InvalidField("/resources/bucket", fmt.Sprintf("%q is not the name of a bucket.", b), "Give names, not ARNs or paths; * stands for any text.")
		}
	}
	p.buckets = slices.Compact(slices.Sorted(slices.Values(p.buckets)))
	if len(p.buckets) == 0 {
		p.buckets = []string{"*"}
	}
	return nil
}

var (
	rolePattern   = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::\d{12}:role/[\w+=,.@/*-]+$`)
	callerPattern = regexp.MustCompile(`^arn:(aws[a-z-]*):(iam::\d{12}:(root|user/[\w+=,.@/-]+|role/[\w+=,.@/-]+)|sts::\d{12}:assumed-role/[\w+=,.@/-]+)$`)
	accountNumber = regexp.MustCompile(`^\d{12}$`)
	serviceName   = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$`)
)

func (p *policyWriter) checkRoles() error {
	for _, r := range p.roles {
		m := rolePattern.FindStringSubmatch(r)
		if m == nil {
			return connector.InvalidField("/resources/role", fmt.Sprintf("%q is not the ARN of a role.", r), "Write it like arn:aws:iam::123456789012:role/NAME.")
		}
		p.partition = m[1]
	}
	return nil
}

func (p *policyWriter) readCaller(caller string) error {
	switch m := callerPattern.FindStringSubmatch(caller); {
	case caller == "":
	case m != nil:
		p.partition, p.caller = m[1], map[string]string{"AWS": caller}
	case accountNumber.MatchString(caller):
		p.caller = map[string]string{"AWS": "arn:" + p.partition + ":iam::" + caller + ":root"}
	case serviceName.MatchString(caller):
		p.caller = map[string]string{"Service": caller}
	default:
		return connector.InvalidField("/caller", fmt.Sprintf("%q is neither the ARN of a user, role or account nor a service of AWS.", caller),
			"Write it like arn:aws:iam::123456789012:user/NAME; Test Connection says who the connection is.")
	}
	return nil
}

// identity collects what the commands need: always, and under conditions that
// the Sids name, so that what is not wanted can be taken out.
func (p *policyWriter) identity(cmds []*connector.Command) policyDocument {
	g := newGrants()
	for _, c := range cmds {
		for _, perm := range c.Permissions {
			if perm.Name != AssumeRole {
				g.add(condition(perm.When), perm.Name)
			}
		}
	}
	doc := newDocument()
	for _, when := range g.order {
		for _, level := range []iampolicy.Level{iampolicy.Account, iampolicy.Bucket, iampolicy.Objects} {
			if actions := g.actions(when, level); len(actions) > 0 {
				doc.Statement = append(doc.Statement, policyStatement{Sid: sid(when, level), Effect: "Allow", Action: actions, Resource: p.arns(level)})
			}
		}
	}
	return doc
}

// AssumeRole is the permission to act as a role; it belongs to whoever assumes
// it, not to the role.
const AssumeRole = "sts:AssumeRole"

// condition is what a permission depends on. Where it is needed (on the
// source, on both) is no condition.
func condition(when string) string {
	head, rest, _ := strings.Cut(when, ", ")
	if strings.HasPrefix(head, "on the ") || head == "on both" {
		return rest
	}
	return when
}

func (p *policyWriter) arns(level iampolicy.Level) []string {
	if level == iampolicy.Account {
		return []string{"*"}
	}
	suffix := ""
	if level == iampolicy.Objects {
		suffix = "/*"
	}
	out := make([]string, len(p.buckets))
	for i, b := range p.buckets {
		out[i] = "arn:" + p.partition + ":s3:::" + b + suffix
	}
	return out
}

// sid makes an identifier of a condition: letters and digits only.
func sid(when string, level iampolicy.Level) string {
	place := map[iampolicy.Level]string{iampolicy.Account: "Account", iampolicy.Bucket: "Buckets", iampolicy.Objects: "Objects"}[level]
	if when == "" {
		return place
	}
	var b strings.Builder
	for _, word := range strings.FieldsFunc(when, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return place + b.String()
}

func (p *policyWriter) trust() policyDocument {
	st := policyStatement{Sid: "Caller", Effect: "Allow", Principal: p.caller, Action: []string{AssumeRole}}
	if p.externalID != "" {
		st.Condition = map[string]map[string]string{"StringEquals": {"sts:ExternalId": p.externalID}}
	}
	doc := newDocument()
	doc.Statement = append(doc.Statement, st)
	return doc
}

func (p *policyWriter) assume() policyDocument {
	doc := newDocument()
	doc.Statement = append(doc.Statement, policyStatement{Sid: "AssumeRole", Effect: "Allow", Action: []string{AssumeRole}, Resource: p.roles})
	return doc
}
