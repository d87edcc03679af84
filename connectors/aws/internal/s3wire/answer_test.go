package s3wire

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

// canned answers every request, and keeps what was asked.
type canned struct {
	status int
	header http.Header
	body   string
	asked  []*http.Request
	sent   [][]byte
}

// RoundTrip answers.
func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	c.asked = append(c.asked, r)
	var raw []byte
	if r.Body != nil {
		raw, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	c.sent = append(c.sent, raw)
	h := c.header
	if h == nil {
		h = http.Header{}
	}
	status := c.status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(c.body)), ContentLength: int64(len(c.body))}, nil
}

func cannedClient(t *testing.T, c *canned, adjust ...func(*Config)) *Client {
	return clientOf(t, "http://127.0.0.1:9000", append(adjust, func(cfg *Config) { cfg.HTTP = c })...)
}

// The error of every sort of answer, and what people see of it.
func TestErrorAnswers(t *testing.T) {
	for _, tc := range []struct {
		name          string
		head          bool
		answer        canned
		code, message string
		region        string
		kind          connector.Kind
		shown         string
	}{
		{"code and message", false, canned{status: 404, body: `<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>k</Key><RequestId>R2</RequestId><HostId>H2</HostId></Error>`}, "NoSuchKey", "The specified key does not exist.", "", connector.NotFound, "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist."},
		{"an empty body", false, canned{status: 403}, "403", "Forbidden", "", connector.Denied, "An error occurred (403) when calling the GetObject operation: Forbidden."},
		{"a HEAD has none", true, canned{status: 404, body: "must not be read"}, "404", "Not Found", "", connector.NotFound, "An error occurred (404) when calling the HeadObject operation: Not Found."},
		{"a page of a proxy", false, canned{status: 502, body: "<html><body><h1>Bad Gateway</h1></body></html>"}, "502", "Bad Gateway", "", connector.Unavailable, "An error occurred (502) when calling the GetObject operation: Bad Gateway."},
		{"a code without words", false, canned{status: 404, body: `<Error><Code>NoSuchBucket</Code></Error>`}, "NoSuchBucket", "", "", connector.NotFound, "An error occurred (NoSuchBucket) when calling the GetObject operation: The specified bucket does not exist."},
		{"a code that is the status in words", false, canned{status: 404, body: `<Error><Code>NotFound</Code><Message/></Error>`}, "NotFound", "", "", connector.NotFound, "An error occurred (404) when calling the GetObject operation: Not Found."},
		{"wrapped", false, canned{status: 400, body: `<ErrorResponse xmlns="https://x"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>a &amp; b</Message></Error><RequestId>R3</RequestId></ErrorResponse>`}, "ExpiredToken", "a & b", "", connector.Denied, "An error occurred (ExpiredToken) when calling the GetObject operation: a & b."},
		{"a redirect with a header", false, canned{status: 301, header: http.Header{"X-Amz-Bucket-Region": {"eu-west-1"}, "Location": {"http://elsewhere"}}, body: `<Error><Code>PermanentRedirect</Code><Message>x</Message></Error>`}, "PermanentRedirect", "x", "eu-west-1", connector.Invalid, "An error occurred (PermanentRedirect) when calling the GetObject operation: x."},
		{"a redirect of a HEAD", true, canned{status: 301, header: http.Header{"X-Amz-Bucket-Region": {"eu-west-1"}}}, "301", "Moved Permanently", "eu-west-1", connector.Invalid, "An error occurred (301) when calling the HeadObject operation: Moved Permanently."},
		{"the region in the words", false, canned{status: 400, body: `<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-south-2'</Message></Error>`}, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-south-2'", "eu-south-2", connector.Invalid, "An error occurred (AuthorizationHeaderMalformed) when calling the GetObject operation: The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-south-2'."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := cannedClient(t, &tc.answer, func(cfg *Config) { cfg.Attempts = 1 })
			in := &GetInput{Ref: Ref{Bucket: "b", Key: "k"}}
			_, _, err := c.Get(t.Context(), in)
			if tc.head {
				_, err = c.Head(t.Context(), in)
			}
			e := wantError(t, err)
			x := e.Explain("")
			if e.Code != tc.code || e.Message != tc.message || e.Region != tc.region || e.Status != tc.answer.status || e.WrongRegion() != (tc.region != "") {
				t.Errorf("%+v", e)
			}
			if x.Kind != tc.kind || x.Message != tc.shown || x.Status != tc.answer.status {
				t.Errorf("%+v", x)
			}
		})
	}
}

