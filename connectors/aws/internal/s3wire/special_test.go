package s3wire

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fairlead-io/fairlead/connector"
)

const mrap = "arn:aws:s3::123456789012:accesspoint/many.mrap"

// setSignature checks the signature of a request that was signed for all
// regions, whoever signed it.
func setSignature(t *testing.T, r *http.Request, cr *aws.Credentials) bool {
	t.Helper()
	h := r.Header.Get("Authorization")
	_, rest, ok := strings.Cut(h, setAlgorithm+" Credential="+cr.AccessKeyID+"/")
	scope, rest, ok2 := strings.Cut(rest, ", SignedHeaders=")
	names, sig, ok3 := strings.Cut(rest, ", Signature=")
	if !ok || !ok2 || !ok3 {
		t.Fatalf("Authorization: %q", h)
	}
	u := unsigned{method: r.Method, path: r.URL.EscapedPath(), query: strings.ReplaceAll(r.URL.RawQuery, "+", "%20"), payload: r.Header.Get("X-Amz-Content-Sha256")}
	for name := range strings.SplitSeq(names, ";") {
		f := field{http.CanonicalHeaderKey(name), r.Header.Get(name)}
		switch f.name {
		case "Host":
			f.value = r.URL.Host
		case "Content-Length":
			f.value = fmt.Sprint(r.ContentLength)
		}
		u.fields = append(u.fields, f)
	}
	key, err := deriveSetKey(cr)
	must(t, err)
	raw, err := hex.DecodeString(sig)
	must(t, err)
	sum := sha256.Sum256([]byte(toSign(setAlgorithm, r.Header.Get("X-Amz-Date"), scope, sha256.Sum256(appendCanonical(nil, &u)))))
	return ecdsa.VerifyASN1(&key.PublicKey, sum[:], raw)
}

// An access point that spans regions: the SDK's own signature passes the check,
// and so does ours; a changed request does not.
func TestAccessPointsThatSpanRegions(t *testing.T) {
	cr := aws.Credentials{AccessKeyID: "ASIAX", SecretAccessKey: "secret", SessionToken: "token"}
	keys := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) { return cr, ctx.Err() })
	theirs, ours := &canned{}, &canned{}
	sdk := awss3.New(awss3.Options{Region: "us-west-2", Credentials: keys, HTTPClient: &http.Client{Transport: theirs}})
	key := "a b/c"
	_, err := sdk.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(mrap), Key: &key})
	must(t, err)
	own := cannedClient(t, ours, func(c *Config) { c.Endpoint, c.Region, c.PathStyle, c.Credentials = "", "us-west-2", false, keys })
	_, err = own.Delete(t.Context(), &DeleteInput{Ref: Ref{Bucket: mrap, Key: key}})
	must(t, err)
	for name, r := range map[string]*http.Request{"SDK": theirs.asked[0], "own": ours.asked[0]} {
		if !setSignature(t, r, &cr) || r.Header.Get("X-Amz-Region-Set") != "*" || r.Header.Get("X-Amz-Security-Token") != "token" {
			t.Errorf("%s: %v", name, r.Header)
		}
		if r.Header.Set("X-Amz-Date", "20260101T000000Z"); setSignature(t, r, &cr) {
			t.Errorf("%s: a changed request passes", name)
		}
	}
	if a, b := theirs.asked[0].URL, ours.asked[0].URL; a.Host != b.Host || a.EscapedPath() != b.EscapedPath() {
		t.Errorf("the SDK asks %s, we %s", a, b)
	}
}

// sessionAnswer is a directory bucket that hands out a session.
func sessionAnswer(expires time.Time) string {
	return "<CreateSessionResult><Credentials><SessionToken>session</SessionToken><SecretAccessKey>other</SecretAccessKey><AccessKeyId>ASIASESSION</AccessKeyId><Expiration>" +
		expires.UTC().Format(time.RFC3339) + "</Expiration></Credentials></CreateSessionResult>"
}

func TestDirectoryBuckets(t *testing.T) {
	const bucket = "bucket--usw2-az1--x-s3"
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a := &canned{body: sessionAnswer(now.Add(5 * time.Minute))}
	c := cannedClient(t, a, func(c *Config) {
		c.Endpoint, c.Region, c.PathStyle, c.Now = "", "us-west-2", false, func() time.Time { return now }
	})
	put := func() {
		t.Helper()
		_, err := c.Put(t.Context(), &PutInput{Ref: Ref{Bucket: bucket, Key: "k"}, Body: Bytes([]byte("hello")), MD5: "5d41402abc4b2a76b9719d911017c592"})
		must(t, err)
	}
	put()
	put()
	now = now.Add(4*time.Minute + time.Second) // nearly over
	put()
	var got []string
	for _, r := range a.asked {
		h := r.Header
		who, _, _ := strings.Cut(strings.TrimPrefix(h.Get("Authorization"), algorithm+" Credential="), ",")
		got = append(got, r.Method+" "+r.URL.String()+" "+who+" "+h.Get("X-Amz-S3session-Token")+h.Get("X-Amz-Create-Session-Mode")+" "+h.Get("Content-Md5")+h.Get("X-Amz-Checksum-Crc32"))
	}
	const host, scope = "https://bucket--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com/", "/20260102/us-west-2/s3express/aws4_request"
	session, stored := "GET "+host+"?session= AKIAX"+scope+" ReadWrite ", "PUT "+host+"k ASIASESSION"+scope+" session NhCmhg=="
	if want := strings.Join([]string{session, stored, stored, session, stored}, "\n"); strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	sdkAsks := &canned{body: sessionAnswer(time.Now().Add(5 * time.Minute))}
	sdk := awss3.New(awss3.Options{Region: "us-west-2", Credentials: c.cfg.Credentials, HTTPClient: &http.Client{Transport: sdkAsks}})
	_, err := sdk.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("k")})
	must(t, err)
	if first, last := sdkAsks.asked[0], sdkAsks.asked[1]; first.URL.Host != a.asked[0].URL.Host || last.URL.Host != a.asked[1].URL.Host || last.Header.Get("X-Amz-S3session-Token") != "session" || !strings.Contains(last.Header.Get("Authorization"), "/us-west-2/s3express/aws4_request") {
		t.Errorf("the SDK asks %s %v, then %s %v", first.URL, first.Header, last.URL, last.Header)
	}

	denied := &canned{status: 403, body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"}
	c = cannedClient(t, denied, func(c *Config) { c.Endpoint, c.Region, c.PathStyle = "", "us-west-2", false })
	_, err = c.Head(t.Context(), &GetInput{Ref: Ref{Bucket: bucket, Key: "k"}})
	if x := wantError(t, err).Explain(""); len(denied.asked) != 1 || x.Kind != connector.Denied || x.Operation != "CreateSession" {
		t.Errorf("%+v", x)
	}
}
