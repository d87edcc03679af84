package s3sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// versitygw verifies signatures of the service "s3" only, so those of "sts" are verified here.

const signatureAlgorithm = "AWS4-HMAC-SHA256"

// signature is the Authorization header of Signature Version 4.
type signature struct {
	scope         scope
	signedHeaders []string
	value         string
}

// parseSignature reads the header; false when there is none that can be read.
func parseSignature(req *fasthttp.Request) (signature, bool) {
	rest, found := strings.CutPrefix(string(req.Header.Peek(fasthttp.HeaderAuthorization)), signatureAlgorithm)
	if !found {
		return signature{}, false
	}
	var sig signature
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			sig.scope = parseCredential(value)
		case "SignedHeaders":
			sig.signedHeaders = strings.Split(value, ";")
		case "Signature":
			sig.value = value
		}
	}
	// The host must be signed, or a signature for another endpoint could be used here.
	return sig, sig.scope.region != "" && sig.value != "" && slices.Contains(sig.signedHeaders, "host")
}

// matches computes the signature with the secret and compares.
func (sig signature) matches(req *fasthttp.Request, secret string) bool {
	canonical := strings.Join([]string{
		string(req.Header.Method()), canonicalPath(req), canonicalQuery(req), sig.canonicalHeaders(req),
		strings.Join(sig.signedHeaders, ";"), sha256Hex(req.Body()),
	}, "\n")
	sc := sig.scope
	toSign := strings.Join([]string{
		signatureAlgorithm, string(req.Header.Peek("X-Amz-Date")),
		sc.date + "/" + sc.region + "/" + sc.service + "/aws4_request", sha256Hex([]byte(canonical)),
	}, "\n")
	want := hex.EncodeToString(hmacSHA256(signingKey(secret, sc.date, sc.region, sc.service), toSign))
	return hmac.Equal([]byte(want), []byte(sig.value))
}

func (sig signature) canonicalHeaders(req *fasthttp.Request) string {
	var b strings.Builder
	for _, name := range sig.signedHeaders {
		value := string(req.Header.Peek(name))
		if name == "host" {
			value = string(req.Header.Host())
		}
		b.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	return b.String()
}

func canonicalPath(req *fasthttp.Request) string {
	if p := string(req.URI().PathOriginal()); p != "" {
		return p
	}
	return "/"
}

func canonicalQuery(req *fasthttp.Request) string {
	q, err := url.ParseQuery(string(req.URI().QueryString()))
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(q.Encode(), "+", "%20")
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