// A success may hold an error; it counts as one, with the status that the SDKs
// give it, and what may pass is sent again.
func TestErrorsInside200(t *testing.T) {
	for code, want := range map[string]struct {
		sent int
		kind connector.Kind
	}{"InternalError": {3, connector.Unavailable}, "SlowDown": {3, connector.Limited}, "AccessDenied": {1, connector.Denied}} {
		a := &canned{body: "\n  <?xml version=\"1.0\"?>\n<Error><Code>" + code + "</Code><Message>x</Message><RequestId>R9</RequestId></Error>"}
		c := cannedClient(t, a)
		_, err := c.Complete(t.Context(), &CompleteInput{To: Ref{Bucket: "b", Key: "k"}, Upload: "u"})
		e := wantError(t, err)
		if e.Code != code || e.Status != 500 || e.Attempts != want.sent || len(a.asked) != want.sent || e.RequestID != "R9" || e.Explain("").Kind != want.kind {
			t.Errorf("%s: sent %d times, %+v", code, len(a.asked), e)
		}
	}
}

// What is not an answer of S3 is said to be none, and not asked for again.
func TestForeignAnswers(t *testing.T) {
	for _, body := range []string{"", "hello", "<html>hello</html", "<html>hello</html>", "<ListBucketResult><Contents>", `{"a":1}`, "<ListBucketResult><KeyCount>many</KeyCount></ListBucketResult>"} {
		a := &canned{body: body}
		_, err := cannedClient(t, a).List(t.Context(), &ListInput{Bucket: "b"})
		e := wantError(t, err)
		if x := e.Explain(""); len(a.asked) != 1 || x.Kind != connector.Unavailable || !strings.Contains(x.Message, "127.0.0.1:9000 is not one of this service") {
			t.Errorf("%q: %+v", body, x)
		}
	}
}

// Where requests go, and under which Host, path and region.
func TestEndpoints(t *testing.T) {
	for _, tc := range []struct {
		name, endpoint, region, bucket string
		path                           bool
		url, host                      string
	}{
		{"AWS", "", "eu-west-1", "bucket", false, "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/c", "bucket.s3.eu-west-1.amazonaws.com"},
		{"AWS, a name with dots", "", "us-east-1", "my.bucket", false, "https://s3.us-east-1.amazonaws.com/my.bucket/a%20b/c", "s3.us-east-1.amazonaws.com"},
		{"China", "", "cn-north-1", "bucket", false, "https://bucket.s3.cn-north-1.amazonaws.com.cn/a%20b/c", "bucket.s3.cn-north-1.amazonaws.com.cn"},
		{"an access point", "", "us-west-2", "arn:aws:s3:us-west-2:123456789012:accesspoint/mine", false, "https://mine-123456789012.s3-accesspoint.us-west-2.amazonaws.com/a%20b/c", "mine-123456789012.s3-accesspoint.us-west-2.amazonaws.com"},
		{"a name", "https://s3.example.com", "x", "bucket", false, "https://bucket.s3.example.com/a%20b/c", "bucket.s3.example.com"},
		{"a name, path style", "https://s3.example.com", "x", "bucket", true, "https://s3.example.com/bucket/a%20b/c", "s3.example.com"},
		{"an IP", "http://127.0.0.1:9000", "x", "bucket", false, "http://127.0.0.1:9000/bucket/a%20b/c", "127.0.0.1:9000"},
		{"IPv6", "http://[::1]:9000", "x", "bucket", false, "http://[::1]:9000/bucket/a%20b/c", "[::1]:9000"},
		{"the port of the scheme", "http://s3.example.com:80", "x", "bucket", true, "http://s3.example.com:80/bucket/a%20b/c", "s3.example.com"},
		{"a path", "https://example.com/gateway/s3/", "x", "bucket", true, "https://example.com/gateway/s3/bucket/a%20b/c", "example.com"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &canned{}
			c := cannedClient(t, a, func(cfg *Config) { cfg.Endpoint, cfg.Region, cfg.PathStyle = tc.endpoint, tc.region, tc.path })
			for range 2 { // resolved, then remembered
				_, err := c.Delete(t.Context(), &DeleteInput{Ref: Ref{Bucket: tc.bucket, Key: "a b/c"}})
				must(t, err)
			}
			for _, r := range a.asked {
				if r.URL.String() != tc.url || r.Host != tc.host || !strings.Contains(r.Header.Get("Authorization"), "/"+tc.region+"/s3/aws4_request") {
					t.Errorf("%s, host %s, %s", r.URL, r.Host, r.Header.Get("Authorization"))
				}
			}
		})
	}
	for _, bucket := range []string{"arn:aws:s3:eu-west-1:123456789012:accesspoint/elsewhere", "arn:aws:sns:us-west-2:123456789012:topic"} {
		a := &canned{}
		_, err := cannedClient(t, a, func(cfg *Config) { cfg.Endpoint, cfg.Region, cfg.PathStyle = "", "us-west-2", false }).Head(t.Context(), &GetInput{Ref: Ref{Bucket: bucket, Key: "k"}})
		if e := wantError(t, err); len(a.asked) != 0 || e.Attempts != 0 {
			t.Errorf("%s: %+v", bucket, e)
		}
	}
}

