package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

// judged is a policy with what AWS's definition of "public" says of it, and the
// servers that are known to say otherwise.
type judged struct {
	about     string
	principal any
	condition map[string]any
	effect    string
	public    bool
	unlike    map[string]bool
}

// Servers that take every condition for one that keeps the public out.
func anyCondition(more ...string) map[string]bool {
	m := map[string]bool{sandboxName: true}
	for _, s := range more {
		m[s] = true
	}
	return m
}

func judgedPolicies() []judged {
	blind := map[string]bool{"versitygw": true, "versitygw-iam": true} // it looks at the principal only
	ip := func(op string, ranges ...string) map[string]any { return in{op: in{"aws:SourceIp": ranges}} }
	return []judged{
		{about: "everyone", principal: "*", effect: "Allow", public: true},
		{about: "everyone, as a kind", principal: in{"AWS": "*"}, effect: "Allow", public: true},
		{about: "a denial for everyone", principal: "*", effect: "Deny", unlike: blind},
		{about: "one address range", principal: "*", effect: "Allow", condition: ip("IpAddress", "203.0.113.0/24"), unlike: blind},
		{about: "every address", principal: "*", effect: "Allow", condition: ip("IpAddress", "0.0.0.0/0"), public: true, unlike: anyCondition("moto")},
		{about: "every address but some", principal: "*", effect: "Allow", condition: ip("NotIpAddress", "203.0.113.0/24"), public: true, unlike: anyCondition("moto")},
		{about: "everyone with a referer", principal: "*", effect: "Allow", condition: in{"StringLike": in{"aws:Referer": "https://www.example.com/*"}}, public: true, unlike: anyCondition("moto", "ceph")},
	}
}

func (j *judged) policy(bucket string) map[string]any {
	st := in{"Sid": "Judged", "Effect": j.effect, "Principal": j.principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + bucket + "/*"}
	if j.condition != nil {
		st["Condition"] = j.condition
	}
	return in{"Version": "2012-10-17", "Statement": []any{st}}
}

// TestPublicVerdicts: what Put Bucket Policy says of a policy is what AWS's
// definition says, and what servers with a verdict of their own say.
func TestPublicVerdicts(t *testing.T) {
	_, missing := servers.AllS3()
	servers.Report(t, missing)
	_, api := apptest.Open(t)
	for _, x := range targets(t, api) {
		t.Run(x.server.Name, func(t *testing.T) {
			var said []string
			for i, j := range judgedPolicies() {
				t.Run(j.about, func(t *testing.T) { said = append(said, j.about+": "+x.judge(t, &j, fmt.Sprintf("judged-%d", i))) })
			}
			slices.Sort(said)
			t.Log(strings.Join(said, "; "))
		})
	}
}

func (x *target) judge(t *testing.T, j *judged, name string) string {
	bucket := x.bucket(t, name)
	rec := x.api.Run(t, "aws-s3", "put-bucket-policy", apptest.Order{Connection: x.connection(owner), Input: in{"bucketName": bucket, "policy": j.policy(bucket), "allowPublicAccess": true}})
	if apptest.Verdict(rec) != run.Successful {
		t.Fatal(apptest.Line(rec))
	}
	if out := apptest.Raw[struct{ IsPublic bool }](t, rec); out.IsPublic != j.public {
		t.Errorf("the guard says %v, want %v", out.IsPublic, j.public)
	}
	status, err := x.sdk.GetBucketPolicyStatus(t.Context(), &awss3.GetBucketPolicyStatusInput{Bucket: &bucket})
	if err != nil || status.PolicyStatus == nil || status.PolicyStatus.IsPublic == nil {
		return "no verdict" // not every server has the operation
	}
	if got := *status.PolicyStatus.IsPublic; got != (j.public != j.unlike[x.server.Name]) {
		t.Errorf("%s says %v", x.server.Name, got)
	}
	return fmt.Sprint(*status.PolicyStatus.IsPublic)
}
