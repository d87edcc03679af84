package s3wire

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// at gives a time as SigV4 writes it.
func at(t *testing.T, long string) time.Time {
	t.Helper()
	tm, err := time.Parse(longTime, long)
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

func signText(s *signer, r *unsigned, cr aws.Credentials, service, long string) signature {
	r.fields = append(r.fields, field{"X-Amz-Date", long})
	sortFields(r.fields)
	return s.sign(r, &cr, "us-east-1", service, long)
}

// The vectors of AWS's test suite for Signature Version 4, those that do not
// ask for a normalised path: S3 keys are not normalised.
func TestSignatureVectors(t *testing.T) {
	const long = "20150830T123600Z"
	cr := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	host := field{"Host", "example.amazonaws.com"}
	for _, tc := range []struct {
		name string
		in   unsigned
		want string
	}{
		{"get-vanilla", unsigned{method: "GET", path: "/", fields: []field{host}}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla-query-order-key-case", unsigned{method: "GET", path: "/", query: encodeQuery([]param{{"Param2", "value2"}, {"Param1", "value1"}}), fields: []field{host}}, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"get-vanilla-utf8-query", unsigned{method: "GET", path: "/", query: encodeQuery([]param{{"ሴ", "bar"}}), fields: []field{host}}, "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		{"get-header-value-trim", unsigned{method: "GET", path: "/", fields: []field{{"My-Header1", " value1"}, host, {"My-Header2", ` "a   b   c"`}}}, "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
		{"post-vanilla", unsigned{method: "POST", path: "/", fields: []field{host}}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"post-header-key-sort", unsigned{method: "POST", path: "/", fields: []field{{"My-Header1", "value1"}, host}}, "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
		{"post-header-value-case", unsigned{method: "POST", path: "/", fields: []field{{"My-Header1", "VALUE1"}, host}}, "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
		{"get-utf8", unsigned{method: "GET", path: escape("/ሴ", true), fields: []field{host}}, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
		{"get-unreserved", unsigned{method: "GET", path: escape("/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", true), fields: []field{host}}, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.in.payload = emptySHA
			sig := signText(&signer{}, &tc.in, cr, "service", long)
			if sig.text != tc.want || !strings.HasSuffix(sig.header, "Signature="+tc.want) {
				t.Errorf("got %s", sig.header)
			}
		})
	}
}

// The examples of the S3 API reference, by their numbers of that page.
func TestS3Examples(t *testing.T) {
	const long = "20130524T000000Z"
	cr := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	host := field{"Host", "examplebucket.s3.amazonaws.com"}
	empty := field{"X-Amz-Content-Sha256", emptySHA}
	const welcome = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
	const chunked = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	for _, tc := range []struct {
		name string
		in   unsigned
		want string
	}{
		{"GET Object", unsigned{method: "GET", path: "/test.txt", payload: emptySHA, fields: []field{host, {"Range", "bytes=0-9"}, empty}}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{"PUT Object", unsigned{method: "PUT", path: escape("/test$file.text", true), payload: welcome, fields: []field{host, {"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"X-Amz-Storage-Class", "REDUCED_REDUNDANCY"}, {"X-Amz-Content-Sha256", welcome}}}, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
		{"GET Bucket Lifecycle", unsigned{method: "GET", path: "/", query: encodeQuery([]param{{"lifecycle", ""}}), payload: emptySHA, fields: []field{host, empty}}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
		{"GET Bucket", unsigned{method: "GET", path: "/", query: encodeQuery([]param{{"prefix", "J"}, {"max-keys", "2"}}), payload: emptySHA, fields: []field{host, empty}}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
		{"chunked upload", unsigned{method: "PUT", path: "/examplebucket/chunkObject.txt", payload: chunked, fields: []field{{"Host", "s3.amazonaws.com"}, {"Content-Encoding", "aws-chunked"}, {"Content-Length", "66824"}, {"X-Amz-Storage-Class", "REDUCED_REDUNDANCY"}, {"X-Amz-Decoded-Content-Length", "66560"}, {"X-Amz-Content-Sha256", chunked}}}, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if sig := signText(&signer{}, &tc.in, cr, "s3", long); sig.text != tc.want {
				t.Errorf("got %s", sig.header)
			}
		})
	}
}

// Requests of many shapes, signed by the SDK as well.
func TestSignsAsTheSDK(t *testing.T) {
	const long = "20260304T050607Z"
	own, sdk := &signer{}, v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	for _, cr := range []aws.Credentials{
		{AccessKeyID: "AKIA1", SecretAccessKey: "secret"},
		{AccessKeyID: "ASIA2", SecretAccessKey: strings.Repeat("long secret ", 9), SessionToken: "token/+="},
	} {
		for _, key := range []string{"a", "a/b c+d%e.txt", "ünï/\U0001F600//x", "(1)!*'", "=?&#"} {
			for _, query := range [][]param{nil, {{"versionId", "a+b/c="}}, {{"uploadId", "x y"}, {"partNumber", "7"}}} {
				path, q := "/bucket/"+escape(key, true), encodeQuery(query)
				fields := []field{{"Host", "s3.example:9000"}, {"X-Amz-Content-Sha256", unsignedPayload}, {"X-Amz-Meta-Name", "a   b "}, {"If-Match", `"x"`}}
				if cr.SessionToken != "" {
					fields = append(fields, field{"X-Amz-Security-Token", cr.SessionToken})
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://s3.example:9000"+path+"?"+q, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range fields {
					if f.name != "Host" {
						req.Header.Set(f.name, f.value)
					}
				}
				if err := sdk.SignHTTP(t.Context(), cr, req, unsignedPayload, "s3", "eu-west-1", at(t, long)); err != nil {
					t.Fatal(err)
				}
				fields = append(fields, field{"X-Amz-Date", own.stamp(at(t, long))})
				sortFields(fields)
				got := own.sign(&unsigned{method: "PUT", path: path, query: q, fields: fields, payload: unsignedPayload}, &cr, "eu-west-1", "s3", long)
				if want := req.Header.Get("Authorization"); got.header != want {
					t.Errorf("%q %v:\n got %s\nwant %s", key, query, got.header, want)
				}
			}
		}
	}
}

// A client signs with the key of the day, region and secret that the request
// is of, whatever it signed before.
func TestKeysAreNotMixedUp(t *testing.T) {
	s := &signer{}
	a, b := aws.Credentials{AccessKeyID: "A", SecretAccessKey: "a"}, aws.Credentials{AccessKeyID: "A", SecretAccessKey: "b"}
	seen := map[string]bool{}
	for _, k := range []*signingKey{
		s.signingKey(&a, "r1", "s3", "20260101T000000Z"), s.signingKey(&b, "r1", "s3", "20260101T000000Z"),
		s.signingKey(&a, "r2", "s3", "20260101T000000Z"), s.signingKey(&a, "r1", "s3express", "20260101T000000Z"),
		s.signingKey(&a, "r1", "s3", "20260102T000000Z"),
	} {
		seen[string(k.key[:])] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d different keys of 5", len(seen))
	}
	if s.signingKey(&a, "r1", "s3", "20260102T235959Z") != s.signingKey(&a, "r1", "s3", "20260102T000000Z") {
		t.Error("the key of a day is derived more than once")
	}
}

func BenchmarkSign(b *testing.B) {
	cr := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	s := &signer{}
	fields := []field{{"Content-Type", "text/plain"}, {"Host", "127.0.0.1:9000"}, {"X-Amz-Content-Sha256", unsignedPayload}, {"X-Amz-Date", "20260304T050607Z"}}
	b.ReportAllocs()
	for b.Loop() {
		s.sign(&unsigned{method: "PUT", path: "/bucket/some/key.txt", fields: fields, payload: unsignedPayload}, &cr, "us-east-1", "s3", "20260304T050607Z")
	}
}