// What a payload is signed and checked with.
func TestPayloads(t *testing.T) {
	const md5, sha = "5d41402abc4b2a76b9719d911017c592", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	large := make([]byte, smallBody+1)
	const largeSHA = "3266304f31be278d06c3bd3eb9aa3e00c59bedec0a890de466568b0b90b0e01f"
	type want struct{ Hash, MD5, CRC32, Decoded, Expect string }
	for _, tc := range []struct {
		name, endpoint string
		in             PutInput
		want           want
	}{
		{"AWS, small", "", PutInput{Body: once([]byte("hello"))}, want{Hash: unsignedPayload, CRC32: "NhCmhg=="}},
		{"AWS, large", "", PutInput{Body: once(large)}, want{Hash: unsignedPayload}},
		{"AWS, hashes known", "", PutInput{Body: Bytes([]byte("hello")), SHA256: sha, MD5: md5}, want{Hash: sha, MD5: "XUFAKrxLKna5cZ2REBfFkg=="}},
		{"https, small", "https://s3.example.com", PutInput{Body: once([]byte("hello"))}, want{Hash: unsignedPayload, MD5: "XUFAKrxLKna5cZ2REBfFkg=="}},
		{"https, large, MD5 known", "https://s3.example.com", PutInput{Body: once(large), MD5: md5}, want{Hash: unsignedPayload, MD5: "XUFAKrxLKna5cZ2REBfFkg=="}},
		{"http, small", "http://s3.example.com", PutInput{Body: once([]byte("hello"))}, want{Hash: sha}},
		{"http, large", "http://s3.example.com", PutInput{Body: Bytes(large)}, want{Hash: largeSHA}},
		{"http, large, opens once", "http://s3.example.com", PutInput{Body: once(large)}, want{Hash: streamingPayload, Decoded: "65537"}},
		{"http, nothing", "http://s3.example.com", PutInput{}, want{Hash: emptySHA}},
		{"from 2 MiB on the service is asked first", "", PutInput{Body: once(make([]byte, 2<<20))}, want{Hash: unsignedPayload, Expect: "100-continue"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &canned{}
			tc.in.Ref = Ref{Bucket: "bucket", Key: "k"}
			size := int64(0)
			if tc.in.Body != nil {
				size = tc.in.Body.Size
			}
			_, err := cannedClient(t, a, func(cfg *Config) { cfg.Endpoint = tc.endpoint }).Put(t.Context(), &tc.in)
			must(t, err)
			h := a.asked[0].Header
			got := want{h.Get("X-Amz-Content-Sha256"), h.Get("Content-Md5"), h.Get("X-Amz-Checksum-Crc32"), h.Get("X-Amz-Decoded-Content-Length"), h.Get("Expect")}
			if d := cmp.Diff(tc.want, got); d != "" || h.Get("X-Amz-Trailer") != "" || h.Get("Content-Encoding") != "" {
				t.Errorf("%s\n%v", d, h)
			}
			if n := a.asked[0].ContentLength; n != int64(len(a.sent[0])) || tc.want.Decoded == "" && n != size {
				t.Errorf("announced %d bytes, sent %d of %d", n, len(a.sent[0]), size)
			}
		})
	}
}

// Connections are kept: many calls, errors among them, need one.
func TestConnectionsAreKept(t *testing.T) {
	seen := map[string]bool{}
	var n atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		seen[r.RemoteAddr] = true
		if n.Add(1)%2 == 0 {
			xmlError(w, 404, "NoSuchKey", strings.Repeat("long ", 2000))
		}
	})
	c := clientOf(t, url)
	for range 20 {
		_, _ = c.Put(t.Context(), &PutInput{Ref: Ref{Bucket: "b", Key: "k"}, Body: Bytes([]byte("x"))})
		_, _ = c.Head(t.Context(), &GetInput{Ref: Ref{Bucket: "b", Key: "k"}})
	}
	if n.Load() != 40 || len(seen) != 1 {
		t.Errorf("%d calls over %d connections", n.Load(), len(seen))
	}
}

func TestChecksumsOfAnswers(t *testing.T) {
	for _, tc := range []struct {
		name string
		h    http.Header
		want map[string]string
	}{
		{"none", http.Header{}, map[string]string{}},
		{"of the whole", http.Header{"X-Amz-Checksum-Crc32": {"a=="}, "X-Amz-Checksum-Crc64nvme": {"b="}, "X-Amz-Checksum-Type": {"FULL_OBJECT"}}, map[string]string{"CRC32": "a==", "CRC64NVME": "b="}},
		{"of the parts", http.Header{"X-Amz-Checksum-Sha256": {"a==-3"}}, map[string]string{}},
		{"of the parts, by type", http.Header{"X-Amz-Checksum-Sha1": {"a=="}, "X-Amz-Checksum-Type": {"COMPOSITE"}}, nil},
		{"unknown", http.Header{"X-Amz-Checksum-Xxhash": {"a"}}, map[string]string{}},
	} {
		if d := cmp.Diff(tc.want, checksums(tc.h)); d != "" {
			t.Errorf("%s: %s", tc.name, d)
		}
	}
}
