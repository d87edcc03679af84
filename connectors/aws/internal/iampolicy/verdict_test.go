package iampolicy

import (
	"strings"
	"testing"
)

const (
	bucketARN  = `"arn:aws:s3:::logs"`
	objectsARN = `"arn:aws:s3:::logs/*"`
	bothARN    = `["arn:aws:s3:::logs","arn:aws:s3:::logs/*"]`
)

var (
	ana     = Caller{ARN: "arn:aws:iam::123456789012:user/ana", TLS: true}
	session = Caller{ARN: "arn:aws:sts::123456789012:assumed-role/ops/fairlead-1", TLS: true}
	root    = Caller{ARN: "arn:aws:iam::123456789012:root", TLS: true}
	unknown = Caller{TLS: true}
	plain   = Caller{ARN: "arn:aws:iam::123456789012:user/ana"}
	roleARN = Caller{ARN: session.ARN, RoleARN: "arn:aws:iam::123456789012:role/teams/ops", TLS: true}
)

func policyOf(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// allow grants reading of the objects to a principal, under a condition.
func allow(principal, condition string) string {
	return statement("Allow", principal, "s3:GetObject", objectsARN, condition)
}

// deny denies everything in the bucket.
func deny(principal, condition string) string {
	return statement("Deny", principal, "s3:*", bothARN, condition)
}

func statement(effect, principal, action, resource, condition string) string {
	if condition != "" {
		condition = `,"Condition":{` + condition + `}`
	}
	return `{"Effect":"` + effect + `",` + principal + `,"Action":"` + action + `","Resource":` + resource + condition + `}`
}

const (
	everyone  = `"Principal":"*"`
	everyone2 = `"Principal":{"AWS":"*"}`
	account   = `"Principal":{"AWS":"arn:aws:iam::123456789012:root"}`
	another   = `"Principal":{"AWS":"210987654321"}`
	me        = `"Principal":{"AWS":"arn:aws:iam::123456789012:user/ana"}`
	notMe     = `"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/ana","123456789012"]}`
)

// verdicts are policies with what is to be said of them, each for a reason.
var verdicts = []struct {
	why    string
	policy string
	public Answer
	caller Caller
	locks  Answer
}{
	// Grants and who they go to.
	{"a grant to everyone", policyOf(allow(everyone, "")), Yes, ana, No},
	{"everyone, written as a kind", policyOf(allow(everyone2, "")), Yes, ana, No},
	{"everyone in a list beside a fixed one", policyOf(allow(`"Principal":{"AWS":["123456789012","*"]}`, "")), Yes, ana, No},
	{"the account itself", policyOf(allow(account, "")), No, ana, No},
	{"another account is fixed", policyOf(allow(another, "")), No, ana, No},
	{"one user", policyOf(allow(me, "")), No, ana, No},
	{"a service of AWS", policyOf(allow(`"Principal":{"Service":"logging.s3.amazonaws.com"}`, "")), No, ana, No},
	{"any service", policyOf(allow(`"Principal":{"Service":"*"}`, "")), Yes, ana, No},
	{"a canonical user", policyOf(allow(`"Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`, "")), No, ana, No},
	{"whoever has an account at a web identity provider", policyOf(allow(`"Principal":{"Federated":"accounts.google.com"}`, "")), Yes, ana, No},
	{"a SAML provider of the account", policyOf(allow(`"Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/idp"}`, "")), No, ana, No},
	{"NotPrincipal in a grant leaves everyone else", policyOf(allow(`"NotPrincipal":{"AWS":"210987654321"}`, "")), Yes, ana, No},
	{"NotAction of everyone", policyOf(`{"Effect":"Allow",` + everyone + `,"NotAction":"s3:DeleteObject","Resource":` + objectsARN + `}`), Yes, ana, No},
	{"NotResource of everyone", policyOf(`{"Effect":"Allow",` + everyone + `,"Action":"s3:GetObject","NotResource":"arn:aws:s3:::logs/secret/*"}`), Yes, ana, No},
	{"one public statement among fixed ones", policyOf(allow(account, ""), allow(everyone, ""), allow(me, "")), Yes, ana, No},

	// Conditions that bind everyone to known callers, and those that do not.
	{"one address range", policyOf(allow(everyone, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`)), No, ana, No},
	{"one address", policyOf(allow(everyone, `"IpAddress":{"aws:SourceIp":"203.0.113.7"}`)), No, ana, No},
	{"the whole internet as a range", policyOf(allow(everyone, `"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`)), Yes, ana, No},
	{"half of the internet", policyOf(allow(everyone, `"IpAddress":{"aws:SourceIp":["203.0.113.0/24","128.0.0.0/1"]}`)), Yes, ana, No},
	{"a /8 is just narrow enough", policyOf(allow(everyone, `"IpAddress":{"aws:SourceIp":"11.0.0.0/8"}`)), No, ana, No},
	{"a private range of any size", policyOf(allow(everyone, `"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`)), No, ana, No},
	{"a broad IPv6 range", policyOf(allow(everyone, `"IpAddress":{"aws:SourceIp":"2001::/16"}`)), Yes, ana, No},
	{"an IPv6 range of one network", policyOf(allow(everyone, `"IpAddress":{"aws:SourceIp":"2001:db8::/32"}`)), No, ana, No},
	{"everything but a range", policyOf(allow(everyone, `"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`)), Yes, ana, No},
	{"one VPC", policyOf(allow(everyone, `"StringEquals":{"aws:SourceVpc":"vpc-91237329"}`)), No, ana, No},
	{"StringLike without a wildcard is as fixed", policyOf(allow(everyone, `"StringLike":{"aws:SourceVpc":"vpc-91237329"}`)), No, ana, No},
	{"any VPC", policyOf(allow(everyone, `"StringLike":{"aws:SourceVpc":"vpc-*"}`)), Yes, ana, No},
	{"one VPC endpoint", policyOf(allow(everyone, `"StringEquals":{"aws:sourceVpce":"vpce-1a2b3c4d"}`)), No, ana, No},
	{"an organization", policyOf(allow(everyone, `"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}`)), No, ana, No},
	{"any organization", policyOf(allow(everyone, `"StringLike":{"aws:PrincipalOrgID":"o-*"}`)), Yes, ana, No},
	{"one source", policyOf(allow(everyone, `"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:123456789012:topic"}`)), No, ana, No},
	{"sources of one account by wildcard", policyOf(allow(everyone, `"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:123456789012:*"}`)), Yes, ana, No},
	{"a source account", policyOf(allow(everyone, `"StringEquals":{"aws:SourceAccount":"123456789012"}`)), No, ana, No},
	{"access points of one account by wildcard", policyOf(allow(everyone, `"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:123456789012:accesspoint/*"}`)), No, ana, No},
	{"access points of any account", policyOf(allow(everyone, `"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:*:accesspoint/x"}`)), Yes, ana, No},
	{"an access point account", policyOf(allow(everyone, `"StringEquals":{"s3:DataAccessPointAccount":"123456789012"}`)), No, ana, No},
	{"a user's ID", policyOf(allow(everyone, `"StringEquals":{"aws:userid":"AIDACKCEVSQ6C2EXAMPLE"}`)), No, ana, No},
	{"the sessions of a role, who name themselves", policyOf(allow(everyone, `"StringLike":{"aws:userid":"AROADBQP57FF2AEXAMPLE:*"}`)), Yes, ana, No},
	{"a policy variable is not fixed", policyOf(allow(everyone, `"StringEquals":{"aws:PrincipalOrgID":"${aws:PrincipalTag/org}"}`)), Yes, ana, No},
	{"encryption alone binds nobody", policyOf(allow(everyone, `"Bool":{"aws:SecureTransport":"true"}`)), Yes, ana, No},
	{"a referer can be forged", policyOf(allow(everyone, `"StringLike":{"aws:Referer":"https://www.example.com/*"}`)), Yes, ana, No},
	{"IfExists lets the others pass", policyOf(allow(everyone, `"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}`)), Yes, ana, No},
	{"ForAllValues is true of nothing", policyOf(allow(everyone, `"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1/r-1/ou-1/"}`)), Yes, ana, No},
	{"ForAnyValue needs one", policyOf(allow(everyone, `"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-1/r-1/ou-1/"}`)), No, ana, No},
	{"one loose value among fixed ones", policyOf(allow(everyone, `"StringLike":{"aws:SourceVpce":["vpce-1","vpce-*"]}`)), Yes, ana, No},
	{"one binding condition is enough", policyOf(allow(everyone, `"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceVpce":"vpce-1"}`)), No, ana, No},
	{"a denial does not make a grant less public", policyOf(allow(everyone, ""), statement("Deny", everyone, "s3:GetObject", objectsARN, `"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`)), Yes, ana, No},

	// Denials, and whether they reach the one who applies them.
	{"everything denied to everyone", policyOf(deny(everyone, "")), No, ana, Yes},
	{"the root user can always mend it", policyOf(deny(everyone, "")), No, root, No},
	{"denied to the caller's account", policyOf(deny(account, "")), No, ana, Yes},
	{"the account as a bare number", policyOf(deny(`"Principal":{"AWS":"123456789012"}`, "")), No, ana, Yes},
	{"denied to another account", policyOf(deny(another, "")), No, ana, No},
	{"denied to the caller", policyOf(deny(me, "")), No, ana, Yes},
	{"denied to another user", policyOf(deny(`"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "")), No, ana, No},
	{"denied to a user, called by somebody unknown", policyOf(deny(me, "")), No, unknown, Maybe},
	{"denied to the role of the session", policyOf(deny(`"Principal":{"AWS":"arn:aws:iam::123456789012:role/ops"}`, "")), No, session, Yes},
	{"the session's ARN does not show the role's path", policyOf(deny(`"Principal":{"AWS":"arn:aws:iam::123456789012:role/teams/ops"}`, "")), No, session, Yes},
	{"the role's path is known", policyOf(deny(`"Principal":{"AWS":"arn:aws:iam::123456789012:role/ops"}`, "")), No, roleARN, No},
	{"denied to a service", policyOf(deny(`"Principal":{"Service":"logging.s3.amazonaws.com"}`, "")), No, ana, No},
	{"only the objects are denied", policyOf(statement("Deny", everyone, "s3:*", objectsARN, "")), No, ana, No},
	{"only writing objects is denied", policyOf(statement("Deny", everyone, "s3:PutObject", objectsARN, "")), No, ana, No},
	{"changing the policy is denied", policyOf(statement("Deny", everyone, "s3:PutBucketPolicy", bucketARN, "")), No, ana, Yes},
	{"by a wildcard, in another case", policyOf(statement("Deny", everyone, "S3:putbucket*", bucketARN, "")), No, ana, Yes},
	{"by NotAction", policyOf(`{"Effect":"Deny",` + everyone + `,"NotAction":"s3:GetObject","Resource":` + bothARN + `}`), No, ana, Yes},
	{"NotAction that spares the policy", policyOf(`{"Effect":"Deny",` + everyone + `,"NotAction":["s3:PutBucketPolicy","s3:GetObject"],"Resource":` + bothARN + `}`), No, ana, No},
	{"by NotResource", policyOf(`{"Effect":"Deny",` + everyone + `,"Action":"s3:*","NotResource":` + objectsARN + `}`), No, ana, Yes},
	{"NotResource that spares the bucket", policyOf(`{"Effect":"Deny",` + everyone + `,"Action":"s3:*","NotResource":` + bucketARN + `}`), No, ana, No},
	{"everyone but the caller and the account", policyOf(deny(notMe, "")), No, ana, No},
	{"everyone but the caller: the account is missing", policyOf(deny(`"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/ana"}`, "")), No, ana, Maybe},
	{"everyone but the account does not spare its users", policyOf(deny(`"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:root"}`, "")), No, ana, Yes},
	{"everyone but somebody else", policyOf(deny(`"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/bob"}`, "")), No, ana, Yes},
	{"everyone but the role, called by its session", policyOf(deny(`"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:role/ops","123456789012"]}`, "")), No, session, Maybe},
	{"everyone but role, session and account", policyOf(deny(`"NotPrincipal":{"AWS":["arn:aws:iam::123456789012:role/ops","arn:aws:sts::123456789012:assumed-role/ops/fairlead-1","123456789012"]}`, "")), No, session, No},
	{"unencrypted requests are denied, the caller's are encrypted", policyOf(deny(everyone, `"Bool":{"aws:SecureTransport":"false"}`)), No, ana, No},
	{"unencrypted requests are denied, and so is the caller", policyOf(deny(everyone, `"Bool":{"aws:SecureTransport":"false"}`)), No, plain, Yes},
	{"outside an endpoint: only the network knows", policyOf(deny(everyone, `"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`)), No, ana, Maybe},
	{"outside an address range: only the network knows", policyOf(deny(everyone, `"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`)), No, ana, Maybe},
	{"everyone but one role, by condition", policyOf(deny(everyone, `"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/admin"}`)), No, ana, Yes},
	{"everyone but the caller, by condition", policyOf(deny(everyone, `"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/*"}`)), No, ana, No},
	{"an exception for the role, whose path is known", policyOf(deny(everyone, `"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/teams/ops"}`)), No, roleARN, No},
	{"an exception for a role, whose path is not known", policyOf(deny(everyone, `"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/ops"}`)), No, session, Maybe},
	{"other accounts are denied", policyOf(deny(everyone, `"StringNotEquals":{"aws:PrincipalAccount":"123456789012"}`)), No, ana, No},
	{"two conditions, of which one cannot hold", policyOf(deny(everyone, `"Bool":{"aws:SecureTransport":"false"},"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`)), No, ana, No},
	{"a key that the request does not have", policyOf(deny(everyone, `"StringEquals":{"s3:x-amz-acl":"public-read"}`)), No, ana, No},
	{"not a key that the request does not have", policyOf(deny(everyone, `"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}`)), No, ana, Yes},
	{"Null asks for the absence", policyOf(deny(everyone, `"Null":{"s3:x-amz-server-side-encryption":"true"}`)), No, ana, Yes},
	{"a policy variable in the resource", policyOf(statement("Deny", everyone, "s3:*", `"arn:aws:s3:::${aws:PrincipalTag/bucket}"`, "")), No, ana, Maybe},
	{"the strongest denial counts", policyOf(deny(everyone, `"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`), deny(me, "")), No, ana, Yes},
}

func TestVerdicts(t *testing.T) {
	if len(verdicts) < 40 {
		t.Errorf("%d policies", len(verdicts))
	}
	for _, c := range verdicts {
		t.Run(c.why, func(t *testing.T) {
			p, bad := Parse([]byte(c.policy))
			if len(bad) > 0 {
				t.Fatalf("it cannot be read: %+v", bad)
			}
			check(t, "public", p.Public(), c.public)
			check(t, "locks out", p.LocksOut(c.caller, "logs"), c.locks)
		})
	}
}

func check(t *testing.T, what string, v Verdict, want Answer) {
	t.Helper()
	if v.Answer != want {
		t.Errorf("%s: %s, want %s: %v", what, v.Answer, want, v.Reasons)
	}
	if (v.Answer == No) != (len(v.Reasons) == 0) {
		t.Errorf("%s: %s for the reasons %v", what, v.Answer, v.Reasons)
	}
}

func TestReasons(t *testing.T) {
	p, _ := Parse([]byte(policyOf(
		`{"Sid":"Open",`+strings.TrimPrefix(allow(everyone, `"StringLike":{"aws:SourceVpc":"vpc-*"}`), "{"),
		deny(everyone, `"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`),
	)))
	if got, want := p.Public().Reasons[0], `Statement "Open" allows everyone; the value "vpc-*" of aws:SourceVpc is not fixed.`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	want := "Statement 2 may deny s3:PutBucketPolicy to arn:aws:iam::123456789012:user/ana, depending on aws:SourceVpce."
	if got := p.LocksOut(ana, "logs").Reasons[0]; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
