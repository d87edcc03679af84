package iampolicy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblems(t *testing.T) {
	good := allow(account, "")
	for _, c := range []struct{ why, policy, want string }{
		{"not JSON", "{\n  \"Version\": 2012-10-17\n}", ": The policy is not valid JSON at line 2"},
		{"cut off", `{"Statement":[`, ": The policy is not valid JSON at line 1, column 15: unexpected EOF."},
		{"text after it", policyOf(good) + "x", ": The policy is not valid JSON"},
		{"not an object", `["a"]`, ": The policy is not a JSON object."},
		{"an unknown version", `{"Version":"2012-10-18","Statement":[` + good + `]}`, `/Version: Version "2012-10-18" is not one of the policy language.`},
		{"an unknown element", `{"Statements":[` + good + `],"Statement":[` + good + `]}`, `/Statements: "Statements" is no element of a policy here.`},
		{"no statement", `{"Version":"2012-10-17"}`, "/Statement: The policy has no Statement."},
		{"an empty list", `{"Statement":[]}`, "/Statement: The policy has no statement."},
		{"a statement that is a text", `{"Statement":["x"]}`, "/Statement/0: The statement is not a JSON object."},
		{"a member twice", `{"Statement":[{"Effect":"Allow","Effect":"Deny",` + account + `,"Action":"s3:*","Resource":"*"}]}`, "/Statement/0/Effect: Effect is given twice."},
		{"no effect", `{"Statement":[{` + account + `,"Action":"s3:*","Resource":"*"}]}`, "/Statement/0/Effect: The statement has no Effect."},
		{"an effect in lower case", policyOf(strings.Replace(good, "Allow", "allow", 1)), `/Statement/0/Effect: Effect "allow" is neither Allow nor Deny.`},
		{"no principal", policyOf(`{"Effect":"Allow","Action":"s3:GetObject","Resource":` + objectsARN + `}`), "/Statement/0/Principal: The statement has no Principal."},
		{"a principal and its opposite", policyOf(`{"Effect":"Deny",` + account + `,"NotPrincipal":"*","Action":"s3:GetObject","Resource":` + objectsARN + `}`), "/Statement/0/NotPrincipal: The statement has both Principal and NotPrincipal."},
		{"a bare principal", policyOf(allow(`"Principal":"123456789012"`, "")), `/Statement/0/Principal: The principal "123456789012" is a text other than "*".`},
		{"a principal of an unknown kind", policyOf(allow(`"Principal":{"Aws":"123456789012"}`, "")), `/Statement/0/Principal/Aws: "Aws" is no element of a policy here.`},
		{"a wildcard inside a principal", policyOf(allow(`"Principal":{"AWS":"arn:aws:iam::123456789012:user/*"}`, "")), `/Statement/0/Principal/AWS: The principal "arn:aws:iam::123456789012:user/*" has a wildcard.`},
		{"an empty list of principals", policyOf(allow(`"Principal":{"AWS":[]}`, "")), "/Statement/0/Principal/AWS: The list is empty."},
		{"an action of another service", policyOf(statement("Allow", account, "ec2:RunInstances", objectsARN, "")), `/Statement/0/Action: The action "ec2:RunInstances" is not one of S3.`},
		{"an action without a service", policyOf(statement("Allow", account, "GetObject", objectsARN, "")), `/Statement/0/Action: "GetObject" is not an action.`},
		{"a resource that is no ARN", policyOf(statement("Allow", account, "s3:GetObject", `"logs/*"`, "")), `/Statement/0/Resource: The resource "logs/*" is not an ARN.`},
		{"an object action on the bucket", policyOf(statement("Allow", account, "s3:GetObject", bucketARN, "")), "/Statement/0/Resource: The action s3:GetObject does not apply to any resource of the statement."},
		{"a bucket action on objects", policyOf(statement("Allow", account, "s3:ListBucket", objectsARN, "")), "/Statement/0/Resource: The action s3:ListBucket does not apply to any resource of the statement."},
		{"one Sid twice", policyOf(`{"Sid":"A",`+good[1:], `{"Sid":"A",`+good[1:]), `/Statement/1/Sid: Two statements have the Sid "A".`},
		{"an unknown operator", policyOf(allow(account, `"StringIs":{"aws:SourceVpc":"x"}`)), `/Statement/0/Condition/StringIs: "StringIs" is not a condition operator.`},
		{"an operator without a key", policyOf(allow(account, `"StringEquals":{}`)), "/Statement/0/Condition/StringEquals: The operator names no condition key."},
		{"a key without a colon", policyOf(allow(account, `"StringEquals":{"SourceVpc":"x"}`)), `/Statement/0/Condition/StringEquals/SourceVpc: "SourceVpc" is not a condition key.`},
		{"no address", policyOf(allow(account, `"IpAddress":{"aws:SourceIp":"203.0.113.0/33"}`)), `/Statement/0/Condition/IpAddress/aws:SourceIp: "203.0.113.0/33" is not an IP address or range.`},
		{"no boolean", policyOf(allow(account, `"Bool":{"aws:SecureTransport":"yes"}`)), `/Statement/0/Condition/Bool/aws:SecureTransport: "yes" is neither true nor false.`},
		{"a slash in a name", policyOf(allow(account, `"A/B":{"a:b":"x"}`)), `/Statement/0/Condition/A~1B: "A/B" is not a condition operator.`},
		{"too deep", strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), ": The policy is not valid JSON"},
	} {
		t.Run(c.why, func(t *testing.T) {
			p, bad := Parse([]byte(c.policy))
			if p != nil || len(bad) != 1 {
				t.Fatalf("%+v: %+v", p, bad)
			}
			if got := bad[0].Pointer + ": " + bad[0].Message; !strings.HasPrefix(got, c.want) || bad[0].Fix == "" {
				t.Errorf("%s (fix %q), want %s", got, bad[0].Fix, c.want)
			}
		})
	}
}

