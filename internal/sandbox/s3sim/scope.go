package s3sim

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/valyala/fasthttp"
)

// scope is what a signature says about itself before it is verified.
type scope struct {
	accessKey, date, region, service string
}

var regionPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// parseScope reads the credential scope of the Authorization header, or of a presigned URL. It is empty for
// anonymous and unreadable requests; versitygw explains the latter.
func parseScope(req *fasthttp.Request) scope {
	credential := ""
	if h := string(req.Header.Peek(fasthttp.HeaderAuthorization)); h != "" {
		_, rest, found := strings.Cut(h, "Credential=")
		if !found {
			return scope{accessKey: "?"} // some other scheme, but not anonymous
		}
		credential, _, _ = strings.Cut(rest, ",")
	} else if q := req.URI().QueryArgs(); q.Has("X-Amz-Credential") {
		credential = string(q.Peek("X-Amz-Credential"))
	}
	return parseCredential(strings.TrimSpace(credential))
}

func parseCredential(c string) scope {
	if c == "" {
		return scope{}
	}
	parts := strings.Split(c, "/")
	if len(parts) != 5 || !regionPattern.MatchString(parts[2]) {
		return scope{accessKey: parts[0]}
	}
	return scope{accessKey: parts[0], date: parts[1], region: parts[2], service: parts[3]}
}

// target splits a request's path into bucket and key, both unescaped.
func target(req *fasthttp.Request) (bucket, key string) {
	raw := strings.TrimPrefix(string(req.URI().PathOriginal()), "/")
	bucket, key, _ = strings.Cut(raw, "/")
	if b, err := url.PathUnescape(bucket); err == nil {
		bucket = b
	}
	if k, err := url.PathUnescape(key); err == nil {
		key = k
	}
	return bucket, key
}

// subresource returns the first query argument that selects an operation, such as "policy"; empty when there is
// none but what clients add to every request.
func subresource(req *fasthttp.Request) string {
	found := ""
	for k := range req.URI().QueryArgs().All() {
		name := string(k)
		if found == "" && name != "x-id" && !strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			found = name
		}
	}
	return found
}
