package s3sim

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	opsRole     = "arn:aws:iam::123456789012:role/team/ops"
	partnerRole = "arn:aws:iam::123456789012:role/partner"
)

// stsSandbox has a role for everybody, a role with an external ID, and a user that no role trusts.
func stsSandbox(t *testing.T, change ...func(*Options)) *Server {
	return sandbox(t, append([]func(*Options){func(o *Options) {
		o.AccessKey = "AKIAMAIN"
		o.Identities = []Identity{{Name: "outsider", AccessKey: "AKIAOUT", SecretKey: "out-secret"}}
		o.Roles = []Role{
			{ARN: opsRole, Trusted: []string{"AKIAMAIN"}, MaxSessionDuration: 12 * time.Hour, Allow: AllowActions("s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject")},
			{ARN: partnerRole, Trusted: []string{"*"}, ExternalID: "secret-word", Allow: AllowActions("*")},
		}
	}}, change...)...)
}

func assume(t *testing.T, c *sts.Client, change func(*sts.AssumeRoleInput)) (*sts.AssumeRoleOutput, error) {
	in := &sts.AssumeRoleInput{RoleArn: aws.String(opsRole), RoleSessionName: aws.String("tester")}
	if change != nil {
		change(in)
	}
	return c.AssumeRole(t.Context(), in)
}

func session(out *sts.AssumeRoleOutput) aws.Credentials {
	return aws.Credentials{AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken}
}

func TestAssumedRoleWorks(t *testing.T) {
	s := stsSandbox(t)
	owner := client(t, s, "eu-west-1")
	mustCreate(t, owner, "roles")
	mustPut(t, owner, "roles", "k", "v")
	out, err := assume(t, stsAs(t, s, mainKey(s)), func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(900) })
	if err != nil {
		t.Fatal(err)
	}
	if got := *out.AssumedRoleUser.Arn; got != "arn:aws:sts::123456789012:assumed-role/ops/tester" {
		t.Errorf("Arn %s", got)
	}
	if left := time.Until(*out.Credentials.Expiration); left < 880*time.Second || left > 901*time.Second {
		t.Errorf("expires in %s, want 900 s", left)
	}
	temp := clientAs(t, s, "eu-west-1", session(out))
	if got := content(t, temp, "roles", "k"); got != "v" {
		t.Errorf("reads %q", got)
	}
	_, err = temp.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("roles"), Key: aws.String("k"), Body: strings.NewReader("x")})
	wantFailure(t, "beyond the role's policy", err, apiError{"AccessDenied", 403, `User: arn:aws:sts::123456789012:assumed-role/ops/tester is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::roles/k" because no identity-based policy allows the s3:PutObject action`})
	url, err := s3.NewPresignClient(temp).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("roles"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if res := get(t, url.URL); res.StatusCode != 200 {
		t.Errorf("presigned with a session: %d", res.StatusCode)
	}
	for _, r := range s.Requests() {
		if strings.Contains(r.Query, "Security-Token=Fwo") {
			t.Errorf("the log shows a session token: %s", r.Query)
		}
	}
	id, err := stsAs(t, s, session(out)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *id.Arn != *out.AssumedRoleUser.Arn || *id.UserId != *out.AssumedRoleUser.AssumedRoleId || *id.Account != AccountID {
		t.Errorf("GetCallerIdentity: %+v, %v", id, err)
	}
}

func TestSessionTokenIsChecked(t *testing.T) {
	var ahead atomic.Int64
	s := stsSandbox(t, func(o *Options) {
		o.Clock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	out, err := assume(t, stsAs(t, s, mainKey(s)), nil)
	if err != nil {
		t.Fatal(err)
	}
	good, none, wrong := session(out), session(out), session(out)
	none.SessionToken = ""
	wrong.SessionToken = "x" + wrong.SessionToken[1:]
	list := func(c aws.Credentials) error {
		_, err := clientAs(t, s, "us-east-1", c).ListBuckets(t.Context(), &s3.ListBucketsInput{})
		return err
	}
	identity := func(c aws.Credentials) error {
		_, err := stsAs(t, s, c).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		return err
	}
	wantFailure(t, "good token", list(good), apiError{})
	wantFailure(t, "no token", list(none), apiError{"InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."})
	wantFailure(t, "wrong token", list(wrong), apiError{"InvalidToken", 400, "The provided token is malformed or otherwise invalid."})
	wantFailure(t, "wrong token to STS", identity(wrong), apiError{"InvalidClientTokenId", 403, "The security token included in the request is invalid."})
	ahead.Store(int64(61 * time.Minute))
	wantFailure(t, "expired", list(good), apiError{"ExpiredToken", 400, "The provided token has expired."})
	wantFailure(t, "expired to STS", identity(good), apiError{"ExpiredToken", 403, "The security token included in the request is expired"})
}

func TestAssumeRoleRefusals(t *testing.T) {
	s := stsSandbox(t)
	invalid := func(m string) apiError { return apiError{"ValidationError", 400, m} }
	one := func(m string) apiError { return invalid("1 validation error detected: " + m) }
	denied := func(user, role string) apiError {
		return apiError{"AccessDenied", 403, "User: arn:aws:iam::123456789012:user/" + user + " is not authorized to perform: sts:AssumeRole on resource: " + role}
	}
	outsider := aws.Credentials{AccessKeyID: "AKIAOUT", SecretAccessKey: "out-secret"}
	for _, tc := range []struct {
		name   string
		who    aws.Credentials
		change func(*sts.AssumeRoleInput)
		want   apiError
	}{
		{"too short", mainKey(s), func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }, one("Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900")},
		{"too long", mainKey(s), func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(43201) }, one("Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200")},
		{"shortest", mainKey(s), func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(900) }, apiError{}},
		{"longest", mainKey(s), func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(43200) }, apiError{}},
		{"longer than the role allows", mainKey(s), func(in *sts.AssumeRoleInput) {
			in.RoleArn, in.ExternalId, in.DurationSeconds = aws.String(partnerRole), aws.String("secret-word"), aws.Int32(3601)
		}, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")},
		{"session name with a space", mainKey(s), func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, one(`Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`)},
		{"session name of one letter", mainKey(s), func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a") }, one("Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2")},
		{"two faults at once", mainKey(s), func(in *sts.AssumeRoleInput) {
			in.RoleArn, in.RoleSessionName = aws.String("short"), aws.String("a")
		}, invalid("2 validation errors detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2; Value 'short' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20")},
		{"no ARN", mainKey(s), func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("this is long enough but no arn") }, invalid("this is long enough but no arn is invalid")},
		{"a role that does not exist", mainKey(s), func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String(opsRole + "x") }, denied("sandbox", opsRole+"x")},
		{"a caller that is not trusted", outsider, nil, denied("outsider", opsRole)},
		{"external ID missing", outsider, func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String(partnerRole) }, denied("outsider", partnerRole)},
		{"external ID wrong", outsider, func(in *sts.AssumeRoleInput) {
			in.RoleArn, in.ExternalId = aws.String(partnerRole), aws.String("guess")
		}, denied("outsider", partnerRole)},
		{"external ID right", outsider, func(in *sts.AssumeRoleInput) {
			in.RoleArn, in.ExternalId = aws.String(partnerRole), aws.String("secret-word")
		}, apiError{}},
		{"a session policy", mainKey(s), func(in *sts.AssumeRoleInput) { in.Policy = aws.String("{}") }, invalid("Session policies are not supported by the sandbox; leave Policy and PolicyArns out.")},
		{"unknown key", aws.Credentials{AccessKeyID: "AKIANONE", SecretAccessKey: "x"}, nil, apiError{"InvalidClientTokenId", 403, "The security token included in the request is invalid."}},
		{"wrong secret", aws.Credentials{AccessKeyID: "AKIAMAIN", SecretAccessKey: "x"}, nil, apiError{"SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := assume(t, stsAs(t, s, tc.who), tc.change)
			wantFailure(t, "AssumeRole", err, tc.want)
		})
	}
}

