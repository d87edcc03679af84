package iampolicy

import "strings"

// Caller is who applies a policy, as far as it is known.
type Caller struct {
	ARN     string // as GetCallerIdentity says it; empty when the service does not say
	RoleARN string // of the role whose session it is, when known
	Account string // twelve digits; taken from ARN when empty
	TLS     bool   // whether its requests travel encrypted
}

func (c Caller) account() string {
	if c.Account != "" {
		return c.Account
	}
	return accountOf(c.ARN)
}

func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// lastName is the name in an ARN without its path; sessions have their role's.
func lastName(arn string) string {
	if session, ok := strings.CutPrefix(resourceOf(arn), "assumed-role/"); ok {
		name, _, _ := strings.Cut(session, "/")
		return name
	}
	r := resourceOf(arn)
	return r[strings.LastIndex(r, "/")+1:]
}

func resourceOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	return parts[len(parts)-1]
}

func (c Caller) session() bool { return strings.HasPrefix(resourceOf(c.ARN), "assumed-role/") }

// root tells whether the caller is the account itself, whom no bucket policy
// can take the policy away from.
func (c Caller) root() bool { return resourceOf(c.ARN) == "root" }

// keepAction is what must remain possible, so that a policy can be mended.
const keepAction = "s3:PutBucketPolicy"

// LocksOut says whether the policy would keep its caller, who owns the bucket
// and may change the policy now, from changing it again.
func (p *Policy) LocksOut(c Caller, bucket string) Verdict {
	v := Verdict{Answer: No}
	if c.root() {
		return v
	}
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Effect != Deny || !s.matchesAction(keepAction) {
			continue
		}
		a := and(s.matchesResource("arn:"+partition(c.ARN)+":s3:::"+bucket), and(s.names(c), s.holds(c)))
		if a == No {
			continue
		}
		v.Answer = or(v.Answer, a)
		v.Reasons = append(v.Reasons, s.lockReason(c, a))
	}
	return v
}

func partition(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[1] != "" {
		return parts[1]
	}
	return "aws"
}

func (s *Statement) lockReason(c Caller, a Answer) string {
	who := c.ARN
	if who == "" {
		who = "the caller"
	}
	if a == Yes {
		return "Statement " + s.Name() + " denies " + keepAction + " to " + who + "."
	}
	text := "Statement " + s.Name() + " may deny " + keepAction + " to " + who
	var keys []string
	for _, cond := range s.Conditions {
		if cond.holds(c) == Maybe {
			keys = append(keys, cond.Key)
		}
	}
	if len(keys) > 0 {
		text += ", depending on " + strings.Join(keys, ", ")
	} else if s.NotPrincipal && c.ARN != "" {
		text += ": its NotPrincipal must name the account" + map[bool]string{true: ", the role and the session", false: " besides"}[c.session()]
	}
	return text + "."
}

// names says whether the statement's principals include the caller.
func (s *Statement) names(c Caller) Answer {
	if s.NotPrincipal {
		return not(s.exempts(c))
	}
	a := No
	for _, p := range s.Principals {
		a = or(a, p.is(c))
	}
	return a
}

// exempts says whether a NotPrincipal keeps the caller out of a denial: for
// that it has to name the account as well, and of a session its role too.
func (s *Statement) exempts(c Caller) Answer {
	self, role, account := No, No, No
	for _, p := range s.Principals {
		switch {
		case p.everyone():
			return Yes
		case p.isAccount(c):
			account = Yes
		case c.session() && !strings.Contains(p.Value, ":assumed-role/"):
			role = or(role, p.is(c))
		default:
			self = or(self, p.is(c))
		}
	}
	if !c.session() {
		role = Yes
	}
	switch {
	case and(self, role) == Yes && account == Yes:
		return Yes
	case self == No && (role == No || !c.session()):
		return No
	}
	return Maybe
}

func (p Principal) isAccount(c Caller) bool {
	account := c.account()
	return p.Kind == kindAWS && account != "" && (p.Value == account || accountOf(p.Value) == account && resourceOf(p.Value) == "root")
}

// is says whether the principal is, or includes, the caller.
func (p Principal) is(c Caller) Answer {
	switch {
	case p.everyone(), p.isAccount(c):
		return Yes
	case p.Kind == kindService, p.Kind == kindFederated:
		return No
	case p.Kind == kindCanonical, c.ARN == "":
		return Maybe
	case p.Value == c.ARN, p.Value == c.RoleARN:
		return Yes
	case !strings.HasPrefix(p.Value, "arn:"): // another account, or a service's own way to name users
		return answer(p.Value == lastName(c.ARN))
	case accountOf(p.Value) != c.account(), strings.Contains(p.Value, ":assumed-role/"):
		return No
	}
	// A session's ARN does not tell the path of its role.
	return answer(c.session() && c.RoleARN == "" && strings.HasPrefix(resourceOf(p.Value), "role/") && lastName(p.Value) == lastName(c.ARN))
}