// What S3 takes must not be refused here.
func TestAccepted(t *testing.T) {
	for why, policy := range map[string]string{
		"a single statement":                   `{"Statement":` + allow(account, "") + `}`,
		"the old version with an Id":           `{"Version":"2008-10-17","Id":"p","Statement":[` + allow(account, "") + `]}`,
		"a Sid with spaces":                    policyOf(`{"Sid":"Allow the team",` + allow(account, "")[1:]),
		"booleans and numbers as they are":     policyOf(allow(account, `"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:TlsVersion":1.2}`)),
		"actions of both levels on both":       policyOf(`{"Effect":"Allow",` + account + `,"Action":["s3:GetObject","s3:ListBucket"],"Resource":` + bothARN + `}`),
		"a wildcard action on the bucket":      policyOf(statement("Allow", account, "s3:Get*", bucketARN, "")),
		"all resources":                        policyOf(statement("Allow", account, "s3:GetObject", `"*"`, "")),
		"an operator with quantifier and more": policyOf(allow(account, `"ForAnyValue:StringLikeIfExists":{"aws:PrincipalOrgPaths":["o-1/*"]}`)),
		"a policy variable for an address":     policyOf(allow(account, `"IpAddress":{"aws:SourceIp":"${aws:PrincipalTag/ip}"}`)),
	} {
		if _, bad := Parse([]byte(policy)); len(bad) > 0 {
			t.Errorf("%s: %+v", why, bad)
		}
	}
}

func TestCheckBucket(t *testing.T) {
	p, _ := Parse([]byte(policyOf(
		statement("Allow", account, "s3:GetObject", `["arn:aws:s3:::logs/*","arn:aws:s3:::other/*","arn:aws:s3:::lo*/x","*"]`, ""),
		`{"Effect":"Deny",`+everyone+`,"Action":"s3:GetObject","NotResource":"arn:aws:s3:::elsewhere/*"}`,
	)))
	bad := p.CheckBucket("logs")
	if len(bad) != 1 || bad[0].Pointer != "/Statement/0/Resource" || !strings.Contains(bad[0].Message, "arn:aws:s3:::other/*") {
		t.Errorf("%+v", bad)
	}
}

func TestEqual(t *testing.T) {
	a := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::logs/b","arn:aws:s3:::logs/a"]}}`
	b := `{"Version":"2012-10-17", "Statement":[{"Action":"S3:getObject","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Resource":["arn:aws:s3:::logs/a","arn:aws:s3:::logs/b"]}]}`
	if !Equal([]byte(a), []byte(b)) {
		t.Error("S3's own form of the same policy")
	}
	for why, c := range map[string]string{
		"another effect":    strings.Replace(b, "Allow", "Deny", 1),
		"the opposite":      strings.Replace(b, `"Principal"`, `"NotPrincipal"`, 1),
		"another account":   strings.Replace(b, "123456789012", "210987654321", 1),
		"another version":   strings.Replace(b, "2012", "2008", 1),
		"one resource less": strings.Replace(b, `"arn:aws:s3:::logs/a",`, "", 1),
		"a condition":       strings.Replace(b, `"Effect"`, `"Condition":{"Bool":{"aws:SecureTransport":"true"}},"Effect"`, 1),
		"no policy":         "",
	} {
		if Equal([]byte(a), []byte(c)) {
			t.Errorf("%s is taken for equal", why)
		}
	}
}

func TestDiff(t *testing.T) {
	from := `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow"}]}`
	to := `{"Statement":[{"Effect":"Deny","Sid":"A"}],"Version":"2012-10-17"}`
	want := strings.Join([]string{
		"  {", `    "Statement": [`, "      {", `-       "Effect": "Allow",`, `+       "Effect": "Deny",`, `        "Sid": "A"`, "      }", "    ],",
		`    "Version": "2012-10-17"`, "  }",
	}, "\n")
	if diff := cmp.Diff(want, Diff([]byte(from), []byte(to))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d := Diff([]byte(from), []byte(" "+from)); d != "" {
		t.Errorf("nothing changes, but: %s", d)
	}
	if d := Diff(nil, []byte(`{"a":"<b>"}`)); d != "+ {\n+   \"a\": \"<b>\"\n+ }" {
		t.Errorf("from nothing: %s", d)
	}
	if d := Diff([]byte(`{}`), nil); d != "- {}" {
		t.Errorf("to nothing: %s", d)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"*", "", true},
		{"a*c", "abbc", true},
		{"a*c", "abb", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"*a*b*", "xxaxxbxx", true},
		{"a**", "a", true},
		{"abc", "abcd", false},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("a", 500), false},
	} {
		if got := Match(c.pattern, c.s); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.s, got)
		}
	}
	if matchARN("arn:aws:iam::*:role/x", "arn:aws:iam::1:user/a:role/x") {
		t.Error("a wildcard reached over a colon")
	}
}

// Nothing that a caller can write makes the guard fall over.
func FuzzParse(f *testing.F) {
	for _, c := range verdicts {
		f.Add([]byte(c.policy))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, bad := Parse(text)
		if (p == nil) != (len(bad) > 0) {
			t.Fatalf("%v, %v", p, bad)
		}
		if p == nil {
			return
		}
		p.Public()
		p.LocksOut(ana, "logs")
		p.LocksOut(session, "logs")
		p.CheckBucket("logs")
		if !Equal(text, text) {
			t.Error("it is not equal to itself")
		}
		Diff(text, text)
	})
}