func TestRoleChaining(t *testing.T) {
	s := stsSandbox(t, func(o *Options) { o.Roles[1].MaxSessionDuration = 12 * time.Hour })
	first, err := assume(t, stsAs(t, s, mainKey(s)), nil)
	if err != nil {
		t.Fatal(err)
	}
	chained := stsAs(t, s, session(first))
	to := func(seconds int32) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) {
			in.RoleArn, in.ExternalId, in.DurationSeconds = aws.String(partnerRole), aws.String("secret-word"), aws.Int32(seconds)
		}
	}
	_, err = assume(t, chained, to(3601))
	wantFailure(t, "longer than an hour", err, apiError{"ValidationError", 400, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"})
	if _, err = assume(t, chained, to(3600)); err != nil {
		t.Errorf("an hour: %v", err)
	}
}

func TestGetCallerIdentity(t *testing.T) {
	s := stsSandbox(t)
	id, err := stsAs(t, s, mainKey(s)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *id.Arn != "arn:aws:iam::123456789012:user/sandbox" || *id.Account != AccountID || !strings.HasPrefix(*id.UserId, "AIDA") {
		t.Errorf("%+v, %v", id, err)
	}
	all := s.Requests()
	if len(all) != 1 || all[0].Operation != "GetCallerIdentity" || all[0].Service != "sts" || !all[0].ReadOnly() || all[0].Region != "eu-west-1" {
		t.Errorf("log: %+v", all)
	}
	_, err = stsAs(t, s, mainKey(s)).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	wantFailure(t, "an operation that is not served", err, apiError{"InvalidAction", 400, "Could not find operation GetSessionToken for version 2011-06-15"})
}
