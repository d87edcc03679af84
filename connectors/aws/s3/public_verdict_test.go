package s3

import (
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/iampolicy"
)

// TestPublicVerdictsAgree compares the guard's verdict with what a server says
// of the same policy. The sandbox's server takes any condition for one that
// keeps the public out; AWS's definition, and the guard, do not.
func TestPublicVerdictsAgree(t *testing.T) {
	b := newBench(t, stage{})
	bucket := b.bucket(t, "judged")
	under := func(policy, condition string) string {
		return strings.Replace(policy, `"Sid"`, `"Condition":{`+condition+`},"Sid"`, 1)
	}
	role := `{"AWS":"arn:aws:iam::123456789012:user/sandbox"}`
	for why, c := range map[string]struct {
		policy string
		public bool
		unlike bool
	}{
		"everyone":                     {publicPolicy(bucket), true, false},
		"everyone, as a kind":          {onePolicy(bucket, "Allow", `{"AWS":"*"}`, "s3:GetObject", "/*"), true, false},
		"everyone may list":            {onePolicy(bucket, "Allow", `"*"`, "s3:ListBucket", ""), true, false},
		"everyone may do everything":   {onePolicy(bucket, "Allow", `"*"`, "s3:*", "/*"), true, false},
		"the account":                  {accountPolicy(bucket), false, false},
		"one user":                     {onePolicy(bucket, "Allow", role, "s3:GetObject", "/*"), false, false},
		"a denial":                     {onePolicy(bucket, "Deny", `"*"`, "s3:DeleteObject", "/*"), false, false},
		"one address range":            {under(publicPolicy(bucket), `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), false, false},
		"one address range of two":     {under(publicPolicy(bucket), `"IpAddress":{"aws:SourceIp":["203.0.113.0/24","198.51.100.7/32"]}`), false, false},
		"every address":                {under(publicPolicy(bucket), `"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`), true, true},
		"every address but some":       {under(publicPolicy(bucket), `"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), true, true},
		"everyone, if only encrypted":  {under(publicPolicy(bucket), `"Bool":{"aws:SecureTransport":"true"}`), true, true},
		"everyone with some referer":   {under(publicPolicy(bucket), `"StringLike":{"aws:Referer":"https://www.example.com/*"}`), true, true},
		"everyone with any user agent": {under(publicPolicy(bucket), `"StringLike":{"aws:UserAgent":"*"}`), true, true},
	} {
		t.Run(why, func(t *testing.T) {
			p, bad := iampolicy.Parse([]byte(c.policy))
			if len(bad) > 0 {
				t.Fatalf("%+v", bad)
			}
			if got := p.Public().Answer == iampolicy.Yes; got != c.public {
				t.Errorf("the guard says %v", got)
			}
			b.setPolicy(t, bucket, c.policy)
			out, err := b.sdk().GetBucketPolicyStatus(t.Context(), &awss3.GetBucketPolicyStatusInput{Bucket: &bucket})
			must(t, err)
			if got := deref(out.PolicyStatus.IsPublic); got != (c.public && !c.unlike) {
				t.Errorf("the server says %v", got)
			}
		})
	}
}
