package s3sim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func publicPolicy(bucket string) *string {
	return aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/*"}]}`)
}

func denyPolicy(bucket, action, principal string) *string {
	return aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":` + principal + `,"Action":"` + action + `","Resource":"arn:aws:s3:::` + bucket + `/*"}]}`)
}

func blockPublic(t *testing.T, c *s3.Client, bucket string) {
	t.Helper()
	_, err := c.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: &bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(false), BlockPublicPolicy: aws.Bool(true), RestrictPublicBuckets: aws.Bool(false),
	}})
	if err != nil {
		t.Fatalf("PutPublicAccessBlock: %v", err)
	}
}

func TestPublicAccessBlockRoundTrip(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "eu-west-1")
	mustCreate(t, c, "pab")
	absent := apiError{"NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found"}
	_, err := c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String("pab")})
	wantFailure(t, "before", err, absent)
	blockPublic(t, c, "pab")
	out, err := c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String("pab")})
	if err != nil {
		t.Fatal(err)
	}
	p := out.PublicAccessBlockConfiguration
	if got := []bool{*p.BlockPublicAcls, *p.IgnorePublicAcls, *p.BlockPublicPolicy, *p.RestrictPublicBuckets}; got[0] != true || got[1] != false || got[2] != true || got[3] != false {
		t.Errorf("stored %v; want true false true false", got)
	}
	if _, err := c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: aws.String("pab")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String("pab")})
	wantFailure(t, "after", err, absent)
	if _, err := c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("pab")}); err != nil {
		t.Errorf("the bucket did not survive the removal of its block: %v", err)
	}
	_, err = c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String("nowhere")})
	wantFailure(t, "no bucket", err, apiError{"NoSuchBucket", 404, "The specified bucket does not exist"})
}

func TestBlockPublicPolicy(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "us-east-1")
	mustCreate(t, c, "guarded")
	blockPublic(t, c, "guarded")
	_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("guarded"), Policy: publicPolicy("guarded")})
	wantFailure(t, "public policy", err, apiError{"AccessDenied", 403, "Access Denied"})
	if _, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("guarded"), Policy: denyPolicy("guarded", "s3:PutObject", `"*"`)}); err != nil {
		t.Errorf("a Deny for everybody is not public: %v", err)
	}
	st, err := c.GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: aws.String("guarded")})
	if err != nil || aws.ToBool(st.PolicyStatus.IsPublic) {
		t.Errorf("status of the Deny: %+v, %v", st, err)
	}
}

func TestPublicBucket(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "eu-central-1")
	mustCreate(t, c, "open")
	mustPut(t, c, "open", "k", "v")
	url := s.Endpoint() + "/open/k"
	if res := get(t, url); res.StatusCode != http.StatusForbidden {
		t.Errorf("anonymous read of a private bucket: %d", res.StatusCode)
	}
	if _, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("open"), Policy: publicPolicy("open")}); err != nil {
		t.Fatal(err)
	}
	st, err := c.GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: aws.String("open")})
	if err != nil || !aws.ToBool(st.PolicyStatus.IsPublic) {
		t.Errorf("status: %+v, %v", st, err)
	}
	if res := get(t, url); res.StatusCode != http.StatusOK {
		t.Errorf("anonymous read of a public bucket: %d", res.StatusCode)
	}
	_, err = c.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: aws.String("open"), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{RestrictPublicBuckets: aws.Bool(true)}})
	if err != nil {
		t.Fatal(err)
	}
	if res := get(t, url); res.StatusCode != http.StatusForbidden {
		t.Errorf("anonymous read of a restricted bucket: %d", res.StatusCode)
	}
	if got := content(t, c, "open", "k"); got != "v" {
		t.Errorf("the owner reads %q", got)
	}
}

func TestPublicACL(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "us-east-1")
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("acl"), ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred}); err != nil {
		t.Fatal(err)
	}
	public := &s3.PutBucketAclInput{Bucket: aws.String("acl"), ACL: types.BucketCannedACLPublicRead}
	if _, err := c.PutBucketAcl(t.Context(), public); err != nil {
		t.Fatal(err)
	}
	if res := get(t, s.Endpoint()+"/acl?list-type=2"); res.StatusCode != http.StatusOK {
		t.Errorf("anonymous list of a public bucket: %d", res.StatusCode)
	}
	_, err := c.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: aws.String("acl"), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if res := get(t, s.Endpoint()+"/acl?list-type=2"); res.StatusCode != http.StatusForbidden {
		t.Errorf("anonymous list although public ACLs are ignored: %d", res.StatusCode)
	}
	_, err = c.PutBucketAcl(t.Context(), public)
	wantFailure(t, "public ACL although blocked", err, apiError{"AccessDenied", 403, "Access Denied"})
}

func TestIdentities(t *testing.T) {
	reader := Identity{Name: "reader", AccessKey: "AKIAREADER", SecretKey: "reader-secret", Allow: []Allow{
		{Actions: []string{"s3:Get*"}, Resources: []string{"arn:aws:s3:::data", "arn:aws:s3:::data/*"}},
	}}
	nobody := Identity{Name: "nobody", AccessKey: "AKIANOBODY", SecretKey: "nobody-secret"}
	s := sandbox(t, func(o *Options) { o.Identities = []Identity{reader, nobody} })
	owner := client(t, s, "us-east-1")
	mustCreate(t, owner, "data")
	mustPut(t, owner, "data", "k", "v")
	as := func(id Identity) *s3.Client {
		return clientAs(t, s, "us-east-1", aws.Credentials{AccessKeyID: id.AccessKey, SecretAccessKey: id.SecretKey})
	}
	if got := content(t, as(reader), "data", "k"); got != "v" {
		t.Errorf("reader reads %q", got)
	}
	denied := func(user, action, resource string) apiError {
		return apiError{"AccessDenied", 403, "User: arn:aws:iam::123456789012:user/" + user + " is not authorized to perform: " + action + ` on resource: "` + resource + `" because no identity-based policy allows the ` + action + " action"}
	}
	_, err := as(reader).PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), Body: strings.NewReader("x")})
	wantFailure(t, "reader writes", err, denied("reader", "s3:PutObject", "arn:aws:s3:::data/k"))
	_, err = as(nobody).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	wantFailure(t, "nobody lists buckets", err, denied("nobody", "s3:ListAllMyBuckets", "arn:aws:s3:::*"))
	_, err = as(nobody).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("new-one")})
	wantFailure(t, "nobody creates", err, denied("nobody", "s3:CreateBucket", "arn:aws:s3:::new-one"))
	_, err = as(nobody).PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: aws.String("data"), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{}})
	wantFailure(t, "nobody blocks", err, denied("nobody", "s3:PutBucketPublicAccessBlock", "arn:aws:s3:::data"))

	allow := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/nobody"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}]}`
	if _, err := owner.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: &allow}); err != nil {
		t.Fatal(err)
	}
	if got := content(t, as(nobody), "data", "k"); got != "v" {
		t.Errorf("nobody, allowed by the bucket policy, reads %q", got)
	}
}

func TestBucketPolicyBindsTheMainIdentity(t *testing.T) {
	s := sandbox(t)
	c := client(t, s, "us-east-1")
	mustCreate(t, c, "strict")
	put := func(p *string) error {
		_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("strict"), Policy: p})
		return err
	}
	if err := put(denyPolicy("strict", "s3:PutObject", `"*"`)); err != nil {
		t.Fatal(err)
	}
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("strict"), Key: aws.String("k"), Body: strings.NewReader("x")})
	wantFailure(t, "denied upload", err, apiError{"AccessDenied", 403, `User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::strict/k" with an explicit deny in a resource-based policy`})

	for _, tc := range []struct {
		name, principal string
		want            apiError
	}{
		{"a user that exists", `{"AWS":"arn:aws:iam::123456789012:user/sandbox"}`, apiError{}},
		{"a user of this account that does not exist", `{"AWS":"arn:aws:iam::123456789012:user/ghost"}`, apiError{"MalformedPolicy", 400, "Invalid principal in policy"}},
		{"another account's user, whom nobody can check", `{"AWS":"arn:aws:iam::111122223333:user/any"}`, apiError{}},
		{"an account number", `{"AWS":"111122223333"}`, apiError{}},
		{"no ARN", `{"AWS":"somebody"}`, apiError{"MalformedPolicy", 400, "Invalid principal in policy"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantFailure(t, "PutBucketPolicy", put(denyPolicy("strict", "s3:PutObject", tc.principal)), tc.want)
		})
	}
	out, err := c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("strict")})
	if err != nil || !strings.Contains(aws.ToString(out.Policy), "111122223333") {
		t.Errorf("GetBucketPolicy: %v, %v", out, err)
	}
	if _, err := c.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: aws.String("strict")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("strict")})
	wantFailure(t, "no policy", err, apiError{"NoSuchBucketPolicy", 404, "The bucket policy does not exist"})
}

func TestErrorsInAWSWords(t *testing.T) {
	s := sandbox(t, func(o *Options) { o.MaxBuckets, o.ForeignBuckets = 2, []string{"taken"} })
	c := client(t, s, "us-east-1")
	mustCreate(t, c, "full")
	mustPut(t, c, "full", "k", "v")
	mustCreate(t, c, "second")
	as := func(key, secret, token string) *s3.Client {
		return clientAs(t, s, "us-east-1", aws.Credentials{AccessKeyID: key, SecretAccessKey: secret, SessionToken: token})
	}
	list := func(c *s3.Client) error {
		_, err := c.ListBuckets(t.Context(), &s3.ListBucketsInput{})
		return err
	}
	get := func(c *s3.Client, bucket, key string) error {
		_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		return err
	}
	remove := func(bucket string) error {
		_, err := c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket})
		return err
	}
	create := func(bucket string) error {
		_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket})
		return err
	}
	noKey := apiError{"InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."}
	noBucket := apiError{"NoSuchBucket", 404, "The specified bucket does not exist"}
	badSignature := apiError{"SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
	for _, tc := range []struct {
		name string
		err  error
		want apiError
	}{
		{"unknown key, our route", list(as("AKIAUNKNOWN", "x", "")), noKey},
		{"unknown key, versitygw's route", get(as("AKIAUNKNOWN", "x", ""), "full", "k"), noKey},
		{"wrong secret, our route", list(as(s.AccessKey(), "wrong", "")), badSignature},
		{"wrong secret, versitygw's route", get(as(s.AccessKey(), "wrong", ""), "full", "k"), badSignature},
		{"a token with a permanent key", list(as(s.AccessKey(), s.SecretKey(), "token")), apiError{"InvalidToken", 400, "The provided token is malformed or otherwise invalid."}},
		{"a temporary key that was never issued", list(as("ASIAUNKNOWN", "x", "token")), noKey},
		{"no bucket to read", get(c, "nowhere", "k"), noBucket},
		{"no bucket to delete", remove("nowhere"), noBucket},
		{"no key", get(c, "full", "absent"), apiError{"NoSuchKey", 404, "The specified key does not exist."}},
		{"bucket not empty", remove("full"), apiError{"BucketNotEmpty", 409, "The bucket you tried to delete is not empty"}},
		{"one bucket too many", create("third"), apiError{"TooManyBuckets", 400, "You have attempted to create more buckets than allowed."}},
		{"a name of another account", create("taken"), apiError{"BucketAlreadyExists", 409, "The requested bucket name is not available. The bucket name can not be an existing collection, and the bucket namespace is shared by all users of the system. Please select a different name and try again."}},
		{"reading another account's bucket", get(c, "taken", "k"), apiError{"AccessDenied", 403, "Access Denied"}},
		{"a bad name", create("Bad_Name"), apiError{"InvalidBucketName", 400, "The specified bucket is not valid."}},
	} {
		t.Run(tc.name, func(t *testing.T) { wantFailure(t, "error", tc.err, tc.want) })
	}
	if err := remove("second"); err != nil {
		t.Fatal(err)
	}
	if err := create("third"); err != nil {
		t.Errorf("a deleted bucket still counts: %v", err)
	}
}
